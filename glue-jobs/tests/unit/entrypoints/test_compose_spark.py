"""In the session that Glue gives to a job, nothing of a run stays behind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from mesh_jobs.adapters.iceberg.storage import Stored
from mesh_jobs.adapters.spark import on_glue
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.domain.errors import MeshError, OutOfMemory
from mesh_jobs.entrypoints import compose_aws
from support.plans import orders_plan
from support.spark import spark


class Staged:
    """What holds files in S3: at any time one in each folder."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    def walk(self, folder: str) -> Iterator[Stored]:
        yield Stored(f"{folder}/part-0.parquet", 1, datetime(2030, 1, 1, tzinfo=UTC))

    def delete(self, locations: Iterable[str]) -> None:
        self.deleted += locations


@pytest.fixture
def staged() -> Staged:
    return Staged()


@pytest.fixture
def given(staged: Staged, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What an engine is started with where a session is there already."""
    monkeypatch.setattr(on_glue, "is_given", lambda: True)
    monkeypatch.setattr(on_glue, "session_of_glue", lambda warehouse, region: spark())
    monkeypatch.setattr(compose_aws, "storage", lambda location: staged)
    return SimpleNamespace(
        arguments=SimpleNamespace(raw_bucket="raw", curated_bucket="curated"),
        plan=orders_plan(),
        progress=SimpleNamespace(report=lambda event: None),
        clients=SimpleNamespace(glue=SimpleNamespace(meta=SimpleNamespace(region_name="eu-central-1"))),
        raw="raw zone",
        imports="imports",
        **dict.fromkeys(("tables", "key")),
    )


@pytest.mark.ci
def test_what_a_run_kept_in_memory_is_let_go_of_with_it(given: Any) -> None:
    before = set(spark().sparkContext._jsc.getPersistentRDDs())
    with compose_aws._spark(given) as (engine, _, _):
        kept = engine._session.keep(spark().range(3).distinct())
        assert kept.count() == 3
        view = engine._session.view(kept)
        assert set(spark().sparkContext._jsc.getPersistentRDDs()) - before
    assert set(spark().sparkContext._jsc.getPersistentRDDs()) <= before
    assert not spark().catalog.tableExists(view)


def test_what_is_staged_lies_where_the_job_may_write_and_goes_with_the_run(given: Any, staged: Staged) -> None:
    works = []
    for _ in range(2):
        with compose_aws._spark(given) as (engine, zone, imports):
            works.append(engine._session.work)
            assert (zone, imports) == (given.raw, given.imports), "Spark reads S3 itself"
            assert len(staged.deleted) == len(works) - 1
    # Its role may write and delete below this prefix of the bucket: constructs/jobs/job-role.ts.
    assert all(re.fullmatch(r"s3://raw/staging/\w+", work) for work in works)
    assert len(set(works)) == 2, "of no other run, which may be at work"
    assert staged.deleted == [f"{work}/part-0.parquet" for work in works]


def test_what_is_staged_goes_with_a_run_that_fails_and_what_cannot_go_is_told(given: Any, staged: Staged) -> None:
    with pytest.raises(OutOfMemory), compose_aws._spark(given):
        raise OutOfMemory("Spark's Java ended", None)
    assert len(staged.deleted) == 1

    def refuse(locations: Iterable[str]) -> None:
        raise MeshError("S3 refuses s3:DeleteObject", None)

    staged.delete = refuse  # type: ignore[method-assign]
    warned: list[str] = []
    given.progress.warn = warned.append
    with compose_aws._spark(given) as (engine, _, _):
        work = engine._session.work
    assert warned == [f"{work} stays until its time is over: S3 refuses s3:DeleteObject"]


def test_spark_logs_nothing_in_the_session_of_glue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its messages quote the values it choked on, and what it logs is in CloudWatch for whoever reads logs."""
    context: Any = spark().sparkContext
    # Settings of a session of its own; the level is that of the JVM.
    monkeypatch.setattr(SparkSession, "_instantiatedSession", spark().newSession())
    try:
        on_glue.session_of_glue("s3://shoply-curated/tables", "eu-central-1")
        level = context._jvm.org.apache.logging.log4j.LogManager.getRootLogger().getLevel().toString()
    finally:
        context.setLogLevel("ERROR")
    assert level == "OFF"


def test_what_failed_first_is_told_where_java_is_gone(given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(self: SparkEngine) -> None:
        raise Py4JError("An error occurred while calling o1.unpersist")

    monkeypatch.setattr(SparkEngine, "close", gone)
    with pytest.raises(OutOfMemory, match="Java ended"), compose_aws._spark(given):
        raise OutOfMemory("Spark's Java ended", None)
