"""Starts Spark under the settings with which both engines agree."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from pyspark.sql import SparkSession

from mesh_jobs.adapters.spark.jars import jars
from mesh_jobs.adapters.spark.java import java_home

_EXTENSIONS = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"

#: What makes an answer the same everywhere. On Glue these are set by the job too.
SEMANTICS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.caseSensitive": "false",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.sql.mapKeyDedupPolicy": "EXCEPTION",
    # A product's SQL reads its own tables, never a file by its path.
    "spark.sql.runSQLOnFiles": "false",
}

#: Java's upper and lower case follow the machine's language otherwise: Turkish has two kinds of i.
LANGUAGE = "-Duser.language=en -Duser.country=US"


def catalogue(name: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Settings of an Iceberg catalogue of the session."""
    head = f"spark.sql.catalog.{name}"
    # Tables are registered, written and read again under new metadata: a cache would show the old.
    return {head: "org.apache.iceberg.spark.SparkCatalog", f"{head}.cache-enabled": "false"} | {
        f"{head}.{k}": v for k, v in settings.items()
    }


def working_catalogue(name: str) -> dict[str, str]:
    """A catalogue that lives and dies with the session, for a laptop: what Spark writes becomes visible only when its
    metadata is moved to the real one. In memory, since a file that Spark has open stays locked."""
    uri = "jdbc:sqlite:file:mesh_work?mode=memory&cache=shared"
    settings = {
        "catalog-impl": "org.apache.iceberg.jdbc.JdbcCatalog",
        "uri": uri,
        "jdbc.schema-version": "V1",
        "warehouse": "/nowhere",
    }
    return catalogue(name, settings)


def start_locally(
    work: Path,
    threads: int | None = None,
    memory: str | None = None,
    more: Mapping[str, str] | None = None,
    notice: Callable[[str], None] = lambda text: None,
) -> SparkSession:
    """A session in this process's own JVM, on loopback only. `work` takes what does not fit into memory."""
    home = java_home()
    if home is not None:
        os.environ["JAVA_HOME"] = home
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    logging = Path(__file__).with_name("log4j2.properties")
    cores = threads or os.cpu_count() or 2
    settings = {
        "spark.master": f"local[{cores}]",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": memory or _half_of_memory(),
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={logging.as_uri()} {LANGUAGE}",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(work / "spark"),
        "spark.jars": ",".join(map(str, jars(notice=notice))),
        "spark.sql.extensions": _EXTENSIONS,
        # A laptop's data is small and so is a laptop: what the adaptive planner does not need is not made.
        "spark.sql.shuffle.partitions": str(max(cores * 4, 8)),
        "spark.sql.warehouse.dir": str(work / "spark-warehouse"),
        **SEMANTICS,
        **working_catalogue("mesh"),
        **(more or {}),
    }
    builder = SparkSession.builder.appName("mesh")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def _half_of_memory() -> str:
    """Half of what the machine has, at most 8 GB: the other half is for the operating system's file cache."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return "2g"
    return f"{max(1024, min(8192, total // 2 // 2**20))}m"
