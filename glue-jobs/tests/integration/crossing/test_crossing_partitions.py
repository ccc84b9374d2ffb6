"""Partitions of every transform, made by one engine and merged into by the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
from two_engines import TwoEngines, planned

from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.table import Field

pytestmark = pytest.mark.usefixtures("quick")

FIELDS = [Field("id", "int"), Field("place", "string"), Field("at", "timestamp"), Field("on", "date")]
PLACES = ["a/b=c d", "é%20", "", None, "'"]
DAYS = ["1969-12-31", "1970-01-01", "2024-02-29", None, "0001-01-01"]
ROWS: list[dict[str, Any]] = [
    {"id": i, "place": place, "at": day and f"{day}T23:59:59.999999", "on": day}
    for i, (place, day) in enumerate(zip(PLACES, DAYS, strict=True))
]


Kinds = list[tuple[str, Literal["identity", "year", "month", "day"]]]
EACH: Kinds = [("place", "identity"), ("at", "day"), ("on", "month"), ("at", "year")]


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        pytest.param("duckdb", "spark", EACH, marks=pytest.mark.soak),
        pytest.param("duckdb", "spark", [("on", "identity")], marks=pytest.mark.soak),
        pytest.param("spark", "duckdb", [*EACH, ("on", "identity")], marks=pytest.mark.soak),
    ],
    ids=["by duckdb", "dates by duckdb", "by spark"],
)
def test_rows_move_between_partitions_of_any_kind(two: TwoEngines, one: str, other: str, kinds: Kinds) -> None:
    for column, transform in kinds:
        name = f"by_{column}_{transform}"
        made = replace(planned(name, primaryKey=["id"]), partition_by=(Partition(column, transform),))
        two.save(one, made, FIELDS, ROWS)
        before = {f.partition: f.path for f in two.tables.files(made.physical)}
        moved = {"id": 0, "place": "'", "at": "2024-02-29T00:00:00", "on": "2024-02-29"}
        saved = two.save(other, made, FIELDS, [moved], "merge", "run-2")
        assert saved.rows_total == len(ROWS)
        after = {f.path: f.partition for f in two.tables.files(made.physical)}
        stayed = {path for path in before.values() if path in after}
        assert len(stayed) == len(before) - 1, "only the partition that the row left was written again"
        assert {after[path] for path in after if path not in stayed} <= set(before), "values are the same to both"
        read = [two.read(by, made.physical) for by in ("spark", "duckdb", "pyiceberg")]
        assert read[0] == read[1] == read[2]
        assert [row["place"] for row in read[0]] == ["'", *PLACES[1:]]
