"""A whole mesh: the platform, two domains and two consumers, each in an account of its own, deployed with one command."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import yaml

from deployment import OPERATIONS, PLATFORM, ROOT, SALES, Deployment, Role

REPORTING, LENS = "666666666666", "777777777777"
ACCOUNTS = (PLATFORM, SALES, OPERATIONS, REPORTING, LENS)
#: Seconds in which anything here comes to its end, on a machine that is busy with other things.
LONGEST = 120
#: Given to nobody: who wants it subscribes.
WEB = """  - role: web
    description: What is sold on the web, without prices.
    access: read
    customProperties:
      - {property: mesh.columns, value: [order_id, ordered_at, sales_channel]}
      - {property: mesh.rowFilter, value: "sales_channel = 'web'"}
"""
#: A column more, as a plan says it.
CURRENCY_ADDED = {"column": "currency", "change": "added", "from": None, "to": "string", "refused": False}
SUBNETS = [f"subnet-{n}a1b2c3d" for n in range(3)]
WAREHOUSE = {
    "warehouse": {"network": {"vpc": "vpc-0a1b2c3d", "subnets": SUBNETS}, "monthlyLimit": 40, "marts": ["dp_sales_orders"]},
    "dashboards": {"groups": ["default/board"]},
}
#: Groups of IAM Identity Center.
ADMINS, OWNERS = (f"906711e1-0000-4000-8000-00000000000{n}" for n in range(2))
PEOPLE = {"instance": "arn:aws:sso:::instance/ssoins-0123456789abcdef", "admins": ADMINS, "domains": {"sales": {"owner": OWNERS}}}


class WholeMesh(Deployment):
    """`reporting` is named by contracts, and has a warehouse and dashboards; `lens` may find the domain sales, and has to ask."""

    def write(self) -> None:
        super().write()

        def small(mesh: dict[str, Any]) -> None:
            whose = {"owner": "lens@shoply.example", "costCentre": "CC-3002"}
            mesh["access"]["identityCenter"] = PEOPLE
            mesh["consumers"] = {
                "sales": mesh["consumers"]["sales"],
                "reporting": {**mesh["consumers"]["reporting"], **WAREHOUSE},
                "lens": {"account": LENS, "domains": ["sales"], "roles": ["analyst", "bi"], **whose},
            }

        self.change_mesh(small)
        self.change(
            "sales/orders", "[reporting, marketing, sales]}\n", "[reporting, sales]}\n      - {property: mesh.copies, value: true}\n"
        )
        self.change("sales/orders", "slaProperties:\n", f"{WEB}slaProperties:\n")
        self.change("operations/airports", "value: [safety]", "value: [reporting]")

    def change_mesh(self, edit: Callable[[dict[str, Any]], None]) -> None:
        """Its mesh.yaml."""
        path = self.folder / "mesh.yaml"
        mesh = yaml.safe_load(path.read_text(encoding="utf-8"))
        edit(mesh)
        path.write_text(yaml.safe_dump(mesh, sort_keys=False), encoding="utf-8")

    def change(self, product: str, before: str, after: str) -> None:
        """In its contract."""
        path = self.folder / "contracts" / f"{product}.contract.yaml"
        text = path.read_text(encoding="utf-8")
        assert before in text, f"{path} has no {before}"
        path.write_text(text.replace(before, after, 1), encoding="utf-8")

    def add_currency(self) -> None:
        """A column more to what the orders promise, in a minor version."""
        self.change("sales/orders", "version: 1.0.0", "version: 1.1.0")
        column = "      - {name: currency, logicalType: string, description: What the amounts are in.}\n"
        self.change("sales/orders", "      - name: total_amount\n", f"{column}      - name: total_amount\n")

    def commit(self) -> None:
        """What is deployed, into a repository of git, where plans look for it."""
        who = ["-c", "user.name=sales", "-c", "user.email=sales@shoply.example"]
        for words in (["init", "--quiet"], ["add", "contracts", "mesh.yaml"], [*who, "commit", "--quiet", "--message", "Deployed."]):
            assert self.ran(["git", *words])[0] == 0

    def planned(self, *options: str) -> list[dict[str, Any]]:
        """What a deployment of the orders would change of what is deployed, version by version."""
        code, said = self.mesh("plan", "sales/orders", "--target", "local-aws", "--json", *options)
        assert code == 0, said
        changes: list[dict[str, Any]] = json.loads(said)["changes"]
        return changes

    def deploy_all(self) -> str:
        return self.cdk(PLATFORM, "deploy", "--all", "--require-approval", "never", "--concurrency", "6")

    def stacks(self, account: str) -> dict[str, str]:
        """Status by name."""
        pages = self.client("cloudformation", account).get_paginator("describe_stacks").paginate()
        return {
            stack["StackName"]: stack["StackStatus"] for page in pages for stack in page["Stacks"] if stack["StackName"] != "CDKToolkit"
        }

    def mesh(self, *words: str) -> tuple[int, str]:
        """(exit code, stdout) of the command line."""
        return self.ran(["node", str(ROOT / "dist" / "bin" / "mesh.js"), *words])

    # --- who works in it ----------------------------------------------------------------------------------------------

    def become(self, arn: str, of: Role | None = None) -> Role:
        """A session of a role: of the root of its account, or of another role."""
        sts = self.client("sts", arn.split(":")[4]) if of is None else of.client("sts")
        given = sts.assume_role(RoleArn=arn, RoleSessionName="ann")["Credentials"]
        return Role(arn, self.environment["AWS_ENDPOINT_URL"], given)

    def persona(self, account: str, of: str, name: str) -> Role:
        """`owner` of `sales`."""
        return self.become(f"arn:aws:iam::{account}:role/mesh-platform/{of}/mesh-{of}-{name}")

    def analyst(self, account: str, consumer: str) -> Analyst:
        return Analyst(self.become(f"arn:aws:iam::{account}:role/mesh-consumer/{consumer}/mesh-{consumer}-analyst"), f"mesh-{consumer}")

    def in_catalogue(self, of: Role, whose: str, name: str) -> Any:
        """DataZone, as a role of the platform's account that somebody takes."""
        return self.become(f"arn:aws:iam::{PLATFORM}:role/mesh-platform/{whose}/mesh-{whose}-catalogue-{name}", of).client("datazone")

    @property
    def catalogue(self) -> str:
        return str(self.client("datazone", PLATFORM).list_domains()["items"][0]["id"])

    def project(self, name: str) -> str:
        found = self.client("datazone", PLATFORM).list_projects(domainIdentifier=self.catalogue, name=name)["items"]
        return str(next(each["id"] for each in found if each["name"] == name))

    def bindings(self) -> list[dict[str, Any]]:
        rows = self.client("dynamodb", PLATFORM).scan(TableName="mesh-bindings")["Items"]
        return [{name: next(iter(value.values())) for name, value in row.items()} for row in rows]


class Analyst:
    """Who asks in the workgroup of a consumer, and in its warehouse, with whatever role."""

    def __init__(self, role: Role, workgroup: str) -> None:
        self.role, self.workgroup = role, workgroup

    def ask(self, sql: str, database: str = "sales") -> list[dict[str, str | None]]:
        """Rows by the names of columns. Raises AssertionError with Athena's reason."""
        athena = self.role.client("athena")
        query = athena.start_query_execution(QueryString=sql, QueryExecutionContext={"Database": database}, WorkGroup=self.workgroup)
        query = query["QueryExecutionId"]
        while (status := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])["State"] in ("QUEUED", "RUNNING"):
            time.sleep(0.1)
        assert status["State"] == "SUCCEEDED", status["StateChangeReason"]
        header, *rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
        names = [cell["VarCharValue"] for cell in header["Data"]]
        return [dict(zip(names, (cell.get("VarCharValue") for cell in row["Data"]), strict=True)) for row in rows]

    def ask_warehouse(self, sql: str) -> list[list[Any]]:
        """Rows. Raises AssertionError with Redshift's reason."""
        data = self.role.client("redshift-data")
        id_ = data.execute_statement(WorkgroupName=self.workgroup, Database="mesh", Sql=sql)["Id"]
        said = data.describe_statement(Id=id_)
        assert said["Status"] == "FINISHED", said["Error"]
        return [[next(iter(field.values())) for field in row] for row in data.get_statement_result(Id=id_)["Records"]]

    def columns(self, table: str = "orders_v1") -> set[str]:
        [row] = self.ask(f"SELECT * FROM {table} LIMIT 1")
        return set(row)

    def is_refused(self, table: str = "orders_v1", database: str = "sales") -> bool:
        """By Lake Formation. Raises AssertionError where something else is wrong."""
        try:
            self.ask(f"SELECT count(*) FROM {table}", database)
        except AssertionError as refused:
            if "Insufficient Lake Formation permission" in str(refused):
                return True
            raise
        return False


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LONGEST
    while not holds():
        assert time.monotonic() < end, f"{what}: not within {LONGEST} s"
        time.sleep(0.5)
