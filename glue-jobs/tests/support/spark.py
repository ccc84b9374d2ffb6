"""One Spark session for all tests of a process: starting it takes longer than most of them."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from pyspark.sql import SparkSession

from mesh_jobs.adapters.spark.jars import NEEDED, TESTS
from mesh_jobs.adapters.spark.start import end, start_locally
from support.on_spark import on_spark


@cache
def spark() -> SparkSession:
    """Small in every way, so that tests spend their time on what they test."""
    test = os.environ.get("PYTEST_CURRENT_TEST")
    assert test is None or on_spark(test), f"{test} needs Spark, and its name does not say so: support/on_spark.py"
    work = Path(tempfile.mkdtemp(prefix="mesh-spark-"))
    session = start_locally(
        work,
        threads=2,
        memory="1g",
        needed=(*NEEDED, *TESTS),
        more={
            # Rows are so few that to compile for speed takes longer than they do.
            # The room for compiled code shrinks with the second compiler, and Java would sweep it all the time.
            "spark.driver.defaultJavaOptions": (
                "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:-UsePerfData "
                # Of classes that were verified whenever they were used before.
                "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
            ),
            # Nobody looks at the plans that Spark would print for its own page.
            "spark.sql.ui.explainMode": "simple",
            "spark.sql.maxPlanStringLength": "1000",
            # Tests that count queries look at the last few.
            "spark.sql.ui.retainedExecutions": "50",
            "spark.sql.shuffle.partitions": "2",
            "spark.default.parallelism": "2",
        },
    )

    def stop() -> None:
        end(session)
        shutil.rmtree(work, ignore_errors=True)

    atexit.register(stop)
    return session


@contextmanager
def tiny_queries() -> Iterator[SparkSession]:
    """For many queries over a few rows each: compiling and planning one would take longer than running it."""
    settings = {
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.subexpressionElimination.enabled": "false",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
    }
    with conf(settings):
        yield spark()


_OPTIMIZER = "org.apache.spark.sql.catalyst.optimizer"


@contextmanager
def compiled_queries() -> Iterator[SparkSession]:
    """Queries of constant tables in code that Spark makes of them, where its optimizer would have computed them."""
    excluded = f"{_OPTIMIZER}.ConvertToLocalRelation"
    with conf({"spark.sql.optimizer.excludedRules": excluded, "spark.sql.codegen.factoryMode": "CODEGEN_ONLY"}):
        yield spark()


@contextmanager
def never_folded() -> Iterator[SparkSession]:
    """Constants as columns are: chains of casts are simplified, and what is left is compiled. For expressions, since
    frames of windows have to be folded."""
    excluded = f"{_OPTIMIZER}.ConvertToLocalRelation,{_OPTIMIZER}.ConstantFolding"
    with conf({"spark.sql.optimizer.excludedRules": excluded}):
        yield spark()


def forget_grammar() -> None:
    """Spark's parser keeps how it has read each text for as long as Java lives: SPARK-47404."""
    parser = spark().sparkContext._jvm.org.apache.spark.sql.catalyst.parser.SqlBaseParser
    parser(None).getInterpreter().clearDFA()


@contextmanager
def conf(settings: dict[str, str]) -> Iterator[None]:
    """Of the session, for a while."""
    session = spark()
    before = {name: session.conf.get(name, None) for name in settings}
    for name, value in settings.items():
        session.conf.set(name, value)
    try:
        yield
    finally:
        for name, old in before.items():
            session.conf.unset(name) if old is None else session.conf.set(name, old)
