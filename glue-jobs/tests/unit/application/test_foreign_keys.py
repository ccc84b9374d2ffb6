"""Foreign keys and freshness in the certificate: measured on what is certified, and again when the other side is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.plan import Plan
from support.memory import MemoryMesh
from support.plans import check, column, document, field, source, table

KEYS = "lines.order_id.foreignKey"
AGE = "lines.at.freshness"


def key(to: str, columns: list[str], **more: Any) -> dict[str, Any]:
    reference = {"to": to, "columns": columns}
    common: dict[str, Any] = {"severity": "warning", "scope": "aggregate", "reference": reference}
    return check("lines", "foreignKey", ["order_id"], **{**common, **more})


def plan(keys: dict[str, Any], *sources: dict[str, Any], action: str = "alert") -> Plan:
    severity = "critical" if action == "abort_workflow" else "warning"
    age = check(
        "lines",
        "freshness",
        ["at"],
        id=AGE,
        scope="aggregate",
        unit="seconds",
        operator="mustBeLessOrEqualTo",
        threshold=[21600],
        severity=severity,
        action=action,
    )
    lines = table(
        "lines",
        "gold",
        ["line_files"],
        columns=[column("order_id"), column("at", "timestamptz")],
        checks=[keys, age],
    )
    orders = table("orders", "gold", ["order_files"], columns=[column("order_id")])
    own = [source("line_files", [field("order_id"), field("at", "timestamptz")])]
    doc = document([*own, source("order_files", [field("order_id")]), *sources], [lines, orders], ("init", "full"))
    sla = {"freshnessColumn": {"table": "lines", "column": "at"}, "freshnessAction": action}
    doc["sla"] = {**doc["sla"], **sla}
    return plan_from_json(doc)


def land(mesh: MemoryMesh, made: Plan, lines: str | None, orders: str | None) -> None:
    mesh.later(minutes=1)
    if lines is not None:
        mesh.land(made, "lines.csv", f"order_id,at\n{lines}", "line_files")
    if orders is not None:
        mesh.land(made, "orders.csv", f"order_id\n{orders}", "order_files")


def found(certificate: dict[str, Any] | None, ident: str) -> dict[str, Any]:
    assert certificate is not None
    (one,) = [c for c in certificate["checks"] if c["id"] == ident]
    return dict(one)


LINES = "a,2030-01-01T05:00:00Z\nb,2030-01-01T05:30:00Z\nb,\n,\n"


def test_keys_are_looked_for_in_the_tables_of_the_same_run() -> None:
    mesh, made = MemoryMesh(), plan(key("orders", ["order_id"]))
    land(mesh, made, LINES, "a\nc\n")
    certificate = mesh.run(made).certificate
    assert certificate is not None
    assert certificate["verdict"] == "certified"
    keys = found(certificate, KEYS)
    assert (keys["rows"], keys["failing"], keys["passed"]) == (4, 2, False)
    assert any("2 of 4 rows" in w and KEYS in w for w in certificate["warnings"])


def test_keys_are_looked_for_again_when_only_the_other_table_is_new() -> None:
    mesh, made = MemoryMesh(), plan(key("orders", ["order_id"]))
    land(mesh, made, LINES, "a\nb\n")
    assert found(mesh.run(made).certificate, KEYS)["failing"] == 0
    # Lines are not refreshed by a full run; orders are, and lose a key.
    tables = tuple(replace(t, refresh_on=("init",)) if t.name == "lines" else t for t in made.tables)
    made = replace(made, tables=tables)
    land(mesh, made, None, "a\n")
    mesh.later(hours=1)
    report = mesh.run(made, "full")
    assert [t.table for t in report.tables] == ["orders"]
    assert found(report.certificate, KEYS)["failing"] == 2
    assert found(report.certificate, AGE)["measured"] == 5520


@pytest.mark.parametrize(("action", "verdict"), [("alert", "certified"), ("abort_workflow", "rejected")])
def test_a_key_that_is_not_found_does_what_its_action_says(action: str, verdict: str) -> None:
    mesh, made = MemoryMesh(), plan(key("orders", ["order_id"], action=action, unit="percent", threshold=[25]))
    land(mesh, made, LINES, "a\n")
    certificate = mesh.run(made).certificate
    assert certificate is not None
    assert certificate["verdict"] == verdict
    assert (found(certificate, KEYS)["measured"], found(certificate, KEYS)["threshold"]) == (50.0, "mustBe 25 %")


def test_keys_are_looked_for_in_the_pinned_snapshot_of_another_product() -> None:
    mesh = MemoryMesh()
    other = document(
        [source("shop", [field("order_id")])], [table("sold", "gold", ["shop"], columns=[column("order_id")])]
    )
    other["product"].update(id="dp_web_sold", entity="sold", domain="web")
    sold = plan_from_json(other)
    mesh.land(sold, "1.csv", "order_id\na\nb\n")
    assert mesh.run(sold).state == "published"
    imported = {
        "kind": "product",
        "name": "theirs",
        "product": "dp_web_sold",
        "major": 1,
        "object": "sold",
        "database": "sales",
        "table": "sold_v1",
        "primaryKey": [],
        "maxAgeSeconds": None,
    }
    made = plan(key("theirs", ["order_id"]), imported)
    land(mesh, made, LINES + "z,\n", "")
    keys = found(mesh.run(made).certificate, KEYS)
    assert (keys["rows"], keys["failing"]) == (5, 1)


@pytest.mark.parametrize(("action", "verdict"), [("alert", "certified"), ("abort_workflow", "rejected")])
def test_freshness_is_an_age_at_the_moment_of_the_certificate(action: str, verdict: str) -> None:
    mesh, made = MemoryMesh(), plan(key("orders", ["order_id"]), action=action)
    land(mesh, made, LINES, "a\nb\n")
    mesh.later(hours=7)
    certificate = mesh.run(made).certificate
    assert certificate is not None
    age = found(certificate, AGE)
    assert (age["measured"], age["passed"], age["threshold"]) == (7 * 3600 + 31 * 60, False, "mustBeLessOrEqualTo 6 h")
    assert (certificate["freshness"]["seconds"], certificate["freshness"]["newest"]) == (27060, "2030-01-01T05:30:00Z")
    assert certificate["verdict"] == verdict
    said = certificate["reasons"] if verdict == "rejected" else certificate["warnings"]
    assert [s for s in said if AGE in s] == [
        f"lines: freshness of at: measured 7.51667 h, mustBeLessOrEqualTo 6 h [{AGE}]"
    ], "said once"


def test_a_value_at_the_end_of_time_is_fresh() -> None:
    mesh, made = MemoryMesh(), plan(key("orders", ["order_id"]))
    land(mesh, made, "a,9999-12-31T23:59:59.999999Z\n", "a\n")
    certificate = mesh.run(made).certificate
    assert certificate is not None
    assert (found(certificate, AGE)["measured"], certificate["freshness"]["seconds"]) == (0.0, 0.0)
    assert certificate["freshness"]["newest"] == "9999-12-31T23:59:59.999999Z"
