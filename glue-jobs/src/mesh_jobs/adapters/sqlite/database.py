"""The SQLite file: one connection per thread, every change in a transaction of its own."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mesh_jobs.adapters.sqlite.failures import speaking

_SCHEMA = """
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


class Database:
    """Connections to one file. WAL, so that readers never wait for a writer; a writer waits for another one."""

    def __init__(self, path: Path, busy_seconds: float = 30.0) -> None:
        self._path, self._busy = path, busy_seconds
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, outside any transaction."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self._path, timeout=self._busy, isolation_level=None)
            self._prepare(found)
            self._local.connection = found
        return found

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """WAL, and our tables. Switching to WAL ignores the busy timeout, so a first start of two processes retries."""
        deadline = time.monotonic() + self._busy
        while True:
            try:
                if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                    connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'mesh_outbox'").fetchone() is None:
                    connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; the write lock is taken at once, so what is read inside is still true at the end."""
        connection = self.connection
        with speaking(self._path):
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Closes this thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
            self._local.connection = None
