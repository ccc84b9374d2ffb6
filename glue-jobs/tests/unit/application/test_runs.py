"""What a run promises, with stand-ins for everything outside."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.run import RunRequest
from mesh_jobs.application.run_product import RunProduct
from mesh_jobs.domain.certificate import iso
from mesh_jobs.domain.errors import BadRequest, Busy, ConservationBroken, Fenced, PublishConflict
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import Saved
from support.faults import Countdown, Died, mortal
from support.memory import START, MemoryMesh
from support.plans import check, column, document, field, orders_document, orders_plan, source, table

HEAD = "order_id,amount,email,updated_at\n"
O1 = "o1,10.00,a@x.org,2030-01-01T00:00:00Z\n"
O2 = "o2,20.00,b@x.org,2030-01-01T01:00:00Z\n"
PLAN = orders_plan()
SECRETS = ("a@x.org", "b@x.org", "c@x.org")


def ids(mesh: MemoryMesh, name: str = "orders_v1", database: str = "sales") -> list[str]:
    return sorted(r["order_id"] for r in mesh.rows(database, name))


def reports(mesh: MemoryMesh, report: Any) -> dict[str, Any]:
    return {t.table: t for t in report.tables}


def changed_document(changes: dict[str, dict[str, Any]]) -> Plan:
    doc = copy.deepcopy(orders_document())
    for t in doc["tables"]:
        t.update(changes.get(t["name"], {}))
    return plan_from_json(doc)


# -- modes --


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


# -- watermarks --


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
        "source shop: 1 rows of new files have updated_at before 2030-01-01T00:00:00+00:00 and are not read by a "
        "delta; a full run reads them, and a longer overlap would have"
    ]
    assert mesh.log.watermarks("dp_sales_orders", 1) == {"shop": "2030-01-01T07:00:00+00:00"}, "never in the future"


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


# -- quality --


def test_a_failed_critical_check_rejects_the_run_and_leaves_what_was_certified() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    before = mesh.state()["tables"]["sales.orders_v1"]
    strict = changed_document(
        {"orders": {"checks": [check("orders", "rowCount", [], operator="mustBeGreaterThan", threshold=[5])]}}
    )
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + O2)
    report = mesh.run(strict, "delta")
    assert (report.state, report.fine) == ("rejected", False)
    assert report.certificate is not None
    assert report.certificate["verdict"] == "rejected"
    assert report.message == "orders: rowCount of the table: measured 2, mustBeGreaterThan 5 [orders.*.rowCount]"
    assert mesh.state()["tables"]["sales.orders_v1"] == before


def test_a_rejected_snapshot_cannot_be_read_by_any_name() -> None:
    mesh = MemoryMesh()
    strict = changed_document(
        {"orders": {"checks": [check("orders", "rowCount", [], operator="mustBeGreaterThan", threshold=[5])]}}
    )
    mesh.land(PLAN, "1.csv", HEAD + O1)
    assert mesh.run(strict).state == "rejected"
    assert not [n for n in mesh.tables.names if "candidate" in n.table or n.database == "sales"]
    certificate = mesh.log.runs("dp_sales_orders", 1)[0].certificate
    assert certificate is not None
    assert [t["metadataLocation"] for t in certificate["tables"]] == [None, None]


def test_a_failed_warning_lowers_the_score_and_is_certified() -> None:
    mesh = MemoryMesh()
    lenient = changed_document(
        {
            "orders": {
                "checks": [
                    check("orders", "nullValues", ["order_id"]),
                    check("orders", "rowCount", [], operator="mustBeGreaterThan", threshold=[5], severity="warning"),
                ]
            }
        }
    )
    mesh.land(PLAN, "1.csv", HEAD + O1)
    report = mesh.run(lenient)
    assert report.certificate is not None
    assert report.certificate["verdict"] == "certified"
    # 3 for each critical check (bronze's, gold's, stability), 1 for each warning (row count, freshness): 10 of 11.
    assert report.certificate["score"] == round(100 * 10 / 11, 2)
    assert len(report.certificate["warnings"]) == 1


def test_an_abort_in_bronze_stops_before_anything_is_written() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + ",1,c@x.org,2030-01-01T09:00:00Z\n")
    report = mesh.run(PLAN)
    assert report.state == "failed"
    assert report.code == "rule-failed"
    assert mesh.tables.names == {}


def test_bad_rows_move_to_the_quarantine_and_the_threshold_in_percent_decides() -> None:
    def plan(percent: float) -> Plan:
        amount = check(
            "orders",
            "invalidValues",
            ["amount"],
            arguments={"minimum": 15},
            action="quarantine_rows",
            unit="percent",
            operator="mustBeLessOrEqualTo",
            threshold=[percent],
        )
        return changed_document({"orders": {"checks": [amount]}})

    for limit, state in ((50, "published"), (49.9, "rejected")):
        mesh = MemoryMesh()
        mesh.land(PLAN, "1.csv", HEAD + O1 + O2)
        report = mesh.run(plan(limit))
        assert report.state == state
        moved = reports(mesh, report)["orders"]
        assert (moved.rows_in, moved.rows_out, moved.quarantined) == (2, 1, 1)
        quarantine = mesh.rows("sales_internal", "orders_v1__orders__quarantine")
        assert [r["_mesh_rule"] for r in quarantine] == ["orders.amount.invalidValues"]


def test_percent_of_no_rows_is_zero() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD)
    assert mesh.run(PLAN).state == "published"


def test_rows_that_leave_are_counted_by_what_took_them() -> None:
    mesh = MemoryMesh()
    mesh.land(
        PLAN, "1.csv", HEAD + O1 + "o2,-1,b@x.org,2030-01-01T01:00:00Z\no3,ten,c@x.org,2030-01-01T01:00:00Z\n" + O1
    )
    tables = reports(mesh, mesh.run(PLAN))
    assert (tables["orders_raw"].rows_in, tables["orders_raw"].removed) == (4, 1)
    clean = tables["orders_clean"]
    assert (clean.rows_in, clean.rows_out, clean.quarantined, clean.removed) == (3, 1, 1, 1)
    assert {(x.rule, x.rows, x.reason) for x in clean.losses if x.kind == "removed"} == {
        ("orders_clean.1.filter", 1, "a refund")
    }


def test_a_run_whose_rows_do_not_add_up_publishes_nothing() -> None:
    class Forgetful:
        """Loses a row on the way to the table."""

        def __init__(self, engine: Any) -> None:
            self._engine = engine

        def __getattr__(self, name: str) -> Any:
            return getattr(self._engine, name)

        def save(self, *args: Any) -> Saved:
            saved = self._engine.save(*args)
            return Saved(saved.rows_out - 1, saved.quarantined, saved.rows_total, saved.vanished, saved.snapshot_id)

    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    outside = mesh.outside()
    object.__setattr__(outside, "engine", Forgetful(outside.engine))
    with pytest.raises(ConservationBroken, match="orders_raw: 1 rows in, but 0 out, 0 quarantined and 0 removed"):
        mesh.run(PLAN, outside=outside)
    assert mesh.log.runs("dp_sales_orders", 1)[0].state == "failed"
    assert TableName("sales", "orders_v1") not in mesh.tables.names


def test_no_value_of_a_protected_column_leaves_in_a_message_a_log_or_an_event() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + "o3,ten,c@x.org,2030-01-01T02:00:00Z\n")
    report = mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + ",1,b@x.org,2030-01-01T09:00:00Z\n")
    failed = mesh.run(PLAN)
    said = repr(
        [
            report.to_json(),
            failed.to_json(),
            mesh.progress.events,
            mesh.progress.warnings,
            mesh.announcer.events,
            mesh.log.runs("dp_sales_orders", 1),
            mesh.rows("sales_internal", "orders_v1__orders_clean__quarantine"),
            mesh.rows("sales", "orders_v1"),
        ]
    )
    assert not [s for s in SECRETS if s in said]


def test_a_missing_sign_off_makes_the_certificate_provisional() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    signoff = {"required": ["owner"], "valid": [], "problems": ["owner has not signed"]}
    report = mesh.run(orders_plan(signoff=signoff))
    assert report.certificate is not None
    assert (report.state, report.certificate["verdict"]) == ("published", "provisional")
    assert report.certificate["reasons"] == ["owner has not signed"]


def test_a_sign_off_that_ended_since_the_plan_was_made_makes_the_certificate_provisional() -> None:
    mesh = MemoryMesh()
    end = iso(START + timedelta(hours=2))
    plan = orders_plan(
        signoff={"required": ["owner"], "valid": ["owner"], "problems": [], "ends": [{"part": "owner", "at": end}]}
    )
    mesh.land(plan, "1.csv", HEAD + O1)
    before = mesh.run(plan)
    mesh.later(hours=2)
    mesh.land(plan, "2.csv", HEAD + O1)
    after = mesh.run(plan)
    assert before.certificate is not None
    assert after.certificate is not None
    assert (before.certificate["verdict"], after.certificate["verdict"]) == ("certified", "provisional")
    assert after.certificate["reasons"] == [f"the sign-off of owner ended on {end}"]
    assert after.certificate["signoffs"]["problems"] == after.certificate["reasons"]


@pytest.mark.parametrize(
    ("action", "state", "score"), [(None, "published", 92.86), ("abort_workflow", "rejected", 81.25)]
)
def test_data_that_is_too_old_lowers_the_score_or_rejects_as_the_contract_says(
    action: str | None, state: str, score: float
) -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.later(hours=7)
    sla = {**orders_document()["sla"], **({"freshnessAction": action} if action else {})}
    report = mesh.run(orders_plan(sla=sla))
    certificate = report.certificate
    assert certificate is not None
    # Three critical checks, stability and one warning hold: 13 of 14, or of 16 where freshness counts as critical.
    said = ["the data is older than promised: 7.0 h, at most 6 h"]
    assert (report.state, certificate["score"]) == (state, score)
    assert certificate["reasons" if action else "warnings"] == said
    assert certificate["freshness"]["passed"] is False


def test_a_schema_that_breaks_consumers_is_refused() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    doc = orders_document()
    gold = next(t for t in doc["tables"] if t["name"] == "orders")
    gold["columns"] = [c for c in gold["columns"] if c["name"] != "amount"]
    mesh.later(hours=1)
    report = mesh.run(plan_from_json(doc))
    assert (report.state, report.code) == ("failed", "schema-conflict")
    assert "column amount removed" in (report.message or "")


def test_a_rollback_to_an_older_contract_succeeds_and_changes_no_promise() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    doc = orders_document()
    doc["product"]["version"] = "1.1.0"
    gold = next(t for t in doc["tables"] if t["name"] == "orders")
    gold["columns"].append(column("note"))
    assert mesh.run(plan_from_json(doc)).state == "published"
    mesh.later(hours=1)
    back = mesh.run(PLAN, "full")
    assert back.certificate is not None
    assert (back.state, back.certificate["stability"]) == ("published", {"changes": [], "passed": True})
    mesh.later(hours=1)
    again = mesh.run(plan_from_json(doc), "full")
    assert again.certificate is not None
    assert again.certificate["stability"]["changes"] == []


def test_a_product_does_not_publish_over_the_table_of_another() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    doc = orders_document()
    doc["product"]["id"] = "dp_sales_other"
    other = plan_from_json(doc)
    mesh.land(other, "1.csv", HEAD + O2)
    report = mesh.run(other)
    assert (report.state, report.code) == ("failed", "schema-conflict")
    assert report.message == ("sales.orders_v1 is published by another product; dp_sales_other cannot publish over it")
    assert ids(mesh) == ["o1"]
    mesh.later(hours=1)
    assert mesh.run(PLAN, "full").state == "published"


# -- one at a time --


def test_of_two_runs_at_once_the_second_says_who_is_at_work() -> None:
    mesh = MemoryMesh()
    mesh.log.acquire("dp_sales_orders", 1, "somebody", mesh.wall.now())
    with pytest.raises(Busy, match="dp_sales_orders v1 is being run by somebody since"):
        mesh.run(PLAN)
    assert mesh.log.runs("dp_sales_orders", 1) == []


def test_the_lock_of_a_dead_process_is_free_at_once_and_another_when_its_lease_is_over() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.log.acquire("dp_sales_orders", 1, "crashed", mesh.wall.now())
    mesh.log.dead.add("crashed")
    assert mesh.run(PLAN).state == "published"
    mesh.log.acquire("dp_sales_orders", 1, "far away", mesh.wall.now())
    mesh.wall.advance(timedelta(minutes=3))
    assert mesh.run(PLAN, "full", run_id="again").state == "published"


def test_a_run_that_lost_its_lock_stops_at_its_next_step_and_records_nothing_more() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    outside = mesh.outside()
    save = outside.engine.save

    def robbed(*args: Any) -> Saved:
        mesh.wall.advance(timedelta(hours=1))
        mesh.log.acquire("dp_sales_orders", 1, "thief", mesh.wall.now())
        return save(*args)

    outside.engine.save = robbed  # type: ignore[method-assign]
    with pytest.raises(Fenced):
        mesh.run(PLAN, outside=outside)
    record = mesh.log.runs("dp_sales_orders", 1)[0]
    assert record.state == "running"
    assert not [s for s in record.steps if s.startswith("build")]


def test_a_pointer_that_somebody_else_moved_is_not_overwritten_and_the_run_stays_in_publishing() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + O2)
    outside = mesh.outside()
    publish = outside.publisher.publish

    def meddled(*args: Any) -> None:
        mesh.tables.write(TableName("sales", "orders_v1"), [], "by hand", Saved(0, 0, 0, 0, None))
        publish(*args)

    outside.publisher.publish = meddled  # type: ignore[method-assign]
    with pytest.raises(PublishConflict):
        mesh.run(PLAN, outside=outside)
    assert mesh.log.runs("dp_sales_orders", 1)[0].state == "publishing"


# -- again --


def test_an_interrupted_run_goes_on_under_its_id_and_says_so() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    with pytest.raises(Died):
        mesh.run(PLAN, outside=mortal(mesh.outside(), Countdown(25)))
    mesh.log.dead.add("process-1")
    mesh.later(hours=5)
    report = mesh.run(PLAN)
    assert (report.run_id, report.resumed) == ("init-20300101T060000Z-0000", True)
    assert mesh.progress.warnings == ["goes on with run init-20300101T060000Z-0000, which was interrupted"]
    assert mesh.log.runs("dp_sales_orders", 1)[0].started_at == START


def test_what_an_interrupted_run_has_read_stays_its_input() -> None:
    """The file changes between the crash and the second start: the run still ends with what it preserved."""
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    with pytest.raises(Died):
        mesh.run(PLAN, outside=mortal(mesh.outside(), Countdown(25)))
    mesh.log.dead.add("process-1")
    mesh.land(PLAN, "1.csv", HEAD + O2)
    mesh.run(PLAN)
    assert ids(mesh) == ["o1"]


def test_an_interrupted_run_of_another_plan_is_given_up_and_leaves_no_trace() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    with pytest.raises(Died):
        mesh.run(PLAN, outside=mortal(mesh.outside(), Countdown(30)))
    mesh.log.dead.add("process-1")
    mesh.later(hours=1)
    report = mesh.run(orders_plan(quarantineDays=31))
    assert [r.state for r in mesh.log.runs("dp_sales_orders", 1)] == ["published", "failed"]
    assert report.resumed is False
    assert not [n for n in mesh.tables.names if "candidate" in n.table]


def test_a_finished_run_asked_for_again_by_its_id_gives_its_result_and_does_nothing() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    first = mesh.run(PLAN, run_id="nightly-1")
    before = mesh.state()
    mesh.land(PLAN, "2.csv", HEAD + O2)
    again = mesh.run(PLAN, run_id="nightly-1")
    assert (again.state, again.certificate, again.resumed) == ("published", first.certificate, True)
    assert mesh.state() == before


def test_a_failed_run_started_again_by_its_id_reads_what_it_had_preserved() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + ",1,c@x.org,2030-01-01T09:00:00Z\n")
    assert mesh.run(PLAN, run_id="r1").state == "failed"
    mesh.land(PLAN, "1.csv", HEAD + O1)
    assert mesh.run(PLAN, run_id="r1").state == "failed"
    mesh.later(hours=1)
    assert mesh.run(PLAN).state == "published"
    with pytest.raises(BadRequest, match=r"run r1 cannot go on: it is older than run init-"):
        mesh.run(PLAN, run_id="r1")


def test_what_a_failed_run_left_in_internal_tables_is_taken_back() -> None:
    """A row that was only ever read by a failed run must not come back through bronze."""
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + "ghost,1,c@x.org,2030-01-01T09:00:00Z\n")
    strict = changed_document(
        {"orders": {"checks": [check("orders", "rowCount", [], operator="mustBeGreaterThan", threshold=[5])]}}
    )
    assert mesh.run(strict, "delta").state == "rejected"
    assert ids(mesh, "orders_v1__orders_raw", "sales_internal") == ["o1"], "at once"
    mesh.raw.take_away(PLAN.product, "shop", "2.csv")
    mesh.later(hours=1)
    mesh.land(PLAN, "3.csv", HEAD + O2)
    mesh.run(PLAN, "delta")
    assert ids(mesh, "orders_v1__orders_raw", "sales_internal") == ["o1", "o2"]


def test_an_announcement_that_fails_never_fails_the_run_and_is_made_by_the_next() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    outside = mesh.outside()

    class Deaf:
        def announce(self, event: dict[str, Any]) -> None:
            raise OSError("no network")

    object.__setattr__(outside, "announcer", Deaf())
    assert mesh.run(PLAN, outside=outside).state == "published"
    assert mesh.announcer.events == []
    mesh.later(hours=1)
    mesh.run(PLAN, "full")
    assert [e["mode"] for e in mesh.announcer.events] == ["init", "full"]


def test_files_are_only_put_away_of_runs_that_did_not_publish_and_of_this_product(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mesh = MemoryMesh()
    swept: list[tuple[Any, Any]] = []
    monkeypatch.setattr(mesh.tables, "remove_leftovers", lambda runs, tables: swept.append((runs, tables)))
    mesh.land(PLAN, "1.csv", HEAD + O1)
    first = mesh.run(PLAN)
    assert swept == [], "a run that goes through leaves nothing"
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + ",1,c@x.org,2030-01-01T09:00:00Z\n")
    failed = mesh.run(PLAN)
    mesh.raw.take_away(PLAN.product, "shop", "2.csv")
    mesh.later(hours=1)
    mesh.run(PLAN, replay_from=first.run_id)
    (runs, tables), again = swept
    assert runs == [failed.run_id]
    assert again == (runs, tables), "and once more by the next run, should the first time not have come to its end"
    assert TableName("sales", "orders_v1") in tables
    assert {t.database for t in tables} == {"sales", "sales_internal"}


# -- replay --


def test_a_replay_reads_the_raw_input_of_a_run_and_all_later_ones_in_their_order() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + O2)
    first = mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + "o1,99.00,a@x.org,2030-01-01T05:00:00Z\n")
    mesh.run(PLAN)
    expected = mesh.rows("sales", "orders_v1")
    mesh.raw.take_away(PLAN.product, "shop", "1.csv")
    mesh.raw.take_away(PLAN.product, "shop", "2.csv")
    mesh.later(hours=1)
    report = mesh.run(PLAN, replay_from=first.run_id)
    assert report.state == "published"
    assert mesh.rows("sales", "orders_v1") == expected
    assert reports(mesh, report)["orders_raw"].rows_in == 3
    assert mesh.log.watermarks("dp_sales_orders", 1) == {"shop": "2030-01-01T05:00:00+00:00"}


def test_a_replay_applies_the_rules_of_today() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + "o2,-1,b@x.org,2030-01-01T01:00:00Z\n")
    first = mesh.run(PLAN)
    assert ids(mesh) == ["o1"]
    mesh.later(hours=1)
    mesh.run(changed_document({"orders_clean": {"rules": []}}), replay_from=first.run_id)
    assert ids(mesh) == ["o1", "o2"]


def test_a_replay_of_a_run_that_is_not_there_is_refused() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    mesh.later(hours=1)
    before = mesh.state()
    with pytest.raises(BadRequest, match="dp_sales_orders has no run full-1"):
        mesh.run(PLAN, replay_from="full-1")
    assert mesh.state() == before, "a slip of the keys is no failed run"


def test_a_run_that_read_nothing_and_a_replay_cannot_be_replayed() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    first = mesh.run(PLAN)
    mesh.later(hours=1)
    skipped = mesh.run(PLAN, "delta")
    mesh.later(hours=1)
    with pytest.raises(BadRequest, match="preserved no raw input"):
        mesh.run(PLAN, replay_from=skipped.run_id)
    replayed = mesh.run(PLAN, replay_from=first.run_id)
    mesh.later(hours=1)
    with pytest.raises(BadRequest, match="is itself a replay"):
        mesh.run(PLAN, replay_from=replayed.run_id)


def test_each_environment_has_runs_locks_watermarks_and_raw_input_of_its_own() -> None:
    doc = copy.deepcopy(orders_document())
    doc["environment"] = "dev"
    for t in doc["tables"]:
        t["database"] = t["database"].replace("sales", "sales_dev")
    doc["databases"] = {"published": "sales_dev", "internal": "sales_dev_internal"}
    dev, mesh = plan_from_json(doc), MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN, run_id="nightly")
    mesh.log.acquire("dp_sales_orders", 1, "somebody", mesh.wall.now())
    mesh.land(PLAN, "1.csv", HEAD + O2)
    report = mesh.run(dev, run_id="nightly")
    assert (report.mode, report.resumed) == ("init", False)
    assert (ids(mesh), ids(mesh, "orders_v1", "sales_dev")) == (["o1"], ["o2"])
    assert mesh.log.watermarks("dp_sales_orders", 1) != mesh.log.watermarks("dp_sales_orders@dev", 1)
    assert [e["environment"] for e in mesh.announcer.events] == [None, "dev"]


def test_a_replay_reads_all_deltas_since_the_reload_for_what_must_be_computed_whole() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    first = mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + O2)
    second = mesh.run(PLAN)
    mesh.later(hours=1)
    whole = changed_document({"orders_raw": {"incremental": False}})
    assert mesh.run(whole, replay_from=first.run_id).state == "published"
    assert ids(mesh) == ["o1", "o2"]
    mesh.later(hours=1)
    report = mesh.run(whole, replay_from=second.run_id)
    assert (report.state, report.remedy) == ("failed", "replay from the last full or init run")
    assert ids(mesh) == ["o1", "o2"]


# -- other products --


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
        mesh.run(plan, outside=mortal(mesh.outside(), Countdown(14)))
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


def test_another_product_that_is_only_provisional_is_not_read() -> None:
    mesh, plan = MemoryMesh(), daily()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(orders_plan(signoff={"required": ["owner"], "valid": [], "problems": ["owner has not signed"]}))
    assert mesh.run(plan).message == "dp_sales_orders v1 is only provisional: owner has not signed"


# -- the smallest pipeline --


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
