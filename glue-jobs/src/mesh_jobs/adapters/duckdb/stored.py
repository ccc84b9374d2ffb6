"""Stored tables as relations: columns are found by their field ids, whatever names and types older files have."""

from __future__ import annotations

from collections.abc import Sequence

from mesh_jobs.adapters.duckdb.session import PARQUET_PLACE, PLACE, Relation, Session
from mesh_jobs.adapters.duckdb.types import NOT_FROM_FOLDERS, duckdb_type, name, text
from mesh_jobs.adapters.iceberg.files import DataFile, IcebergTables, StoredSchema
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import TableName


def read_stored(session: Session, tables: IcebergTables, table: TableName, snapshot_id: int | None = None) -> Relation:
    """A table's rows at a snapshot, or as it is now. Raises BadInput when there is no such table."""
    schema = tables.schema(table, snapshot_id)
    if schema is None:
        raise BadInput(f"there is no table {table}", "run the product that creates it")
    files = tables.files(table, snapshot_id)
    # A column of such a name hides what DuckDB knows of a row's place. Rows have places once they are computed, then.
    placed = {c.name.lower() for c in schema.columns}.isdisjoint(("file_index", "file_row_number"))
    place = f", {PARQUET_PLACE}" if files else f", CAST(NULL AS BIGINT) AS {PLACE}"
    return session.relation(
        scan(schema, files, place if placed else ""), placed=placed, size=sum(f.size for f in files)
    )


def scan(schema: StoredSchema, files: Sequence[DataFile], more: str = "") -> str:
    """A query over data files under the names and types of a schema. DuckDB takes files that are read by field ids to
    have a thousand rows each, and would keep the larger side of a join in memory: so it is told how many there are."""
    return scan_paths(schema, [f.path for f in files], more, sum(f.rows for f in files))


def scan_paths(schema: StoredSchema, files: Sequence[str], more: str = "", rows: int | None = None) -> str:
    """The same over files that are known by their paths."""
    if not files:
        cells = ", ".join(f"CAST(NULL AS {duckdb_type(c.type)}) AS {name(c.name)}" for c in schema.columns)
        return f"SELECT {cells}{more} WHERE FALSE"
    paths = "[" + ", ".join(map(text, files)) + "]"
    fields = ", ".join(
        f"{c.field_id}: {{name: {text(c.name)}, type: {text(duckdb_type(c.type))}, default_value: NULL}}"
        for c in schema.columns
    )
    cells = ", ".join(name(c.name) for c in schema.columns)
    known = f", explicit_cardinality = {rows}" if rows else ""
    return f"SELECT {cells}{more} FROM read_parquet({paths}, schema = MAP {{{fields}}}, {NOT_FROM_FOLDERS}{known})"
