"""Runs that were interrupted, failed or asked for twice."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_jobs.domain.errors import BadRequest, CatalogueFailed, MeshError
from mesh_jobs.domain.table import TableName
from support.faults import Countdown, Died, mortal
from support.memory import START, MemoryMesh
from support.plans import check, orders_plan
from support.runs import HEAD, O1, O2, PLAN, changed_document, ids


def test_an_interrupted_run_goes_on_under_its_id_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = MemoryMesh()
    swept: list[tuple[Any, ...]] = []
    monkeypatch.setattr(mesh.tables, "remove_leftovers", lambda *given: swept.append(given))
    mesh.land(PLAN, "1.csv", HEAD + O1)
    with pytest.raises(Died):
        mesh.run(PLAN, outside=mortal(mesh.outside(), Countdown(25)))
    mesh.log.dead.add("process-1")
    mesh.later(hours=5)
    report = mesh.run(PLAN)
    assert (report.run_id, report.resumed) == ("init-20300101T060000Z-0000", True)
    assert mesh.progress.warnings == ["goes on with run init-20300101T060000Z-0000, which was interrupted"]
    assert mesh.log.runs("dp_sales_orders", 1)[0].started_at == START
    ((runs, _, since),) = swept
    assert (runs, since) == ([report.run_id], START), "also what names no run and was written before it went on"


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
    swept: list[tuple[Any, ...]] = []
    monkeypatch.setattr(mesh.tables, "remove_leftovers", lambda *given: swept.append(given))
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
