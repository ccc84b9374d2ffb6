"""The check that stands in for AWS's own refuses what AWS would."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from support.strict import problems_of


@pytest.mark.parametrize(
    ("service", "operation", "request_", "problem"),
    [
        ("dynamodb", "GetItem", {"TableName": "", "Key": {}}, ".TableName has 0"),
        ("dynamodb", "CreateTable", {"BillingMode": "FREE"}, ".BillingMode is 'FREE', allowed are"),
        ("glue", "GetTable", {"DatabaseName": "sales", "Name": "x" * 256}, ".Name has 256, allowed are 1 to 255"),
        ("events", "PutEvents", {"Entries": [{}] * 11}, ".Entries has 11, allowed are 1 to 10"),
        ("events", "PutEvents", {"Entries": [{"EventBusName": "a bus"}]}, ".Entries[0].EventBusName is 'a bus'"),
        ("dynamodb", "TransactWriteItems", {"TransactItems": [{}] * 101}, "has 101, allowed are 1 to 100"),
    ],
)
def test_what_a_service_refuses_is_found(service: str, operation: str, request_: dict[str, Any], problem: str) -> None:
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    assert any(problem in p for p in problems_of(model.input_shape, request_))


def test_what_a_service_takes_is_let_through() -> None:
    model = botocore.session.get_session().get_service_model("glue").operation_model("GetTable")
    assert list(problems_of(model.input_shape, {"DatabaseName": "sales", "Name": "orders_v1"})) == []
