"""A warehouse over tables of the catalogue: marts, and who may ask for what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from in_process import CONSUMER, REGION, SALES, acting_as, client
from ministack.services import iam
from ministack.services.cloudformation import provisioners

from mesh_local_aws import hooks, stores
from mesh_local_aws.services import redshift
from mesh_local_aws.services.redshift import serverless, sql

ROLE = f"arn:aws:iam::{CONSUMER}:role/mesh-consumer/reporting/mesh-reporting-warehouse"
NAMESPACE = {
    "NamespaceName": "mesh-reporting",
    "DbName": "mesh",
    "AdminUsername": "mesh_admin",
    "ManageAdminPassword": True,
    "IamRoles": [ROLE],
}
WORKGROUP = {"WorkgroupName": "mesh-reporting", "NamespaceName": "mesh-reporting", "SubnetIds": ["subnet-1", "subnet-2", "subnet-3"]}
TRUSTED = {"StringLike": {"sts:ExternalId": f"arn:aws:redshift:{REGION}:{CONSUMER}:dbuser:serverless-{CONSUMER}-*/*"}}


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    redshift.install()


class Lake:
    """Orders, as far as the role of the warehouse may see them."""

    def __init__(self) -> None:
        self.shown: pa.Table | None = pa.table({"order_id": ["o-1", "o-2"], "total": [10, 20]})
        self.read_by: list[str] = []

    def rows(self, _: Any, principal: str, credentials: Any) -> pa.Table:
        self.read_by.append(credentials.principal)
        if self.shown is None or principal != ROLE:
            raise ValueError("AccessDeniedException: Insufficient Lake Formation permission(s): Required Select on sales.orders_v1")
        return self.shown


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Lake:
    made = Lake()
    monkeypatch.setattr(sql, "rows_of", made.rows)
    monkeypatch.setattr(stores, "linked_table", lambda _, name: {"Name": name} if name == "orders_v1" else None)
    return made


@pytest.fixture(autouse=True)
def warehouse(lake: Lake) -> Iterator[None]:
    _role("mesh-reporting-warehouse", "/mesh-consumer/reporting/", {"Service": "redshift.amazonaws.com"}, TRUSTED)
    _role("analyst", "/", {"AWS": CONSUMER}, {}, {"RedshiftDbRoles": "mesh_reader"})
    _role("stranger", "/", {"AWS": CONSUMER}, {})
    handlers = provisioners._RESOURCE_HANDLERS
    with acting_as(CONSUMER, "deployer"):
        handlers["AWS::RedshiftServerless::Namespace"]["create"]("Namespace", NAMESPACE, "consumption")
        handlers["AWS::RedshiftServerless::Workgroup"]["create"]("Workgroup", WORKGROUP, "consumption")
    yield
    with acting_as(CONSUMER, "deployer"):
        handlers["AWS::RedshiftServerless::Workgroup"]["delete"]("mesh-reporting", WORKGROUP)
        handlers["AWS::RedshiftServerless::Namespace"]["delete"]("mesh-reporting", NAMESPACE)
    iam.reset()
    hooks.state("redshift-statements").reset()


def _role(name: str, path: str, who: dict[str, str], condition: dict[str, Any], tags: dict[str, str] | None = None) -> None:
    with acting_as(CONSUMER, "deployer"):
        iam._roles[name] = {
            "RoleName": name,
            "Arn": f"arn:aws:iam::{CONSUMER}:role{path}{name}",
            "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
            "AssumeRolePolicyDocument": {
                "Statement": [{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole", "Condition": condition}]
            },
            "InlinePolicies": {"may": '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'},
        }


def ask(*statements: str, role: str | None = None) -> list[list[Any]]:
    """The rows of the last; as the administrator unless a role is named. Raises AssertionError with Redshift's reason."""
    data = client("redshift-data", CONSUMER, role or "analyst")
    secret = client("redshift-serverless", CONSUMER).get_namespace(namespaceName="mesh-reporting")["namespace"]["adminPasswordSecretArn"]
    asked: dict[str, Any] = {"WorkgroupName": "mesh-reporting", "Database": "mesh", **({} if role else {"SecretArn": secret})}
    taken = (
        data.execute_statement(**asked, Sql=statements[0])
        if len(statements) == 1
        else data.batch_execute_statement(**asked, Sqls=[*statements])
    )
    described = data.describe_statement(Id=taken["Id"])
    assert described["Status"] == "FINISHED", described["Error"]
    if not described["HasResultSet"]:
        return []
    return [[next(iter(field.values())) for field in row] for row in data.get_statement_result(Id=taken["Id"])["Records"]]


def make_mart() -> None:
    for statement in (
        "CREATE ROLE mesh_reader",
        'CREATE SCHEMA IF NOT EXISTS "mesh_store"',
        'CREATE SCHEMA IF NOT EXISTS "mesh_marts"',
        f"CREATE EXTERNAL SCHEMA IF NOT EXISTS \"sales\" FROM DATA CATALOG DATABASE 'sales' IAM_ROLE '{ROLE}'",
        'GRANT USAGE ON SCHEMA "mesh_marts" TO ROLE "mesh_reader"',
        'CREATE MATERIALIZED VIEW "mesh_store"."orders" BACKUP NO AUTO REFRESH NO AS SELECT "order_id" FROM "sales"."orders_v1"',
        'CREATE VIEW "mesh_marts"."orders" AS SELECT "order_id" FROM "mesh_store"."orders"',
        'GRANT SELECT ON "mesh_marts"."orders" TO ROLE "mesh_reader"',
    ):
        ask(statement)


def test_a_table_is_read_as_the_role_of_its_schema_whoever_asks(lake: Lake) -> None:
    make_mart()
    assert ask('SELECT order_id, total FROM "sales"."orders_v1" ORDER BY 1') == [["o-1", 10], ["o-2", 20]]
    assert {principal.split("/")[1] for principal in lake.read_by} == {"mesh-reporting-warehouse"}


def test_a_mart_shows_what_was_granted_when_it_was_made_until_it_is_refreshed_or_dropped(lake: Lake) -> None:
    make_mart()
    lake.shown = None
    assert ask("SELECT count(*) FROM mesh_marts.orders", role="analyst") == [[2]]
    with pytest.raises(AssertionError, match=r"Required Select on sales\.orders_v1"):
        ask('SELECT "order_id" FROM "sales"."orders_v1" LIMIT 1')
    with pytest.raises(AssertionError, match="Required Select"):
        ask('REFRESH MATERIALIZED VIEW "mesh_store"."orders"')
    ask('DROP VIEW IF EXISTS "mesh_marts"."orders"')
    ask('DROP MATERIALIZED VIEW IF EXISTS "mesh_store"."orders"')
    with pytest.raises(AssertionError, match="does not exist"):
        ask("SELECT count(*) FROM mesh_marts.orders", role="analyst")


def test_an_analyst_asks_for_what_the_tag_of_their_role_lets_them_and_changes_nothing() -> None:
    make_mart()
    assert ask("SELECT order_id FROM mesh_marts.orders ORDER BY 1", role="analyst") == [["o-1"], ["o-2"]]
    for refused in ("SELECT order_id FROM mesh_store.orders", "SELECT order_id FROM sales.orders_v1", 'CREATE SCHEMA IF NOT EXISTS "mine"'):
        with pytest.raises(AssertionError, match="permission denied"):
            ask(refused, role="analyst")
    with pytest.raises(AssertionError, match="permission denied for schema mesh_marts"):
        ask("SELECT order_id FROM mesh_marts.orders", role="stranger")


def test_a_batch_is_one_transaction() -> None:
    make_mart()
    with pytest.raises(AssertionError, match=r'relation "mesh_store\.gone" does not exist'):
        ask('DROP VIEW IF EXISTS "mesh_marts"."orders"', 'CREATE VIEW "mesh_marts"."orders" AS SELECT "order_id" FROM "mesh_store"."gone"')
    assert ask("SELECT count(*) FROM mesh_marts.orders") == [[2]]


def test_what_is_there_is_told_by_the_views_of_the_system() -> None:
    make_mart()
    assert ask("SELECT name FROM svv_mv_info WHERE schema_name = 'mesh_store'") == [["orders"]]
    assert ask("SELECT table_name FROM svv_tables WHERE table_schema = 'mesh_marts'") == [["orders"]]
    assert ROLE in ask("SELECT schemaname, esoptions FROM svv_external_schemas")[0][1]


@pytest.mark.parametrize(
    "statement", ["UNLOAD ('SELECT 1') TO 's3://x/'", "CREATE TABLE mesh_marts.copy AS SELECT 1", "COPY x FROM 's3://x'"]
)
def test_what_is_not_emulated_is_refused(statement: str) -> None:
    with pytest.raises(AssertionError, match="not emulated here"):
        ask(statement)


def test_a_role_that_does_not_trust_this_warehouse_reads_nothing() -> None:
    elsewhere = {"StringLike": {"sts:ExternalId": f"arn:aws:redshift:{REGION}:{SALES}:dbuser:*"}}
    _role("mesh-reporting-warehouse", "/mesh-consumer/reporting/", {"Service": "redshift.amazonaws.com"}, elsewhere)
    with pytest.raises(AssertionError, match=r"does not let redshift\.amazonaws\.com assume it"):
        make_mart()


def test_a_statement_is_shown_to_who_asked_for_it_alone() -> None:
    taken = client("redshift-data", CONSUMER, "analyst").execute_statement(WorkgroupName="mesh-reporting", Database="mesh", Sql="SELECT 1")
    with pytest.raises(ClientError, match="there is no statement"):
        client("redshift-data", CONSUMER, "stranger").describe_statement(Id=taken["Id"])


def test_a_workgroup_needs_three_zones_and_a_namespace_a_password_that_nobody_knows() -> None:
    handlers = provisioners._RESOURCE_HANDLERS
    with acting_as(CONSUMER, "deployer"):
        with pytest.raises(Exception, match="three availability zones"):
            handlers["AWS::RedshiftServerless::Workgroup"]["create"](
                "Two", WORKGROUP | {"WorkgroupName": "two", "SubnetIds": ["a", "b"]}, "x"
            )
        with pytest.raises(Exception, match="ManageAdminPassword"):
            handlers["AWS::RedshiftServerless::Namespace"]["create"]("Own", {"NamespaceName": "own", "AdminUserPassword": "Known123"}, "x")
        serverless.WORKGROUPS.pop("two", None)


def test_a_limit_is_made_once_and_changed_after_that() -> None:
    api = client("redshift-serverless", CONSUMER)
    arn = api.get_workgroup(workgroupName="mesh-reporting")["workgroup"]["workgroupArn"]
    assert api.list_usage_limits(resourceArn=arn).get("usageLimits", []) == []
    asked = {"resourceArn": arn, "usageType": "serverless-compute", "amount": 40, "period": "monthly", "breachAction": "deactivate"}
    made = api.create_usage_limit(**asked)["usageLimit"]
    with pytest.raises(ClientError, match="such a limit already"):
        api.create_usage_limit(**asked)
    api.update_usage_limit(usageLimitId=made["usageLimitId"], amount=60)
    assert [limit["amount"] for limit in api.list_usage_limits(resourceArn=arn)["usageLimits"]] == [60]
