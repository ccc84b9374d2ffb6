"""Which partition keys and attributes a request touches, that policies may hold it to them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from ministack.services import dynamodb

from mesh_local_aws import hooks
from mesh_local_aws.services.dynamodb import _with_keys, leading_keys, written_attributes


@pytest.fixture(autouse=True)
def _table() -> Iterator[None]:
    with hooks.acting("222222222222", "eu-west-1"):
        dynamodb._tables["runs"] = {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]}
        yield
        del dynamodb._tables["runs"]


KEY = {"pk": {"S": "dp_sales_orders#v1"}, "sk": {"S": "lock"}}


@pytest.mark.parametrize(
    "asked",
    [
        {"TableName": "runs", "Key": KEY},
        {"TableName": "runs", "Item": {**KEY, "owner": {"S": "me"}}},
        {
            "TableName": "runs",
            "KeyConditionExpression": "#p = :p AND begins_with(sk, :s)",
            "ExpressionAttributeNames": {"#p": "pk"},
            "ExpressionAttributeValues": {":p": {"S": "dp_sales_orders#v1"}, ":s": {"S": "run"}},
        },
        {"TransactItems": [{"Put": {"TableName": "runs", "Item": KEY}}, {"ConditionCheck": {"TableName": "runs", "Key": KEY}}]},
        {"RequestItems": {"runs": {"Keys": [KEY]}}},
        {"RequestItems": {"runs": [{"PutRequest": {"Item": KEY}}]}},
    ],
)
def test_every_item_of_a_request_counts(asked: dict[str, object]) -> None:
    assert set(leading_keys(asked)) == {"dp_sales_orders#v1"}


def test_a_scan_touches_no_key_that_is_known() -> None:
    assert list(leading_keys({"TableName": "runs"})) == []


@pytest.mark.parametrize(
    ("asked", "attributes"),
    [
        (
            {
                "UpdateExpression": "SET #owner = :owner, since = if_not_exists(since, :owner) ADD #fence :one",
                "ConditionExpression": "attribute_not_exists(#owner) OR leaseUntil <= :now AND NOT #state IN (:owner)",
                "ExpressionAttributeNames": {"#owner": "owner", "#fence": "fence", "#state": "state"},
            },
            {"owner", "since", "fence", "leaseUntil", "state"},
        ),
        (
            {"UpdateExpression": "REMOVE certificate.#verdict[0], #s", "ExpressionAttributeNames": {"#verdict": "v", "#s": "swaps"}},
            {"certificate", "swaps"},
        ),
        ({"UpdateExpression": "set certificate=:certificate"}, {"certificate"}),
        ({"AttributeUpdates": {"certificate": {}}, "Expected": {"state": {}}}, {"certificate", "state"}),
    ],
)
def test_what_an_update_sets_and_compares_counts_with_its_keys(asked: dict[str, object], attributes: set[str]) -> None:
    update = {"TableName": "runs", "Key": KEY, **asked}
    assert set(written_attributes(update)) == {"pk", "sk", *attributes}
    assert set(written_attributes({"TransactItems": [{"Update": update}]})) == {"pk", "sk", *attributes}


def test_what_only_reads_writes_no_attribute() -> None:
    assert list(written_attributes({"TableName": "runs", "Key": KEY})) == []


@pytest.mark.parametrize(("more", "returned"), [({}, "NONE"), ({"ReturnValues": "UPDATED_NEW"}, "UPDATED_NEW")])
def test_policies_see_what_an_update_names_and_wants_back(more: dict[str, str], returned: str) -> None:
    update = {
        "TableName": "runs",
        "Key": KEY,
        "UpdateExpression": "SET #until = :now",
        "ExpressionAttributeNames": {"#until": "leaseUntil"},
        **more,
    }
    assert _with_keys(lambda _: {"dynamodb:Select": "ALL_ATTRIBUTES"})(json.dumps(update).encode()) == {
        "dynamodb:Select": "ALL_ATTRIBUTES",
        "dynamodb:LeadingKeys": ["dp_sales_orders#v1"],
        "dynamodb:Attributes": ["leaseUntil", "pk", "sk"],
        "dynamodb:ReturnValues": returned,
    }
