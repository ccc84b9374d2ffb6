"""Compaction: many small files of a table become few, and its rows stay the same."""

from __future__ import annotations

from collections.abc import Sequence

from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.adapters.duckdb.stored import scan_paths
from mesh_jobs.adapters.duckdb.types import names
from mesh_jobs.adapters.duckdb.writer import Writer
from mesh_jobs.adapters.iceberg.compaction import BEFORE, STEP, assert_same, done_before
from mesh_jobs.adapters.iceberg.files import IcebergTables, StoredSchema
from mesh_jobs.adapters.iceberg.storage import storage
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import Compacted


def compact(session: Session, tables: IcebergTables, table: TableName, run_id: str) -> Compacted | None:
    """See ports.engine.Engine.compact."""
    if done := tables.committed(table, run_id, STEP):
        return done_before(done)
    small = tables.small_files(table)
    if not small:
        return None
    schema = tables.schema(table)
    assert schema is not None
    _, written = Writer(session, tables).copy(table, schema, scan_paths(schema, small), run_id)
    try:
        before, after = (_sum(session, schema, paths) for paths in (small, written))
        assert_same(table, before, after)
    except BaseException:
        storage(tables.data_folder(table)).delete(written)
        raise
    summary = {BEFORE: str(len(small))}
    made = tables.commit_rewrite(table, run_id, small, written, summary, STEP, same_rows=True)
    return done_before(made)


def _sum(session: Session, schema: StoredSchema, paths: Sequence[str]) -> tuple[int, int]:
    """How many rows there are, and a figure that is another one when any value is."""
    columns = names([c.name for c in schema.columns])
    query = f"SELECT count(*), coalesce(sum(hash({columns})::HUGEINT), 0) FROM ({scan_paths(schema, paths)})"
    rows, figure = session.one(query)
    return int(rows), int(figure)
