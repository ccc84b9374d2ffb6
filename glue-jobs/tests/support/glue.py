"""The tests' Spark session with the Glue Data Catalog of an emulated AWS."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession

from mesh_jobs.adapters.spark.on_glue import CATALOGUE, glue_settings
from mesh_jobs.adapters.spark.start import catalogue
from support.aws import REGION, WAREHOUSE
from support.spark import spark


def on_glue() -> SparkSession:
    """Within `emulated`, whose address the settings take from the environment: a JVM that runs already does not see
    it there."""
    session = spark()
    for key, value in catalogue(CATALOGUE, glue_settings(WAREHOUSE, REGION)).items():
        session.conf.set(key, value)
    java: Any = session._jvm
    for name in ("aws.accessKeyId", "aws.secretAccessKey"):
        java.java.lang.System.setProperty(name, "test")
    return session
