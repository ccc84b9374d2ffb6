"""What a metadata file describes, as rows: no catalogue is asked, so nothing moves while it is read.

Iceberg's reader by path looks for files through Hadoop, which reaches S3 only where a file system for it is installed
and set up. In S3 the catalogue's own client reads instead: Java's objects are put together as Iceberg's source does it,
https://github.com/apache/iceberg/blob/apache-iceberg-1.10.0/spark/v3.5/spark/src/main/java/org/apache/iceberg/spark/source/IcebergSource.java
"""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame

from mesh_jobs.adapters.iceberg.storage import is_remote
from mesh_jobs.adapters.spark.session import Session


def frame_at(session: Session, location: str, snapshot_id: int | None = None) -> DataFrame:
    """All rows, under the current columns; of a snapshot, under its own."""
    if is_remote(location):
        return _of_table(session, _table(session, location), snapshot_id)
    reader = session.spark.read.format("iceberg")
    if snapshot_id is not None:
        reader = reader.option("snapshot-id", str(snapshot_id))
    return reader.load(location)


def _table(session: Session, location: str) -> Any:
    iceberg = session.jvm.org.apache.iceberg
    files = session.opened("files of tables", lambda: _files(session))
    return iceberg.BaseTable(iceberg.StaticTableOperations(location, files), location)


def _files(session: Session) -> Any:
    """What reads files as the catalogue does: a client of S3 with connections of its own."""
    head = f"spark.sql.catalog.{session.catalogue}."
    every = session.jvm.scala.collection.JavaConverters.mapAsJavaMap(session.spark._jsparkSession.conf().getAll())
    settings = session.jvm.java.util.HashMap()
    for key in [k for k in every if k.startswith(head)]:
        settings.put(key.removeprefix(head), every[key])
    return session.jvm.org.apache.iceberg.CatalogUtil.loadFileIO(settings.get("io-impl"), settings, None)


def _of_table(session: Session, table: Any, snapshot_id: int | None) -> DataFrame:
    jvm = session.jvm
    spark_table = jvm.org.apache.iceberg.spark.source.SparkTable
    source = spark_table(table, False) if snapshot_id is None else spark_table(table, snapshot_id, False)
    nothing = jvm.scala.Option.empty()
    relation = jvm.org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation.create(source, nothing, nothing)
    return DataFrame(jvm.org.apache.spark.sql.Dataset.ofRows(session.spark._jsparkSession, relation), session.spark)
