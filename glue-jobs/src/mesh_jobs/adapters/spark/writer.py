"""Rows into Iceberg tables: Spark writes files and a snapshot to a working entry, which the real table then adopts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from mesh_jobs.adapters.iceberg.files import Committed, IcebergTables, StoredSchema
from mesh_jobs.adapters.iceberg.identity import stored_key, stored_name
from mesh_jobs.adapters.iceberg.saved import BAD as BAD_ROWS
from mesh_jobs.adapters.iceberg.saved import OUT, QUARANTINE, SUPERSEDED, VANISHED, saved
from mesh_jobs.adapters.spark.cells import as_stored
from mesh_jobs.adapters.spark.masking import hashed
from mesh_jobs.adapters.spark.merge import merge
from mesh_jobs.adapters.spark.prepared import PreparedRows
from mesh_jobs.adapters.spark.rows import BAD
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.static import frame_at
from mesh_jobs.adapters.spark.stored import make_readable
from mesh_jobs.adapters.spark.types import name, plan_type, text
from mesh_jobs.adapters.spark.working import Working, working_on
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import KEYED, Field, TableName
from mesh_jobs.domain.table import Column as Promised
from mesh_jobs.ports.engine import Saved, Target


class Writer:
    """Every effect happens once per run id: what is committed already is read from the snapshot and not repeated."""

    def __init__(self, session: Session, tables: IcebergTables) -> None:
        self._session = session
        self._tables = tables

    def save(self, table: Table, prepared: PreparedRows, target: Target) -> Saved:
        if target.write == "nothing":
            quarantined = self._quarantine(table, prepared.bad, target)
            out = prepared.good.frame.count() if prepared.counted is None else prepared.counted
            return Saved(out, quarantined, 0, 0, None)
        done = self._tables.committed(target.table, target.run_id)
        if done is not None:
            return saved(done)
        quarantined = self._quarantine(table, prepared.bad, target)
        schema = self._schema(table, prepared, target)
        make_readable(self._session, target.table, schema)
        rows = as_stored(table, schema, prepared.good.frame)
        location = self._location(target.table)
        with self._session.unpersisting(), working_on(self._session, target.table, location) as work:
            figures = self._write(table, target, schema, work, rows)
            made = self._adopt(work, target.table, target.run_id, {**figures, BAD_ROWS: str(quarantined)})
        return saved(made)

    def _write(
        self, table: Table, target: Target, schema: StoredSchema, work: Working, rows: DataFrame
    ) -> dict[str, str]:
        """Writes the rows to the working entry; what was done."""
        vanished = superseded = 0
        match target.write:
            case "merge":
                version = stored_name(table, schema, table.version) if table.version else None
                merged = merge(self._session, work, rows, stored_key(table, schema), version)
                written, superseded = merged.rows, merged.superseded
            case "append":
                work.append(rows)
                written = work.added
            case _:
                before = work.rows
                work.replace(rows)
                written = work.added
                if before and target.tombstones and table.primary_key:
                    vanished = self._tombstones(table, target, schema, work)
        return {OUT: str(written), VANISHED: str(vanished), SUPERSEDED: str(superseded)}

    def _schema(self, table: Table, prepared: PreparedRows, target: Target) -> StoredSchema:
        """Published tables have theirs from the contract; an internal one takes what its rules give."""
        if table.published:
            schema = self._tables.schema(target.table)
            if schema is None:
                raise RuntimeError(f"there is no candidate {target.table}")
            return schema
        return self._tables.ensure(
            target.table,
            prepared.good.fields,
            table.partition_by,
            replace=target.write == "replace",
            run_id=target.run_id,
        )

    def _location(self, table: TableName) -> str:
        location = self._tables.location(table)
        if location is None:
            raise RuntimeError(f"there is no table {table}")
        return location

    def _adopt(self, work: Working, table: TableName, run_id: str, summary: Mapping[str, str]) -> Committed:
        made = work.made
        if made is None:
            raise RuntimeError(f"nothing was written for {table}")
        return self._tables.adopt(table, run_id, work.base, made, summary)

    def _add(self, table: TableName, columns: Sequence[Promised | Field], rows: DataFrame, run_id: str) -> int:
        """Appends to a table beside the one that is written; how many. No rows leave no snapshot."""
        self._tables.ensure(table, columns, replace=False)
        with working_on(self._session, table, self._location(table)) as work:
            work.append(rows)
            return self._adopt(work, table, run_id, {}).rows_added if work.added else 0

    # Bad rows.

    def _quarantine(self, table: Table, bad: Sequence[DataFrame], target: Target) -> int:
        """Bad rows into the quarantine; how many."""
        done = self._tables.committed(table.quarantine, target.run_id)
        if done is not None:
            return done.rows_added
        if not bad:
            return 0
        rows = reduce(DataFrame.unionByName, (frame.select(*BAD) for frame in bad))
        cells = {"_mesh_run_id": F.lit(target.run_id), "_mesh_at": _moment(target.now)}
        rows = rows.withColumns(cells).select(*(F.col(f.name) for f in QUARANTINE))
        return self._add(table.quarantine, QUARANTINE, rows, target.run_id)

    # Keys that vanished.

    def _tombstones(self, table: Table, target: Target, schema: StoredSchema, work: Working) -> int:
        """Keys that were in the table and are not among the rows that were written, kept beside it; how many."""
        done = self._tables.committed(table.tombstones, target.run_id)
        if done is not None:
            return done.rows_added
        keys = stored_key(table, schema)
        here = {c.name.lower() for c in schema.columns}
        if any(k.lower() not in here for k in keys):
            return 0
        made = work.made
        assert made is not None
        old = frame_at(self._session, work.base).select(*(F.col(name(k)) for k in keys))
        fresh = [F.col(name(k)).alias(f"_mesh_k{i}") for i, k in enumerate(keys)]
        new = frame_at(self._session, made).select(*fresh)
        same = reduce(Column.__and__, (F.col(name(k)).eqNullSafe(F.col(f"_mesh_k{i}")) for i, k in enumerate(keys)))
        gone = self._session.keep(old.join(new, same, "left_anti").distinct())
        count = gone.count()
        if not count:
            return 0
        protected = {p.name.lower() for p in table.protected} - {
            c.name.lower() for c in table.columns or () if c.masking in KEYED
        }
        cells, columns = [], []
        for planned, k in zip(table.primary_key, keys, strict=True):
            type_ = gone.schema[k].dataType
            if planned.lower() in protected:
                cells.append(F.expr(hashed(self._session, name(k), type_)).alias(k))
                columns.append(Field(k, "string"))
            else:
                cells.append(F.col(name(k)))
                columns.append(Field(k, plan_type(type_)))
        columns += [Field("_mesh_run_id", "string"), Field("_mesh_vanished_at", "timestamptz")]
        cells += [F.lit(target.run_id).alias("_mesh_run_id"), _moment(target.now).alias("_mesh_vanished_at")]
        return self._add(table.tombstones, columns, gone.select(*cells), target.run_id)

    # Keeping the quarantine short.

    def expire(self, table: TableName, column: str, before: datetime) -> int:
        """Deletes rows older than a moment; files that hold younger ones too are written again."""
        location = self._tables.location(table)
        if location is None:
            return 0
        with working_on(self._session, table, location) as work:
            if not work.rows:
                return 0
            work.delete(f"{name(column)} < CAST({text(_iso(before))} AS TIMESTAMP)")
            gone = work.removed - work.added if work.made is not None else 0
            if gone:
                self._adopt(work, table, f"expire-{before.astimezone(UTC):%Y%m%dT%H%M%S}Z", {})
            return gone


def _moment(moment: datetime) -> Column:
    return F.lit(_iso(moment)).cast("timestamp")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
