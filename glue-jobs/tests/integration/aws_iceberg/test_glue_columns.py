"""What Glue shows of a table is what Iceberg itself shows there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from pyiceberg.catalog.glue import _to_columns
from pyiceberg.table.metadata import TableMetadataUtil

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.evolution import evolve
from mesh_jobs.adapters.iceberg.glue_catalog import GlueCatalog
from mesh_jobs.adapters.iceberg.glue_columns import columns
from mesh_jobs.adapters.spark.on_glue import CATALOGUE
from mesh_jobs.domain.table import Column, ListType, MapType, StructType, TableName
from support.aws import WAREHOUSE
from support.glue import on_glue

ORDERS = TableName("sales", "orders_v1")
NESTED = ListType(StructType((("sku", "string"), ("by_day", MapType("date", "decimal(10, 2)")))))
FIRST = [
    Column("order_id", "order_id", "string", required=True, description="Who ordered what, once."),
    Column("flag", "flag", "boolean"),
    Column("small", "small", "int"),
    Column("big", "big", "long"),
    Column("real", "real", "float"),
    Column("exact", "exact", "double"),
    Column("amount", "amount", "decimal(12, 2)"),
    Column("day", "day", "date"),
    Column("at", "at", "timestamp"),
    Column("moment", "moment", "timestamptz"),
    Column("bytes", "bytes", "binary"),
    Column("items", "items", NESTED),
]
LATER = [
    *(c for c in FIRST if c.id not in ("small", "flag")),
    Column("small", "small", "long"),
    Column("flag", "is_gift", "boolean"),
    Column("note", "note", "string"),
]


def table_of(*versions: list[Column]) -> md.Metadata:
    metadata = md.new(f"{WAREHOUSE}/sales/orders_v1")
    for wanted in versions:
        md.set_shape(metadata, evolve(md.shape(metadata), wanted, has_rows=False))
    md.set_partitions(metadata, [])
    return metadata


def named(found: list[Any]) -> dict[str, Any]:
    return {column["Name"]: column for column in found}


def test_columns_and_those_of_older_schemas_are_as_pyiceberg_shows_them() -> None:
    for metadata in (table_of(FIRST), table_of(FIRST, LATER)):
        assert columns(metadata) == _to_columns(TableMetadataUtil.parse_obj(metadata))
    old = named(columns(table_of(FIRST, LATER)))["flag"]
    assert (old["Type"], old["Parameters"]["iceberg.field.current"]) == ("boolean", "false")


def test_comments_made_by_hand_stay_and_long_descriptions_are_cut() -> None:
    before = [{"Name": "big", "Comment": "by hand"}, {"Name": "order_id", "Comment": "older"}]
    found = named(columns(table_of(FIRST), before))
    assert (found["big"]["Comment"], found["order_id"]["Comment"]) == ("by hand", "Who ordered what, once.")
    wordy = [Column("order_id", "order_id", "string", description="x" * 300)]
    assert columns(table_of(wordy))[0]["Comment"] == "x" * 255


@pytest.mark.soak
def test_spark_leaves_an_entry_as_it_is_when_iceberg_itself_commits(aws: str, tmp_path: Path) -> None:
    catalog = GlueCatalog(boto3.client("glue"), WAREHOUSE, ("sales",))
    metadata = table_of(FIRST, LATER)
    location = md.next_location(metadata, None, None)
    md.write(metadata, location)
    catalog.register(ORDERS, location)
    ours = boto3.client("glue").get_table(DatabaseName="sales", Name="orders_v1")["Table"]
    on_glue().sql(f"ALTER TABLE {CATALOGUE}.sales.orders_v1 SET TBLPROPERTIES ('by' = 'iceberg')")
    theirs = boto3.client("glue").get_table(DatabaseName="sales", Name="orders_v1")["Table"]
    assert theirs["Parameters"].pop("previous_metadata_location") == location
    assert theirs["Parameters"].pop("metadata_location") != ours["Parameters"].pop("metadata_location")
    assert theirs["Parameters"] == ours["Parameters"]
    assert theirs["TableType"] == ours["TableType"]
    assert theirs["StorageDescriptor"]["Location"] == ours["StorageDescriptor"]["Location"]
    assert named(theirs["StorageDescriptor"]["Columns"]) == named(ours["StorageDescriptor"]["Columns"])
