"""The embedded engine: one DuckDB session per run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from mesh_jobs.adapters.duckdb.compact import compact
from mesh_jobs.adapters.duckdb.failures import speaking
from mesh_jobs.adapters.duckdb.given import relation_of
from mesh_jobs.adapters.duckdb.identity import as_planned
from mesh_jobs.adapters.duckdb.measure import measure_stored
from mesh_jobs.adapters.duckdb.prepared import PreparedRows, prepare_rows
from mesh_jobs.adapters.duckdb.session import MEMORY_LIMIT, Relation, Session
from mesh_jobs.adapters.duckdb.sources import read_source
from mesh_jobs.adapters.duckdb.stored import read_stored
from mesh_jobs.adapters.duckdb.types import name, names, plan_type, text
from mesh_jobs.adapters.duckdb.values import fetched, python_rows
from mesh_jobs.adapters.duckdb.variance import variance
from mesh_jobs.adapters.duckdb.writer import Writer
from mesh_jobs.adapters.iceberg.files import IcebergTables
from mesh_jobs.adapters.iceberg.wrong_file import NullInRequired
from mesh_jobs.adapters.protection import hidden_columns
from mesh_jobs.adapters.required import without_required
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource, Plan, QualityRule, Table
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.domain.variance import Pair, Variance
from mesh_jobs.ports.engine import Compacted, Dataset, Measurement, Prepared, RawFile, Saved, Target


class DuckDbEngine:
    """Implements ports.engine.Engine. `work` takes what does not fit into memory and is emptied by `close`; `plan`
    tells which columns of sources are protected, so that their values are in no message; `s3` says that tables or
    files may be in S3."""

    def __init__(
        self,
        tables: IcebergTables,
        work: Path,
        masking_key: bytes | Callable[[], bytes],
        plan: Plan | None = None,
        memory_limit: str = MEMORY_LIMIT,
        threads: int | None = None,
        s3: bool = False,
    ) -> None:
        self._tables = tables
        self._session = Session(work, masking_key, memory_limit, threads, s3)
        self._hidden = hidden_columns(plan) if plan else {}
        self._read: dict[tuple[object, ...], Relation] = {}

    def close(self) -> None:
        """Frees memory and the working folder."""
        self._session.close()

    def read_files(self, source: FileSource, files: Sequence[RawFile]) -> Dataset:
        key = (source, *(f.uri for f in files))
        if key not in self._read:
            hidden = self._hidden.get(source.name, frozenset())
            what = files[0].origin if len(files) == 1 else f"source {source.name}"
            with speaking(f"{what}: cannot be read as {source.file.format}", bool(hidden), "check the file"):
                self._read[key] = read_source(self._session, source, files, hidden)
        return self._read[key]

    def read_table(self, table: TableName, snapshot_id: int | None = None, planned: Table | None = None) -> Dataset:
        with speaking(f"table {table}", silent=True):
            rows = read_stored(self._session, self._tables, table, snapshot_id)
        schema = self._tables.schema(table, snapshot_id) if planned is not None and planned.published else None
        return rows if planned is None or schema is None else as_planned(self._session, planned, schema, rows)

    def since(self, dataset: Dataset, column: str, value: str | None) -> Dataset:
        rows = _own(dataset)
        if value is None:
            return rows
        own, type_ = _column(rows, column)
        # A row without the value cannot be compared; reading it again is harmless, leaving it out is not.
        where = f"{name(own)} >= CAST({text(value)} AS {type_}) OR {name(own)} IS NULL"
        return self._session.relation(
            f"SELECT * FROM {rows.at} WHERE {where}",
            size=rows.size,
            traced=rows.traced,
            placed=rows.placed,
            bad=rows.bad,
            bad_losses=rows.bad_losses,
        )

    def greatest(self, dataset: Dataset, column: str, at_most: str | None = None) -> str | None:
        rows = _own(dataset)
        own, type_ = _column(rows, column)
        found = f"max({name(own)})"
        if type_ == "TIMESTAMP WITH TIME ZONE":
            found = f"strftime(CAST({found} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%f+00:00')"
        elif type_ == "TIMESTAMP":
            found = f"strftime({found}, '%Y-%m-%dT%H:%M:%S.%f')"
        where = "" if at_most is None else f" WHERE {name(own)} <= CAST({text(at_most)} AS {type_})"
        with speaking(f"column {column}", silent=True):
            return cast("str | None", self._session.one(f"SELECT CAST({found} AS VARCHAR) FROM {rows.at}{where}")[0])

    def prepare(self, table: Table, inputs: Mapping[str, Dataset]) -> Prepared:
        relations = {n: _own(d) for n, d in inputs.items()}
        hidden: frozenset[str] = frozenset().union(*(self._hidden.get(n, frozenset()) for n in relations))
        return prepare_rows(self._session, table, relations, hidden)

    def save(self, table: Table, prepared: Prepared, target: Target) -> Saved:
        assert isinstance(prepared, PreparedRows)
        hidden = bool(table.protected) or any(self._hidden.get(n) for n in table.inputs)
        what = f"table {table.name}"
        try:
            with speaking(what, hidden):
                return Writer(self._session, self._tables).save(table, prepared, target)
        except NullInRequired as found:
            raise without_required(what, found.column) from found

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
        with speaking(f"table {table.name}", bool(table.protected)):
            return measure_stored(self._session, table, _own(rows), checks, {n: _own(d) for n, d in others.items()})

    def from_rows(self, fields: Sequence[Field] | None, rows: Sequence[Mapping[str, Any]]) -> Dataset:
        return relation_of(self._session, fields, rows)

    def fields(self, dataset: Dataset) -> tuple[Field, ...] | None:
        return tuple(Field(c, plan_type(t)) for c, t in _own(dataset).columns)

    def count(self, dataset: Dataset) -> int:
        with speaking("the rows", silent=True):
            return int(self._session.one(f"SELECT count(*) FROM {_own(dataset).at}")[0])

    def rows(self, dataset: Dataset, limit: int | None = None, offset: int = 0) -> Sequence[dict[str, Any]]:
        relation = _own(dataset)
        some = "" if limit is None else f" LIMIT {int(limit)}"
        with speaking("the rows", silent=True):
            query = f"SELECT {fetched(relation)} FROM {relation.at}{some} OFFSET {int(offset)}"
            return python_rows(relation, self._session.all(query))

    def tally(self, dataset: Dataset, by: Sequence[str]) -> Sequence[tuple[tuple[Any, ...], int]]:
        relation = _own(dataset)
        keys = names(list(by))
        with speaking("the rows", silent=True):
            found = self._session.all(
                f"SELECT {keys}, count(*) AS _mesh_n FROM {relation.at} GROUP BY {keys} ORDER BY _mesh_n DESC, {keys}"
            )
        return [(tuple(row[:-1]), row[-1]) for row in found]

    def variance(self, a: Dataset, b: Dataset, by: Sequence[Pair], columns: Sequence[Pair], examples: int) -> Variance:
        """Implements ports.comparer.Comparer."""
        with speaking("the rows", silent=True):
            return variance(self._session, _own(a), _own(b), by, columns, examples)

    def expire(self, table: TableName, column: str, before: datetime) -> int:
        with speaking(f"table {table}", silent=True):
            return Writer(self._session, self._tables).expire(table, column, before)

    def compact(self, table: TableName, run_id: str) -> Compacted | None:
        with speaking(f"table {table}", silent=True):
            return compact(self._session, self._tables, table, run_id)


def _own(dataset: Dataset) -> Relation:
    assert isinstance(dataset, Relation)
    return dataset


def _column(relation: Relation, column: str) -> tuple[str, str]:
    """A column's name as it is written there, and its type."""
    for c, t in relation.columns:
        if c.lower() == column.lower():
            return c, t
    raise BadInput(
        f"there is no column {column}; there are {', '.join(c for c, _ in relation.columns)}",
        "correct the watermark or the SLA's element",
    )
