"""Stored tables as rows: Iceberg's own reader finds columns by their ids, whatever names and types older files have."""

from __future__ import annotations

from mesh_jobs.adapters.iceberg.files import IcebergTables, StoredSchema
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.static import frame_at
from mesh_jobs.adapters.spark.types import without_time
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import TableName


def read_stored(session: Session, tables: IcebergTables, table: TableName, snapshot_id: int | None = None) -> Rows:
    """A table's rows at a snapshot, or as it is now. Raises BadInput when there is no such table, or one that Spark
    cannot read."""
    schema = tables.schema(table, snapshot_id)
    location = tables.location(table)
    if schema is None or location is None:
        raise BadInput(f"there is no table {table}", "run the product that creates it")
    make_readable(session, table, schema)
    return Rows(frame_at(session, location, snapshot_id))


def make_readable(session: Session, table: TableName, schema: StoredSchema) -> None:
    """Raises BadInput for a type that Spark 3.5 has not. A column that was widened cannot be read in vectors when the
    embedded engine wrote it: https://github.com/apache/iceberg/issues/16341, in 1.10 and older."""
    if schema.widened:
        session.read_by_row()
    without_time(str(table), ((c.name, c.type) for c in schema.columns))
