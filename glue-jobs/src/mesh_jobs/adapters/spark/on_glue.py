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

#: A shuffle begins with more parts than a cluster has cores. Where rows are few, the adaptive planner puts parts
#: together; one that is too large, where they are many, it divides for some joins alone.
_PARTS_PER_CORE, _FEWEST_PARTS, _MOST_PARTS = 8, 200, 10_000
_PARTS = "spark.sql.adaptive.coalescePartitions.initialPartitionNum"

#: Set by whatever starts Python for a JVM that is there already, as spark-submit and Glue do.
_GATEWAY = "PYSPARK_GATEWAY_PORT"


def is_given() -> bool:
    """Whether Python was started by a JVM that is to be used."""
    return _GATEWAY in os.environ


def session_of_glue(warehouse: str, region: str) -> SparkSession:
    """Raises BadRequest when a session is there that has other settings, since these cannot be changed any more."""
    builder = SparkSession.builder.appName("mesh")
    own = {"spark.sql.extensions": EXTENSIONS, "spark.sql.adaptive.enabled": "true"}
    settings = {**_settings(warehouse, region), **NO_RECORDS, **SEMANTICS, **own}
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    remember_names(session)
    # Spark's own messages quote the values it choked on.
    session.sparkContext.setLogLevel("OFF")
    assert_settings(session)
    began = dict(session.sparkContext.getConf().getAll())
    session.conf.set(_PARTS, str(parts_of_a_shuffle(began, session.sparkContext.defaultParallelism)))
    return session


def parts_of_a_shuffle(began: Mapping[str, str], cores: int) -> int:
    """How many to begin with, by the settings with which the cluster began and the cores that it has now. Glue adds
    workers up to those that the pipeline's size asks for, so it is the most that counts. Where it says itself how many
    partitions a shuffle has, that is taken for its cores."""
    most = int(began.get("spark.dynamicAllocation.maxExecutors", "0")) * int(began.get("spark.executor.cores", "1"))
    said = int(began.get("spark.sql.shuffle.partitions", "0"))
    return min(_MOST_PARTS, max(_FEWEST_PARTS, _PARTS_PER_CORE * max(most, said, cores)))


@contextmanager
def started_like_glue(work: Path, warehouse: str, region: str) -> Iterator[SparkSession]:
    """The same in a JVM of this machine, for as long as the context lasts."""
    session = start_locally(work, more=_settings(warehouse, region), needed=(*NEEDED, *ON_AWS))
    try:
        yield session
    finally:
        end(session)


def _settings(warehouse: str, region: str) -> dict[str, str]:
    # Without it S3A of Glue 5.1 takes us-east-2: https://docs.aws.amazon.com/glue/latest/dg/migrating-version-51.html
    s3a = {"spark.hadoop.fs.s3a.endpoint.region": region}
    return {**catalogue(CATALOGUE, glue_settings(warehouse, region)), **s3a}


def glue_settings(warehouse: str, region: str) -> dict[str, str]:
    """Of the catalogue. An endpoint of one's own, such as an emulator's, has no host per bucket."""
    settings = {
        "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "warehouse": warehouse,
        "client.region": region,
    }
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        settings |= {"glue.endpoint": endpoint, "s3.endpoint": endpoint, "s3.path-style-access": "true"}
    return settings


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
            "remove them from the job's --conf, and start no session before the job's own",
        )
