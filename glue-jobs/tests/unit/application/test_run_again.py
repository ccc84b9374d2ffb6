"""Runs that were interrupted, failed or asked for twice."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_jobs.domain.errors import BadRequest, CatalogueFailed, MeshError, OutOfReach
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import RunRecord
from support.faults import Countdown, Died, mortal
from support.memory import START, MemoryMesh
from support.plans import check, orders_plan
from support.runs import HEAD, O1, O2, PLAN, changed_document, ids


def test_an_interrupted_run_goes_on_under_its_id_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = MemoryMesh()
    swept: list[tuple[Any, ...]] = []
    monkeypatch.setattr(mesh.tables, "remove_leftovers", lambda *given: swept.append(given[:3]))
    mesh.land(PLAN, "1.csv", HEAD + O1)
    with pytest.raises(Died):
        mesh.run(PLAN, outside=mortal(mesh.outside(), Countdown.before("engine.save", nth=2)))
    mesh.log.dead.add("process-1")
    mesh.later(hours=5)
    report = mesh.run(PLAN)
    assert (report.run_id, report.resumed) == ("init-20300101T060000Z-0000", True)
    assert mesh.progress.warnings == ["continues run init-20300101T060000Z-0000, which was interrupted"]
    assert mesh.log.runs("dp_sales_orders", 1)[0].started_at == START
    ((runs, _, since),) = swept
    assert (runs, since) == ([report.run_id], START), "also what names no run and was written before it went on"


def test_what_an_interrupted_run_has_read_stays_its_input() -> None:
    """The file changes between the crash and the second start: the run still ends with what it preserved."""
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    with pytest.raises(Died):
        mesh.run(PLAN, outside=mortal(mesh.outside(), Countdown.before("engine.save", nth=2)))
    mesh.log.dead.add("process-1")
    mesh.land(PLAN, "1.csv", HEAD + O2)
    mesh.run(PLAN)
    assert ids(mesh) == ["o1"]


def test_an_interrupted_run_of_another_plan_is_given_up_and_leaves_no_trace() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    with pytest.raises(Died):
        mesh.run(PLAN, outside=mortal(mesh.outside(), Countdown.before("engine.save", nth=3)))
    assert [n for n in mesh.tables.names if "candidate" in n.table]
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
    with pytest.raises(BadRequest, match=r"run r1 cannot continue: it is older than run init-"):
        mesh.run(PLAN, run_id="r1")


@pytest.mark.parametrize("severity", ["failed", "rejected"])
def test_a_run_that_cannot_be_put_away_says_what_began_it_and_is_put_away_by_the_next_start(
    severity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mesh, checks = MemoryMesh(), [check("orders", "rowCount", [], operator="mustBeGreaterThan", threshold=[99])]
    plan = changed_document({"orders": {"checks": checks}}) if severity == "rejected" else PLAN
    mesh.land(plan, "1.csv", HEAD + (O1 if severity == "rejected" else "o1,1,a@x.org,yesterday\n"))

    def refused(*_: Any) -> None:
        raise CatalogueFailed("the catalogue is read-only")

    with monkeypatch.context() as patched:
        patched.setattr(mesh.tables, "drop_candidates", refused)
        with pytest.raises(MeshError) as caught:
            mesh.run(plan, run_id="nightly-1")
    began = "the catalogue is read-only" if severity == "rejected" else "1.csv"
    assert began in str(caught.value)
    assert mesh.progress.warnings == [
        "the next start puts away what this run has left: the catalogue is read-only; "
        "what was certified before is untouched"
    ]
    mesh.log.dead.add("process-1")
    mesh.run(plan, run_id="nightly-1")
    (record,) = mesh.log.runs("dp_sales_orders", 1)
    assert record.state == severity
    assert not [n for n in mesh.tables.names if "candidate" in n.table]


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ({"mode": "full"}, {"asked", "judged", "began", "ingest:shop"}),
        ({"replay_from": "r1"}, {"replay", "judged", "began", "replayed"}),
    ],
)
def test_a_failed_run_that_is_tried_again_keeps_what_it_was_to_do_and_what_it_has_read(
    wanted: dict[str, Any], kept: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN, run_id="r1")
    mesh.later(hours=1)
    monkeypatch.setattr(mesh.archive, "keep", _fails(OutOfReach("the archive is gone")))
    assert mesh.run(PLAN, run_id="r2", **wanted).state == "failed"
    built = {name for name in mesh.log.runs("dp_sales_orders", 1)[0].steps if name.startswith("build:")}
    assert built == {"build:orders_raw", "build:orders_clean", "build:orders", "build:totals"}
    opened: list[RunRecord] = []
    reopen = mesh.log.reopen

    def seen(*given: Any) -> RunRecord:
        opened.append(reopen(*given))
        return opened[-1]

    monkeypatch.setattr(mesh.log, "reopen", seen)
    mesh.run(PLAN, run_id="r2", **wanted)
    assert [set(record.steps) for record in opened] == [kept]


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


def _fails(error: Exception) -> Any:
    def failing(*_: Any) -> None:
        raise error

    return failing


#: What went wrong, and what may be said of it: another's words may quote data.
FAULTS = [(OutOfReach("the bus is gone"), "the bus is gone"), (OSError("cannot send a@x.org"), "OSError")]


@pytest.mark.parametrize(("fault", "told"), FAULTS)
def test_an_announcement_that_fails_never_fails_the_run_and_is_made_by_the_next(
    fault: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    with monkeypatch.context() as deaf:
        deaf.setattr(mesh.announcer, "announce", _fails(fault))
        assert mesh.run(PLAN).state == "published"
    assert mesh.progress.warnings == [f"an announcement could not be delivered, the next run tries again: {told}"]
    assert mesh.announcer.events == []
    mesh.later(hours=1)
    mesh.run(PLAN, "full")
    assert [e["mode"] for e in mesh.announcer.events] == ["init", "full"]


@pytest.mark.parametrize(("fault", "told"), FAULTS)
def test_files_of_a_failed_run_that_stay_are_told_with_the_reason(
    fault: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + "o1,1,a@x.org,yesterday\n")
    monkeypatch.setattr(mesh.tables, "remove_leftovers", _fails(fault))
    assert mesh.run(PLAN, run_id="r1").state == "failed"
    assert mesh.progress.warnings == [f"files of run r1 stay until a later run: {told}"]


def test_files_are_only_put_away_of_runs_that_did_not_publish_and_of_this_product(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mesh = MemoryMesh()
    swept: list[tuple[Any, ...]] = []
    monkeypatch.setattr(mesh.tables, "remove_leftovers", lambda *given: swept.append(given[:3]))
    mesh.land(PLAN, "1.csv", HEAD + O1)
    first = mesh.run(PLAN)
    assert swept == [], "a run that goes through leaves nothing"
    mesh.later(hours=1)
    began = mesh.wall.now()
    mesh.land(PLAN, "2.csv", HEAD + ",1,c@x.org,2030-01-01T09:00:00Z\n")
    failed = mesh.run(PLAN)
    mesh.raw.take_away(PLAN.product, "shop", "2.csv")
    mesh.later(hours=1)
    mesh.run(PLAN, replay_from=first.run_id)
    (runs, tables, since), again = swept
    assert (runs, since) == ([failed.run_id], began)
    assert again == swept[0], "and once more by the next run, should the first time not have come to its end"
    assert TableName("sales", "orders_v1") in tables
    assert {t.database for t in tables} == {"sales", "sales_internal"}
