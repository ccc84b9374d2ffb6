"""Rows that repeat a key are told from the others by their places, where each row has one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.adapters.spark.prepared import PreparedRows
from mesh_jobs.adapters.spark.rows import FILE, ROW, Rows, arrival
from mesh_jobs.ports.engine import Prepared
from support.plans import document, table
from support.spark import spark

pytestmark = pytest.mark.usefixtures("quick")

BY_ID = {"kind": "deduplicate", "id": "d", "by": ["id"], "latest": None}
DEDUPLICATED = plan_from_json(document([], [table("clean", "silver", ["rows"], rules=[BY_ID])])).tables[0]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SparkEngine]:
    (tmp_path / "work").mkdir()
    found = SparkEngine(spark(), LocalTables(tmp_path), (tmp_path / "work").as_uri(), b"k" * 32)
    yield found
    found.close()


def arrived(*rows: tuple[str, str, int, int]) -> Rows:
    """Rows of key, file, number in the file, and number of the file among all."""
    values = ", ".join(f"('{key}', '{file}', {row}L, {number})" for key, file, row, number in rows)
    frame = spark().sql(f"SELECT * FROM VALUES {values} AS t(id, {FILE}, {ROW}, number)")
    return Rows(frame.selectExpr("id", FILE, ROW, arrival("number", ROW)), traced=True)


def good(prepared: Prepared, place: str) -> list[tuple[Any, ...]]:
    """Keys of the rows that are left, and where they are from."""
    assert isinstance(prepared, PreparedRows)
    return [tuple(row) for row in prepared.good.frame.select("id", place).collect()]


@pytest.mark.parametrize(
    ("numbers", "left"), [((0, 1), ["b of 1", "a of 2", "c of 2"]), ((1, 0), ["a of 1", "b of 1", "c of 2"])]
)
def test_of_two_files_the_row_of_the_later_one_stays(
    engine: SparkEngine, numbers: tuple[int, int], left: list[str]
) -> None:
    one, two = numbers
    rows = arrived(("a", "1", 1, one), ("b", "1", 2, one), ("a", "2", 1, two), ("c", "2", 2, two))
    prepared = engine.prepare(DEDUPLICATED, {"rows": rows})
    assert sorted(f"{key} of {file}" for key, file in good(prepared, FILE)) == sorted(left)


@pytest.mark.ci
def test_files_of_one_name_are_told_apart(engine: SparkEngine) -> None:
    rows = arrived(("a", "1.csv", 3, 0), ("b", "1.csv", 2, 0), ("a", "1.csv", 2, 1), ("c", "1.csv", 1, 1))
    prepared = engine.prepare(DEDUPLICATED, {"rows": rows})
    assert sorted(good(prepared, ROW)) == [("a", 2), ("b", 2), ("c", 1)]
