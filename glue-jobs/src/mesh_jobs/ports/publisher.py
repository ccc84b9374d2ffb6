"""Making a certified run visible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from mesh_jobs.ports.run_log import Lock
from mesh_jobs.ports.table_store import Swap


class Publisher(Protocol):
    """Swaps the pointers of a run in `publishing` and records it as published, forward only.

    One transaction where pointers and records live in one database; else table by table, then the record. Called again
    after a crash it ends what is left.
    """

    def publish(
        self,
        lock: Lock,
        run_id: str,
        swaps: Sequence[Swap],
        watermarks: Mapping[str, str | None],
        events: Sequence[dict[str, Any]],
        now: datetime,
    ) -> None:
        """Raises PublishConflict when a pointer is neither what was expected nor what is new, and Fenced."""
        ...
