"""A table that both engines change in turn is what one alone would have made of it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from two_engines import NOW, Rows, TwoEngines, planned

from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.table import Field

FIELDS = [
    Field("id", "long"),
    Field("line", "string"),
    Field("at", "timestamptz"),
    Field("amount", "decimal(12, 2)"),
    Field("version", "int"),
    Field("labels", "string"),
]


def row(id: int | None, line: str | None, day: str | None, amount: str, version: int | None, labels: str = "") -> Any:
    at = None if day is None else f"{day}T12:00:00.000001Z"
    return {"id": id, "line": line, "at": at, "amount": amount, "version": version, "labels": labels}


FIRST = [row(i, "a", f"2024-01-{1 + i % 3:02}", f"{i}.10", 5) for i in range(9)]
NOBODY = row(None, "a", None, "7.00", 5, "no key")
STEPS: list[tuple[str, Rows]] = [
    ("replace", [*FIRST, NOBODY, row(4, None, "2024-01-02", "4.00", 1)]),
    # Newer, as new, older and undated versions; a new key; one that moves to another day; a row without a key again.
    (
        "merge",
        [
            row(0, "a", "2024-01-01", "100.00", 6),
            row(1, "a", "2024-01-02", "101.00", 5),
            row(2, "a", "2024-01-03", "102.00", 4),
            row(3, "a", "2024-01-01", "103.00", None),
            row(6, "a", "2023-12-31", "106.00", 7),
            row(50, "b", "1969-12-31", "150.00", 1),
            NOBODY,
        ],
    ),
    # Nothing but what is older, which leaves a snapshot and no change.
    ("merge", [row(0, "a", "2024-01-01", "0.00", 1)]),
    # A key twice: both stay, as a merge does not choose.
    ("merge", [row(7, "a", "2024-01-02", "7.77", 8), row(7, "a", "2024-01-02", "7.78", 8)]),
    ("append", [row(60, "a", None, "160.00", 1)]),
    ("merge", [row(7, "a", "2024-01-02", "9.99", 9), row(60, "a", "2024-01-05", "161.00", 2)]),
    ("replace", [row(1, "a", "2024-01-02", "1.00", 1), NOBODY]),
    ("merge", []),
]


@pytest.mark.parametrize(
    "partition",
    [pytest.param(None, marks=pytest.mark.soak), Partition("at", "day")],
    ids=["whole", "by day"],
)
@pytest.mark.soak
def test_engines_that_take_turns_end_as_one_alone(two: TwoEngines, partition: Partition | None) -> None:
    ends = {}
    for turns in (["duckdb"], ["duckdb", "spark"], ["spark", "duckdb"]):
        made = replace(
            planned(f"by_{'_'.join(turns)}", primaryKey=["id", "line"]),
            version="version",
            partition_by=(partition,) if partition else (),
        )
        saved = [
            replace(two.save(turns[n % len(turns)], made, FIELDS, rows, write, f"run-{n}"), snapshot_id=None)
            for n, (write, rows) in enumerate(STEPS)
        ]
        ends[tuple(turns)] = saved, two.read("duckdb", made.physical), two.read("duckdb", made.tombstones)
        assert two.read("spark", made.physical) == two.read("pyiceberg", made.physical)
    alone, *together = ends.values()
    assert together == [alone, alone]
    saved, stored, buried = alone
    assert [(s.rows_out, s.superseded, s.vanished, s.rows_total) for s in saved] == [
        (11, 0, 0, 11),
        (5, 2, 0, 12),
        (0, 1, 0, 12),
        (2, 0, 0, 13),
        (1, 0, 0, 14),
        (2, 0, 0, 13),
        (2, 0, 11, 2),
        (0, 0, 0, 2),
    ]
    assert len(stored) == 2
    assert {r["_mesh_vanished_at"] for r in buried} == {NOW}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("turns", [("spark", "duckdb"), ("duckdb", "spark")])
def test_a_key_that_is_not_a_number_is_found_wherever_it_is(two: TwoEngines, turns: tuple[str, str]) -> None:
    fields = [Field("id", "double"), Field("n", "int")]
    made = planned(f"nan_by_{turns[0]}", primaryKey=["id"])
    two.save(turns[0], made, fields, [{"id": 1.5, "n": 1}, {"id": math.nan, "n": 1}], "replace", "run-1")
    saved = two.save(turns[1], made, fields, [{"id": math.nan, "n": 2}], "merge", "run-2")
    assert saved.rows_total == 2
    assert {repr(r["id"]): r["n"] for r in two.read("duckdb", made.physical)} == {"1.5": 1, "nan": 2}
