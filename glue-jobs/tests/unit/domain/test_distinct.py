"""Which keys rules leave distinct: those whose repeats they took out, as long as nothing touches them."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.distinct import answers, distinct_keys
from mesh_jobs.domain.plan import Table
from support.plans import check, column, document, table

BY_ID = {"kind": "deduplicate", "id": "d", "by": ["Order_ID"], "latest": "updated_at"}
ON = {"left": "order_id", "right": "order_id"}
BY_BOTH = {"kind": "upsert", "id": "u", "by": ["order_id", "line"]}


def made(*rules: dict[str, Any], **more: Any) -> Table:
    own = table("orders", "gold", ["shop"], rules=list(rules), **more)
    return plan_from_json(document([], [own])).tables[0]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], []),
        ([BY_ID], [{"order_id"}]),
        ([BY_ID, BY_BOTH], [{"order_id"}, {"order_id", "line"}]),
        ([BY_ID, {"kind": "filter", "id": "f", "where": "amount > 0", "reason": "none"}], [{"order_id"}]),
        ([BY_ID, {"kind": "lower", "id": "l", "columns": ["channel"]}], [{"order_id"}]),
        ([{"kind": "lower", "id": "l", "columns": ["order_id"]}, BY_ID], [{"order_id"}]),
        ([BY_ID, {"kind": "rename", "id": "r", "columns": [{"from": "order_id", "to": "ID"}]}], [{"id"}]),
    ],
)
def test_a_rule_that_takes_out_repeats_leaves_its_key_distinct(rules: list[Any], expected: list[set[str]]) -> None:
    assert set(distinct_keys(made(*rules), ())) == {frozenset(key) for key in expected}


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "lower", "id": "x", "columns": ["ORDER_ID"]},
        {"kind": "trim", "id": "x", "columns": ["order_id"]},
        {"kind": "cast", "id": "x", "columns": [{"name": "order_id", "type": "int"}], "onFail": "null"},
        {"kind": "derive", "id": "x", "columns": [{"name": "order_id", "expression": "left(order_id, 3)"}]},
        {"kind": "fillNull", "id": "x", "columns": [{"name": "order_id", "value": "none"}]},
        {"kind": "redact", "id": "x", "columns": ["order_id"]},
        {"kind": "join", "id": "x", "with": "lines", "how": "left", "on": [ON], "select": None},
        {"kind": "union", "id": "x", "with": ["older"]},
        {"kind": "sql", "id": "x", "text": "SELECT * FROM shop", "path": None},
    ],
)
def test_what_changes_a_key_or_makes_rows_ends_it(rule: dict[str, Any]) -> None:
    assert distinct_keys(made(BY_ID, rule), ()) == frozenset()


def test_a_last_cast_ends_it_since_different_values_may_become_the_same() -> None:
    assert distinct_keys(made(BY_ID), ("Order_Id",)) == frozenset()
    assert distinct_keys(made(BY_ID), ("amount",)) == {frozenset({"order_id"})}


def test_masking_ends_it_where_it_is_published() -> None:
    columns = [column("order_id", classification="confidential", masking="redact")]
    assert distinct_keys(made(BY_ID, columns=columns, published=True), ()) == frozenset()
    assert distinct_keys(made(BY_ID, columns=columns, published=False), ()) == {frozenset({"order_id"})}


def test_a_check_is_answered_by_a_key_within_its_columns() -> None:
    unique = plan_from_json(
        document([], [table("orders", "gold", ["shop"], checks=[
            check("orders", "duplicateValues", ["order_id", "Line"], scope="aggregate"),
            check("orders", "nullValues", ["order_id"]),
        ])])
    ).tables[0].checks  # fmt: skip
    assert answers([frozenset({"line"})], unique[0])
    assert answers([frozenset({"line", "order_id"})], unique[0])
    assert not answers([frozenset({"order_id", "line", "country"})], unique[0])
    assert not answers([], unique[0])
    assert not answers([frozenset({"order_id"})], unique[1])
