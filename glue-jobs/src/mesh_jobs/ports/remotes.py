"""Sources that are no files: what they have is fetched into files, which the raw zone then keeps like any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.domain.table import Field


@dataclass(frozen=True)
class Fetched:
    """A file on this machine, with what a source gave. `digest` is of its content before it was packed."""

    path: Path
    origin: str
    digest: str


@dataclass(frozen=True)
class Answer:
    """All that a source gave at one moment: files in its order, the columns where the source tells them, how they are
    written, and how many rows it says it sent, where it counts."""

    files: tuple[Fetched, ...]
    fields: tuple[Field, ...] | None
    format: FileFormat
    rows: int | None
    at: datetime


class Remotes(Protocol):
    """Where a run reaches data bases and services."""

    def reaches(self, source: FileSource) -> bool:
        """Whether the source is read where it is. On a laptop without a connection to it, its sample is."""
        ...

    def fetch(self, source: FileSource, since: str | None, folder: Path, notice: Callable[[str], None]) -> Answer:
        """Fetches all there is, or what has changed `since`, into the folder: whole, and as of one moment where the
        source can tell. Lost connections are tried again from the beginning, with a notice. Raises BadInput and
        OutOfReach that name the source and what to do, never a password or a row."""
        ...
