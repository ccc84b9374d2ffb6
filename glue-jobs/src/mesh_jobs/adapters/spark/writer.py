"""Rows into Iceberg tables: Spark writes files and a snapshot to a working entry, which the real table then adopts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from mesh_jobs.adapters.iceberg.files import Committed, IcebergTables, StoredSchema
from mesh_jobs.adapters.iceberg.identity import same_key, stored_key, stored_name
from mesh_jobs.adapters.iceberg.saved import BAD, OUT, SUPERSEDED, VANISHED, saved
from mesh_jobs.adapters.spark.as_text import as_text
from mesh_jobs.adapters.spark.cells import as_stored
from mesh_jobs.adapters.spark.masking import hashed
from mesh_jobs.adapters.spark.merge import merge
from mesh_jobs.adapters.spark.prepared import PreparedRows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.static import frame_at
from mesh_jobs.adapters.spark.stored import make_readable
from mesh_jobs.adapters.spark.types import name, text
from mesh_jobs.adapters.spark.working import Working, working_on
from mesh_jobs.domain import quarantine
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import Column as Promised
from mesh_jobs.domain.table import Field, TableName
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
        replaced = self._tables.to_replace(target.table, target.run_id) if target.write == "replace" else nullcontext()
        with (
            self._session.unpersisting(),
            replaced as begun,
            working_on(self._session, target.table, location, begun) as work,
        ):
            figures = self._write(table, target, schema, work, rows)
            made = self._adopt(work, target.table, target.run_id, {**figures, BAD: str(quarantined)})
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
                work.replace(rows)
                written = work.added
                if target.tombstones and table.primary_key:
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
        rows = reduce(DataFrame.unionByName, (frame.select(*quarantine.BAD) for frame in bad))
        cells = {quarantine.RUN_ID: F.lit(target.run_id), quarantine.AT: _moment(target.now)}
        rows = rows.withColumns(cells).select(*(F.col(f.name) for f in quarantine.COLUMNS))
        return self._add(table.quarantine, quarantine.COLUMNS, rows, target.run_id)

    # Keys that vanished.

    def _tombstones(self, table: Table, target: Target, schema: StoredSchema, work: Working) -> int:
        """Keys that were in the table and are not among the rows that were written, kept beside it as text; how
        many."""
        done = self._tables.committed(table.tombstones, target.run_id)
        if done is not None:
            return done.rows_added
        made, before = work.made, self._tables.snapshot_id(target.table)
        stored = None if before is None else self._tables.schema(target.table, before)
        if stored is None:
            return 0
        assert made is not None
        if same_key(table, stored, schema):
            stored, before = schema, None
        # Else under the columns that the rows were written with: those of now have no values of them.
        old, new = frame_at(self._session, work.base, before), frame_at(self._session, made)
        types, now = ({f.name.lower(): f.dataType for f in frame.schema} for frame in (old, new))
        was, keys = stored_key(table, stored), stored_key(table, schema)
        if any(w.lower() not in types or k.lower() not in now for w, k in zip(was, keys, strict=True)):
            return 0
        olds, fresh = [], []
        for i, (w, k) in enumerate(zip(was, keys, strict=True)):
            old_type, type_ = types[w.lower()], now[k.lower()]
            as_it_is = old_type == type_
            olds.append(F.expr(name(w) if as_it_is else as_text(name(w), old_type)).alias(k))
            fresh.append(F.expr(name(k) if as_it_is else as_text(name(k), type_)).alias(f"_mesh_k{i}"))
        old, new = old.select(*olds), new.select(*fresh)
        same = reduce(Column.__and__, (F.col(name(k)).eqNullSafe(F.col(f"_mesh_k{i}")) for i, k in enumerate(keys)))
        gone = self._session.keep(old.join(new, same, "left_anti").distinct())
        count = gone.count()
        if not count:
            return 0
        cells = []
        for planned, k in zip(table.primary_key, keys, strict=True):
            type_ = gone.schema[k].dataType
            hidden = planned.lower() in table.hashed_in_tombstones
            cells.append(F.expr(hashed(self._session, name(k), type_) if hidden else as_text(name(k), type_)).alias(k))
        columns = [Field(c, "string") for c in (*keys, "_mesh_run_id")] + [Field("_mesh_vanished_at", "timestamptz")]
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
