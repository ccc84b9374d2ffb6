"""The SQLite run log under several processes and threads at once, and beside the Iceberg catalogue."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog, swap_all
from mesh_jobs.adapters.owner import this_process
from mesh_jobs.adapters.sqlite.database import Database
from mesh_jobs.adapters.sqlite.publisher import SqlitePublisher
from mesh_jobs.adapters.sqlite.run_log import SqliteRunLog
from mesh_jobs.domain.errors import Busy, Fenced, PublishConflict
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import Lock
from mesh_jobs.ports.table_store import Swap
from support.local import SOURCE

NOW = datetime(2030, 1, 1, 6, tzinfo=UTC)
ORDERS = TableName("sales", "orders_v1")
CONTENDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mesh_jobs.adapters.sqlite.database import Database
from mesh_jobs.adapters.owner import this_process
from mesh_jobs.adapters.sqlite.run_log import SqliteRunLog
from mesh_jobs.domain.errors import Busy
log = SqliteRunLog(Database(Path(sys.argv[1]) / "catalog.db"))
print("ready", flush=True)
sys.stdin.readline()
try:
    print("won", log.acquire("p", 1, this_process(), datetime.now(UTC)).fence, flush=True)
except Busy as busy:
    print("busy", busy, flush=True)
sys.stdin.readline()
"""


def contender(state: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CONTENDER, str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_of_processes_that_want_the_lock_at_once_on_a_new_database_one_has_it(tmp_path: Path) -> None:
    processes = [contender(tmp_path) for _ in range(4)]
    assert [hear(p) for p in processes] == ["ready"] * 4
    for p in processes:
        tell(p)
    said = [hear(p) for p in processes]
    assert sorted(s.split()[0] for s in said) == ["busy", "busy", "busy", "won"]
    winner = processes[[s.startswith("won") for s in said].index(True)]
    assert all(f"process {winner.pid} on " in s for s in said if s.startswith("busy"))

    winner.kill()
    winner.communicate()
    log = SqliteRunLog(Database(tmp_path / "catalog.db"))
    assert log.acquire("p", 1, this_process(), datetime.now(UTC)).fence == 2, "the lock of a killed process is free"
    for p in processes:
        if p is not winner:
            p.communicate("\n")


def test_threads_have_connections_of_their_own_and_lose_no_write(tmp_path: Path) -> None:
    log = SqliteRunLog(Database(tmp_path / "catalog.db"))
    lock = log.acquire("p", 1, "me", NOW)
    log.begin(lock, "r1", "full", "sha256:1", NOW, {})

    def work(n: int) -> None:
        for i in range(20):
            log.step(lock, "r1", f"{n}.{i}", i)
            log.renew(lock, NOW + timedelta(seconds=i))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    found = log.find("p", 1, "r1")
    assert found is not None
    assert len(found.steps) == 80


def publishing(log: SqliteRunLog) -> Lock:
    lock = log.acquire("p", 1, "me", NOW)
    log.begin(lock, "r1", "full", "sha256:1", NOW, {})
    log.certify(lock, "r1", {})
    log.commit(lock, "r1", [])
    return lock


def test_pointers_and_record_change_together_or_not_at_all(tmp_path: Path) -> None:
    database = Database(tmp_path / "catalog.db")
    log, catalog = SqliteRunLog(database), SqliteCatalog(tmp_path)
    catalog.register(TableName("sales", "other_v1"), "elsewhere")
    publisher = SqlitePublisher(database, log, swap_all)
    lock = publishing(log)

    conflict = [Swap(ORDERS, None, "metadata-1"), Swap(TableName("sales", "other_v1"), None, "metadata-2")]
    with pytest.raises(PublishConflict):
        publisher.publish(lock, "r1", conflict, {"s": "1"}, [{"id": 1}], NOW)
    assert catalog.find(ORDERS) is None
    assert (log.watermarks("p", 1), log.outbox()) == ({}, [])

    log.acquire("p", 1, "thief", NOW + timedelta(hours=1))
    with pytest.raises(Fenced):
        publisher.publish(lock, "r1", [Swap(ORDERS, None, "metadata-1")], {"s": "1"}, [{"id": 1}], NOW)
    assert catalog.find(ORDERS) is None, "who lost the lock moves no pointer either"

    lock = log.acquire("p", 1, "me", NOW + timedelta(hours=2))
    for _ in range(2):
        publisher.publish(lock, "r1", [Swap(ORDERS, None, "metadata-1")], {"s": "1"}, [{"id": 1}], NOW)
    entry = catalog.find(ORDERS)
    assert entry is not None
    assert entry.location == "metadata-1"
    assert (log.watermarks("p", 1), len(log.outbox())) == ({"s": "1"}, 1)


def test_readers_see_the_old_state_while_somebody_publishes(tmp_path: Path) -> None:
    database = Database(tmp_path / "catalog.db")
    log, catalog = SqliteRunLog(database), SqliteCatalog(tmp_path)
    catalog.register(TableName("sales", "other_v1"), "elsewhere")
    lock = publishing(log)
    seen: list[object] = []

    def slow_swap(connection: sqlite3.Connection, swaps: object) -> None:
        swap_all(connection, [Swap(ORDERS, None, "metadata-1")])
        reader = threading.Thread(target=lambda: seen.append((catalog.find(ORDERS), log.watermarks("p", 1))))
        reader.start()
        reader.join(timeout=10)

    SqlitePublisher(database, log, slow_swap).publish(lock, "r1", [], {"s": "1"}, [], NOW)
    assert seen == [(None, {})]
    assert catalog.find(ORDERS) is not None


def test_a_second_owner_waits_for_nothing_and_is_told_at_once(tmp_path: Path) -> None:
    log = SqliteRunLog(Database(tmp_path / "catalog.db"))
    mine = this_process()
    log.acquire("p", 1, mine, NOW)
    with pytest.raises(Busy) as caught:
        log.acquire("p", 1, "other/1/2/3", NOW)
    assert str(caught.value).startswith(f"p v1 is being run by process {os.getpid()} on ")
    assert caught.value.remedy == "wait until it ends, or stop it; mesh status shows it"
