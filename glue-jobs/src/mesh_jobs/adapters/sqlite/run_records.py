"""Runs as they are read from the database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from mesh_jobs.adapters.lazily import Lazily
from mesh_jobs.adapters.sqlite.database import Database
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import RunRecord
from mesh_jobs.ports.table_store import Swap

#: How many runs are fetched at once by who looks further back.
_PAGE = 20
_RUN = "sequence, product, major, run_id, mode, state, plan_digest, started_at, ended_at, swaps, certificate, message"


class RunRecords:
    """The records of one product."""

    def __init__(self, db: Database, product: str, major: int) -> None:
        self._db, self._own = db, (product, major)

    def find(self, run_id: str) -> RunRecord | None:
        return next((record for _, record in self._read("run_id = ?", run_id)), None)

    def last_published(self) -> RunRecord | None:
        found = self._read("state = 'published' ORDER BY sequence DESC LIMIT 1")
        return next((record for _, record in found), None)

    def newest_first(self) -> Sequence[RunRecord]:
        return Lazily(self._pages)

    def _pages(self) -> Iterator[RunRecord]:
        page = self._read(f"TRUE ORDER BY sequence DESC LIMIT {_PAGE}")
        while page:
            yield from (record for _, record in page)
            page = self._read(f"sequence < ? ORDER BY sequence DESC LIMIT {_PAGE}", page[-1][0])

    def _read(self, where: str, *values: Any) -> list[tuple[int, RunRecord]]:
        rows = self._db.read(
            f"SELECT {_RUN} FROM mesh_runs WHERE product = ? AND major = ? AND {where}", *self._own, *values
        )
        return [(row[0], _record(row, self._steps(row[0]))) for row in rows]

    def _steps(self, run: int) -> dict[str, Any]:
        found = self._db.read("SELECT name, result FROM mesh_steps WHERE run = ?", run)
        return {name: json.loads(result) for name, result in found}


def _record(row: tuple[Any, ...], steps: dict[str, Any]) -> RunRecord:
    return RunRecord(
        product=row[1],
        major=row[2],
        run_id=row[3],
        mode=row[4],
        state=row[5],
        plan_digest=row[6],
        started_at=datetime.fromisoformat(row[7]),
        ended_at=None if row[8] is None else datetime.fromisoformat(row[8]),
        steps=steps,
        swaps=tuple(Swap(TableName(d, t), expected, new) for d, t, expected, new in json.loads(row[9])),
        certificate=None if row[10] is None else json.loads(row[10]),
        message=row[11],
    )
