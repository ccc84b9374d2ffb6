"""The engine past one machine: everything is described, and computed by Spark when it is counted or written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from mesh_jobs.adapters.iceberg.files import IcebergTables
from mesh_jobs.adapters.protection import hidden_columns
from mesh_jobs.adapters.spark.compact import compact
from mesh_jobs.adapters.spark.failures import speaking
from mesh_jobs.adapters.spark.given import rows_of
from mesh_jobs.adapters.spark.identity import as_planned
from mesh_jobs.adapters.spark.measure import measure_stored
from mesh_jobs.adapters.spark.prepared import PreparedRows, prepare_rows
from mesh_jobs.adapters.spark.rows import SYSTEM, Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.sources import read_source
from mesh_jobs.adapters.spark.stored import read_stored
from mesh_jobs.adapters.spark.types import name, without_time
from mesh_jobs.adapters.spark.values import python_rows
from mesh_jobs.adapters.spark.writer import Writer
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource, Plan, QualityRule, Table
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.ports.engine import Compacted, Dataset, Measurement, Prepared, RawFile, Saved, Target


class SparkEngine:
    """Implements ports.engine.Engine on a Spark session that somebody else starts and stops. `work` is a URI below
    which this run may stage files, emptied by who made it; `plan` tells which columns of sources are protected;
    `catalogue` and `database` are where the session may register tables to work on."""

    def __init__(
        self,
        spark: SparkSession,
        tables: IcebergTables,
        work: str,
        masking_key: bytes | Callable[[], bytes],
        plan: Plan | None = None,
        catalogue: str = "mesh",
        database: str = "work",
    ) -> None:
        self._tables = tables
        self._session = Session(spark, work, masking_key, catalogue, database)
        self._hidden = hidden_columns(plan) if plan else {}
        self._read: dict[tuple[object, ...], Rows] = {}

    def close(self) -> None:
        """Forgets what was kept in memory."""
        self._session.close()

    def read_files(self, source: FileSource, files: Sequence[RawFile]) -> Dataset:
        key = (source, *(f.uri for f in files))
        if key not in self._read:
            without_time(f"source {source.name}", ((f.name, f.type) for f in source.fields or ()))
            hidden = self._hidden.get(source.name, frozenset())
            what = files[0].origin if len(files) == 1 else f"source {source.name}"
            with speaking(what, bool(hidden)):
                self._read[key] = read_source(self._session, source, files, hidden)
        return self._read[key]

    def read_table(self, table: TableName, snapshot_id: int | None = None, planned: Table | None = None) -> Dataset:
        with speaking(f"table {table}", silent=True):
            rows = read_stored(self._session, self._tables, table, snapshot_id)
        schema = self._tables.schema(table, snapshot_id) if planned is not None and planned.published else None
        return rows if planned is None or schema is None else as_planned(planned, schema, rows)

    def since(self, dataset: Dataset, column: str, value: str | None) -> Dataset:
        rows = _own(dataset)
        if value is None:
            return rows
        own = _column(rows, column)
        bound = F.lit(value).cast(rows.frame.schema[own].dataType)
        # A row without the value cannot be compared; reading it again is harmless, leaving it out is not.
        where = (F.col(name(own)) >= bound) | F.col(name(own)).isNull()
        return replace(rows, frame=rows.frame.where(where))

    def greatest(self, dataset: Dataset, column: str, at_most: str | None = None) -> str | None:
        rows = _own(dataset)
        own = _column(rows, column)
        frame = rows.frame
        if at_most is not None:
            frame = frame.where(F.col(name(own)) <= F.lit(at_most).cast(frame.schema[own].dataType))
        with speaking(f"column {column}", silent=True):
            (found,) = self._session.one(frame.agg(F.max(F.col(name(own))).cast("string")))
        type_ = rows.frame.schema[own].dataType.simpleString()
        if found is not None and type_ in ("timestamp", "timestamp_ntz"):
            day, _, time = found.partition(" ")
            whole, _, part = time.partition(".")
            found = f"{day}T{whole}.{part:0<6}" + ("+00:00" if type_ == "timestamp" else "")
        return None if found is None else str(found)

    def prepare(self, table: Table, inputs: Mapping[str, Dataset]) -> Prepared:
        without_time(f"table {table.name}", ((c.name, c.type) for c in table.columns or ()))
        rows = {n: _own(d) for n, d in inputs.items()}
        hidden: frozenset[str] = frozenset().union(*(self._hidden.get(n, frozenset()) for n in rows))
        with self._session.keeping() as kept:
            prepared = prepare_rows(self._session, table, rows, hidden)
        return replace(prepared, kept=tuple(kept))

    def save(self, table: Table, prepared: Prepared, target: Target) -> Saved:
        assert isinstance(prepared, PreparedRows)
        hidden = bool(table.protected) or any(self._hidden.get(n) for n in table.inputs)
        with speaking(f"table {table.name}", hidden):
            saved = Writer(self._session, self._tables).save(table, prepared, target)
        if target.write in ("replace", "append"):
            # Later tables read what is stored. Rows that are merged are those that changed, which a later table may
            # take up, and rows that are not written are computed from here.
            self._session.release(prepared.kept)
        return saved

    def dataset(self, prepared: Prepared) -> Dataset:
        assert isinstance(prepared, PreparedRows)
        return prepared.good

    def measure(
        self,
        table: Table,
        stored: TableName | Dataset,
        checks: Sequence[QualityRule],
        others: Mapping[str, Dataset] = MappingProxyType({}),
    ) -> tuple[Measurement, ...]:
        rows = self.read_table(stored, planned=table) if isinstance(stored, TableName) else stored
        with speaking(f"table {table.name}", bool(table.protected)), self._session.unpersisting():
            return measure_stored(self._session, table, _own(rows), checks, {n: _own(d) for n, d in others.items()})

    def from_rows(self, fields: Sequence[Field] | None, rows: Sequence[Mapping[str, Any]]) -> Dataset:
        return rows_of(self._session, fields, rows)

    def fields(self, dataset: Dataset) -> tuple[Field, ...] | None:
        return _own(dataset).fields

    def count(self, dataset: Dataset) -> int:
        with speaking("the rows", silent=True):
            return _own(dataset).frame.count()

    def rows(self, dataset: Dataset, limit: int | None = None, offset: int = 0) -> Sequence[dict[str, Any]]:
        rows = _own(dataset)
        frame = rows.frame.select(*(F.col(name(f.name)) for f in rows.fields))
        if offset:
            frame = frame.offset(int(offset))
        if limit is not None:
            frame = frame.limit(int(limit))
        with speaking("the rows", silent=True):
            return python_rows(frame)

    def tally(self, dataset: Dataset, by: Sequence[str]) -> Sequence[tuple[tuple[Any, ...], int]]:
        keys = [F.col(name(c)) for c in by]
        with speaking("the rows", silent=True):
            found = _own(dataset).frame.groupBy(*keys).agg(F.count(F.lit(1)).alias("_mesh_n"))
            rows = found.orderBy(F.desc("_mesh_n"), *keys).collect()
        return [(tuple(row[:-1]), row[-1]) for row in rows]

    def expire(self, table: TableName, column: str, before: datetime) -> int:
        with speaking(f"table {table}", silent=True):
            return Writer(self._session, self._tables).expire(table, column, before)

    def compact(self, table: TableName, run_id: str) -> Compacted | None:
        with speaking(f"table {table}", silent=True):
            return compact(self._session, self._tables, table, run_id)


def _own(dataset: Dataset) -> Rows:
    assert isinstance(dataset, Rows)
    return dataset


def _column(rows: Rows, column: str) -> str:
    """A column's name as it is written there. Raises BadInput."""
    for f in rows.frame.schema:
        if f.name.lower() == column.lower() and f.name not in SYSTEM:
            return f.name
    raise BadInput(
        f"there is no column {column}; there are {', '.join(f.name for f in rows.fields)}",
        "correct the watermark or the SLA's element",
    )
