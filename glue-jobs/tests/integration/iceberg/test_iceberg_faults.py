"""A process that is killed anywhere in a store operation leaves a state from which the same call completes.

Each operation runs in a forked child that kills itself with SIGKILL at its n-th effect: a file opened for writing, a
file half written, a file removed, or a SQL statement. n goes up until the operation survives; after each death the
parent makes the same call again and must end where an undisturbed run ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from iceberg_bench import BRONZE, INTERNAL, ORDERS, Workbench

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog, swap_all
from mesh_jobs.adapters.sqlite.database import transaction
from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.table import Column, Field
from mesh_jobs.ports.table_store import Swap

ID = Column("id", "id", "long", required=True)
NOTE = Column("note", "note", "string")
SQL = "SELECT {0}::BIGINT id"


class Reaper:
    """Counts effects of this process and kills it at one of them."""

    def __init__(self, at: int) -> None:
        self.left = at

    def effect(self, *_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        connect, write = sqlite3.connect, md.write

        def traced(*arguments: Any, **options: Any) -> sqlite3.Connection:
            connection = connect(*arguments, **options)
            connection.set_trace_callback(self.effect)
            return connection

        def torn(metadata: md.Metadata, location: str) -> None:
            self.left -= 1
            if self.left == 0:
                Path(location).parent.mkdir(parents=True, exist_ok=True)
                Path(location).write_bytes(b'{"format-version":2,"tab')
                os.kill(os.getpid(), signal.SIGKILL)
            write(metadata, location)

        def audited(event: str, arguments: tuple[Any, ...]) -> None:
            writes = event == "open" and isinstance(arguments[1], str) and set("wxa") & set(arguments[1])
            if writes or event in ("os.remove", "os.rename"):
                self.effect()

        sqlite3.connect = traced  # type: ignore[assignment]
        md.write = torn
        sys.addaudithook(audited)


def dies(at: int, operation: Callable[[], object]) -> bool:
    """Whether the operation was killed at its n-th effect; False when it has fewer. Anything else is an error."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            Reaper(at).install()
            operation()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    assert os.waitstatus_to_exitcode(status) == 0, "the operation itself failed"
    return False


def survives(bench: Workbench, operation: Callable[[], object], outcome: Callable[[], object], *, effects: int) -> None:
    """Kills the operation at each of its effects, calls it again each time, and compares with an undisturbed run."""
    start = bench.state.with_name("start")
    shutil.copytree(bench.state, start)

    def back() -> None:
        shutil.rmtree(bench.state)
        shutil.copytree(start, bench.state)

    operation()
    expected = outcome()
    at = 1
    while True:
        back()
        if not dies(at, operation):
            break
        operation()
        assert outcome() == expected, f"killed at effect {at}"
        operation()
        assert outcome() == expected, f"killed at effect {at}, and called twice after that"
        at += 1
    assert at > effects, f"only {at - 1} effects were seen: the faults miss what the operation does"


@pytest.fixture
def published(bench: Workbench) -> Workbench:
    """One published row, one internal one, and everything imported that a child would otherwise import."""
    bench.run(bench.plan_table([ID]), "full-1", SQL.format(1))
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    bench.tables.commit_append(BRONZE, "full-1", bench.write(BRONZE, "full-1", SQL.format(1)))
    return bench


def state(bench: Workbench) -> Callable[[], object]:
    """Every name with its schema, rows and history."""

    def found() -> object:
        result = {}
        for entry in bench.store._catalog.entries():
            metadata = md.read(entry.location)
            result[str(entry.table)] = (
                md.fields(metadata),
                md.spec(metadata)["fields"],
                [(s["summary"][md.RUN_ID], md.rows(s)) for s in metadata["snapshots"]],
                [sorted(f.rows for f in bench.tables.files(entry.table))],
            )
        return result

    return found


def test_opening_a_first_candidate(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    orders = bench.plan_table([ID])
    survives(bench, lambda: bench.candidate(orders, "full-1"), state(bench), effects=6)


@pytest.mark.ci
def test_opening_a_candidate_whose_schema_grows(published: Workbench) -> None:
    orders = published.plan_table([ID, NOTE], partition_by=[Partition("id", "identity")])
    survives(published, lambda: published.candidate(orders, "full-2", "1.1.0"), state(published), effects=6)


@pytest.mark.ci
def test_a_commit_to_a_candidate(published: Workbench) -> None:
    name = published.candidate(published.plan_table([ID]), "full-2").table
    files = published.write(name, "full-2", SQL.format(2))
    survives(published, lambda: published.tables.commit_replace(name, "full-2", files), state(published), effects=6)


@pytest.mark.ci
def test_an_append_and_a_rewrite(published: Workbench) -> None:
    more = published.write(BRONZE, "full-2", SQL.format(2))
    survives(published, lambda: published.tables.commit_append(BRONZE, "full-2", more), state(published), effects=6)
    shutil.rmtree(published.state.with_name("start"))
    other = published.write(BRONZE, "full-3", SQL.format(3))
    survives(
        published,
        lambda: published.tables.commit_rewrite(BRONZE, "full-3", remove=more, add=other),
        state(published),
        effects=7,
    )


def test_making_and_changing_an_internal_table(published: Workbench) -> None:
    fields = [Field("id", "string"), Field("note", "string")]
    survives(published, lambda: published.tables.ensure(BRONZE, fields, replace=True), state(published), effects=3)


def test_publishing_two_tables_and_a_record(published: Workbench) -> None:
    orders = published.plan_table([ID])
    before = published.store.current(ORDERS)
    candidate = published.candidate(orders, "full-2").table
    made = published.tables.commit_replace(candidate, "full-2", published.write(candidate, "full-2", SQL.format(2)))
    daily = published.plan_table([ID], physical=BRONZE.__class__("sales", "daily_v1"))
    fresh = published.candidate(daily, "full-2").table
    second = published.tables.commit_replace(fresh, "full-2", published.write(fresh, "full-2", SQL.format(3)))
    assert before is not None
    swaps = [
        Swap(ORDERS, before.metadata_location, made.metadata_location),
        Swap(daily.physical, None, second.metadata_location),
    ]

    def publish() -> None:
        with SqliteCatalog(published.state).connection() as connection, transaction(connection):
            swap_all(connection, swaps)
            connection.execute("CREATE TABLE IF NOT EXISTS record (run TEXT PRIMARY KEY)")
            connection.execute("INSERT OR IGNORE INTO record VALUES ('full-2')")

    def outcome() -> object:
        with sqlite3.connect(published.state / "catalog.db") as connection:
            return state(published)(), connection.execute("SELECT run FROM record").fetchall()

    survives(published, publish, outcome, effects=8)
    for at in range(1, 30):
        shutil.rmtree(published.state)
        shutil.copytree(published.state.with_name("start"), published.state)
        if not dies(at, publish):
            break
        visible = [published.store.current(t) for t in (ORDERS, daily.physical)]
        locations = [p.metadata_location if p else None for p in visible]
        assert locations in ([s.expected for s in swaps], [s.new for s in swaps]), "never one without the other"


@pytest.mark.ci
def test_dropping_candidates_and_removing_leftovers(published: Workbench) -> None:
    name = published.candidate(published.plan_table([ID, NOTE]), "full-2", "1.1.0").table
    sql = SQL.format(2) + ", 'n' note"
    published.tables.commit_replace(name, "full-2", published.write(name, "full-2", sql))

    def clean() -> None:
        published.store.drop_candidates(INTERNAL, "full-2")
        published.store.remove_leftovers(["full-2"])

    def outcome() -> object:
        return state(published)(), sorted(str(p) for p in (published.state / "warehouse").rglob("*") if p.is_file())

    survives(published, clean, outcome, effects=6)


def test_files_of_a_killed_commit_are_leftovers_of_its_run(published: Workbench) -> None:
    before = {path for path in (published.state / "warehouse").rglob("*") if path.is_file()}
    files = published.write(BRONZE, "full-2", SQL.format(2))
    at = 1
    while dies(at, lambda: published.tables.commit_append(BRONZE, "full-2", files)):
        if published.tables.committed(BRONZE, "full-2"):
            break
        at += 1
    assert at > 4
    pointer = published.store.current(BRONZE)
    assert pointer is not None
    if pointer.run_id == "full-2":
        earlier = md.read(pointer.metadata_location)["metadata-log"][-1]["metadata-file"]
        published.store.publish([Swap(BRONZE, pointer.metadata_location, earlier)])
    published.store.remove_leftovers(["full-2"])
    assert {path for path in (published.state / "warehouse").rglob("*") if path.is_file()} == before
