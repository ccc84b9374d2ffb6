"""Several processes at one catalogue."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import sys
import time
from multiprocessing import forkserver
from multiprocessing.synchronize import Barrier, Semaphore
from pathlib import Path
from typing import Any

import pytest
from iceberg_bench import INTERNAL, ORDERS, Workbench

from mesh_jobs.adapters.iceberg.catalog import CommitConflict
from mesh_jobs.domain.table import Column, Field, TableName
from mesh_jobs.ports.table_store import Swap

ID = Column("id", "id", "long", required=True)
DAILY = TableName("sales", "daily_v1")
#: Each a fork of one process without threads, which has imported this file.
_FORKS = multiprocessing.get_context("forkserver")
#: Seconds in which another process does its part.
_PATIENCE = 60


@pytest.fixture(scope="module", autouse=True)
def _forks() -> None:
    # Or a fork would import what commits need when it needs it.
    _FORKS.set_forkserver_preload([__name__, "mesh_jobs.adapters.iceberg.snapshots", "pyiceberg.table"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()


def _append_to_own_table(state: Path, worker: int, commits: int) -> None:
    bench = Workbench(state)
    table = TableName(INTERNAL, f"worker_{worker}")
    bench.tables.ensure(table, [Field("id", "long")], replace=True)
    for i in range(commits):
        files = bench.write(table, f"run-{i}", f"SELECT {i}::BIGINT id")
        bench.tables.commit_append(table, f"run-{i}", files)


def _publish_both(state: Path, rounds: int, seen: Semaphore) -> None:
    """Each publication waits until the one before it was seen."""
    bench = Workbench(state)
    for i in range(rounds):
        swaps = []
        for table in (ORDERS, DAILY):
            before = bench.store.current(table)
            candidate = bench.candidate(bench.plan_table([ID], physical=table), f"run-{i}").table
            files = bench.write(candidate, f"run-{i}", f"SELECT {i}::BIGINT id")
            made = bench.tables.commit_replace(candidate, f"run-{i}", files)
            swaps.append(Swap(table, before.metadata_location if before else None, made.metadata_location))
        assert i == 0 or seen.acquire(timeout=_PATIENCE)
        bench.store.publish(swaps)
        bench.store.drop_candidates(INTERNAL, f"run-{i}")


def _append_to_the_same(state: Path, worker: int, commits: int, ready: Barrier, conflicts: Any) -> None:
    """All writers are ready for a commit before the first one makes it, so that one of them comes too late."""
    bench = Workbench(state)
    table = TableName(INTERNAL, "shared")
    catalog: Any = bench.tables._catalog
    move, tried = catalog.move, set[int]()

    def move_together(*of: Any) -> None:
        if i not in tried:
            tried.add(i)
            ready.wait(_PATIENCE)
        move(*of)

    catalog.move = move_together
    for i in range(commits):
        files = bench.write(table, f"run-{worker}-{i}", f"SELECT {i}::BIGINT id")
        while True:
            try:
                bench.tables.commit_append(table, f"run-{worker}-{i}", files)
                break
            except CommitConflict:
                with conflicts.get_lock():
                    conflicts.value += 1


@pytest.mark.ci
def test_processes_that_start_together_commit_to_their_own_tables(tmp_path: Path) -> None:
    state = tmp_path / ".mesh"
    workers = [_FORKS.Process(target=_append_to_own_table, args=(state, n, 5)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    bench = Workbench(state)
    for n in range(3):
        assert [row["id"] for row in bench.rows(TableName(INTERNAL, f"worker_{n}"))] == list(range(5))


def test_a_reader_sees_all_tables_of_a_publication_or_none(tmp_path: Path) -> None:
    state = tmp_path / ".mesh"
    handshake = _FORKS.Semaphore(0)
    writer = _FORKS.Process(target=_publish_both, args=(state, 8, handshake))
    writer.start()
    bench = Workbench(state)
    seen: list[Any] = []
    deadline = time.monotonic() + 120
    while writer.is_alive() and time.monotonic() < deadline:
        entries = {e.table: e.location for e in bench.store._catalog.entries("sales")}
        rows = [tuple(row["id"] for row in _read(entries[t])) if t in entries else None for t in (ORDERS, DAILY)]
        assert rows[0] == rows[1], "one statement never sees half of a publication"
        if rows[0] is not None and rows[0] not in seen:
            seen.append(rows[0])
            handshake.release()
    writer.join(10)
    assert writer.exitcode == 0
    assert bench.rows(ORDERS) == bench.rows(DAILY) == [{"id": 7}]
    # The writer does not wait for anybody to see its last one.
    assert seen[:7] == [(n,) for n in range(7)]


def test_two_writers_of_one_table_lose_nothing_and_one_is_told(tmp_path: Path) -> None:
    bench = Workbench(tmp_path / ".mesh")
    table = TableName(INTERNAL, "shared")
    bench.tables.ensure(table, [Field("id", "long")], replace=True)
    ready, conflicts = _FORKS.Barrier(2), _FORKS.Value("i", 0)
    workers = [_FORKS.Process(target=_append_to_the_same, args=(bench.state, n, 8, ready, conflicts)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert conflicts.value >= 8, "of two that have begun from one state of a table, one is told each time"
    assert len(bench.rows(table)) == 16
    history = bench.pyiceberg().load_table(str(table)).metadata.snapshots
    assert len(history) == 16


def test_a_long_reader_does_not_stop_a_publication(tmp_path: Path) -> None:
    bench = Workbench(tmp_path / ".mesh")
    bench.run(bench.plan_table([ID]), "full-1", "SELECT 1::BIGINT id")
    with sqlite3.connect(bench.state / "catalog.db", isolation_level=None) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT metadata_location FROM iceberg_tables").fetchall()
        bench.run(bench.plan_table([ID]), "full-2", "SELECT 2::BIGINT id")
        assert reader.execute("SELECT metadata_location FROM iceberg_tables").fetchall() == before
        reader.execute("COMMIT")
    assert bench.rows(ORDERS) == [{"id": 2}]


def _read(location: str) -> list[dict[str, int]]:
    from pyiceberg.table import StaticTable

    rows: list[dict[str, int]] = StaticTable.from_metadata(location).scan().to_arrow().to_pylist()
    return rows
