"""What a merge reads of a table that is larger than what has changed: the files between whose keys the changed ones
are, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.ports.engine import Target
from support.plans import document, table
from support.spark import spark, tiny_queries

NOW = datetime(2030, 1, 1, 6, tzinfo=UTC)
DAYS, A_DAY = 10, 100
#: Orders with numbers that rise with the days.
STORED = f"SELECT id, timestamp'2030-01-01' + make_interval(0, 0, 0, CAST(id DIV {A_DAY} AS INT)) AS at, 2 AS version"
ORDERS = document(
    [],
    [
        table(
            "orders",
            "silver",
            ["rows"],
            persist=True,
            primaryKey=["id"],
            partitionBy=[{"column": "at", "transform": "day"}],
        )
    ],
)


@pytest.fixture
def tiny() -> Iterator[None]:
    with tiny_queries():
        yield


def rows_read(group: str) -> int:
    """By all jobs of a group."""
    context: Any = spark().sparkContext
    java = context._jsc.sc()
    java.listenerBus().waitUntilEmpty()
    jobs, stages = context.statusTracker(), java.statusStore()
    ids = {n for job in jobs.getJobIdsForGroup(group) for n in jobs.getJobInfo(job).stageIds}
    return sum(int(stages.lastStageAttempt(n).inputRecords()) for n in ids)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(
    ("version", "looks"),
    [
        pytest.param(None, ["for the files", "at what stays"], id="the last to come"),
        pytest.param(
            *("version", ["for the files", "for newer rows", "again", "at what stays"]),
            id="the newest",
            marks=pytest.mark.ci,
        ),
    ],
)
def test_a_merge_reads_no_days_but_those_of_changed_keys(version: str | None, looks: list[str], tmp_path: Path) -> None:
    made = replace(plan_from_json(ORDERS).tables[0], version=version)
    tables = LocalTables(tmp_path / ".mesh")
    engine = SparkEngine(spark(), tables, (tmp_path / "staged").as_uri(), b"k" * 32)
    try:
        stored = spark().sql(f"{STORED} FROM range(0, {DAYS * A_DAY}, 1, 2)")
        engine.save(made, engine.prepare(made, {"rows": Rows(stored)}), Target(made.physical, "replace", "run-1", NOW))
        assert len(tables.files(made.physical)) == DAYS
        changed = spark().sql(
            "SELECT id, timestamp'2030-01-04' AS at, version FROM VALUES (333L, 3), (366L, 1) AS t(id, version)"
        )
        prepared = engine.prepare(made, {"rows": Rows(changed)})
        group = f"merge {tmp_path.name}"
        spark().sparkContext.setJobGroup(group, "a merge")
        saved = engine.save(made, prepared, Target(made.physical, "merge", "run-2", NOW))
    finally:
        spark().sparkContext.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type]
        engine.close()
    assert (saved.rows_out, saved.superseded) == ((2, 0) if version is None else (1, 1))
    assert saved.rows_total == DAYS * A_DAY
    # And some of what has changed, which is kept in memory.
    assert A_DAY * len(looks) <= rows_read(group) < A_DAY * (len(looks) + 1)
