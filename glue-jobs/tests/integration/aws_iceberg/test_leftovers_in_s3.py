"""In S3, too, what no name can reach goes, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import boto3
import duckdb
import pytest

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.files import field_ids
from mesh_jobs.adapters.iceberg.glue_catalog import GlueCatalog
from mesh_jobs.adapters.iceberg.storage import storage
from mesh_jobs.adapters.iceberg.store import CatalogTableStore
from mesh_jobs.adapters.iceberg.tables import CatalogTables
from mesh_jobs.domain.table import Field, TableName
from support.aws import BUCKET, WAREHOUSE

BRONZE = TableName("sales_internal", "orders_v1__bronze")
NEIGHBOUR = TableName("sales_internal", "orders_v10__bronze")
UUID = "0b0b0b0b-0000-4000-8000-0123456789ab"


class Lake:
    def __init__(self, folder: Path) -> None:
        self.catalog = GlueCatalog(boto3.client("glue"), WAREHOUSE, ("sales", "sales_internal"))
        self.store, self.tables = CatalogTableStore(self.catalog), CatalogTables(self.catalog)
        self.folder = folder

    def write(self, table: TableName, run_id: str) -> str:
        """A data file of a run, not committed."""
        schema = self.tables.ensure(table, [Field("id", "long")], replace=True, run_id=run_id)
        path = self.folder / f"{run_id}.parquet"
        duckdb.execute(f"COPY (SELECT 1::BIGINT id) TO '{path}' (FORMAT parquet, FIELD_IDS {field_ids(schema)})")
        location = f"{self.tables.data_folder(table)}/part=1/{run_id}-{UUID}.parquet"
        storage(location).write(location, path.read_bytes())
        return location

    def objects(self) -> set[str]:
        listed = boto3.client("s3").list_objects_v2(Bucket=BUCKET)
        return {f"s3://{BUCKET}/{found['Key']}" for found in listed.get("Contents", ())}


@pytest.fixture
def lake(aws: str, tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_files_of_dead_runs_go_and_those_that_a_name_reaches_stay(lake: Lake) -> None:
    lake.tables.commit_replace(BRONZE, "r1", [lake.write(BRONZE, "r1")])
    lake.tables.commit_replace(NEIGHBOUR, "r2", [lake.write(NEIGHBOUR, "r2")])
    before, began = lake.objects(), datetime.now(UTC)
    dead = {lake.write(BRONZE, "r2"), lake.write(NEIGHBOUR, "r3")}
    nameless = f"{lake.tables.data_folder(BRONZE)}/00000-7-{UUID}-00001.parquet"
    storage(nameless).write(nameless, b"what Spark wrote on its way")
    assert lake.objects() == before | dead | {nameless}
    assert lake.store.remove_leftovers(["r2"], [BRONZE, TableName("sales_internal", "never_made")], began) == 2
    assert lake.store.remove_leftovers(["r3"]) == 1
    assert lake.objects() == before
    assert lake.store.remove_leftovers(["r1", "r2"], [BRONZE, NEIGHBOUR]) == 0


def test_tables_that_the_deployment_put_elsewhere_are_cleaned_there(lake: Lake) -> None:
    metadata = md.new(f"s3://{BUCKET}/elsewhere/bronze")
    metadata |= {"current-schema-id": 0, "schemas": [{"schema-id": 0, "type": "struct", "fields": []}]}
    md.set_partitions(metadata, [])
    location = md.next_location(metadata, None, "deployment")
    md.write(metadata, location)
    lake.catalog.register(BRONZE, location)
    left = lake.write(BRONZE, "r1")
    assert left.startswith(f"s3://{BUCKET}/elsewhere/bronze/data/")
    assert lake.store.remove_leftovers(["r1"], [BRONZE]) == 1
    assert left not in lake.objects()
    assert location in lake.objects()


def test_a_table_that_two_make_at_once_has_the_columns_of_both_calls(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = lake.catalog.register

    def overtaken(table: TableName, location: str) -> str:
        monkeypatch.setattr(lake.catalog, "register", register)
        lake.tables.ensure(table, [Field("id", "long"), Field("first", "string")], replace=False)
        return register(table, location)

    monkeypatch.setattr(lake.catalog, "register", overtaken)
    made = lake.tables.ensure(BRONZE, [Field("id", "long"), Field("first", "string"), Field("n", "int")], replace=False)
    assert [c.name for c in made.columns] == ["id", "first", "n"]
    assert lake.tables.schema(BRONZE) == made
