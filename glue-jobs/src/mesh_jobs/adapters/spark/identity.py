"""A stored table under the names of a plan that is older than it."""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import functions as F

from mesh_jobs.adapters.iceberg.files import StoredSchema
from mesh_jobs.adapters.iceberg.identity import planned_names
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.types import name
from mesh_jobs.domain.plan import Table


def as_planned(table: Table, schema: StoredSchema, stored: Rows) -> Rows:
    """A stored table under the names of the plan; a column whose name the plan gives to another one is left out."""
    ours = planned_names(table, schema)
    if all(old == new for old, new in ours.items()):
        return stored
    taken = {new.lower() for new in ours.values()}
    cells = [F.col(name(c)).alias(ours.get(c, c)) for c in stored.frame.columns if c in ours or c.lower() not in taken]
    return replace(stored, frame=stored.frame.select(*cells))
