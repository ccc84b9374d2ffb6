"""Publishing step by step: table by table, then the record, as where one transaction cannot hold both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mesh_jobs.ports.run_log import Lock, RunLog
from mesh_jobs.ports.table_store import Swap, TableStore


class StepwisePublisher:
    """Every step can be done again, so a crash between two is finished forward."""

    def __init__(self, tables: TableStore, log: RunLog) -> None:
        self._tables, self._log = tables, log

    def publish(
        self,
        lock: Lock,
        run_id: str,
        swaps: Sequence[Swap],
        watermarks: Mapping[str, str | None],
        events: Sequence[dict[str, Any]],
        now: datetime,
    ) -> None:
        for swap in swaps:
            self._tables.publish([swap])
        self._log.published(lock, run_id, watermarks, events, now)
