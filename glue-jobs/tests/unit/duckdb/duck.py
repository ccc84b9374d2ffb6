"""What the engine's tests begin with: an engine over a folder, files, sources and tables in one line each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.domain.plan import FileFormat, FileSource, Protected, QualityRule, Table
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.ports.engine import Dataset, RawFile, Saved, Target

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = b"a key of thirty-two bytes, exact"


@dataclass
class Duck:
    folder: Path
    engine: DuckDbEngine

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


def duck_in(folder: Path, **options: Any) -> Duck:
    return Duck(folder, DuckDbEngine(LocalTables(folder / ".mesh"), folder / "work", KEY, **options))


def source(*fields: Field, on_bad_record: Any = "abort", format: Any = "csv", **how: Any) -> FileSource:
    return FileSource("orders", "", FileFormat(format, **how), fields or None, on_bad_record=on_bad_record)


def table(*rules: Any, name: str = "orders", checks: tuple[QualityRule, ...] = (), **more: Any) -> Table:
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
    physical = TableName("sales_internal", f"orders_v1__{name}")
    return Table(
        name=name,
        physical=physical,
        quarantine=TableName("sales_internal", f"orders_v1__{name}__quarantine"),
        tombstones=TableName("sales_internal", f"orders_v1__{name}__tombstones"),
        rules=tuple(rules),
        checks=checks,
        **{**defaults, **more},
    )


def check(metric: Any, *columns: str, action: Any = "alert", id: str | None = None, **more: Any) -> QualityRule:
    scope = more.pop("scope", "aggregate" if metric in ("rowCount", "sql") else "row")
    query = more.pop("query", None)
    return QualityRule(
        id=id or f"{metric}.{'+'.join(columns)}",
        title=f"{metric} of {', '.join(columns)}",
        origin="contract",
        metric=metric,
        scope=scope,
        columns=columns,
        arguments=more,
        query=query,
        operator="mustBe",
        threshold=(0.0,),
        unit="rows",
        severity="critical",
        action=action,
    )


def protected(*names: str) -> tuple[Protected, ...]:
    return tuple(Protected(n, "hash") for n in names)
