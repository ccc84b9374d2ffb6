"""SQLite's errors in words for a person."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mesh_jobs.domain.errors import CatalogueFailed, DiskFull, disk_is_full


@contextmanager
def speaking(file: Path) -> Iterator[None]:
    """What SQLite says is about its file and our tables' names, never about data. Raises CatalogueFailed, DiskFull."""
    try:
        yield
    except sqlite3.Error as error:
        if disk_is_full(error):
            raise DiskFull(str(file)) from error
        raise CatalogueFailed(f"{file} could not be read or changed: {error}") from error
