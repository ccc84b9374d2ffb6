"""The SQLite file of runs and pointers: how it is opened, read and changed."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mesh_jobs.adapters.sqlite.failures import speaking

_TABLES = """
CREATE TABLE IF NOT EXISTS mesh_locks (
  product TEXT NOT NULL, major INTEGER NOT NULL, owner TEXT, fence INTEGER NOT NULL, since TEXT, lease_until TEXT,
  PRIMARY KEY (product, major)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mesh_runs (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  product TEXT NOT NULL, major INTEGER NOT NULL, run_id TEXT NOT NULL, mode TEXT NOT NULL, state TEXT NOT NULL,
  plan_digest TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT, fence INTEGER NOT NULL,
  swaps TEXT NOT NULL DEFAULT '[]', certificate TEXT, message TEXT,
  UNIQUE (product, major, run_id)
);
CREATE TABLE IF NOT EXISTS mesh_steps (
  run INTEGER NOT NULL REFERENCES mesh_runs (sequence), name TEXT NOT NULL, result TEXT NOT NULL,
  PRIMARY KEY (run, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mesh_watermarks (
  product TEXT NOT NULL, major INTEGER NOT NULL, source TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (product, major, source)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mesh_outbox (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, position INTEGER NOT NULL, event TEXT NOT NULL,
  delivered INTEGER NOT NULL DEFAULT 0, UNIQUE (run, position)
);
"""


#: How long a writer waits for another one.
_BUSY_SECONDS = 30.0


class Database:
    """One connection per thread to the file of the run log."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._local = threading.local()

    def read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows; within a transaction of this thread as they are there."""
        with speaking(self._file):
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; the write lock is taken at once, so what is read inside is still true at the end."""
        with speaking(self._file), transaction(self._connection) as connection:
            yield connection

    def close(self) -> None:
        """Closes this thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
            self._local.connection = None

    @property
    def _connection(self) -> sqlite3.Connection:
        if getattr(self._local, "connection", None) is None:
            self._local.connection = connect(self._file, _TABLES)
        found: sqlite3.Connection = self._local.connection
        return found


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """BEGIN IMMEDIATE … COMMIT, or ROLLBACK on any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def connect(file: Path, tables: str) -> sqlite3.Connection:
    """A connection outside any transaction, to a file that has these tables. WAL, so that readers never wait for a
    writer. Switching to it ignores the busy timeout, so a first start of two processes tries again."""
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None)
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
            for statement in ("PRAGMA synchronous = NORMAL", *tables.split(";")):
                connection.execute(statement)
            return connection
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
