"""The time of this machine."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """Real time; or time that begins at a given moment and goes on from there."""

    def __init__(self, start: datetime | None = None) -> None:
        self._start, self._began = start, time.monotonic()

    def now(self) -> datetime:
        if self._start is None:
            return datetime.now(UTC)
        return self._start.astimezone(UTC) + timedelta(seconds=time.monotonic() - self._began)
