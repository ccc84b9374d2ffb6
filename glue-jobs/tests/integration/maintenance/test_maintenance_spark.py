"""Spark maintains what DuckDB wrote, and DuckDB goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from disk_mesh import BRONZE, PUBLISHED, DiskMesh, a_plan

from mesh_jobs.application.outside import Outside
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import Compacted, Engine
from support.faults import Died
from support.two_products import unreachable

PLAN = a_plan()


class CompactsOnSpark:
    """DuckDB, but for compactions; the process is gone once the last table is compacted."""

    def __init__(self, engine: Engine, spark: Engine) -> None:
        self._engine, self._spark = engine, spark

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def compact(self, table: TableName, run_id: str) -> Compacted | None:
        done = self._spark.compact(table, run_id)
        if table != BRONZE:
            raise Died
        return done


@pytest.fixture
def killed_on_spark(mesh: DiskMesh, tmp_path: Path) -> Iterator[Callable[[Outside], Outside]]:
    """The ports of a run that compacts on Spark."""
    from mesh_jobs.adapters.spark.engine import SparkEngine
    from support.spark import spark

    (tmp_path / "staged").mkdir()
    engine = SparkEngine(spark(), mesh.tables, (tmp_path / "staged").as_uri(), b"k" * 32, PLAN)
    yield lambda outside: replace(outside, engine=CompactsOnSpark(outside.engine, engine))
    engine.close()


@pytest.mark.ci
def test_a_run_killed_after_spark_compacted_is_ended_by_duckdb(
    mesh: DiskMesh, killed_on_spark: Callable[[Outside], Outside]
) -> None:
    for i in range(1, 5):
        mesh.land(PLAN, i * 10)
        mesh.run(PLAN, "delta")
    before = mesh.rows(PUBLISHED)
    mesh.land(PLAN, 50)
    with pytest.raises(Died):
        mesh.run(PLAN, "delta", killed_on_spark)
    assert mesh.rows(PUBLISHED) == before
    again = mesh.run(PLAN, "delta")
    assert (again.state, again.resumed) == ("published", True)
    assert {(m["table"], m["files"], m["into"]) for m in again.maintenance} == {("orders_raw", 5, 1), ("orders", 5, 1)}
    assert [mesh.runs_of(t)[-1] for t in (BRONZE, PUBLISHED)] == [(again.run_id, "compact")] * 2
    assert (mesh.files(PUBLISHED), mesh.files(BRONZE)) == (1, 1)
    for table in (PUBLISHED, BRONZE):
        assert [r["order_id"] for r in mesh.rows(table)] == [f"o000{i}{n}" for i in range(1, 6) for n in range(3)]
    assert unreachable(mesh.state) == [], "nor does anything that Spark wrote on its way stay"
