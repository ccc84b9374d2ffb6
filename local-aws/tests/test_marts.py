"""A consumer's warehouse, from an empty account to a mart that ends with its grant: by stock `cdk deploy`.

The tests stand in the order in which things happen: first deployments that fail, one of them, and the life of one mart.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployment import PLATFORM, REGION, SALES, Deployment, Role
from whole_mesh import WAREHOUSE, Analyst

pytestmark = pytest.mark.soak
REPORTING = "666666666666"
ANALYST = f"arn:aws:iam::{REPORTING}:role/mesh-consumer/reporting/mesh-reporting-analyst"
MART = "mesh_marts.sales__orders_v1"


def contract(mesh: Deployment) -> Path:
    return mesh.folder / "contracts" / "sales" / "orders.contract.yaml"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One domain with one product, and one consumer whose contract lets it keep copies."""
    made = Deployment(tmp_path_factory.mktemp("marts"))
    made.write()
    for other in (*made.folder.glob("contracts/sales/gold_daily.*"), *made.folder.glob("contracts/operations/*.yaml")):
        other.unlink()
    path = made.folder / "mesh.yaml"
    mesh: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    mesh["consumers"] = {"reporting": {**mesh["consumers"]["reporting"], **WAREHOUSE}}
    mesh["domains"] = {"sales": mesh["domains"]["sales"]}
    path.write_text(yaml.safe_dump(mesh, sort_keys=False), encoding="utf-8")
    given = contract(made).read_text(encoding="utf-8")
    more = {"mesh.copies": "true", "mesh.columns": "[order_id, sales_channel, total_amount]"}
    to = "".join(["value: [reporting]}", *(f"\n      - {{property: {name}, value: {value}}}" for name, value in more.items())])
    contract(made).write_text(given.replace("value: [reporting, marketing, sales]}", to), encoding="utf-8")
    made.up()
    try:
        made.bootstrap(PLATFORM, SALES, REPORTING)
        made.synthesise()
        made.deploy(PLATFORM, "governance", "access-sales", "access-reporting", "reporting-roles")
        yield made
    finally:
        made.down()


@pytest.fixture(scope="module")
def granted(shop: Deployment) -> Deployment:
    """With a product that is published, and granted to the consumer."""
    shop.deploy(PLATFORM, "sales-foundation")
    shop.deploy(SALES, "sales-orders-v1")
    samples = shop.folder / "contracts" / "sales" / "samples"
    for name in ("orders/orders.csv", "payments/payments.jsonl"):
        shop.land(SALES, "sales-orders-v1", name, (samples / Path(name).name).read_bytes())
    assert shop.run(SALES, "sales-orders-v1", "init").status == "SUCCEEDED"
    shop.deploy(PLATFORM, "sales-orders-v1-grants")
    return shop


@pytest.fixture(scope="module")
def marts(granted: Deployment) -> Deployment:
    """With the consumer's warehouse."""
    granted.deploy(PLATFORM, "reporting-consumption")
    return granted


def comes_to_nothing(shop: Deployment, account: str, stack: str, why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        again(shop, account, stack)
    assert shop.status(account, stack) in ("", "ROLLBACK_COMPLETE")


def again(shop: Deployment, account: str, stack: str, *flags: str) -> None:
    """A deployment, as docs/operations.md has it where one has failed: the CDK puts the failed stack away, if it may."""
    if shop.status(account, stack) == "ROLLBACK_COMPLETE":
        cloudformation = shop.client("cloudformation", account)
        cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=False)
    shop.deploy(PLATFORM, stack, *flags)


def test_a_foundation_that_came_to_nothing_is_deployed_by_the_next_attempt(shop: Deployment) -> None:
    shop.faults({"service": "ssm", "operation": "GetParameters", "error": "InternalServerError"})
    comes_to_nothing(shop, SALES, "sales-foundation", "AWS refused: InternalServerError")
    shop.faults()
    # What could hold data is there, and in the way of one that does not take it over.
    assert [name for name in shop.client("dynamodb", SALES).list_tables()["TableNames"] if name.endswith("-runs")] != []
    comes_to_nothing(shop, SALES, "sales-foundation", "already exists|Validation failed")
    again(shop, SALES, "sales-foundation", "--import-existing-resources")
    assert shop.status(SALES, "sales-foundation") == "CREATE_COMPLETE"


def test_what_a_consumer_queries_with_is_deployed_by_the_next_attempt_too(granted: Deployment) -> None:
    athena = granted.client("athena", REPORTING)
    athena.create_work_group(Name="mesh-reporting")
    comes_to_nothing(granted, REPORTING, "reporting-consumption", "WorkGroup mesh-reporting already exists")
    athena.delete_work_group(WorkGroup="mesh-reporting")
    comes_to_nothing(granted, REPORTING, "reporting-consumption", "already exists|Validation failed")
    again(granted, REPORTING, "reporting-consumption", "--import-existing-resources")
    assert granted.status(REPORTING, "reporting-consumption") == "CREATE_COMPLETE"


def ask(mesh: Deployment, sql: str) -> list[list[Any]]:
    """As the consumer's analyst. Raises AssertionError with Redshift's reason."""
    given = mesh.client("sts", REPORTING).assume_role(RoleArn=ANALYST, RoleSessionName="test")["Credentials"]
    return Analyst(Role(ANALYST, mesh.environment["AWS_ENDPOINT_URL"], given), "mesh-reporting").ask_warehouse(sql)


def test_a_mart_shows_an_analyst_what_the_contract_gives_and_no_column_more(marts: Deployment) -> None:
    assert ask(marts, f"SELECT count(*) FROM {MART}") == [[41]]
    assert ask(marts, f"SELECT count(order_id), count(sales_channel), count(total_amount) FROM {MART}")[0][0] == 41
    with pytest.raises(AssertionError, match="customer_id"):
        ask(marts, f"SELECT customer_id FROM {MART}")


def test_a_table_is_read_where_it_is_by_its_own_name_with_the_same_columns(marts: Deployment) -> None:
    assert ask(marts, "SELECT count(*) FROM sales.orders_v1") == [[41]]
    with pytest.raises(AssertionError, match="customer_id"):
        ask(marts, "SELECT customer_id FROM sales.orders_v1")


def test_an_analyst_makes_no_copy_and_sees_nothing_of_what_is_stored(marts: Deployment) -> None:
    for refused in ("CREATE SCHEMA IF NOT EXISTS mine", "SELECT * FROM mesh_store.sales__orders_v1"):
        with pytest.raises(AssertionError, match="permission denied"):
            ask(marts, refused)


def test_quicksight_has_a_data_set_of_what_is_given_shown_to_whom_the_mesh_names(marts: Deployment) -> None:
    api = marts.client("quicksight", REPORTING)
    name = {"AwsAccountId": REPORTING, "DataSetId": "mesh-reporting-sales-orders_v1"}
    found = api.describe_data_set(**name)["DataSet"]
    assert found["ImportMode"] == "DIRECT_QUERY"
    columns = found["PhysicalTableMap"]["table"]["RelationalTable"]["InputColumns"]
    assert [column["Name"] for column in columns] == ["order_id", "sales_channel", "total_amount"]
    shown = api.describe_data_set_permissions(**name)["Permissions"]
    assert [each["Principal"] for each in shown] == [f"arn:aws:quicksight:{REGION}:{REPORTING}:group/default/board"]


def test_the_warehouse_is_held_to_its_limit(marts: Deployment) -> None:
    [limit] = marts.client("redshift-serverless", REPORTING).list_usage_limits()["usageLimits"]
    assert (limit["amount"], limit["breachAction"]) == (40, "deactivate")


def test_the_mart_is_gone_as_soon_as_the_grant_is_and_before_anything_of_the_consumer_is_deployed(marts: Deployment) -> None:
    given = contract(marts).read_text(encoding="utf-8")
    contract(marts).write_text(given.replace("      - {property: mesh.consumers, value: [reporting]}\n", ""), encoding="utf-8")
    marts.synthesise("cdk.revoked")
    began = time.monotonic()
    marts.deploy(PLATFORM, "sales-orders-v1-grants", app="cdk.revoked")
    print(f"revoked in {time.monotonic() - began:.1f} s, the command line included")
    with pytest.raises(AssertionError, match=f'relation "{MART}" does not exist'):
        ask(marts, f"SELECT count(*) FROM {MART}")
    with pytest.raises(AssertionError, match="Insufficient Lake Formation permission"):
        ask(marts, "SELECT count(*) FROM sales.orders_v1")


def test_nothing_of_it_is_left_in_the_consumers_stack_after_its_deployment(marts: Deployment) -> None:
    marts.deploy(PLATFORM, "reporting-consumption", app="cdk.revoked")
    with pytest.raises(AssertionError, match="does not exist"):
        ask(marts, "SELECT count(*) FROM sales.orders_v1")
    api = marts.client("quicksight", REPORTING)
    with pytest.raises(Exception, match="there is no DataSet"):
        api.describe_data_set(AwsAccountId=REPORTING, DataSetId="mesh-reporting-sales-orders_v1")
