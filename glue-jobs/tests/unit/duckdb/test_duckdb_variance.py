"""How two tables differ, on the real engine."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

import pytest

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.domain.table import Field, type_from_json
from mesh_jobs.domain.variance import Pair, Variance
from support.bench import Bench
from support.plans import field

FIELDS = [field("id"), field("amount", "decimal(12, 2)"), field("placed", "date")]
ROWS: list[dict[str, Any]] = [
    {"id": "a", "amount": "1.00", "placed": "2026-01-01"},
    {"id": "b", "amount": "2.00", "placed": None},
    {"id": "c", "amount": "3.00", "placed": "2026-01-03"},
]


def compared(
    duck: Bench,
    a: list[dict[str, Any]],
    b: list[dict[str, Any]],
    fields: tuple[list[dict[str, Any]], list[dict[str, Any]]] = (FIELDS, FIELDS),
    by: tuple[Pair, ...] = (Pair("id", "id"),),
    columns: tuple[Pair, ...] = (Pair("amount", "amount"), Pair("placed", "placed")),
    examples: int = 5,
) -> Variance:
    engine = cast(DuckDbEngine, duck.engine)
    left, right = (
        engine.from_rows([Field(f["name"], type_from_json(f["type"])) for f in own], rows)
        for own, rows in zip(fields, (a, b), strict=True)
    )
    return engine.variance(left, right, by, columns, examples)


def test_a_table_is_the_same_as_itself_whatever_the_order_of_its_rows(duck: Bench) -> None:
    found = compared(duck, ROWS, ROWS[::-1])
    assert found.same
    assert (found.rows, found.both, found.only, found.different) == ((3, 3), 3, (0, 0), 0)
    assert [(c.column.a, c.different, c.largest) for c in found.columns] == [("amount", 0, None), ("placed", 0, None)]


def test_rows_are_told_apart_by_their_key_and_values_by_their_column(duck: Bench) -> None:
    changed = [{**ROWS[0], "amount": "1.25"}, {**ROWS[1], "placed": "2026-02-02"}, {**ROWS[2], "id": "d"}]
    found = compared(duck, ROWS, changed)
    assert not found.same
    assert (found.both, found.only, found.different) == (2, (1, 1), 2)
    assert [(c.different, c.largest) for c in found.columns] == [(1, 0.25), (1, None)]
    assert found.only_keys == (({"id": "c"},), ({"id": "d"},))
    assert [(e.key, e.columns) for e in found.examples] == [
        ({"id": "a"}, {"amount": (Decimal("1.00"), Decimal("1.25"))}),
        ({"id": "b"}, {"placed": (None, date(2026, 2, 2))}),
    ]


def test_rows_of_one_key_are_compared_one_by_one_and_counted(duck: Bench) -> None:
    twice = [ROWS[0], {**ROWS[0], "amount": "9.00"}, *ROWS[1:]]
    same = compared(duck, twice, twice[::-1])
    assert same.same
    assert same.duplicates == (1, 1)
    less = compared(duck, twice, ROWS)
    assert (less.duplicates, less.both, less.only, less.different) == ((1, 0), 3, (1, 0), 0)


def test_a_key_may_be_null_and_is_then_the_same_as_another_null(duck: Bench) -> None:
    row = {"id": None, "amount": "1", "placed": None}
    assert compared(duck, [row], [row]).same


def test_columns_have_another_name_and_another_type_in_each(duck: Bench) -> None:
    mine = [field("id", "int"), field("total", "double"), field("at", "timestamp"), field("code", "string")]
    theirs = [field("id", "long"), field("amount", "decimal(12, 2)"), field("on", "date"), field("code", "int")]
    a = [{"id": 1, "total": 1.5, "at": "2026-01-01T00:00:00", "code": "7"}]
    b = [{"id": 1, "amount": "1.50", "on": "2026-01-01", "code": 7}]
    pairs = (Pair("total", "amount"), Pair("at", "on"), Pair("code", "code"))
    assert compared(duck, a, b, (mine, theirs), columns=pairs).same
    other = compared(duck, a, [{**b[0], "code": 8, "on": "2026-01-02"}], (mine, theirs), columns=pairs)
    assert [(c.column.b, c.different) for c in other.columns] == [("amount", 0), ("on", 1), ("code", 1)]
    assert other.examples[0].columns["code"] == ("7", "8")


def test_moments_with_a_zone_come_as_moments(duck: Bench) -> None:
    fields = [field("id"), field("at", "timestamptz")]
    found = compared(
        duck,
        [{"id": "a", "at": "2026-01-01T00:00:00Z"}],
        [{"id": "a", "at": "2026-01-01T01:00:00Z"}],
        (fields, fields),
        columns=(Pair("at", "at"),),
    )
    assert found.examples[0].columns["at"][0] == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("examples", [0, 2])
def test_there_are_no_more_examples_than_were_asked_for(duck: Bench, examples: int) -> None:
    many = [{"id": f"{i:03}", "amount": str(i), "placed": None} for i in range(50)]
    found = compared(duck, many, [{**r, "amount": "-1"} for r in many[10:]], examples=examples)
    assert (found.different, len(found.examples), len(found.only_keys[0])) == (40, examples, examples)
    assert [k["id"] for k in found.only_keys[0]] == ["000", "001"][:examples]


def test_without_a_column_to_compare_only_keys_count(duck: Bench) -> None:
    assert compared(duck, ROWS, [{**r, "amount": "0"} for r in ROWS], columns=()).same
