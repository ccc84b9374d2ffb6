"""Data sets over what a role of ours is granted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from in_process import CONSUMER, acting_as, client
from ministack.services import iam
from ministack.services.cloudformation import provisioners

from mesh_local_aws import stores
from mesh_local_aws.services import quicksight
from mesh_local_aws.services.lakeformation.enforcement import Cells

ROLE = f"arn:aws:iam::{CONSUMER}:role/bi"
GROUP = f"arn:aws:quicksight:us-east-1:{CONSUMER}:group/default/analysts"
SOURCE = {
    "AwsAccountId": CONSUMER,
    "DataSourceId": "mesh-reporting",
    "Name": "Products",
    "Type": "ATHENA",
    "DataSourceParameters": {"AthenaParameters": {"WorkGroup": "mesh-reporting", "RoleArn": ROLE}},
}


def data_set(**change: Any) -> dict[str, Any]:
    relation = {
        "DataSourceArn": f"arn:aws:quicksight:eu-west-1:{CONSUMER}:datasource/mesh-reporting",
        "Schema": "sales",
        "Name": "orders_v1",
        "InputColumns": [{"Name": "order_id", "Type": "STRING"}],
        **change,
    }
    return {
        "AwsAccountId": CONSUMER,
        "DataSetId": "orders",
        "Name": "orders",
        "ImportMode": "DIRECT_QUERY",
        "PhysicalTableMap": {"table": {"RelationalTable": relation}},
        "Permissions": [{"Principal": GROUP, "Actions": ["quicksight:DescribeDataSet"]}],
    }


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    quicksight.install()


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A role that QuickSight may take, which sees the ids of orders."""
    trust = [{"Effect": "Allow", "Principal": {"Service": "quicksight.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    with acting_as(CONSUMER, "deployer"):
        iam._roles["bi"] = {"RoleName": "bi", "Arn": ROLE, "AssumeRolePolicyDocument": {"Statement": trust}}
    monkeypatch.setattr(stores, "athena_workgroup", lambda name: {"Name": name} if name == "mesh-reporting" else None)
    monkeypatch.setattr(stores, "linked_table", lambda _, name: {"Name": name, "CatalogId": CONSUMER} if name == "orders_v1" else None)
    monkeypatch.setattr(quicksight, "select", lambda role, _: [Cells(frozenset({"order_id"}), None)] if role == ROLE else [])
    yield
    iam.reset()
    for kept in (quicksight.SOURCES, quicksight.DATA_SETS, quicksight.ANALYSES):
        kept.reset()


def make(noun: str, properties: dict[str, Any]) -> str:
    with acting_as(CONSUMER, "deployer"):
        _, attributes = provisioners._RESOURCE_HANDLERS[f"AWS::QuickSight::{noun}"]["create"](noun, properties, "consumption")
        return str(attributes["Arn"])


def test_a_data_set_is_made_over_what_the_role_of_its_source_sees_and_shown_to_whom_it_names() -> None:
    make("DataSource", SOURCE)
    arn = make("DataSet", data_set())
    analysis = {"DataSetIdentifierDeclarations": [{"Identifier": "orders", "DataSetArn": arn}]}
    make("Analysis", {"AwsAccountId": CONSUMER, "AnalysisId": "start", "Name": "A start", "Definition": analysis})
    api = client("quicksight", CONSUMER)
    assert api.describe_data_set(AwsAccountId=CONSUMER, DataSetId="orders")["DataSet"]["ImportMode"] == "DIRECT_QUERY"
    shown = api.describe_data_set_permissions(AwsAccountId=CONSUMER, DataSetId="orders")["Permissions"]
    assert [each["Principal"] for each in shown] == [GROUP]
    with pytest.raises(ClientError, match="there is no DataSet gone"):
        api.describe_data_set(AwsAccountId=CONSUMER, DataSetId="gone")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"InputColumns": [{"Name": "customer_email", "Type": "STRING"}]}, "does not see customer_email"),
        ({"Name": "returns_v1"}, r"there is no table sales\.returns_v1"),
        ({"DataSourceArn": "arn:aws:quicksight:eu-west-1:1:datasource/other"}, "there is no data source"),
    ],
)
def test_a_data_set_over_what_is_not_there_or_not_seen_is_refused(change: dict[str, Any], why: str) -> None:
    make("DataSource", SOURCE)
    with pytest.raises(Exception, match=why):
        make("DataSet", data_set(**change))


def test_copies_and_sources_without_a_role_are_refused() -> None:
    make("DataSource", SOURCE)
    with pytest.raises(Exception, match="copies in SPICE are not emulated"):
        make("DataSet", {**data_set(), "ImportMode": "SPICE"})
    bare = {"AthenaParameters": {"WorkGroup": "mesh-reporting"}}
    with pytest.raises(Exception, match="without a role of its own"):
        make("DataSource", {**SOURCE, "DataSourceId": "bare", "DataSourceParameters": bare})


def test_nobody_of_another_account_is_shown_anything() -> None:
    make("DataSource", SOURCE)
    elsewhere = [{"Principal": GROUP.replace(CONSUMER, "111122223333"), "Actions": ["quicksight:DescribeDataSet"]}]
    with pytest.raises(Exception, match="is no principal of QuickSight in account"):
        make("DataSet", {**data_set(), "Permissions": elsewhere})
