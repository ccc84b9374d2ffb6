"""Tables in S3 and the Glue Data Catalog are maintained as on a laptop."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from test_spark_on_aws import BRONZE, Lake

from mesh_jobs.domain.retention import CURRENT_ONLY
from mesh_jobs.ports.engine import Compacted
from support.aws import WAREHOUSE


@pytest.mark.ci
@pytest.mark.parametrize("engine", ["duckdb", pytest.param("spark", marks=pytest.mark.soak)])
def test_small_files_become_one_and_the_old_ones_leave_s3(aws: str, tmp_path: Path, engine: str) -> None:
    lake = Lake(tmp_path)
    for i in range(5):
        lake.save(lake.duckdb, f"r{i}", [(i, "a")], "append")
    rows = lake.rows(lake.duckdb)
    compacting = lake.spark if engine == "spark" else lake.duckdb
    assert compacting.compact(BRONZE, "c1") == Compacted(files=5, into=1, rows=5)
    assert compacting.compact(BRONZE, "c1") == Compacted(files=5, into=1, rows=5), "once per run"
    assert lake.store.forget_snapshots(BRONZE, "c1", CURRENT_ONLY) == 5
    lake.store.remove_leftovers([f"r{i}" for i in range(5)], [BRONZE])
    bucket, _, prefix = f"{WAREHOUSE}/{BRONZE.database}/{BRONZE.table}".removeprefix("s3://").partition("/")
    listed = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    data = [f"s3://{bucket}/{found['Key']}" for found in listed if found["Key"].endswith(".parquet")]
    assert data == [file.path for file in lake.tables.files(BRONZE)]
    assert len(data) == 1
    assert lake.rows(lake.duckdb) == rows
    assert lake.rows(lake.spark) == rows
    assert lake.names() == [BRONZE.table], "no name that was worked under is left"
