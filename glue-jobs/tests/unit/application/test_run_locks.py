"""Runs of one product, one at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mesh_jobs.application.rollback import Rollback
from mesh_jobs.domain.errors import Busy, Fenced, OutOfReach, PublishConflict
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import Saved
from support.memory import MemoryMesh
from support.runs import HEAD, O1, O2, PLAN

NOT_GIVEN_BACK = (
    "the lock of dp_sales_orders v1 could not be released and is free when its lease expires: the log is gone"
)


def _unreachable(*_: Any) -> None:
    raise OutOfReach("the log is gone")


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


@pytest.mark.parametrize(("row", "state"), [(O1, "published"), ("o1,1,a@x.org,yesterday\n", "failed")])
def test_a_lock_that_cannot_be_given_back_is_told_and_changes_nothing_about_the_run(
    row: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + row)
    monkeypatch.setattr(mesh.log, "release", _unreachable)
    assert mesh.run(PLAN).state == state
    assert mesh.progress.warnings == [NOT_GIVEN_BACK]


def test_a_rollback_whose_lock_cannot_be_given_back_is_done_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    first = mesh.run(PLAN).certificate or {}
    mesh.later(hours=1)
    mesh.run(PLAN, "full")
    monkeypatch.setattr(mesh.log, "release", _unreachable)
    done = Rollback(mesh.outside(), "somebody")(PLAN, first["certificateId"])
    assert done["certificate"] == first
    assert mesh.progress.warnings == [NOT_GIVEN_BACK]


def test_a_pointer_that_somebody_else_moved_is_not_overwritten_and_the_run_stays_in_publishing() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + O2)
    outside = mesh.outside()
    publish, orders = outside.publisher.publish, TableName("sales", "orders_v1")
    stood: list[str] = []

    def meddled(*args: Any) -> None:
        mesh.tables.write(orders, [], "by hand", Saved(0, 0, 0, 0, None))
        stood.append(mesh.tables.names[orders])
        publish(*args)

    outside.publisher.publish = meddled  # type: ignore[method-assign]
    with pytest.raises(PublishConflict):
        mesh.run(PLAN, outside=outside)
    assert [mesh.tables.names[orders]] == stood
    assert mesh.log.runs("dp_sales_orders", 1)[0].state == "publishing"
