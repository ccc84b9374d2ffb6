"""Rows that repeat a key are told from the others by their places, where each row has one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.adapters.spark.rows import FILE, ROW, Rows
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


def arrived(*rows: tuple[str, str, int], files: tuple[str, ...]) -> Rows:
    values = ", ".join(f"('{key}', '{file}', {row}L)" for key, file, row in rows)
    return Rows(spark().sql(f"SELECT * FROM VALUES {values} AS t(id, {FILE}, {ROW})"), traced=True, files=files)


@pytest.mark.parametrize(
    ("files", "left"), [(("1", "2"), ["b of 1", "a of 2", "c of 2"]), (("2", "1"), ["a of 1", "b of 1", "c of 2"])]
)
def test_of_two_files_the_row_of_the_later_one_stays(
    engine: SparkEngine, files: tuple[str, ...], left: list[str]
) -> None:
    rows = arrived(("a", "1", 1), ("b", "1", 2), ("a", "2", 1), ("c", "2", 2), files=files)
    prepared = engine.prepare(DEDUPLICATED, {"rows": rows})
    good = prepared.good.frame.select("id", FILE).collect()  # type: ignore[attr-defined]
    assert sorted(f"{key} of {file}" for key, file in good) == sorted(left)


@pytest.mark.ci
def test_a_file_that_is_read_twice_has_no_places_to_tell_its_rows_by(engine: SparkEngine) -> None:
    rows = arrived(("a", "1.csv", 1), ("b", "1.csv", 2), ("a", "1.csv", 1), ("c", "1.csv", 2), files=("1.csv", "1.csv"))
    prepared = engine.prepare(DEDUPLICATED, {"rows": rows})
    assert sorted(row["id"] for row in engine.rows(engine.dataset(prepared))) == ["a", "b", "c"]
