"""Blueprints, environments made from them in an account, and the connections that a project reaches data by."""

from __future__ import annotations

from mesh_local_aws import hooks
from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.datazone import people
from mesh_local_aws.services.datazone.store import Domain, Record, domain_of, given, invalid, new_id, now, page

# Of every V2 project: https://docs.aws.amazon.com/sagemaker-unified-studio/latest/userguide/data-lakehouse.html
LAKEHOUSE = "project.default_lakehouse"
# Blueprints whose environment brings it.
LAKES = ("DataLake", "Tooling")

# Those of AWS that a lake needs; the second list is of domains of version 2.
MANAGED = {
    "V1": ("DefaultDataLake", "DefaultDataWarehouse", "CustomAwsService"),
    "V2": ("Tooling", "DataLake", "LakehouseCatalog", "RedshiftServerless", "Workflows", "MLExperiments", "EmrServerless", "EmrOnEc2"),
}


def add_managed_blueprints(domain: Domain) -> None:
    for name in MANAGED[domain.record["domainVersion"]]:
        domain.add(
            "blueprint",
            {
                "id": new_id(),
                "name": name,
                "provider": "Amazon DataZone",
                "managed": True,
                "createdAt": now(),
                "provisioningProperties": {"cloudFormation": {"templateUrl": f"https://datazone-blueprints.s3.amazonaws.com/{name}.yaml"}},
            },
        )


def list_environment_blueprints(asked: Document) -> Document:
    return page(domain_of(asked).where("blueprint", name=asked.get("name"), managed=asked.get("managed")), asked)


def get_environment_blueprint(asked: Document) -> Record:
    return domain_of(asked).find("blueprint", asked["identifier"])


def put_configuration(asked: Document) -> Record:
    """Of the caller's own account: the API takes no other."""
    domain, account = domain_of(asked), hooks.caller().account
    blueprint = domain.find("blueprint", asked["environmentBlueprintIdentifier"])
    id_ = f"{account}:{blueprint['id']}"
    before = domain.all("blueprint configuration").get(id_, {"createdAt": now()})
    return domain.add(
        "blueprint configuration",
        {
            "domainId": domain.id,
            "environmentBlueprintId": blueprint["id"],
            "account": account,
            "createdAt": before["createdAt"],
            "updatedAt": now(),
            **given(
                asked,
                "provisioningRoleArn",
                "manageAccessRoleArn",
                "environmentRolePermissionBoundary",
                "enabledRegions",
                "regionalParameters",
                "allowUserProvidedConfigurations",
                "provisioningConfigurations",
            ),
        },
        id_,
    )


def get_configuration(asked: Document) -> Record:
    return domain_of(asked).find("blueprint configuration", f"{hooks.caller().account}:{asked['environmentBlueprintIdentifier']}")


def delete_configuration(asked: Document) -> Document:
    domain_of(asked).remove("blueprint configuration", f"{hooks.caller().account}:{asked['environmentBlueprintIdentifier']}")
    return {}


def list_configurations(asked: Document) -> Document:
    return page(domain_of(asked).where("blueprint configuration", account=hooks.caller().account), asked)


def create_environment(asked: Document) -> Record:
    """By account and region, in what a project profile leaves out and in domains of version 1, whose profiles are not emulated."""
    domain = domain_of(asked)
    project = domain.find("project", asked["projectIdentifier"])
    for key in ("environmentAccountIdentifier", "environmentAccountRegion", "environmentBlueprintIdentifier"):
        if key not in asked:
            raise invalid(f"{key} is missing: profiles of environments are not emulated")
    blueprint = domain.find("blueprint", asked["environmentBlueprintIdentifier"])
    account, region = asked["environmentAccountIdentifier"], asked["environmentAccountRegion"]
    why = not_enabled(domain, blueprint, account, region)
    if why is not None:
        raise invalid(why)
    return add_environment(domain, project, asked["name"], blueprint, account, region)


def get_environment(asked: Document) -> Record:
    return domain_of(asked).find("environment", asked["identifier"])


def list_environments(asked: Document) -> Document:
    domain = domain_of(asked)
    found = domain.where(
        "environment",
        projectId=asked["projectIdentifier"],
        awsAccountId=asked.get("awsAccountId"),
        awsAccountRegion=asked.get("awsAccountRegion"),
        status=asked.get("status"),
        name=asked.get("name"),
        environmentBlueprintId=asked.get("environmentBlueprintIdentifier"),
        provider=asked.get("provider"),
    )
    return page(found, asked)


def delete_environment(asked: Document) -> Document:
    domain_of(asked).remove("environment", asked["identifier"])
    return {}


def list_connections(asked: Document) -> Document:
    found = domain_of(asked).where(
        "connection",
        projectId=asked.get("projectIdentifier"),
        name=asked.get("name"),
        environmentId=asked.get("environmentIdentifier"),
        type=asked.get("type"),
        scope=asked.get("scope"),
    )
    return page(found, asked)


def get_connection(asked: Document) -> Record:
    return domain_of(asked).find("connection", asked["identifier"])


def not_enabled(domain: Domain, blueprint: Record, account: str, region: str) -> str | None:
    """Why a blueprint cannot be used in an account and a region; None where it can."""
    configuration = domain.all("blueprint configuration").get(f"{account}:{blueprint['id']}")
    if configuration is None:
        return f"the blueprint {blueprint['name']} is not configured in account {account}"
    if region not in configuration["enabledRegions"]:
        return f"the blueprint {blueprint['name']} is not enabled in {region} of account {account}"
    return None


def add_environment(domain: Domain, project: Record, name: str, blueprint: Record, account: str, region: str) -> Record:
    made = domain.add(
        "environment",
        {
            "id": new_id(),
            "domainId": domain.id,
            "projectId": project["id"],
            "name": name,
            "provider": "Amazon DataZone",
            "status": "ACTIVE",
            "awsAccountId": account,
            "awsAccountRegion": region,
            "environmentBlueprintId": blueprint["id"],
            "createdBy": people.asker(domain)["id"],
            "createdAt": now(),
            "updatedAt": now(),
        },
    )
    if blueprint["name"] in LAKES and not domain.where("connection", projectId=project["id"], name=LAKEHOUSE):
        _add_lakehouse(domain, project, made)
    return made


def _add_lakehouse(domain: Domain, project: Record, environment: Record) -> None:
    place = {"awsAccountId": environment["awsAccountId"], "awsRegion": environment["awsAccountRegion"]}
    id_ = new_id()
    domain.add(
        "connection",
        {
            "id": id_,
            "connectionId": id_,
            "name": LAKEHOUSE,
            "type": "IAM",
            "scope": "PROJECT",
            "domainId": domain.id,
            "domainUnitId": project["domainUnitId"],
            "projectId": project["id"],
            "environmentId": environment["id"],
            "physicalEndpoints": [{"awsLocation": place}],
        },
    )


def place_of_source(domain: Domain, source: Record) -> tuple[str, str]:
    """(account, region) of the tables that a data source imports. Raises ResourceNotFoundException."""
    if "connectionId" in source:
        location = domain.find("connection", source["connectionId"])["physicalEndpoints"][0]["awsLocation"]
        return location["awsAccountId"], location["awsRegion"]
    environment = domain.find("environment", source["environmentId"])
    if environment["status"] != "ACTIVE":
        raise Refused("ConflictException", f"the environment {environment['name']} is {environment['status']}")
    return environment["awsAccountId"], environment["awsAccountRegion"]


OPERATIONS = {
    "ListEnvironmentBlueprints": list_environment_blueprints,
    "GetEnvironmentBlueprint": get_environment_blueprint,
    "PutEnvironmentBlueprintConfiguration": put_configuration,
    "GetEnvironmentBlueprintConfiguration": get_configuration,
    "DeleteEnvironmentBlueprintConfiguration": delete_configuration,
    "ListEnvironmentBlueprintConfigurations": list_configurations,
    "CreateEnvironment": create_environment,
    "GetEnvironment": get_environment,
    "ListEnvironments": list_environments,
    "DeleteEnvironment": delete_environment,
    "ListConnections": list_connections,
    "GetConnection": get_connection,
}
