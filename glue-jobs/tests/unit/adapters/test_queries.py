"""Rows as Athena answers them."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_jobs.adapters.aws.failures import AwsFailed
from mesh_jobs.adapters.aws.queries import Queries

COLUMNS = [{"Name": "order_id", "Type": "varchar"}, {"Name": "amount", "Type": "decimal", "Precision": 12, "Scale": 2}]
ROWS = [["order_id", "amount"], ["o1", "10.50"], ["o2", None]]


class Athena:
    def __init__(self, *states: dict[str, str]) -> None:
        self.states, self.asked = list(states), {}

    def start_query_execution(self, **asked: Any) -> dict[str, str]:
        self.asked = asked
        return {"QueryExecutionId": "q"}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:
        return {"QueryExecution": {"Status": self.states.pop(0)}}

    def get_query_results(self, QueryExecutionId: str, MaxResults: int) -> dict[str, Any]:
        rows = [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in ROWS]
        return {"ResultSet": {"ResultSetMetadata": {"ColumnInfo": COLUMNS}, "Rows": rows[:MaxResults]}}


def test_an_answer_has_the_types_of_contracts_and_no_header() -> None:
    athena = Athena({"State": "RUNNING"}, {"State": "SUCCEEDED"})
    found = Queries(athena, "mesh-reporting", sleep=lambda seconds: None).rows("sales", "orders_v1", 2)
    assert (athena.asked["WorkGroup"], athena.asked["QueryExecutionContext"]) == (
        "mesh-reporting",
        {"Database": "sales"},
    )
    assert found.columns == (("order_id", "string"), ("amount", "decimal(12,2)"))
    assert found.rows == ({"order_id": "o1", "amount": "10.50"}, {"order_id": "o2", "amount": None})


def test_a_refusal_is_told_in_athenas_own_words() -> None:
    refused = Athena({"State": "FAILED", "StateChangeReason": "Insufficient Lake Formation permission(s): no SELECT"})
    with pytest.raises(AwsFailed, match=r"Insufficient Lake Formation permission\(s\): no SELECT"):
        Queries(refused, "mesh-reporting", sleep=lambda seconds: None).rows("sales", "orders_v1", 2)
