"""The Spark session of the hand-written scripts: this machine's cores, an Iceberg catalogue in a folder, Spark's own
defaults but for what our jobs set too: ANSI, UTC, as much memory, and as few shuffle partitions."""

import os

from pyspark.sql import SparkSession

from mesh_jobs.adapters.spark.jars import NEEDED, jars


def session(out: str) -> SparkSession:
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    return (
        SparkSession.builder.master(f"local[{os.cpu_count()}]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "8g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", str(max(8 * (os.cpu_count() or 2), 32)))
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
        .config("spark.jars", ",".join(map(str, jars(NEEDED))))
        .config("spark.sql.catalog.mesh", "org.apache.iceberg.spark.SparkCatalog")
        .config("spark.sql.catalog.mesh.type", "hadoop")
        .config("spark.sql.catalog.mesh.warehouse", f"{out}/warehouse")
        .getOrCreate()
    )
