"""DuckDB reads and writes S3 under the credentials of the moment."""

from __future__ import annotations

import gzip
import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.adapters.duckdb.writer import Writer
from mesh_jobs.adapters.iceberg.glue_catalog import GlueCatalog
from mesh_jobs.adapters.iceberg.tables import CatalogTables
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.ports.engine import RawFile
from support.aws import BUCKET, WAREHOUSE
from support.plans import orders_document

BRONZE = TableName("sales_internal", "orders_v1__bronze")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
CSV = b"order_id,amount,email,updated_at\n1,2.50,a@shoply.com,2026-01-01T00:00:00Z\n"


@pytest.fixture
def tables(aws: str) -> CatalogTables:
    return CatalogTables(GlueCatalog(boto3.client("glue"), WAREHOUSE, ("sales", "sales_internal")))


@pytest.fixture
def engine(tables: CatalogTables, tmp_path: Path) -> Iterator[DuckDbEngine]:
    made = DuckDbEngine(tables, tmp_path / "work", b"k" * 32, threads=1, s3=True)
    yield made
    made.close()


def raw(name: str, content: bytes) -> RawFile:
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"raw/r1/{name}", Body=content)
    return RawFile(f"s3://{BUCKET}/raw/r1/{name}", f"landing/{name}", len(content), NOW, "r1")


def shop() -> FileSource:
    source = plan_from_json(orders_document()).sources[0]
    assert isinstance(source, FileSource)
    return source


@pytest.mark.parametrize("name", ["one.csv", "one.csv.gz", "one.parquet"])
def test_files_of_the_raw_zone_are_read_as_on_a_disk(engine: DuckDbEngine, name: str) -> None:
    content = CSV
    if name.endswith(".gz"):
        content = gzip.compress(CSV)
    elif name.endswith(".parquet"):
        sink = pa.BufferOutputStream()
        at = pa.array([NOW], pa.timestamp("us", tz="UTC"))
        pq.write_table(pa.table({"order_id": ["1"], "amount": ["2.50"], "email": ["a"], "updated_at": at}), sink)
        content = sink.getvalue().to_pybytes()
    rows = engine.rows(engine.read_files(shop(), [raw(name, content)]))
    assert [(row["order_id"], row["amount"], row["updated_at"]) for row in rows] == [("1", "2.50", NOW)]


def test_a_write_without_rows_leaves_no_file(engine: DuckDbEngine, tables: CatalogTables) -> None:
    schema = tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    writer = Writer(engine._session, tables)
    assert writer.copy(BRONZE, schema, "SELECT 1::BIGINT AS id WHERE false", "r1") == (0, [])
    listed = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="warehouse/")["Contents"]
    assert [found["Key"] for found in listed if "/data/" in found["Key"]] == []
    rows, paths = writer.copy(BRONZE, schema, "SELECT 1::BIGINT AS id", "r1")
    assert (rows, len(paths)) == (1, 1)
    assert paths[0].startswith(f"{WAREHOUSE}/sales_internal/orders_v1__bronze/data/r1-")


def test_credentials_that_boto3_renewed_are_used_from_then_on(
    aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now: dict[str, Any] = {"access_key": "first", "secret_key": "s", "token": "t'1"}
    renewing = SimpleNamespace(get_frozen_credentials=lambda: SimpleNamespace(**now))
    monkeypatch.setattr(boto3.Session, "get_credentials", lambda _: renewing)
    session = Session(tmp_path, b"", threads=1, s3=True)
    secret = "SELECT secret_string FROM duckdb_secrets() WHERE name = 'mesh_s3'"
    assert "key_id=first" in session.one(secret)[0]
    now |= {"access_key": "second", "token": None}
    session.run(f"COPY (SELECT 1 AS id) TO 's3://{BUCKET}/one.parquet' (FORMAT parquet)")
    assert "key_id=second" in session.one(secret)[0]
    assert "session_token" not in session.one(secret)[0]
    assert session.one(f"SELECT id FROM 's3://{BUCKET}/one.parquet'") == (1,)
    session.close()


def test_without_credentials_or_the_extension_it_says_what_to_do(
    aws: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(boto3.Session, "get_credentials", lambda _: None)
        with pytest.raises(BadRequest, match="no AWS credentials"):
            Session(tmp_path, b"", s3=True)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadRequest, match="its extension httpfs is not installed") as missing:
        Session(tmp_path, b"", s3=True)
    assert f"duckdb-extension-httpfs=={duckdb.__version__}" in str(missing.value.remedy)
