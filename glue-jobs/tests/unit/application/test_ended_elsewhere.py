"""Runs that somebody else publishes, or stops: what they made is put away by the run that comes next."""

from __future__ import annotations

import pytest

from mesh_jobs.application.run import RunRequest
from mesh_jobs.application.run_product import Milestone, RunProduct
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import Lock, RunState
from mesh_jobs.ports.table_store import Swap
from support.memory import MemoryMesh
from support.plans import orders_plan

PLAN = orders_plan()
HEAD = "order_id,amount,email,updated_at\n"


@pytest.fixture
def mesh() -> MemoryMesh:
    made = MemoryMesh()
    made.land(PLAN, "1.csv", HEAD + "o1,10.00,a@x.org,2030-01-01T00:00:00Z\n")
    return made


def until(mesh: MemoryMesh, milestone: Milestone, run_id: str, mode: str = "full") -> RunState:
    """One job of a state machine."""
    run = RunProduct(mesh.outside(), "execution")
    run(PLAN, RunRequest(mode, run_id), milestone)
    record = mesh.log.find("dp_sales_orders", 1, run_id)
    assert record is not None
    return record.state


def taken(mesh: MemoryMesh) -> Lock:
    return mesh.log.acquire("dp_sales_orders", 1, "publisher", mesh.wall.now())


def publish(mesh: MemoryMesh, run_id: str) -> None:
    """As the publisher does, which has no engine."""
    lock, outside = taken(mesh), mesh.outside()
    record = mesh.log.find("dp_sales_orders", 1, run_id)
    assert record is not None
    outcome = record.steps["outcome"]
    swaps = [Swap(TableName(*s["table"]), s["expected"], s["new"]) for s in outcome["swaps"]]
    mesh.log.commit(lock, run_id, swaps)
    outside.publisher.publish(lock, run_id, swaps, outcome["watermarks"], outcome["events"], mesh.clock.now())
    mesh.log.release(lock)


def stop(mesh: MemoryMesh, run_id: str) -> None:
    """As the publisher does for an execution that was aborted."""
    lock = taken(mesh)
    mesh.log.end(lock, run_id, "failed", "the execution was aborted", None, mesh.clock.now())
    mesh.log.step(lock, run_id, "stopped", True)
    mesh.log.release(lock)


def candidates(mesh: MemoryMesh) -> list[str]:
    return [str(name) for name in mesh.tables.names if "candidate" in name.table]


def test_a_job_that_only_certifies_announces_nothing_that_another_has_published(mesh: MemoryMesh) -> None:
    assert until(mesh, "certified", "r1") == "certified"
    publish(mesh, "r1")
    assert until(mesh, "built", "r1") == "published"
    assert (len(mesh.log.outbox()), mesh.announcer.events) == (1, [])


def test_what_a_published_run_no_longer_needs_is_put_away_by_the_next_one(mesh: MemoryMesh) -> None:
    until(mesh, "certified", "r1")
    publish(mesh, "r1")
    assert candidates(mesh)
    mesh.later(days=1)
    assert until(mesh, "built", "r2") == "running"
    first = mesh.log.find("dp_sales_orders", 1, "r1")
    assert first is not None
    assert first.steps["cleaned"] is True
    assert candidates(mesh) == [f"sales_internal.orders_v1__{name}__candidate__r2" for name in ("orders", "totals")]


@pytest.mark.parametrize("milestone", ["built", "certified"])
def test_a_run_that_was_stopped_is_put_away_by_the_next_one(mesh: MemoryMesh, milestone: Milestone) -> None:
    until(mesh, milestone, "r1")
    stop(mesh, "r1")
    assert candidates(mesh)
    assert mesh.run(PLAN, "full", run_id="r2").state == "published"
    stopped = mesh.log.find("dp_sales_orders", 1, "r1")
    assert stopped is not None
    assert (stopped.state, stopped.message, stopped.steps["cleaned"], stopped.unfinished) == (
        "failed",
        "the execution was aborted",
        True,
        False,
    )
    assert candidates(mesh) == []


def test_a_run_that_was_stopped_is_not_taken_for_the_one_that_is_asked_for(mesh: MemoryMesh) -> None:
    until(mesh, "built", "r1")
    stop(mesh, "r1")
    ended = mesh.run(PLAN, "full")
    assert (ended.state, ended.resumed) == ("published", False)


def test_a_run_that_was_stopped_and_is_started_again_builds_anew_from_its_own_input(mesh: MemoryMesh) -> None:
    until(mesh, "built", "r1")
    stop(mesh, "r1")
    mesh.land(PLAN, "2.csv", HEAD + "o2,20.00,b@x.org,2030-01-01T00:00:00Z\n")
    assert mesh.run(PLAN, "full", run_id="r1").state == "published"
    assert [r["order_id"] for r in mesh.rows("sales", "orders_v1")] == ["o1"]
    assert candidates(mesh) == []
