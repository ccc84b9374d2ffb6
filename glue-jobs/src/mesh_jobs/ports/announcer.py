"""Where the outside hears of a run: progress while it goes, events once it is published, documents to keep."""

from __future__ import annotations

from typing import Any, Protocol

from mesh_jobs.domain.plan import Product


class Progress(Protocol):
    def report(self, event: dict[str, Any]) -> None:
        """One step: what, rows, seconds; `before` when an earlier process of the run had done it. Never a value of a
        row."""
        ...

    def warn(self, message: str) -> None:
        """Something a person should know, that does not stop the run."""
        ...


class Announcer(Protocol):
    def announce(self, event: dict[str, Any]) -> None:
        """Delivers one outbox event, at least once."""
        ...


class Archive(Protocol):
    def keep(self, product: Product, run_id: str, name: str, document: dict[str, Any]) -> None:
        """Stores a document of a run for people: its plan, its certificate. Again gives the same."""
        ...
