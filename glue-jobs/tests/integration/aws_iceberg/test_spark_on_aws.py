"""Spark writes through Iceberg's own Glue catalogue and S3 client; what it made becomes the table's by our pointer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import boto3
import pytest

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.iceberg.glue_catalog import GlueCatalog
from mesh_jobs.adapters.iceberg.store import CatalogTableStore
from mesh_jobs.adapters.iceberg.tables import CatalogTables
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.adapters.spark.on_glue import CATALOGUE
from mesh_jobs.adapters.spark.working import working_on
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.ports.engine import Saved, Target
from support.aws import WAREHOUSE
from support.glue import on_glue

pytestmark = pytest.mark.ci

INTERNAL = "sales_internal"
BRONZE = TableName(INTERNAL, "orders_v1__orders_raw")
FIELDS = (Field("id", "long"), Field("note", "string"))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
Row = tuple[int, str]
Write = Literal["replace", "append", "merge"]


class Lake:
    """One internal table in S3, and both engines over it."""

    def __init__(self, folder: Path) -> None:
        catalog = GlueCatalog(boto3.client("glue"), WAREHOUSE, ("sales", INTERNAL))
        self.store, self.tables = CatalogTableStore(catalog), CatalogTables(catalog)
        work = (folder / "work").as_uri()
        self.spark = SparkEngine(on_glue(), self.tables, work, b"k" * 32, None, CATALOGUE, INTERNAL)
        self.duckdb = DuckDbEngine(self.tables, folder / "duckdb", b"k" * 32, threads=1, s3=True)

    def save(self, engine: Any, run_id: str, rows: Sequence[Row], write: Write) -> Saved:
        given = engine.from_rows(FIELDS, [{"id": i, "note": note} for i, note in rows])
        prepared = engine.prepare(TABLE, {"shop": given})
        saved: Saved = engine.save(TABLE, prepared, Target(BRONZE, write, run_id, NOW, tombstones=False))
        return saved

    def rows(self, engine: Any, snapshot_id: int | None = None) -> list[Row]:
        found = engine.rows(engine.read_table(BRONZE, snapshot_id))
        return sorted((row["id"], row["note"]) for row in found)

    def names(self) -> list[str]:
        return [found["Name"] for found in boto3.client("glue").get_tables(DatabaseName=INTERNAL)["TableList"]]


TABLE = Table(
    name="orders_raw",
    layer="bronze",
    published=False,
    physical=BRONZE,
    quarantine=TableName(INTERNAL, "orders_v1__quarantine"),
    tombstones=TableName(INTERNAL, "orders_v1__tombstones"),
    inputs=("shop",),
    columns=None,
    protected=(),
    primary_key=("id",),
    partition_by=(),
    rules=(),
    checks=(),
    persist=True,
    incremental=True,
    refresh_on=("full",),
)


@pytest.fixture
def lake(aws: str, tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_spark_replaces_and_merges_and_duckdb_reads_and_merges_on(lake: Lake) -> None:
    assert lake.save(lake.spark, "r1", [(1, "a"), (2, "b")], "replace").rows_out == 2
    assert lake.save(lake.spark, "r2", [(2, "B"), (3, "c")], "merge").rows_total == 3
    assert lake.rows(lake.duckdb) == [(1, "a"), (2, "B"), (3, "c")]
    assert lake.save(lake.duckdb, "r3", [(3, "C")], "merge").rows_total == 3
    assert lake.rows(lake.spark) == [(1, "a"), (2, "B"), (3, "C")]
    assert lake.save(lake.spark, "r2", [(9, "again")], "merge").rows_total == 3, "once per run"
    assert lake.names() == [BRONZE.table], "no name that Spark worked under is left"


@pytest.mark.soak
def test_spark_reads_a_table_as_it_was_while_it_moves_on(lake: Lake) -> None:
    first = lake.save(lake.spark, "r1", [(1, "a")], "replace")
    reading = lake.spark.read_table(BRONZE)
    lake.save(lake.spark, "r2", [(2, "b")], "replace")
    assert [row["id"] for row in lake.spark.rows(reading)] == [1]
    assert lake.rows(lake.spark, first.snapshot_id) == [(1, "a")]
    assert lake.rows(lake.spark) == [(2, "b")]


@pytest.mark.soak
def test_names_that_a_dead_job_worked_under_go_with_its_candidates(lake: Lake) -> None:
    lake.save(lake.spark, "r1", [(1, "a")], "replace")
    location = lake.tables.location(BRONZE)
    assert location is not None
    dead = working_on(lake.spark._session, BRONZE, location)
    dead.__enter__()
    other = TableName(INTERNAL, "customers_v1__work__0123456789ab")
    GlueCatalog(boto3.client("glue"), WAREHOUSE, (INTERNAL,)).register(other, location)
    assert len(lake.names()) == 3
    lake.store.drop_candidates(INTERNAL, "r1", [TABLE])
    assert sorted(lake.names()) == sorted([BRONZE.table, other.table]), "another product may be at work"
    assert lake.rows(lake.spark) == [(1, "a")], "its files stay"
