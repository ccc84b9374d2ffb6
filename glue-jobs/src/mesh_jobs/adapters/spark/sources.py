from __future__ import annotations

from collections.abc import Sequence

from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.ports.engine import RawFile


def read_source(session: Session, source: FileSource, files: Sequence[RawFile], hidden: frozenset[str]) -> Rows:
    raise NotImplementedError
