from __future__ import annotations

from mesh_jobs.adapters.iceberg.files import StoredSchema
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.domain.plan import Table


def as_planned(table: Table, schema: StoredSchema, stored: Rows) -> Rows:
    raise NotImplementedError
