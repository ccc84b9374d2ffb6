"""Stored tables as rows: Iceberg's own reader finds columns by their ids, whatever names and types older files have."""

from __future__ import annotations

from mesh_jobs.adapters.iceberg.files import IcebergTables, StoredSchema
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.static import frame_at
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import ListType, MapType, StructType, TableName, Type


def read_stored(session: Session, tables: IcebergTables, table: TableName, snapshot_id: int | None = None) -> Rows:
    """A table's rows at a snapshot, or as it is now. Raises BadInput when there is no such table, or one that Spark
    cannot read."""
    schema = tables.schema(table, snapshot_id)
    location = tables.location(table)
    if schema is None or location is None:
        raise BadInput(f"there is no table {table}", "run the product that makes it")
    readable(table, schema)
    return Rows(frame_at(session, location, snapshot_id))


def readable(table: TableName, schema: StoredSchema) -> None:
    """Raises BadInput for a type that Spark 3.5 has not."""
    for column in schema.columns:
        if "time" in set(_primitives(column.type)):
            raise BadInput(
                f"{table}: column {column.name} has the type time, which Spark cannot read",
                "promise it as a string, or run this product on DuckDB",
            )


def _primitives(type_: Type) -> list[str]:
    match type_:
        case ListType(element):
            return _primitives(element)
        case MapType(key, value):
            return [*_primitives(key), *_primitives(value)]
        case StructType(fields):
            return [p for _, of in fields for p in _primitives(of)]
    return [type_]
