"""Compaction: many small files of a table become few, and its rows stay the same."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from mesh_jobs.adapters.iceberg.compaction import BEFORE, STEP, assert_same, done_before
from mesh_jobs.adapters.iceberg.files import IcebergTables
from mesh_jobs.adapters.iceberg.layout import TARGET_FILE_SIZE
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.stored import make_readable
from mesh_jobs.adapters.spark.types import has_map, name
from mesh_jobs.adapters.spark.working import Files, working_on
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import Compacted


def compact(session: Session, tables: IcebergTables, table: TableName, run_id: str) -> Compacted | None:
    """See ports.engine.Engine.compact."""
    if done := tables.committed(table, run_id, STEP):
        return done_before(done)
    small = tables.small_files(table)
    location, schema = tables.location(table), tables.schema(table)
    if not small or location is None or schema is None:
        return None
    make_readable(session, table, schema)
    with working_on(session, table, location) as work:
        files = work.files(small)
        before = _sum(session, files)
        with files.rows() as rows:
            # Iceberg brings the rows of a partition together; else as many tasks as there shall be files.
            few = rows if work.partitioned else rows.coalesce(-(-files.size // TARGET_FILE_SIZE))
            work.exchange(files, few, same_rows=True)
        assert_same(table, before, _sum(session, work.written()))
        made = work.made
        assert made is not None
        summary = {BEFORE: str(len(small))}
        return done_before(tables.adopt(table, run_id, work.base, made, summary, STEP))


def _sum(session: Session, files: Files) -> tuple[int, int]:
    """How many rows there are, and a figure that is another one when any value is."""
    with files.rows() as rows:
        # 64 bits of each row: a decimal holds the sum of more rows than there are.
        figure = F.coalesce(F.sum(row_hash(rows).cast("decimal(20, 0)")), F.lit(0))
        count, found = session.one(rows.agg(F.count(F.lit(1)), figure))
    return int(count), int(found)


def row_hash(rows: DataFrame) -> Column:
    """Of a whole row; null is told from nothing at all, which Spark's hash leaves out."""
    parts: list[Column] = []
    for field in rows.schema:
        column = F.col(name(field.name))
        parts += [column.isNull(), F.to_json(F.struct(column)) if has_map(field.dataType) else column]
    return F.xxhash64(*parts)
