"""Whole runs of a product whose tables are in S3 and the Glue Data Catalog."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.files.announcer import FileAnnouncer, FolderArchive
from mesh_jobs.adapters.files.clock import SystemClock
from mesh_jobs.adapters.files.raw_zone import FolderRawZone
from mesh_jobs.adapters.iceberg.glue_catalog import GlueCatalog
from mesh_jobs.adapters.iceberg.store import CatalogTableStore
from mesh_jobs.adapters.iceberg.tables import CatalogTables
from mesh_jobs.adapters.inmemory.run_log import MemoryRunLog
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.published_products import PublishedProducts
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.adapters.spark.on_glue import CATALOGUE
from mesh_jobs.adapters.stepwise_publisher import StepwisePublisher
from mesh_jobs.application.outside import Outside
from mesh_jobs.application.run import RunRequest
from mesh_jobs.application.run_product import RunProduct
from mesh_jobs.domain.plan import Plan
from support.aws import WAREHOUSE, read_independently
from support.deployed import deploy
from support.glue import on_glue
from support.plans import orders_document

KEY = b"k" * 32
HEAD = "order_id,amount,email,updated_at\n"


class Quiet:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def report(self, event: dict[str, Any]) -> None: ...

    def warn(self, message: str) -> None:
        self.warnings.append(message)


class Product:
    """A product, its landing folder here and its tables on AWS."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder, self.engine_name = folder, engine
        self.catalog = GlueCatalog(boto3.client("glue"), WAREHOUSE, ("sales", "sales_internal"))
        self.store = CatalogTableStore(self.catalog, alters_schemas=False)
        self.log, self.said = MemoryRunLog(), Quiet()

    def land(self, name: str, *lines: str) -> None:
        file = self.folder / ".mesh" / "landing" / "sales" / "orders-v1" / "shop" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HEAD + "\n".join(lines) + "\n")

    def engine(self, plan: Plan) -> Any:
        tables = CatalogTables(self.catalog)
        if self.engine_name == "duckdb":
            return DuckDbEngine(tables, self.folder / "work", KEY, plan, threads=1, s3=True)
        work = (self.folder / "work").as_uri()
        return SparkEngine(on_glue(), tables, work, KEY, plan, CATALOGUE, plan.internal_database)

    @contextmanager
    def outside(self, plan: Plan) -> Iterator[Outside]:
        state = self.folder / ".mesh"
        engine = self.engine(plan)
        try:
            yield Outside(
                engine=engine,
                tables=self.store,
                raw=FolderRawZone(state, self.folder, None),
                imports=PublishedProducts(self.log),
                log=self.log,
                publisher=StepwisePublisher(self.store, self.log),
                announcer=FileAnnouncer(state),
                archive=FolderArchive(state),
                progress=self.said,
                clock=SystemClock(None),
                wall=SystemClock(),
            )
        finally:
            engine.close()

    def run(self, plan: Plan, mode: str | None = None) -> Any:
        with self.outside(plan) as ports:
            return RunProduct(ports, "job-1", renew_every_seconds=60)(plan, RunRequest(mode))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """As PyIceberg's own Glue catalogue reads them."""
        return read_independently(table)

    def objects(self, prefix: str = "") -> set[str]:
        pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket="shoply-curated", Prefix=prefix)
        return {found["Key"] for page in pages for found in page.get("Contents", ())}


@pytest.fixture
def product(aws: str, tmp_path: Path) -> Product:
    return Product(tmp_path, "duckdb")


@pytest.fixture(params=["duckdb", "spark"])
def on_both(request: pytest.FixtureRequest, aws: str, tmp_path: Path) -> Product:
    return Product(tmp_path, request.param)


def plan_of(**changes: Any) -> Plan:
    return plan_from_json(orders_document(**changes))


@pytest.mark.soak
def test_a_product_is_loaded_then_merged_and_a_rejected_run_changes_nothing(on_both: Product) -> None:
    plan, product = plan_of(), on_both
    deploy(product.catalog, plan)
    product.land(
        "one.csv",
        "1,10.50,a@shoply.com,2026-01-01T00:00:00Z",
        "2,-1,b@shoply.com,2026-01-02T00:00:00Z",
        "3,many,c@shoply.com,2026-01-02T00:00:00Z",
    )
    first = product.run(plan)
    assert (first.state, first.mode) == ("published", "init"), first
    assert [(row["order_id"], str(row["amount"])) for row in product.rows("sales.orders_v1")] == [("1", "10.50")]
    assert product.rows("sales.totals_v1") == [{"orders": 3, "last": "3"}]
    quarantined = product.rows("sales_internal.orders_v1__orders_clean__quarantine")
    assert [row["_mesh_rule"] for row in quarantined] == ["orders_clean.0.cast"]
    assert "@" not in quarantined[0]["record"], "what is protected is hashed in a quarantine too"

    product.land("two.csv", "1,11.00,a@shoply.com,2026-02-01T00:00:00Z", "4,4,d@shoply.com,2026-02-01T00:00:00Z")
    second = product.run(plan, "delta")
    assert (second.state, second.mode) == ("published", "delta"), second
    found = product.rows("sales.orders_v1")
    assert [(row["order_id"], str(row["amount"])) for row in found] == [("1", "11.00"), ("4", "4.00")]
    assert all(len(row["email"]) == 64 for row in found)
    assert product.rows("sales.totals_v1") == [{"orders": 4, "last": "4"}]

    product.land("three.csv", ",5,e@shoply.com,2026-03-01T00:00:00Z")
    third = product.run(plan, "delta")
    assert third.state in ("rejected", "failed"), third
    assert product.rows("sales.orders_v1") == found
    names = {str(entry.table) for entry in product.catalog.entries("sales_internal")}
    assert not [name for name in names if "candidate" in name or "__work__" in name]


def test_each_name_in_the_catalogue_shows_the_columns_it_has(product: Product) -> None:
    plan = plan_of()
    deploy(product.catalog, plan)
    product.land("one.csv", "1,10.50,a@shoply.com,2026-01-01T00:00:00Z")
    assert product.run(plan).state == "published"
    entry = boto3.client("glue").get_table(DatabaseName="sales", Name="orders_v1")["Table"]
    columns = [
        (c["Name"], c["Type"], c["Parameters"]["iceberg.field.id"]) for c in entry["StorageDescriptor"]["Columns"]
    ]
    assert columns == [
        ("order_id", "string", "1"),
        ("amount", "decimal(12,2)", "2"),
        ("email", "string", "3"),
        ("updated_at", "timestamp", "4"),
    ]
    assert entry["StorageDescriptor"]["Location"] == f"{WAREHOUSE}/sales/orders_v1"
    assert (entry["TableType"], entry["Parameters"]["table_type"]) == ("EXTERNAL_TABLE", "ICEBERG")
    assert entry["Parameters"]["metadata_location"] != entry["Parameters"]["previous_metadata_location"]


@pytest.mark.ci
def test_a_plan_that_needs_more_than_is_deployed_is_refused_by_column(product: Product) -> None:
    product.land("one.csv", "1,10.50,a@shoply.com,2026-01-01T00:00:00Z")
    plan = plan_of()
    refused = product.run(plan)
    assert (refused.state, refused.code) == ("failed", "schema-conflict")
    assert "there is no table sales.orders_v1 yet" in refused.message
    assert "Deploy the product first" in refused.remedy
    deploy(product.catalog, plan)
    assert product.run(plan, "full").state == "published"
    before = product.rows("sales.orders_v1")

    document = orders_document()
    document["product"]["version"] = "1.1.0"
    orders = next(t for t in document["tables"] if t["name"] == "orders")
    next(c for c in orders["columns"] if c["name"] == "amount")["type"] = "decimal(14, 2)"
    newer = plan_from_json(document)
    refused = product.run(newer, "full")
    assert (refused.state, refused.code) == ("failed", "schema-conflict")
    assert "column amount is still decimal(12,2), not decimal(14,2)" in refused.message
    assert "Deploy the product first" in refused.remedy
    assert product.rows("sales.orders_v1") == before
    deploy(product.catalog, newer)
    after = product.run(newer, "full")
    assert after.state == "published", after.message
    assert product.rows("sales.orders_v1") == before


@pytest.mark.soak
def test_spark_makes_tables_that_are_taken_as_they_are(product: Product) -> None:
    spark = on_glue()
    spark.sql(
        f"CREATE TABLE {CATALOGUE}.sales.orders_v1 (order_id string NOT NULL, amount decimal(12, 2), email string,"
        f" updated_at timestamp) USING iceberg LOCATION 's3://shoply-curated/published/orders'"
    )
    spark.sql(f"CREATE TABLE {CATALOGUE}.sales.totals_v1 (orders bigint, last string) USING iceberg")
    product.land("one.csv", "1,10.50,a@shoply.com,2026-01-01T00:00:00Z")
    report = product.run(plan_of())
    assert report.state == "published", report.message
    assert [row["order_id"] for row in product.rows("sales.orders_v1")] == ["1"]
    assert any(key.startswith("published/orders/data/init-") for key in product.objects())
    found = [row.order_id for row in spark.table(f"{CATALOGUE}.sales.orders_v1").collect()]
    assert found == ["1"], "and Iceberg reads what was made of them"
