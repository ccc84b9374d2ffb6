"""What runs leave is looked for where it can be, and no further back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mesh_jobs.adapters.inmemory.run_log import MemoryRunLog
from mesh_jobs.adapters.lazily import Lazily
from mesh_jobs.application.history import read_since
from mesh_jobs.application.ingest import assert_replayable
from mesh_jobs.application.run import RunRequest
from mesh_jobs.application.run_product import Milestone, RunProduct
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import RunRecord
from mesh_jobs.ports.steps import CLEANED
from mesh_jobs.ports.table_store import Swap
from support.faults import Countdown, Died, mortal
from support.memory import MemoryMesh, replaced
from support.runs import HEAD, O1, PLAN

KEY = ("dp_sales_orders", 1)


@pytest.fixture
def mesh() -> MemoryMesh:
    made = MemoryMesh()
    made.land(PLAN, "1.csv", HEAD + O1)
    return made


def job(mesh: MemoryMesh, run_id: str, until: Milestone, **ports: Any) -> None:
    """One job of a state machine, of which each is a process of its own."""
    run = RunProduct(replaced(mesh.outside(), **ports), f"execution of {run_id}")
    run(PLAN, RunRequest("full", run_id), until)


def publish(mesh: MemoryMesh, run_id: str) -> None:
    """As the publisher does, behind whom nobody puts away."""
    lock, outside = mesh.log.acquire(*KEY, "publisher", mesh.wall.now()), mesh.outside()
    outcome = found(mesh, run_id).steps["outcome"]
    swaps = [Swap(TableName(*s["table"]), s["expected"], s["new"]) for s in outcome["swaps"]]
    mesh.log.commit(lock, run_id, swaps)
    outside.publisher.publish(lock, run_id, swaps, outcome["watermarks"], outcome["events"], mesh.clock.now())
    mesh.log.release(lock)
    mesh.later(hours=1)


def found(mesh: MemoryMesh, run_id: str) -> RunRecord:
    record = mesh.log.find(*KEY, run_id)
    assert record is not None
    return record


def test_a_run_that_a_publisher_ends_went_through_at_once_so_nothing_is_swept_behind_it(mesh: MemoryMesh) -> None:
    for run_id in ("r1", "r2"):
        job(mesh, run_id, "built")
        job(mesh, run_id, "certified")
        publish(mesh, run_id)
    job(mesh, "r3", "built")
    assert (found(mesh, "r2").steps[CLEANED], mesh.tables.swept) == (True, [])


def test_one_that_was_interrupted_while_it_built_is_swept(mesh: MemoryMesh) -> None:
    dying = mortal(mesh.outside(), Countdown.before("engine.save", nth=2))
    with pytest.raises(Died):
        job(mesh, "r1", "built", engine=dying.engine, tables=dying.tables)
    for until in ("built", "certified"):
        job(mesh, "r1", until)  # type: ignore[arg-type]
    publish(mesh, "r1")
    job(mesh, "r2", "built")
    assert mesh.tables.swept == ["r1"]


class _Counting(MemoryRunLog):
    """Tells how many runs were looked at."""

    looked = 0

    def runs(self, product: str, major: int, limit: int | None = None) -> Any:
        kept = super().runs(product, major, limit)

        def read() -> Any:
            for record in kept:
                self.looked += 1
                yield record

        return Lazily(read)


def test_the_first_run_of_a_day_looks_back_as_far_as_files_do_not_go_by_their_age(mesh: MemoryMesh) -> None:
    for _ in range(40):
        mesh.run(PLAN, "full")
        mesh.later(hours=6)
    mesh.later(hours=18)
    mesh.tables.swept.clear()
    mesh.run(PLAN, "full")
    young = [r.run_id for r in mesh.log.runs(*KEY) if mesh.wall.now() - r.started_at < timedelta(days=3)]
    assert sorted(mesh.tables.swept) == sorted(young)
    assert len(young) == 9


def test_a_replay_reads_no_run_before_the_one_it_begins_with(mesh: MemoryMesh) -> None:
    log = _Counting()
    mesh.log = log
    for _ in range(10):
        mesh.run(PLAN, "full")
        mesh.later(hours=1)
    newest = log.runs(*KEY)[0].run_id
    log.looked = 0
    assert_replayable(log, PLAN.product, newest)
    assert [r.run_id for r in read_since(log, *KEY, newest)] == [newest]
    assert log.looked <= 3


def test_what_is_read_when_it_is_looked_at_is_not_held() -> None:
    read: list[int] = []

    def numbers() -> Any:
        for n in range(5):
            read.append(n)
            yield n

    found = Lazily(numbers)
    assert (bool(found), found[0], list(found[1:3]), read) == (True, 0, [1, 2], [0, 0, 0, 1, 2])
    assert (found[-1], len(found), list(reversed(found)), list(found[:-3])) == (4, 5, [4, 3, 2, 1, 0], [0, 1])
    assert not Lazily(lambda: iter(()))
    with pytest.raises(IndexError):
        found[5]
    assert not [held for held in vars(found).values() if isinstance(held, list)]
