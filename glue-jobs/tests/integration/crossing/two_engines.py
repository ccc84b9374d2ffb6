"""One mesh on disk, worked on by both engines in turn, and read by PyIceberg's own catalogue besides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.iceberg.store import SqliteTableStore
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.ports.engine import Engine, Saved, Target
from mesh_jobs.ports.table_store import Swap
from support.plans import document, table
from support.spark import spark

NOW = datetime(2030, 1, 1, 6, tzinfo=UTC)
KEY = b"k" * 32
INTERNAL = "sales_internal"
Rows = list[dict[str, Any]]


def planned(name: str = "orders", layer: str = "silver", **more: Any) -> Table:
    """A table of a plan, which reads rows given by a test."""
    return plan_from_json(document([], [table(name, layer, ["rows"], persist=True, **more)])).tables[0]


@dataclass
class TwoEngines:
    state: Path
    engines: dict[str, Engine]

    @property
    def tables(self) -> LocalTables:
        return LocalTables(self.state)

    @property
    def store(self) -> SqliteTableStore:
        return SqliteTableStore(self.state)

    def save(
        self,
        by: str,
        made: Table,
        fields: Sequence[Field] | None,
        rows: Rows,
        write: Any = "replace",
        run: str = "run-1",
        into: TableName | None = None,
    ) -> Saved:
        engine = self.engines[by]
        prepared = engine.prepare(made, {"rows": engine.from_rows(fields, rows)})
        return engine.save(made, prepared, Target(into or made.physical, write, run, NOW))

    def publish(
        self,
        by: str,
        made: Table,
        fields: Sequence[Field],
        rows: Rows,
        run: str,
        write: Any = "replace",
        version: str = "1.0.0",
    ) -> Saved:
        """A run of one published table: candidate, rows, swap."""
        before = self.store.current(made.physical)
        candidate = self.store.open_candidate(made, INTERNAL, run, version)
        saved = self.save(by, made, fields, rows, write, run, candidate.table)
        after = self.store.current(candidate.table)
        assert after is not None
        swap = Swap(made.physical, before.metadata_location if before else None, after.metadata_location)
        self.store.publish([swap])
        self.store.drop_candidates(INTERNAL, run)
        return saved

    def read(self, by: str, name: TableName, snapshot_id: int | None = None) -> Rows:
        """A table's rows as an engine gives them, sorted; "pyiceberg" is a reader that is no part of ours."""
        if by == "pyiceberg":
            return in_order(_plain(self.pyiceberg(name).scan(snapshot_id=snapshot_id).to_arrow()))
        engine = self.engines[by]
        return in_order(list(engine.rows(engine.read_table(name, snapshot_id))))

    def types(self, by: str, name: TableName) -> dict[str, Any]:
        engine = self.engines[by]
        return {f.name: f.type for f in engine.fields(engine.read_table(name)) or ()}

    def snapshots(self, name: TableName) -> list[int]:
        """Ids of a table's snapshots, oldest first."""
        return [s.snapshot_id for s in self.pyiceberg(name).snapshots()]

    def pyiceberg(self, name: TableName) -> Any:
        """A table as a reader has it that is no part of ours."""
        from pyiceberg.catalog.sql import SqlCatalog

        uri, warehouse = f"sqlite:///{self.state}/catalog.db", str(self.state / "warehouse")
        return SqlCatalog("mesh", uri=uri, warehouse=warehouse).load_table(str(name))


@contextmanager
def two_engines(folder: Path) -> Iterator[TwoEngines]:
    state, staged = folder / ".mesh", folder / "staged"
    duck = DuckDbEngine(LocalTables(state), folder / "work", KEY, threads=1)
    on_spark = SparkEngine(spark(), LocalTables(state), staged.as_uri(), KEY)
    try:
        yield TwoEngines(state, {"duckdb": duck, "spark": on_spark})
    finally:
        duck.close()
        on_spark.close()


def in_order(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: (str(row.get("id")), repr(sorted(row.items()))))


def _plain(table: Any) -> Rows:
    """PyArrow gives maps as lists of pairs, and moments with a zone of their own kind."""
    import pyarrow as pa

    maps = {field.name for field in table.schema if pa.types.is_map(field.type)}
    return [{k: dict(v) if k in maps and v is not None else v for k, v in row.items()} for row in table.to_pylist()]
