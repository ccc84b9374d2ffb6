"""Masking in Spark's own functions: HMAC-SHA256 with the session's key, and redaction."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql.types import DataType

from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.domain.table import Masking


def masked(session: Session, value: Column, type_: DataType, masking: Masking) -> Column:
    """The value as `masking` lets it be seen: lower hex HMAC-SHA256 of its UTF-8 text, three stars, or itself."""
    raise NotImplementedError
