"""A catalogue as the platform of shoply has it: a domain with a unit, open to everybody, and a project that sees the lake of sales."""

from __future__ import annotations

from typing import Any

from in_process import PLATFORM, REGION, SALES, acting_as, client

from mesh_local_aws import stores

ROLE = f"arn:aws:iam::{PLATFORM}:role"
PUBLISHER = "mesh-sales-catalogue-publisher"
FORM = """
structure MeshContractForm {
  @documentation("Id of the data product: sales/orders")
  @required
  @amazon.datazone#searchable
  product: String

  @documentation("How many rows it has")
  rows: Integer
}
"""


class Catalogue:
    """Asked as the platform's deployment role; `publisher` asks as the role of a data domain, which owns `project`."""

    def __init__(self, open_to_all: bool = True) -> None:
        self.datazone = client("datazone")
        self.publisher = client("datazone", PLATFORM, PUBLISHER)
        domain = self.datazone.create_domain(
            name="shoply", domainVersion="V2", domainExecutionRole=f"{ROLE}/execution", serviceRole=f"{ROLE}/service"
        )
        self.id, self.root = domain["id"], domain["rootDomainUnitId"]
        self.unit = self.datazone.create_domain_unit(domainIdentifier=self.id, name="sales", parentDomainUnitIdentifier=self.root)["id"]
        self.blueprint = self.datazone.list_environment_blueprints(domainIdentifier=self.id, name="DataLake")["items"][0]["id"]
        share = client("ram").create_resource_share(
            name="DataZone-shoply",
            resourceArns=[f"arn:aws:datazone:{REGION}:{PLATFORM}:domain/{self.id}"],
            principals=[SALES],
        )
        assert share["resourceShare"]["status"] == "ACTIVE"
        client("datazone", SALES).put_environment_blueprint_configuration(
            domainIdentifier=self.id,
            environmentBlueprintIdentifier=self.blueprint,
            enabledRegions=[REGION],
        )
        self.profile = self.datazone.create_project_profile(
            domainIdentifier=self.id,
            name="lake of sales",
            status="ENABLED",
            environmentConfigurations=[
                {
                    "name": "lake",
                    "environmentBlueprintId": self.blueprint,
                    "awsAccount": {"awsAccountId": SALES},
                    "awsRegion": {"regionName": REGION},
                },
            ],
        )["id"]
        if open_to_all:
            self.grant(
                self.root, "CREATE_PROJECT_FROM_PROJECT_PROFILE", {"createProjectFromProjectProfile": {"includeChildDomainUnits": True}}
            )
            self.grant(self.root, "ADD_TO_PROJECT_MEMBER_POOL", {"addToProjectMemberPool": {"includeChildDomainUnits": True}})

    def grant(self, unit: str, policy: str, detail: dict[str, Any], user: str | None = None) -> None:
        who = {"allUsersGrantFilter": {}} if user is None else {"userIdentifier": user}
        self.datazone.add_policy_grant(
            domainIdentifier=self.id,
            entityType="DOMAIN_UNIT",
            entityIdentifier=unit,
            policyType=policy,
            principal={"user": who},
            detail=detail,
        )

    def create_project(self, asked_by: Any, name: str = "mesh-sales") -> str:
        return str(
            asked_by.create_project(domainIdentifier=self.id, name=name, domainUnitId=self.unit, projectProfileId=self.profile)["id"]
        )


class Lake(Catalogue):
    """With tables of sales that a data source of its project imports."""

    def __init__(self, *columns: str) -> None:
        super().__init__()
        self.project = self.create_project(self.publisher)
        with acting_as(SALES, "platform"):
            stores.call("glue", "CreateDatabase", {"DatabaseInput": {"Name": "sales"}})
        self.create_table("orders_v1", *(columns or ("order_id", "total")))
        connection = self.publisher.list_connections(
            domainIdentifier=self.id, projectIdentifier=self.project, name="project.default_lakehouse"
        )["items"][0]
        self.source = self.publisher.create_data_source(
            domainIdentifier=self.id,
            projectIdentifier=self.project,
            name="mesh-sales-orders-v1",
            type="GLUE",
            connectionIdentifier=connection["connectionId"],
            publishOnImport=False,
            enableSetting="ENABLED",
            configuration={
                "glueRunConfiguration": {
                    "relationalFilterConfigurations": [
                        {"databaseName": "sales", "filterExpressions": [{"type": "INCLUDE", "expression": "orders_v1"}]},
                    ]
                }
            },
        )["id"]

    def create_table(self, name: str, *columns: str) -> None:
        with acting_as(SALES, "platform"):
            stores.call("glue", "CreateTable", {"DatabaseName": "sales", "TableInput": _table(name, columns)})

    def change_table(self, name: str, *columns: str) -> None:
        with acting_as(SALES, "platform"):
            stores.call("glue", "UpdateTable", {"DatabaseName": "sales", "TableInput": _table(name, columns)})

    def run(self) -> dict[str, str]:
        """Status by table, of a run that has ended."""
        run = self.publisher.start_data_source_run(domainIdentifier=self.id, dataSourceIdentifier=self.source)
        assert run["status"] == "REQUESTED"
        activities = self.publisher.list_data_source_run_activities(domainIdentifier=self.id, identifier=run["id"])["items"]
        self.assets = {each["technicalName"]: each["dataAssetId"] for each in activities}
        return {each["technicalName"]: each["dataAssetStatus"] for each in activities}

    def asset(self, table: str = "orders_v1") -> dict[str, Any]:
        found: dict[str, Any] = self.publisher.get_asset(domainIdentifier=self.id, identifier=self.assets[table])
        return found

    def create_form_type(self) -> str:
        return str(
            self.publisher.create_form_type(
                domainIdentifier=self.id,
                owningProjectIdentifier=self.project,
                name="MeshContractForm",
                status="ENABLED",
                model={"smithy": FORM},
            )["revision"]
        )

    def create_product(self, name: str = "sales/orders v1") -> dict[str, Any]:
        made: dict[str, Any] = self.publisher.create_data_product(
            domainIdentifier=self.id,
            owningProjectIdentifier=self.project,
            name=name,
            items=[{"itemType": "ASSET", "identifier": id_} for id_ in self.assets.values()],
        )
        return made

    def publish(self, entity: str, kind: str = "DATA_PRODUCT", action: str = "PUBLISH") -> str:
        return str(
            self.publisher.create_listing_change_set(domainIdentifier=self.id, entityIdentifier=entity, entityType=kind, action=action)[
                "listingId"
            ]
        )


def kept_forms(asset: dict[str, Any]) -> list[dict[str, str]]:
    """The forms of an asset, as a revision has to bring them."""
    return [
        {"formName": form["formName"], "typeIdentifier": form["typeName"], "typeRevision": form["typeRevision"], "content": form["content"]}
        for form in asset["formsOutput"]
    ]


def _table(name: str, columns: tuple[str, ...]) -> dict[str, Any]:
    return {
        "Name": name,
        "StorageDescriptor": {"Columns": [{"Name": column, "Type": "string"} for column in columns], "Location": f"s3://shoply/{name}"},
    }
