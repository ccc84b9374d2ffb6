"""Remembers what would have left."""

from __future__ import annotations

from typing import Any

from mesh_jobs.adapters.inmemory.copies import copied
from mesh_jobs.domain.plan import Product


class MemoryProgress:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.warnings: list[str] = []

    def report(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    def warn(self, message: str) -> None:
        self.warnings.append(message)


class MemoryAnnouncer:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def announce(self, event: dict[str, Any]) -> None:
        self.events.append(copied(event))


class MemoryArchive:
    def __init__(self) -> None:
        self.documents: dict[tuple[str, str, str], dict[str, Any]] = {}

    def keep(self, product: Product, run_id: str, name: str, document: dict[str, Any]) -> None:
        self.documents[(product.key, run_id, name)] = copied(document)
