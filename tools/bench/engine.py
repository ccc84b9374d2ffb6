"""Measures the embedded engine by itself, against the least that the same work could be in DuckDB.

python engine.py ORDERS_FOLDER WORK_FOLDER RUNS
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.domain.plan import FileFormat, FileSource, QualityRule, Table
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import RawFile, Target

orders, work, runs = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), int(sys.argv[3])


def check(metric: str, column: str, action: str = "alert", **arguments: Any) -> QualityRule:
    return QualityRule(
        id=f"orders.{column}.{metric}.{len(arguments)}", title=f"{metric} of {column}", origin="benchmark",
        metric=metric, scope="aggregate" if metric == "duplicateValues" else "row", columns=(column,),
        arguments=arguments, query=None,
        operator="mustBeLessThan", threshold=(101.0,), unit="percent", severity="warning", action=action,
    )  # fmt: skip


COLUMNS = (
    *(
        "order_id",
        "customer_id",
        "customer_email",
        "ordered_at",
        "updated_at",
        "campaign_id",
        "sales_channel",
        "status",
    ),
    *("currency", "items", "discount", "total_amount"),
)
SEVENTEEN = (
    *(check("nullValues", column) for column in COLUMNS),
    check("invalidValues", "sales_channel", validValues=["web", "app", "store", "phone"]),
    check("invalidValues", "status", validValues=["pending", "paid", "shipped", "delivered"]),
    check("invalidValues", "items", minimum=1),
    check("invalidValues", "total_amount", minimum=0),
    check("duplicateValues", "order_id"),
)
HARDER = (
    *(check("nullValues", column) for column in ("order_id", "customer_id", "ordered_at", "updated_at", "status")),
    *SEVENTEEN[12:16],
    check("nullValues", "currency"),
    check("nullValues", "items"),
    check("invalidValues", "currency", minLength=3, maxLength=3),
    check("invalidValues", "discount", minimum=0),
    check("invalidValues", "customer_email", pattern="^[^@ ]+@[^@ ]+[.][^@ ]+$"),
    check("invalidValues", "campaign_id", pattern="^CMP-"),
    check("missingValues", "campaign_id", missingValues=["", "NA", None]),
    check("duplicateValues", "order_id"),
)
SPLIT = (
    check("invalidValues", "total_amount", "quarantine_rows", minimum=0),
    check("invalidValues", "customer_email", "quarantine_rows", pattern="^[^@ ]+@[^@ ]+[.][^@ ]+$"),
)


def table(checks: tuple[QualityRule, ...]) -> Table:
    return Table(
        name="orders", layer="silver", published=False, physical=TableName("bench", "orders"),
        quarantine=TableName("bench", "orders__quarantine"), tombstones=TableName("bench", "orders__tombstones"),
        inputs=("orders",), columns=None, protected=(), primary_key=(), partition_by=(), rules=(), checks=checks,
        persist=True, incremental=False, refresh_on=("full",),
    )  # fmt: skip


def timed(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def fresh() -> DuckDbEngine:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    return DuckDbEngine(LocalTables(work), work / "work", b"k" * 32)


now = datetime.now(UTC)
source = FileSource("orders", "orders/", FileFormat("parquet"), None)
files = [RawFile(str(file), str(file), file.stat().st_size, now, "bench") for file in sorted(orders.glob("*.parquet"))]


def run_checks(checks: tuple[QualityRule, ...]) -> None:
    engine, own = fresh(), table(checks)
    rows = engine.read_files(source, files)
    prepared = engine.prepare(own, {"orders": rows})
    measured = prepared.measured.measurements
    measured += engine.measure(own, engine.dataset(prepared), [c for c in own.checks if c.scope == "aggregate"])
    assert len(measured) == len(checks) == 17, measured
    engine.close()


def run_split() -> None:
    engine, own = fresh(), table(SPLIT)
    prepared = engine.prepare(own, {"orders": engine.read_files(source, files)})
    saved = engine.save(own, prepared, Target(own.physical, "replace", "bench", now))
    assert saved.quarantined > 0, saved
    engine.close()


def run_copy() -> None:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    db = duckdb.connect(config={"threads": 2, "memory_limit": "1200MB"})
    db.execute(f"COPY (FROM '{orders}/*.parquet') TO '{work}/copy.parquet' (FORMAT parquet, COMPRESSION zstd)")
    db.close()


rows = duckdb.sql(f"SELECT count(*) FROM '{orders}/*.parquet'").fetchone()[0]
run_checks(SEVENTEEN)
checks, harder, split, copy = [], [], [], []
for _ in range(runs):
    checks.append(timed(lambda: run_checks(SEVENTEEN)))
    harder.append(timed(lambda: run_checks(HARDER)))
    split.append(timed(run_split))
    copy.append(timed(run_copy))
median = {"checks": checks, "harder": harder, "split": split, "copy": copy}
json.dump({"rows": rows, **{name: statistics.median(times) for name, times in median.items()}}, sys.stdout)
