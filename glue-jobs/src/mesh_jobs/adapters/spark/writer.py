from __future__ import annotations

from datetime import datetime

from mesh_jobs.adapters.iceberg.files import IcebergTables
from mesh_jobs.adapters.spark.prepared import PreparedRows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import Saved, Target


class Writer:
    def __init__(self, session: Session, tables: IcebergTables) -> None:
        self._session, self._tables = session, tables

    def save(self, table: Table, prepared: PreparedRows, target: Target) -> Saved:
        raise NotImplementedError

    def expire(self, table: TableName, column: str, before: datetime) -> int:
        raise NotImplementedError
