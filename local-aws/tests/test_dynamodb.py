"""Which partition keys a request touches, that policies may hold it to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ministack.services import dynamodb

from mesh_local_aws import hooks
from mesh_local_aws.services.dynamodb import leading_keys


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
