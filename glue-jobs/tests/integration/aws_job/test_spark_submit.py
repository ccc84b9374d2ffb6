"""Spark as Glue starts it: the JVM comes first, and Python is its child."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh_jobs.adapters.spark.jars import NEEDED
from support.submitted import submit

SCRIPT = """
import os

from pyspark.sql import SparkSession

from mesh_jobs.adapters.spark.on_glue import assert_settings, is_given, session_of_glue
from mesh_jobs.domain.errors import BadRequest

print("given", is_given())
session = session_of_glue("s3://shoply-curated/tables", "eu-central-1")
for key in (
    "spark.sql.extensions",
    "spark.sql.ansi.enabled",
    "spark.sql.session.timeZone",
    "spark.sql.catalog.glue_catalog.catalog-impl",
    "spark.sql.catalog.glue_catalog.warehouse",
    "spark.sql.catalog.glue_catalog.client.region",
    "spark.hadoop.fs.s3a.endpoint.region",
    "spark.sql.adaptive.enabled",
    "spark.sql.adaptive.coalescePartitions.initialPartitionNum",
):
    print(key.rpartition(".")[2], session.conf.get(key))
session.conf.set("spark.sql.ansi.enabled", "false")
try:
    assert_settings(session)
except BadRequest as refused:
    print(refused)
print("recorded", os.listdir("records"))

session.stop()
SparkSession.builder.config("spark.eventLog.enabled", "true").config("spark.ui.enabled", "false").getOrCreate()
print("recorded", len(os.listdir("records")))
try:
    session_of_glue("s3://shoply-curated/tables", "eu-central-1")
except BadRequest as refused:
    print(refused)
"""


@pytest.mark.soak
def test_a_session_takes_our_settings_and_one_with_others_is_refused(tmp_path: Path) -> None:
    records = tmp_path / "records"
    records.mkdir()
    done = submit(
        tmp_path,
        SCRIPT,
        threads=1,
        memory="512m",
        needed=NEEDED,
        # As --enable-spark-ui has it.
        settings={"spark.eventLog.enabled": "true", "spark.eventLog.dir": records.as_uri()},
        seconds=180,
    )
    assert done.stdout.splitlines() == [
        "given True",
        "extensions org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "enabled true",
        "timeZone UTC",
        "catalog-impl org.apache.iceberg.aws.glue.GlueCatalog",
        "warehouse s3://shoply-curated/tables",
        "region eu-central-1",
        "region eu-central-1",
        "enabled true",
        "initialPartitionNum 200",
        "Spark was started with other settings: spark.sql.ansi.enabled",
        "recorded []",
        "recorded 1",
        "Spark was started with other settings: spark.sql.extensions, spark.eventLog.enabled",
    ], done.stderr
