"""Row checks as columns of Spark: true for a row that breaks the rule, never null."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql.types import DataType

from mesh_jobs.domain.plan import QualityRule


def breaks(check: QualityRule, types: Mapping[str, DataType]) -> Column:
    """The condition of a check over one row. Not for duplicateValues, rowCount and sql, which need them all."""
    raise NotImplementedError
