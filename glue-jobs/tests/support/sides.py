"""The embedded engine and Spark beside each other: what one says, the other must say."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyspark.sql.pandas.types import from_arrow_schema

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.duckdb.prepared import PreparedRows as DuckPrepared
from mesh_jobs.adapters.duckdb.session import FILE, PLACE, ROW, Relation
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.adapters.spark.prepared import PreparedRows as SparkPrepared
from mesh_jobs.adapters.spark.rows import ARRIVAL, Rows
from mesh_jobs.domain.errors import MeshError
from mesh_jobs.domain.plan import Table
from mesh_jobs.ports.engine import Dataset
from support.bench import KEY
from support.spark import spark


@dataclass
class Sides:
    folder: Path
    duck: DuckDbEngine
    spark: SparkEngine

    def close(self) -> None:
        self.duck.close()
        self.spark.close()

    def given(self, columns: str, rows: Sequence[Sequence[str]], files: Sequence[int] = ()) -> tuple[Relation, Rows]:
        """Rows of SQL literals as a dataset of each engine. `files` says how many of them came in each of several
        files; the last to arrive is not the last by name."""
        duck = self.duck._session
        at, path = duck.fresh("rows"), self.folder / f"{duck.fresh('rows')}.parquet"
        origins = tuple(f"landing/orders-{9 - i}.csv" for i in range(len(files)))
        traces = [f"'{o}', {n + 1}" for o, count in zip(origins, files, strict=True) for n in range(count)]
        duck.run(f"CREATE TABLE {at} ({columns}, {FILE} VARCHAR, {ROW} BIGINT)")
        for row, trace in zip(rows, traces or ["NULL, NULL"] * len(rows), strict=True):
            duck.run(f"INSERT INTO {at} VALUES ({', '.join(row)}, {trace})")
        seen = "*" if files else f"* EXCLUDE ({FILE}, {ROW})"
        arrived = f"{seen}, rowid AS {ARRIVAL}" if files else seen
        duck.run(f"COPY (SELECT {arrived} FROM {at}) TO '{path}' (FORMAT parquet)")
        sql = f"SELECT {seen}, rowid AS {PLACE} FROM {at}"
        # Spark asks a job of its own for the types otherwise.
        with warnings.catch_warnings():
            # PySpark's own, of how it compares versions.
            warnings.simplefilter("ignore", DeprecationWarning)
            types = from_arrow_schema(pq.read_schema(path), prefer_timestamp_ntz=True)
        frame = spark().read.schema(types).option("datetimeRebaseMode", "CORRECTED").parquet(str(path))
        return (
            duck.relation(sql, traced=bool(files), placed=True),
            Rows(frame, bool(files)),
        )

    def outcomes(self, table: Table, inputs: Mapping[str, tuple[Relation, Rows]]) -> tuple[Any, Any]:
        """What each of the engines makes of a table: figures, good and bad rows, or the error."""
        duck, spark = ({n: both[i] for n, both in inputs.items()} for i in (0, 1))
        return outcome(self.duck, table, duck), outcome(self.spark, table, spark)


def sides_in(folder: Path) -> Sides:
    work = folder / "spark-work"
    work.mkdir(parents=True)
    return Sides(
        folder,
        DuckDbEngine(LocalTables(folder / "duck"), folder / "duck-work", KEY, threads=1),
        SparkEngine(spark(), LocalTables(folder / "spark"), work.as_uri(), KEY),
    )


def outcome(engine: DuckDbEngine | SparkEngine, table: Table, inputs: Mapping[str, Dataset]) -> Any:
    try:
        prepared = engine.prepare(table, inputs)
        found = prepared.measured
        losses: dict[tuple[str, str, str], int] = {}
        for x in found.losses:
            if x.rows:
                losses[x.rule, x.kind, x.reason] = losses.get((x.rule, x.kind, x.reason), 0) + x.rows
        good = sorted(repr(row) for row in engine.rows(engine.dataset(prepared)))
        checks = [(m.rule, m.rows, m.failing) for m in found.measurements]
        return {
            "in": found.rows_in,
            "losses": losses,
            "checks": checks,
            "good": good,
            "bad": bad_rows(engine, prepared),
        }
    except MeshError as error:
        return {"error": str(error), "remedy": error.remedy}


def bad_rows(engine: DuckDbEngine | SparkEngine, prepared: Any) -> list[tuple[Any, ...]]:
    """What goes to the quarantine: rule, reason, file, row and record."""
    if isinstance(prepared, DuckPrepared):
        assert isinstance(engine, DuckDbEngine)
        rows = [row for query in prepared.bad for row in engine._session.all(query)]
    else:
        assert isinstance(prepared, SparkPrepared)
        rows = [tuple(row) for frame in prepared.bad for row in frame.collect()]
    return sorted(rows, key=repr)
