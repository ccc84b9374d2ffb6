from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.domain.table import Field


def rows_of(session: Session, fields: Sequence[Field] | None, rows: Sequence[Mapping[str, Any]]) -> Rows:
    raise NotImplementedError
