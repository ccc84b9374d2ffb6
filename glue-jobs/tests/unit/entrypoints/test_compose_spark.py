"""In the session that Glue gives to a job, nothing of a run stays behind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from py4j.protocol import Py4JError

from mesh_jobs.adapters.spark import on_glue
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.domain.errors import OutOfMemory
from mesh_jobs.entrypoints import compose_aws
from support.plans import orders_plan
from support.spark import spark


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What an engine is started with where a session is there already; nothing is staged in S3."""
    monkeypatch.setattr(on_glue, "is_given", lambda: True)
    monkeypatch.setattr(on_glue, "session_of_glue", lambda warehouse, region: spark())
    empty = SimpleNamespace(walk=lambda folder: iter(()), delete=lambda locations: None)
    monkeypatch.setattr(compose_aws, "storage", lambda location: empty)
    return SimpleNamespace(
        arguments=SimpleNamespace(raw_bucket="raw", curated_bucket="curated"),
        plan=orders_plan(),
        progress=SimpleNamespace(report=lambda event: None),
        clients=SimpleNamespace(glue=SimpleNamespace(meta=SimpleNamespace(region_name="eu-central-1"))),
        **dict.fromkeys(("tables", "key", "raw", "imports")),
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


def test_what_failed_first_is_told_where_java_is_gone(given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(self: SparkEngine) -> None:
        raise Py4JError("An error occurred while calling o1.unpersist")

    monkeypatch.setattr(SparkEngine, "close", gone)
    with pytest.raises(OutOfMemory, match="Java ended"), compose_aws._spark(given):
        raise OutOfMemory("Spark's Java ended", None)
