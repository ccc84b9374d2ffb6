"""Rows into Iceberg tables: DuckDB writes the files, one commit makes them the table's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from mesh_jobs.adapters.duckdb.as_text import as_text
from mesh_jobs.adapters.duckdb.masking import hashed
from mesh_jobs.adapters.duckdb.merge import older_rows, same, touched_files, without_changed
from mesh_jobs.adapters.duckdb.prepared import PreparedRows
from mesh_jobs.adapters.duckdb.session import PLACE, Relation, Session
from mesh_jobs.adapters.duckdb.stored import read_stored, scan
from mesh_jobs.adapters.duckdb.types import NOT_FROM_FOLDERS, duckdb_type, name, plan_type, text
from mesh_jobs.adapters.iceberg.files import IcebergTables, StoredSchema, field_ids
from mesh_jobs.adapters.iceberg.identity import planned_name, same_key, stored_key, stored_name
from mesh_jobs.adapters.iceberg.layout import TARGET_FILE_SIZE
from mesh_jobs.adapters.iceberg.saved import BAD, OUT, SUPERSEDED, VANISHED, saved
from mesh_jobs.adapters.iceberg.storage import storage
from mesh_jobs.domain import quarantine
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import Column, Field, TableName
from mesh_jobs.ports.engine import Saved, Target


class Writer:
    """Every effect happens once per run id: what is committed already is read from the snapshot and not repeated."""

    def __init__(self, session: Session, tables: IcebergTables) -> None:
        self._session = session
        self._tables = tables

    def save(self, table: Table, prepared: PreparedRows, target: Target) -> Saved:
        if target.write == "nothing":
            quarantined = self._quarantine(table, prepared.bad, target)
            rows = self._session.one(f"SELECT count(*) FROM {prepared.good.at}")[0]
            return Saved(rows, quarantined, 0, 0, None)
        done = self._tables.committed(target.table, target.run_id)
        if done is not None:
            return saved(done)
        quarantined = self._quarantine(table, prepared.bad, target)
        schema = self._schema(table, prepared.good, target)
        cells = _cells(table, schema, prepared.good)
        if target.write == "merge":
            return self._merge(table, prepared, target, schema, cells, quarantined)
        rows, files = self.copy(target.table, schema, f"SELECT {cells} FROM {prepared.good.at}", target.run_id)
        vanished = 0
        if target.write == "replace" and target.tombstones and table.primary_key:
            vanished = self._tombstones(table, target, schema, files)
        summary = {OUT: str(rows), BAD: str(quarantined), VANISHED: str(vanished)}
        commit = self._tables.commit_append if target.write == "append" else self._tables.commit_replace
        made = commit(target.table, target.run_id, files, summary)
        return Saved(rows, quarantined, made.rows_total, vanished, made.snapshot_id)

    def copy(self, table: TableName, schema: StoredSchema, query: str, run_id: str) -> tuple[int, list[str]]:
        """Writes a query's rows, whose columns are the schema's, as data files of the table: rows, and the paths."""
        folder = self._tables.data_folder(table)
        options = [
            "FORMAT parquet",
            "COMPRESSION zstd",
            # Level 1 is quicker than the default and no larger on data like this.
            "COMPRESSION_LEVEL 1",
            f"FILENAME_PATTERN {text(run_id + '-{uuid}')}",
            f"FIELD_IDS {field_ids(schema)}",
            "RETURN_FILES",
            "APPEND",
        ]
        if schema.partition_by:
            parts = [_partition(schema, p.column, p.transform) for p in schema.partition_by]
            extra = ", ".join(f"{sql} AS _mesh_p{i}" for i, sql in enumerate(parts))
            query = f"SELECT *, {extra} FROM ({query})"
            options += [
                f"PARTITION_BY ({', '.join(f'_mesh_p{i}' for i in range(len(parts)))})",
                "WRITE_PARTITION_COLUMNS false",
            ]
        else:
            options.append(f"FILE_SIZE_BYTES {TARGET_FILE_SIZE}")
        rows, files = self._session.one(f"COPY ({query}) TO {text(folder)} ({', '.join(options)})")
        paths = [str(f) for f in files or ()]
        if rows == 0:
            for path in paths:
                storage(path).delete([path])
            paths = []
        return int(rows), paths

    def _schema(self, table: Table, good: Relation, target: Target) -> StoredSchema:
        """Published tables have theirs from the contract; an internal one takes what its rules give."""
        if table.published:
            schema = self._tables.schema(target.table)
            if schema is None:
                raise RuntimeError(f"there is no candidate {target.table}")
            return schema
        columns: Sequence[Column | Field] = [Field(c, plan_type(t)) for c, t in good.columns]
        return self._tables.ensure(
            target.table, columns, table.partition_by, replace=target.write == "replace", run_id=target.run_id
        )

    # Bad rows.

    def _quarantine(self, table: Table, bad: Sequence[str], target: Target) -> int:
        """Bad rows into the quarantine; how many."""
        done = self._tables.committed(table.quarantine, target.run_id)
        if done is not None:
            return done.rows_added
        if not bad:
            return 0
        schema = self._tables.ensure(table.quarantine, quarantine.COLUMNS, replace=False)
        at = f"CAST({text(_iso(target.now))} AS TIMESTAMPTZ)"
        query = " UNION ALL ".join(
            f"SELECT {text(target.run_id)} AS {quarantine.RUN_ID}, {at} AS {quarantine.AT}, "
            f"{', '.join(quarantine.BAD)} FROM ({q})"
            for q in bad
        )
        rows, files = self.copy(table.quarantine, schema, query, target.run_id)
        if rows:
            self._tables.commit_append(table.quarantine, target.run_id, files)
        return rows

    # Keys that vanished.

    def _tombstones(self, table: Table, target: Target, schema: StoredSchema, files: Sequence[str]) -> int:
        """Keys that are in the table and not among the new rows, written beside it as text; how many."""
        done = self._tables.committed(table.tombstones, target.run_id)
        if done is not None:
            return done.rows_added
        before = self._tables.snapshot_id(target.table)
        stored = None if before is None else self._tables.schema(target.table, before)
        if stored is None:
            return 0
        if same_key(table, stored, schema):
            stored, before = schema, None
        # Else under the columns that the rows were written with: those of now have no values of them.
        old = read_stored(self._session, self._tables, target.table, before)
        was, keys = stored_key(table, stored), stored_key(table, schema)
        types = {c.lower(): t for c, t in old.columns}
        now = {c.name.lower(): duckdb_type(c.type) for c in schema.columns}
        if not old.size or any(w.lower() not in types or k.lower() not in now for w, k in zip(was, keys, strict=True)):
            return 0
        olds, fresh, cells = [], [], []
        for planned, w, k in zip(table.primary_key, was, keys, strict=True):
            old_type, type_ = types[w.lower()], now[k.lower()]
            as_it_is = old_type == type_
            olds.append(f"{name(w) if as_it_is else as_text(name(w), old_type)} AS {name(k)}")
            fresh.append(f"{name(k) if as_it_is else as_text(name(k), type_)} AS {name(k)}")
            hidden = planned.lower() in table.hashed_in_tombstones
            if hidden:
                self._session.need_key()
            cells.append(f"{(hashed if hidden else as_text)(name(k), type_ if as_it_is else 'VARCHAR')} AS {name(k)}")
        gone = f"SELECT DISTINCT * FROM (SELECT {', '.join(olds)} FROM {old.at}) AS old"
        if files:
            new = f"read_parquet([{', '.join(map(text, files))}], {NOT_FROM_FOLDERS})"
            gone += f" ANTI JOIN (SELECT {', '.join(fresh)} FROM {new}) AS fresh ON {same('old', 'fresh', keys)}"
        columns = [Field(c, "string") for c in (*keys, "_mesh_run_id")] + [Field("_mesh_vanished_at", "timestamptz")]
        at = f"CAST({text(_iso(target.now))} AS TIMESTAMPTZ)"
        cells += [f"{text(target.run_id)} AS _mesh_run_id", f"{at} AS _mesh_vanished_at"]
        staged = self._session.stage(f"SELECT {', '.join(cells)} FROM ({gone})", old.size, "gone")
        count = int(self._session.one(f"SELECT count(*) FROM {staged}")[0])
        if count:
            beside = self._tables.ensure(table.tombstones, columns, replace=False)
            query = f"SELECT * EXCLUDE ({PLACE}) FROM {staged}"
            _, written = self.copy(table.tombstones, beside, query, target.run_id)
            self._tables.commit_append(table.tombstones, target.run_id, written)
        return count

    # Merge.

    def _merge(
        self,
        table: Table,
        prepared: PreparedRows,
        target: Target,
        schema: StoredSchema,
        cells: str,
        quarantined: int,
    ) -> Saved:
        """Changed rows take the place of those with the same key that are not newer. Only files that hold such a key
        are written again: found by their bounds, then by looking at their keys."""
        key = stored_key(table, schema)
        staged = self._session.stage(f"SELECT {cells} FROM {prepared.good.at}", prepared.good.size, "changed")
        files = self._tables.files(target.table)
        touched = touched_files(self._session, schema, files, key, staged) if files else []
        superseded = 0
        if table.version and touched:
            version = stored_name(table, schema, table.version)
            older = older_rows(self._session, schema, touched, key, version, staged)
            superseded = int(self._session.one(f"SELECT count(*) FROM {older}")[0])
            if superseded:
                newer = f"SELECT * EXCLUDE ({PLACE}) FROM {staged} ANTI JOIN {older} USING ({PLACE})"
                staged = self._session.stage(newer, prepared.good.size, "changed")
                touched = touched_files(self._session, schema, touched, key, staged)
        changed = f"SELECT * EXCLUDE ({PLACE}) FROM {staged}"
        query = changed
        if touched:
            kept = without_changed(self._session, schema, touched, key, staged)
            query = f"{kept} UNION ALL {changed}"
        rows = int(self._session.one(f"SELECT count(*) FROM {staged}")[0])
        written: list[str] = []
        if rows:
            _, written = self.copy(target.table, schema, query, target.run_id)
        summary = {OUT: str(rows), BAD: str(quarantined), VANISHED: "0", SUPERSEDED: str(superseded)}
        made = self._tables.commit_rewrite(
            target.table, target.run_id, [f.path for f in touched] if rows else [], written, summary
        )
        return Saved(rows, quarantined, made.rows_total, 0, made.snapshot_id, superseded)

    # Keeping the quarantine short.

    def expire(self, table: TableName, column: str, before: datetime) -> int:
        """Deletes rows older than a moment; files that hold younger ones too are written again."""
        schema = self._tables.schema(table)
        if schema is None:
            return 0
        moment = f"CAST({text(_iso(before))} AS TIMESTAMPTZ)"
        run_id = f"expire-{before.astimezone(UTC):%Y%m%dT%H%M%S}Z"
        old, again, gone = [], [], 0
        for file in self._tables.files(table):
            n = self._session.one(f"SELECT count(*) FROM ({scan(schema, [file])}) WHERE {name(column)} < {moment}")[0]
            if n:
                old.append(file)
                gone += n
                if n < file.rows:
                    again.append(file)
        if not old:
            return 0
        written: list[str] = []
        if again:
            keep = f"SELECT * FROM ({scan(schema, again)}) WHERE {name(column)} >= {moment} OR {name(column)} IS NULL"
            _, written = self.copy(table, schema, keep, run_id)
        self._tables.commit_rewrite(table, run_id, [f.path for f in old], written)
        return gone


def _cells(table: Table, schema: StoredSchema, good: Relation) -> str:
    """The schema's columns in its order and exact types; one that the plan does not know yet, or no more, is null."""
    there = {c.lower(): c for c, _ in good.columns}
    cells = []
    for c in schema.columns:
        own = there.get(planned_name(table, c).lower())
        cells.append(f"CAST({name(own) if own else 'NULL'} AS {duckdb_type(c.type)}) AS {name(c.name)}")
    return ", ".join(cells)


def _partition(schema: StoredSchema, column: str, transform: str) -> str:
    """What a row's folder is named after: a hash where a value could be anything."""
    type_ = next(duckdb_type(c.type) for c in schema.columns if c.name.lower() == column.lower())
    value = name(column)
    if transform == "identity":
        return f"coalesce(md5({as_text(value, type_)}), 'null')"
    form = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}[transform]
    moment = f"CAST({value} AS TIMESTAMP)" if type_ == "TIMESTAMP WITH TIME ZONE" else value
    return f"coalesce(strftime({moment}, {text(form)}), 'null')"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
