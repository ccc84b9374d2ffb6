"""Spark where Glue starts it: a JVM is there, and takes our settings as long as no session has been made in it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from mesh_jobs.adapters.spark.jars import NEEDED, ON_AWS
from mesh_jobs.adapters.spark.java_names import remember_names
from mesh_jobs.adapters.spark.start import EXTENSIONS, NO_RECORDS, SEMANTICS, catalogue, end, start_locally
from mesh_jobs.domain.errors import BadRequest

#: The session's catalogue: the Glue Data Catalog. What Spark works on is registered there and dropped again.
CATALOGUE = "glue_catalog"

#: Set by whatever starts Python for a JVM that is there already, as spark-submit and Glue do.
_GATEWAY = "PYSPARK_GATEWAY_PORT"


def is_given() -> bool:
    """Whether Python was started by a JVM that is to be used."""
    return _GATEWAY in os.environ


def session_of_glue(warehouse: str) -> SparkSession:
    """Raises BadRequest when a session is there that has other settings, since these cannot be changed any more."""
    builder = SparkSession.builder.appName("mesh")
    settings = {**_settings(warehouse), **NO_RECORDS, **SEMANTICS, "spark.sql.extensions": EXTENSIONS}
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    remember_names(session)
    # Spark's own messages quote the values it choked on.
    session.sparkContext.setLogLevel("OFF")
    assert_settings(session)
    return session


@contextmanager
def started_like_glue(work: Path, warehouse: str) -> Iterator[SparkSession]:
    """The same in a JVM of this machine, for as long as the context lasts."""
    session = start_locally(work, more=_settings(warehouse), needed=(*NEEDED, *ON_AWS))
    try:
        yield session
    finally:
        end(session)


def _settings(warehouse: str) -> dict[str, str]:
    return {**catalogue(CATALOGUE, glue_settings(warehouse)), **_region()}


def glue_settings(warehouse: str) -> dict[str, str]:
    """Of the catalogue. An endpoint of one's own, such as an emulator's, has no host per bucket."""
    settings = {
        "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "warehouse": warehouse,
    }
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        settings |= {"glue.endpoint": endpoint, "s3.endpoint": endpoint, "s3.path-style-access": "true"}
    return settings


def _region() -> Mapping[str, str]:
    """Without it S3A of Glue 5.1 takes us-east-2:
    https://docs.aws.amazon.com/glue/latest/dg/migrating-version-51.html"""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return {"spark.hadoop.fs.s3a.endpoint.region": region} if region else {}


def assert_settings(session: Any) -> None:
    """Whether what makes an answer the same everywhere is in force, and what keeps values out of Spark's records.
    Raises BadRequest."""
    wanted = {**SEMANTICS, "spark.sql.extensions": EXTENSIONS}
    other = [k for k, v in wanted.items() if str(session.conf.get(k, "")) != v]
    # A session shows what it was asked for; what records was decided when its context began.
    began = session.sparkContext.getConf()
    other += [k for k, v in NO_RECORDS.items() if began.get(k) != v]
    if other:
        raise BadRequest(
            f"Spark was started with other settings: {', '.join(other)}",
            "take them out of the job's --conf, and start no session before the job's own",
        )
