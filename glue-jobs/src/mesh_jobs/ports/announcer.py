"""Where the outside hears of a run: progress while it goes, events once it is published."""

from __future__ import annotations

from typing import Any, Protocol


class Progress(Protocol):
    def report(self, event: dict[str, Any]) -> None:
        """One step: what, rows, seconds. Never a value of a row."""
        ...


class Announcer(Protocol):
    def announce(self, event: dict[str, Any]) -> None:
        """Delivers one outbox event, at least once."""
        ...
