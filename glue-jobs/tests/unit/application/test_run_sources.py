"""What a run makes of another product, of bad records, and of the smallest pipeline."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.run import RunRequest
from mesh_jobs.application.run_product import RunProduct
from mesh_jobs.domain.plan import Plan
from mesh_jobs.ports.engine import Saved
from support.faults import Countdown, Died, mortal
from support.memory import MemoryMesh
from support.plans import column, document, field, orders_document, orders_plan, source, table
from support.runs import HEAD, O1, O2, PLAN, ids, reports


def daily() -> Plan:
    orders = {
        "kind": "product",
        "name": "certified_orders",
        "product": "dp_sales_orders",
        "major": 1,
        "object": "orders",
        "database": "sales",
        "table": "orders_v1",
        "primaryKey": ["order_id"],
        "maxAgeSeconds": 7200,
    }
    tables = [
        table("orders_in", "bronze", ["certified_orders"], entity="daily"),
        table("daily", "gold", ["orders_in"], entity="daily", columns=[column("order_id")]),
    ]
    return plan_from_json(document([orders], tables, entity="daily"))


def test_another_product_is_read_at_its_certified_snapshot_which_is_pinned() -> None:
    mesh, plan = MemoryMesh(), daily()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    with pytest.raises(Died):
        mesh.run(plan, outside=mortal(mesh.outside(), Countdown.before("engine.read_table")))
    mesh.log.dead.add(f"process-{mesh.processes}")
    mesh.later(minutes=5)
    mesh.land(PLAN, "2.csv", HEAD + O2)
    mesh.run(PLAN)
    mesh.run(plan)
    assert ids(mesh, "daily_v1") == ["o1"]


def test_another_product_that_is_too_old_or_not_there_stops_the_run() -> None:
    mesh, plan = MemoryMesh(), daily()
    report = mesh.run(plan)
    assert (report.state, report.code) == ("failed", "stale-input")
    assert report.message == "dp_sales_orders v1 has published nothing yet"
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    mesh.later(hours=3)
    report = mesh.run(plan)
    assert report.message == (
        "dp_sales_orders v1 was certified 3.0 h ago; source certified_orders takes data of at most 2 h"
    )


def test_another_product_is_as_old_as_it_is_when_a_run_that_failed_of_it_is_started_again() -> None:
    mesh, plan = MemoryMesh(), daily()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    mesh.later(hours=3)
    assert mesh.run(plan, run_id="monday").code == "stale-input"
    mesh.later(minutes=5)
    mesh.run(PLAN, "full")
    mesh.later(days=5)
    report = mesh.run(plan, run_id="monday")
    assert (report.state, report.code) == ("failed", "stale-input")
    assert str(report.message).startswith("dp_sales_orders v1 was certified 120.0 h ago")
    mesh.run(PLAN, "full")
    assert mesh.run(plan, run_id="monday").state == "published"


def test_another_product_that_is_only_provisional_is_not_read() -> None:
    mesh, plan = MemoryMesh(), daily()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(orders_plan(signoff={"required": ["owner"], "valid": [], "problems": ["owner has not signed"]}))
    assert mesh.run(plan).message == "dp_sales_orders v1 is only provisional: owner has not signed"


def test_a_table_without_delta_is_left_as_it_is_by_a_delta() -> None:
    doc = orders_document()
    totals = next(t for t in doc["tables"] if t["name"] == "totals")
    totals["refreshOn"] = ["init", "full"]
    plan, mesh = plan_from_json(doc), MemoryMesh()
    mesh.land(plan, "1.csv", HEAD + O1)
    mesh.run(plan)
    mesh.later(hours=1)
    mesh.land(plan, "2.csv", HEAD + O2)
    report = mesh.run(plan)
    assert "totals" not in reports(mesh, report)
    assert [r["orders"] for r in mesh.rows("sales", "totals_v1")] == [1]
    assert report.certificate is not None
    assert [t["table"] for t in report.certificate["tables"]] == ["orders", "totals"]


def test_a_source_that_lets_bad_records_pass_has_them_quarantined_by_its_first_table() -> None:
    fields = [field("order_id"), field("amount", "int")]
    landing = source("landing", fields, onBadRecord="quarantine")
    gold = table("orders", "gold", ["landing"], columns=[column("order_id"), column("amount", "int")])
    plan, mesh = plan_from_json(document([landing], [gold])), MemoryMesh()
    mesh.land(plan, "1.csv", "order_id,amount\no1,1\no2,one\n", "landing")
    found = reports(mesh, mesh.run(plan))["orders"]
    assert (found.rows_in, found.rows_out, found.quarantined) == (2, 1, 1)
    assert found.losses[0].rule == "landing.record"


def test_a_source_that_does_not_names_file_row_and_column() -> None:
    fields = [field("order_id"), field("amount", "int")]
    gold = table("orders", "gold", ["landing"], columns=[column("order_id"), column("amount", "int")])
    plan, mesh = plan_from_json(document([source("landing", fields)], [gold])), MemoryMesh()
    mesh.land(plan, "1.csv", "order_id,amount\no1,1\no2,one\n", "landing")
    report = mesh.run(plan)
    assert report.code == "bad-input"
    assert report.message == "1.csv: row 2: column amount: 'one' is no int"


def test_a_bug_is_recorded_without_its_words_since_they_may_quote_data() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    outside = mesh.outside()

    def broken(*args: Any) -> Saved:
        raise ValueError("cannot convert a@x.org")

    outside.engine.save = broken  # type: ignore[method-assign]
    with pytest.raises(ValueError, match="cannot convert"):
        RunProduct(outside, "me")(PLAN, RunRequest())
    assert mesh.log.runs("dp_sales_orders", 1)[0].message == "a fault of ours: ValueError"
