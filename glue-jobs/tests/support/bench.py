"""What tests of engines begin with: an engine over a folder, and files, sources, tables and checks in one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.domain.plan import FileFormat, FileSource, Plan, Protected, QualityRule, Table
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.ports.engine import Dataset, RawFile, Saved, Target

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = b"a key of thirty-two bytes, exact"


@dataclass
class Bench:
    """`engine` is either one; `again` makes another of its kind in the same folder, which knows a plan."""

    name: str
    folder: Path
    engine: Any
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

    def given(self, rows: list[dict[str, Any]], *fields: Field) -> Dataset:
        return self.engine.from_rows(fields or None, rows)

    def rows(self, what: TableName | Dataset) -> list[dict[str, Any]]:
        dataset = self.engine.read_table(what) if isinstance(what, TableName) else what
        return list(self.engine.rows(dataset))

    def save(self, table: Table, inputs: dict[str, Dataset], run: str = "run-1", write: Any = "replace") -> Saved:
        prepared = self.engine.prepare(table, inputs)
        return self.engine.save(table, prepared, Target(table.physical, write, run, NOW))


def on_duckdb(folder: Path, plan: Plan | None = None, **options: Any) -> Bench:
    engine = DuckDbEngine(LocalTables(folder / ".mesh"), folder / "work", KEY, plan, **options)
    return Bench("duckdb", folder, engine, lambda plan: on_duckdb(folder, plan))


def on_spark(folder: Path, plan: Plan | None = None) -> Bench:
    # Whoever needs no Spark does not wait for it.
    from mesh_jobs.adapters.spark.engine import SparkEngine
    from support.spark import spark

    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    engine = SparkEngine(spark(), LocalTables(folder / ".mesh"), work.as_uri(), KEY, plan)
    return Bench("spark", folder, engine, lambda plan: on_spark(folder, plan))


def source(*fields: Field, on_bad_record: Any = "abort", format: Any = "csv", **how: Any) -> FileSource:
    return FileSource("orders", "", FileFormat(format, **how), fields or None, on_bad_record=on_bad_record)


def table(*rules: Any, name: str = "clean", checks: tuple[QualityRule, ...] = (), **more: Any) -> Table:
    """A silver table over one input called `rows`, unless it says otherwise."""
    defaults: dict[str, Any] = {
        "layer": "silver",
        "published": False,
        "inputs": ("rows",),
        "columns": None,
        "protected": (),
        "primary_key": (),
        "partition_by": (),
        "persist": True,
        "incremental": False,
        "refresh_on": ("full",),
    }
    physical, quarantine, tombstones = (
        TableName("sales_internal", f"orders_v1__{name}{end}") for end in ("", "__quarantine", "__tombstones")
    )
    return Table(
        name=name,
        physical=physical,
        quarantine=quarantine,
        tombstones=tombstones,
        rules=tuple(rules),
        checks=checks,
        **{**defaults, **more},
    )


def check(
    metric: Any,
    *columns: str,
    action: Any = "alert",
    id: str | None = None,
    query: str | None = None,
    **arguments: Any,
) -> QualityRule:
    """No row, or no value, may fail it."""
    return QualityRule(
        id=id or f"{metric}.{'+'.join(columns)}",
        title=f"{metric} of {', '.join(columns)}",
        origin="contract",
        metric=metric,
        scope="aggregate" if metric in ("rowCount", "sql") else "row",
        columns=columns,
        arguments=arguments,
        query=query,
        operator="mustBe",
        threshold=(0.0,),
        unit="rows",
        severity="critical",
        action=action,
    )


def protected(*names: str) -> tuple[Protected, ...]:
    return tuple(Protected(n, "hash") for n in names)
