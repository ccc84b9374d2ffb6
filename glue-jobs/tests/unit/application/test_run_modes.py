"""Which mode a run has, and from which moment a delta reads; with stand-ins for everything outside."""

from __future__ import annotations

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.table import TableName
from support.memory import MemoryMesh
from support.plans import orders_document, orders_plan
from support.runs import HEAD, O1, O2, PLAN, ids, reports


def test_the_first_run_is_an_init_whatever_the_pipeline_can_do() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + O2)
    report = mesh.run(PLAN)
    assert (report.mode, report.state) == ("init", "published")
    assert report.run_id == "init-20300101T060000Z-0000"
    assert ids(mesh) == ["o1", "o2"]


def test_a_delta_asked_for_before_anything_is_published_is_an_init_and_says_so() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    assert mesh.run(PLAN, "delta").mode == "init"
    assert mesh.progress.warnings == ["nothing is published yet, so this run is an init"]


def test_later_runs_are_deltas_where_the_pipeline_can() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + O2)
    mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + "o1,11.00,a@x.org,2030-01-01T05:00:00Z\n")
    report = mesh.run(PLAN)
    assert report.mode == "delta"
    assert reports(mesh, report)["orders_raw"].rows_in == 1
    assert [str(r["amount"]) for r in mesh.rows("sales", "orders_v1")] == ["11.00", "20.00"]


def test_a_changed_plan_turns_a_delta_that_nobody_asked_for_into_a_full_run() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    mesh.later(hours=1)
    changed = orders_plan(quarantineDays=31)
    assert mesh.run(changed).mode == "full"
    assert "changed since the last run" in mesh.progress.warnings[-1]


def test_a_delta_asked_for_when_a_table_is_new_is_full() -> None:
    mesh = MemoryMesh()
    doc = orders_document()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(plan_from_json({**doc, "tables": doc["tables"][:3]}))
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + O2)
    assert mesh.run(PLAN, "delta").mode == "full"
    assert mesh.progress.warnings == ["there is no table totals yet, so this run is full"]
    assert [r["orders"] for r in mesh.rows("sales", "totals_v1")] == [2]


def test_a_delta_without_anything_new_is_skipped_and_publishes_nothing() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    before = mesh.tables.current(TableName("sales", "orders_v1"))
    mesh.later(hours=1)
    report = mesh.run(PLAN, "delta")
    assert (report.state, report.fine) == ("skipped", True)
    assert mesh.tables.current(TableName("sales", "orders_v1")) == before
    assert len(mesh.announcer.events) == 1


def test_a_mode_the_pipeline_does_not_have_is_refused() -> None:
    plan = plan_from_json({**orders_document(), "modes": ["init", "full"]})
    with pytest.raises(BadRequest, match="cannot run in mode delta, only in init, full"):
        MemoryMesh().run(plan, "delta")


def test_a_retired_product_does_not_run() -> None:
    doc = orders_document()
    doc["product"]["status"] = "retired"
    with pytest.raises(BadRequest, match="is retired"):
        MemoryMesh().run(plan_from_json(doc))


def test_a_full_run_buries_rows_that_vanished_at_the_source() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + O2)
    mesh.run(PLAN)
    mesh.raw.take_away(PLAN.product, "shop", "1.csv")
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + O2)
    report = mesh.run(PLAN, "full")
    assert ids(mesh) == ["o2"]
    assert reports(mesh, report)["orders"].vanished == 1
    buried = mesh.rows("sales_internal", "orders_v1__orders__tombstones")
    assert [(r["order_id"], r["_mesh_run_id"]) for r in buried] == [("o1", report.run_id)]


def test_an_init_reloads_from_nothing_and_buries_nothing() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + O2)
    mesh.run(PLAN)
    mesh.raw.take_away(PLAN.product, "shop", "1.csv")
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + O2)
    assert all(t.vanished == 0 for t in mesh.run(PLAN, "init").tables)
    assert ids(mesh) == ["o2"]


def test_a_delta_reads_from_the_watermark_less_the_overlap() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + O2)
    mesh.run(PLAN)
    assert mesh.log.watermarks("dp_sales_orders", 1) == {"shop": "2030-01-01T01:00:00+00:00"}
    mesh.later(hours=1)
    rows = (
        "old,1,c@x.org,2029-12-31T23:00:00Z\nlate,1,c@x.org,2030-01-01T00:30:00Z\nnew,1,c@x.org,2030-01-01T09:00:00Z\n"
    )
    mesh.land(PLAN, "2.csv", HEAD + rows)
    report = mesh.run(PLAN)
    assert ids(mesh) == ["late", "new", "o1", "o2"]
    raw = reports(mesh, report)["orders_raw"]
    assert (raw.rows_in, raw.rows_out, raw.removed) == (3, 2, 1)
    assert [(x.rule, x.rows) for x in raw.losses if x.rows] == [("shop.watermark", 1)]
    assert mesh.progress.warnings == [
        "source shop: 1 rows of new files have updated_at before the watermark and its overlap, and are not read by a "
        "delta; a full run reads them, and a longer overlap would have"
    ]
    assert mesh.log.watermarks("dp_sales_orders", 1) == {"shop": "2030-01-01T01:00:00+00:00"}, "neither ahead nor back"


@pytest.mark.parametrize("others", ["before_it", "none"])
def test_a_row_that_is_dated_in_the_future_does_not_move_the_watermark_past_the_others(others: str) -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    mesh.later(hours=5)
    rows = "o9,1.00,a@x.org,2099-01-01T00:00:00Z\n" + (O2 if others == "before_it" else "")
    mesh.land(PLAN, "2.csv", HEAD + rows)
    mesh.run(PLAN, "delta")
    expected = "2030-01-01T01:00:00+00:00" if others == "before_it" else "2030-01-01T00:00:00+00:00"
    assert mesh.log.watermarks("dp_sales_orders", 1) == {"shop": expected}
    mesh.later(hours=1)
    mesh.land(PLAN, "3.csv", HEAD + "o4,4.00,d@x.org,2030-01-01T03:00:00Z\n")
    mesh.run(PLAN, "delta")
    assert ids(mesh) == sorted(["o1", "o4", "o9", *(["o2"] if others == "before_it" else [])])


def test_the_watermark_moves_only_when_the_run_is_published() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + ",1,c@x.org,2030-01-01T09:00:00Z\n")
    assert mesh.run(PLAN).state == "failed"
    assert mesh.log.watermarks("dp_sales_orders", 1) == {"shop": "2030-01-01T00:00:00+00:00"}


def test_a_file_that_a_failed_run_has_read_is_read_again() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + O2)
    mesh.land(PLAN, "3.csv", HEAD + ",1,c@x.org,2030-01-01T09:00:00Z\n")
    assert mesh.run(PLAN).state == "failed"
    mesh.raw.take_away(PLAN.product, "shop", "3.csv")
    mesh.later(hours=1)
    mesh.run(PLAN)
    assert ids(mesh) == ["o1", "o2"]
