"""Text files of S3 on this machine's disk: they are looked into more than once, and not only by DuckDB."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.adapters.iceberg.storage import is_remote, storage
from mesh_jobs.ports.engine import RawFile


def fetched(session: Session, files: Sequence[RawFile]) -> Sequence[RawFile]:
    """The files, those of S3 as copies in the working folder; whatever each says of itself stays."""
    return [_here(session, file) if is_remote(file.uri) else file for file in files]


def _here(session: Session, file: RawFile) -> RawFile:
    # How it is compressed is known by the end of its name.
    path = session.work / f"{session.fresh('fetched')}-{os.path.basename(file.uri)}"
    storage(file.uri).fetch(file.uri, path)
    return replace(file, uri=str(path))
