"""What tests of both engines begin with: an engine over a folder, its files and its sources in one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.domain.plan import FileFormat, FileSource, Plan, Table
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.ports.engine import Dataset, Engine, RawFile, Saved, Target

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = b"a key of thirty-two bytes, exact"


@dataclass
class Bench:
    name: str
    folder: Path
    engine: Engine
    again: Callable[[Plan], Bench]

    def file(self, name: str, content: str | bytes) -> RawFile:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return RawFile(str(path), f"landing/{name}", path.stat().st_size, NOW, "run-1")

    def read(self, source: FileSource, *files: RawFile) -> list[dict[str, Any]]:
        return list(self.engine.rows(self.engine.read_files(source, files)))

    def csv(self, content: str | bytes, *fields: Field, name: str = "orders.csv", **how: Any) -> list[dict[str, Any]]:
        return self.read(source(*fields, **how), self.file(name, content))

    def rows(self, what: TableName | Dataset) -> list[dict[str, Any]]:
        dataset = self.engine.read_table(what) if isinstance(what, TableName) else what
        return list(self.engine.rows(dataset))

    def save(self, table: Table, inputs: dict[str, Dataset], run: str = "run-1", write: Any = "replace") -> Saved:
        prepared = self.engine.prepare(table, inputs)
        return self.engine.save(table, prepared, Target(table.physical, write, run, NOW))


def on_duckdb(folder: Path, plan: Plan | None = None) -> Bench:
    from mesh_jobs.adapters.duckdb.engine import DuckDbEngine

    engine = DuckDbEngine(LocalTables(folder / ".mesh"), folder / "work", KEY, plan)
    return Bench("duckdb", folder, engine, lambda plan: on_duckdb(folder, plan))


def on_spark(folder: Path, plan: Plan | None = None) -> Bench:
    from mesh_jobs.adapters.spark.engine import SparkEngine
    from support.spark import spark

    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    engine = SparkEngine(spark(), LocalTables(folder / ".mesh"), work.as_uri(), KEY, plan)
    return Bench("spark", folder, engine, lambda plan: on_spark(folder, plan))


def source(*fields: Field, on_bad_record: Any = "abort", format: Any = "csv", **how: Any) -> FileSource:
    return FileSource("orders", "", FileFormat(format, **how), fields or None, on_bad_record=on_bad_record)
