"""Starts Spark under the settings with which both engines agree."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyspark
from pyspark import SparkConf, SparkContext, java_gateway
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from mesh_jobs.adapters.spark.jars import NEEDED, Jar, jars
from mesh_jobs.adapters.spark.java import use_java
from mesh_jobs.adapters.spark.java_names import remember_names
from mesh_jobs.domain.errors import BadRequest

EXTENSIONS = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"

#: What makes an answer the same everywhere. On Glue these are set by the job too.
SEMANTICS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.caseSensitive": "false",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.sql.mapKeyDedupPolicy": "EXCEPTION",
    # A text such as '${x}' stays what it is, instead of becoming a setting's value.
    "spark.sql.variable.substitute": "false",
    # Parquet: days before 1582 as everybody counts them now, microseconds, and nanoseconds as the numbers they are
    # (https://spark.apache.org/docs/3.5.6/sql-data-sources-parquet.html#configuration).
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    # A product's SQL reads its own tables, never a file by its path.
    "spark.sql.runSQLOnFiles": "false",
}

#: Spark's own records of what it does quote the values that it failed on.
NO_RECORDS = {"spark.eventLog.enabled": "false", "spark.ui.enabled": "false"}

#: Java's upper and lower case follow the machine's language otherwise: Turkish has two kinds of i.
LANGUAGE = "-Duser.language=en -Duser.country=US"

#: What a person's other Spark is set up with; ours is the one that was installed beside us.
_OF_ANOTHER_SPARK = ("SPARK_HOME", "SPARK_CONF_DIR", "HADOOP_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT")
#: Nobody waits for a single task, and beside tasks there are no cores for a collector that works at the same time.
_COLLECTOR = "-XX:+UseParallelGC"
_JARS_OF_SPARK = Path(pyspark.__file__).with_name("jars") / "*"
#: Seconds in which Java ends on its own.
_PATIENCE = 10


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


@contextmanager
def started_locally(work: Path, notice: Callable[[str], None]) -> Iterator[SparkSession]:
    """A session for as long as the context lasts. Its JVM ends with it at once, whatever it was doing."""
    session = start_locally(work, notice=notice)
    try:
        yield session
    finally:
        end(session)


def start_locally(
    work: Path,
    threads: int | None = None,
    memory: str | None = None,
    more: Mapping[str, str] | None = None,
    needed: Sequence[Jar] = NEEDED,
    notice: Callable[[str], None] = lambda text: None,
) -> SparkSession:
    """A session in a JVM of this process's own, on loopback only; give it to `end`. `work` takes what does not fit into
    memory, and spark.log, which has all that Java prints; `more` are settings. Raises BadRequest when Java or jars are
    missing, or Java does not start."""
    use_java()
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    for name in _OF_ANOTHER_SPARK:
        os.environ.pop(name, None)
    work.mkdir(parents=True, exist_ok=True)
    conf = SparkConf(loadDefaults=False)
    settings = {**_local_settings(work, threads, memory, jars(needed, notice)), **(more or {})}
    conf.setAll(list(settings.items())).setAppName("mesh")
    # PySpark puts a handler of its own in place of ours.
    interrupt = signal.getsignal(signal.SIGINT)
    try:
        context = SparkContext(conf=conf, gateway=_java(conf, work / "spark.log"))
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, interrupt)
    context.setLogLevel("ERROR")
    session = SparkSession.builder.getOrCreate()
    remember_names(session)
    # Checksums beside the files of a table would be left over when the files go.
    java: Any = session._jvm
    java.org.apache.hadoop.fs.FileSystem.getLocal(session._jsc.hadoopConfiguration()).setWriteChecksum(False)
    return session


def end(session: SparkSession) -> None:
    """Ends a session's JVM, even one that is still computing: its standard input is what keeps it alive."""
    context: Any = session.sparkContext
    java: subprocess.Popen[bytes] = context._gateway.proc
    assert java.stdin is not None
    # What listens to Java would print that it is gone, and what tells it of objects that nobody holds would log it.
    context._accumulatorServer.handle_error = lambda request, address: None
    context._gateway._gateway_client.garbage_collect_object = lambda *object_: None
    context._gateway.shutdown()
    java.stdin.close()
    try:
        java.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        java.kill()
        java.wait()


def _java(conf: SparkConf, log: Path) -> Any:
    launch: Any = java_gateway.launch_gateway
    with log.open("wb") as out:
        try:
            return launch(conf, {"stdout": out, "stderr": out})
        except PySparkRuntimeError as error:
            said = log.read_text(errors="replace").strip().splitlines()
            raise BadRequest(
                f"Spark's Java did not start{': ' if said else ''}{said[-1] if said else ''}",
                "check JAVA_HOME and the free memory, or use --engine duckdb",
            ) from error


def _local_settings(work: Path, threads: int | None, memory: str | None, paths: Sequence[Path]) -> dict[str, str]:
    logging = Path(__file__).with_name("log4j2.properties")
    cores = threads or os.cpu_count() or 2
    return {
        "spark.master": f"local[{cores}]",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": memory or _half_of_memory(),
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={logging.as_uri()} {LANGUAGE} {_COLLECTOR}",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(work / "spark"),
        # Jars given as spark.jars instead are copied for each session. Behind Spark's own, since some of ours bring a
        # log4j of their own, which is not to be the one.
        "spark.driver.extraClassPath": os.pathsep.join(map(str, (_JARS_OF_SPARK, *paths))),
        "spark.sql.extensions": EXTENSIONS,
        # Few cores are only busy to the end where they can share evenly: files are read in small parts, and what is
        # moved goes to many more partitions than there are cores, which the adaptive planner puts together again.
        "spark.sql.files.maxPartitionBytes": "32m",
        "spark.sql.shuffle.partitions": str(max(cores * 8, 32)),
        "spark.sql.warehouse.dir": str(work / "spark-warehouse"),
        **NO_RECORDS,
        **SEMANTICS,
        **working_catalogue("mesh"),
    }


def _half_of_memory() -> str:
    """Half of what the machine has, at most 8 GB: the other half is for the operating system's file cache."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return "2g"
    return f"{max(1024, min(8192, total // 2 // 2**20))}m"
