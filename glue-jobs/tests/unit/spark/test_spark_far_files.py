"""Files that Spark finds through Hadoop, as in a bucket: here `s3://raw/` is a folder of this machine."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zstandard

from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.spark import hadoop
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.domain.errors import OutOfReach
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import RawFile
from support.bench import source
from support.spark import spark
from support.submitted import mounted

KEY = b"k" * 32
WORK = "s3://raw/staging/1"
TEXT = "order_id,amount\no1,10\no2,20\n"


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Path]:
    """The folder that has what is below s3://raw/."""
    # One that is kept would find the folder of the test before.
    settings = {**mounted("raw", tmp_path / "bucket"), "fs.s3.impl.disable.cache": "true"}
    hadoop_conf: Any = spark()._jsc.hadoopConfiguration()
    for name, value in settings.items():
        hadoop_conf.set(name, value)
    yield tmp_path / "bucket"
    for name in settings:
        hadoop_conf.unset(name)


@pytest.fixture
def session() -> Iterator[Session]:
    found = Session(spark(), WORK, KEY)
    yield found
    found.close()


def put(bucket: Path, name: str, content: bytes) -> RawFile:
    (bucket / "raw" / name).write_bytes(content)
    return RawFile(f"s3://raw/raw/{name}", f"landing/{name}", len(content), datetime(2030, 1, 1, tzinfo=UTC), "run-1")


def test_a_file_is_looked_at_where_it_is(bucket: Path, session: Session) -> None:
    for name, content in (("orders.csv", TEXT.encode()), ("orders.csv.gz", gzip.compress(TEXT.encode()))):
        file = put(bucket, name, content)
        path = hadoop.readable(session, file)
        assert path == file.uri
        assert hadoop.head(session, file, path) == TEXT.encode()
        assert hadoop.content(session, path) == TEXT.encode()
    gone = RawFile("s3://raw/raw/gone.csv", "landing/gone.csv", 1, datetime(2030, 1, 1, tzinfo=UTC), "run-1")
    assert hadoop.content(session, gone.uri) is None
    with pytest.raises(OutOfReach, match=r"landing/gone\.csv: .*/raw/gone\.csv is not there"):
        hadoop.head(session, gone, gone.uri)


def test_what_spark_would_not_read_is_copied_to_where_the_run_stages(bucket: Path, session: Session) -> None:
    for name, content in (("orders.csv.zst", zstandard.compress(TEXT.encode())), ("_orders.csv", TEXT.encode())):
        file = put(bucket, name, content)
        copy = hadoop.readable(session, file)
        assert copy.startswith(f"{WORK}/")
        assert (bucket / copy.removeprefix("s3://raw/")).read_bytes() == TEXT.encode()
        assert hadoop.head(session, file, copy) == TEXT.encode()


@pytest.mark.ci
def test_an_engine_reads_and_stages_in_the_bucket(bucket: Path, tmp_path: Path) -> None:
    files = [
        put(bucket, "1.csv", TEXT.encode()),
        put(bucket, "2.csv.zst", zstandard.compress(b"order_id,amount\no3,30\n")),
    ]
    engine = SparkEngine(spark(), LocalTables(tmp_path / ".mesh"), WORK, KEY)
    try:
        rows = list(engine.rows(engine.read_files(source(Field("order_id", "string"), Field("amount", "int")), files)))
    finally:
        engine.close()
    assert sorted((r["order_id"], r["amount"]) for r in rows) == [("o1", 10), ("o2", 20), ("o3", 30)]
    assert list(bucket.glob("staging/1/*/*.parquet")), "what was typed is kept beside what came"
