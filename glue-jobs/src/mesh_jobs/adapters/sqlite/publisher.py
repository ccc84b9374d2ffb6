"""Publishing on a laptop: pointers and record in one transaction, since both live in one file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from mesh_jobs.adapters.sqlite.database import Database
from mesh_jobs.adapters.sqlite.run_log import SqliteRunLog
from mesh_jobs.ports.run_log import Lock
from mesh_jobs.ports.table_store import Swap

#: Swaps pointers inside a transaction that is open; raises PublishConflict.
SwapAll = Callable[[sqlite3.Connection, Sequence[Swap]], None]


class SqlitePublisher:
    """See the port. `swap_all` is the catalogue's."""

    def __init__(self, database: Database, log: SqliteRunLog, swap_all: SwapAll) -> None:
        self._db, self._log, self._swap_all = database, log, swap_all

    def publish(
        self,
        lock: Lock,
        run_id: str,
        swaps: Sequence[Swap],
        watermarks: Mapping[str, str | None],
        events: Sequence[dict[str, Any]],
        now: datetime,
    ) -> None:
        with self._db.transaction() as connection:
            self._swap_all(connection, swaps)
            self._log.record_published(connection, lock, run_id, watermarks, events, now)
