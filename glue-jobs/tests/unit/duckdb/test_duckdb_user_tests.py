"""The rows of users' unit tests, on the real engine: what type they have, and what they need not say."""

from __future__ import annotations

from typing import Any

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.user_tests import RunTests
from support.bench import Bench
from support.plans import document, field, source, table

DIGEST = "sha256:" + "0" * 64


def sql(name: str, text: str) -> dict[str, Any]:
    return {"kind": "sql", "id": f"{name}.sql", "text": text, "path": None, "digest": DIGEST}


def differences(duck: Bench, sources: list[dict[str, Any]], tables: list[dict[str, Any]], **case: Any) -> list[str]:
    plan = plan_from_json(document(sources, tables))
    found: list[str] = RunTests(duck.engine, plan)([{"name": "a case", "expect": {}, **case}])[0]["differences"]
    return found


SHOP = source("shop", [field("order_id"), field("placed", "date"), field("amount", "decimal(12, 2)")])
RAW = table("raw", "bronze", ["shop"])
LATE = table("late", "silver", ["raw"], rules=[sql("late", "SELECT * FROM raw WHERE placed >= DATE '2026-01-01'")])


def test_rows_of_an_internal_table_have_the_types_that_its_rules_give(duck: Bench) -> None:
    given = {"raw": [{"order_id": "a", "placed": "2026-01-01"}, {"order_id": "b", "placed": "2025-12-31"}]}
    expect = {"late": {"rows": [{"order_id": "a", "placed": "2026-01-01"}]}}
    assert differences(duck, [SHOP], [RAW, LATE], given=given, expect=expect) == []


def test_a_column_that_no_row_names_is_there_and_null(duck: Bench) -> None:
    given = {"raw": [{"order_id": "a", "placed": "2026-01-01"}]}
    expect = {"late": {"rows": [{"order_id": "a", "amount": None}]}}
    assert differences(duck, [SHOP], [RAW, LATE], given=given, expect=expect) == []


def test_an_internal_table_without_a_row_still_has_its_columns(duck: Bench) -> None:
    assert differences(duck, [SHOP], [RAW, LATE], given={"raw": []}, expect={"late": {"rows": []}}) == []


def test_a_column_that_the_rules_do_not_give_is_an_error_of_the_case(duck: Bench) -> None:
    found = differences(duck, [SHOP], [RAW, LATE], given={"raw": [{"ordr_id": "a"}]}, expect={"late": {"rows": []}})
    assert "there is no column ordr_id; there are amount, order_id, placed" in found[0]


def test_what_another_product_gives_is_typed_by_what_is_written(duck: Bench) -> None:
    other = {
        "kind": "product",
        "name": "traffic",
        "product": "dp_operations_flights",
        "major": 1,
        "object": "traffic",
        "database": "operations",
        "table": "traffic_v1",
        "primaryKey": [],
        "maxAgeSeconds": None,
    }
    tables = [
        table("traffic_in", "bronze", ["traffic"]),
        table(
            "past",
            "silver",
            ["traffic_in"],
            rules=[sql("past", "SELECT month, n FROM traffic_in WHERE month < DATE '2026-02-01'")],
        ),
    ]
    given = {"traffic_in": [{"month": "2026-01-01", "n": 2}, {"month": "2026-02-01", "n": 3}]}
    assert differences(duck, [other], tables, given=given, expect={"past": {"rows": [{"n": 2}]}}) == []
