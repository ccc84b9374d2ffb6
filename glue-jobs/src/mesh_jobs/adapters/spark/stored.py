from __future__ import annotations

from mesh_jobs.adapters.iceberg.files import IcebergTables
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.domain.table import TableName


def read_stored(session: Session, tables: IcebergTables, table: TableName, snapshot_id: int | None = None) -> Rows:
    raise NotImplementedError
