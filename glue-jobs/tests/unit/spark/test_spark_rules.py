"""Whatever the rules, Spark counts, keeps and takes out the rows that DuckDB does, and says the same about them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from mesh_jobs.domain import rules as r
from mesh_jobs.domain.table import Field
from support.sides import Sides, check, protected, sides_in, table

KEYS = ("id", "channel")
COLUMNS = 'id VARCHAR, n VARCHAR, amount VARCHAR, channel VARCHAR, "at" TIMESTAMP, email VARCHAR'
CELLS = (
    ["'k1'", "'k2'", "'k3'", "'k4'", "'k5'", "NULL"],
    ["'1'", "'2'", "'10'", "'1.5'", "'x'", "NULL"],
    ["'1.00'", "'1.005'", "'99999'", "'-3'", "' 2 '", "NULL"],
    ["'a'", "'b'", "' B'", "'C'", "'ß'", "NULL"],
    ["'2026-01-01 10:00:00'", "'2026-01-02 10:00:00'", "'2025-12-31 23:59:59.999999'", "NULL"],
    ["'ann@shoply.com'", "'a \"b\" , \\ c'", "'ü'", "NULL"],
)


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    found = sides_in(tmp_path_factory.mktemp("rules"))
    yield found
    found.close()


def some(dice: random.Random, rows: int) -> list[list[str]]:
    return [[dice.choice(c) for c in CELLS] for _ in range(rows)]


MONEY = Field("amount", "decimal(5, 2)")
BY_ALL = (
    check("nullValues", "id", action="quarantine_rows"),
    check("duplicateValues", *KEYS, action="quarantine_rows"),
)
RULES: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "texts": (
        (r.Trim("1", ("channel",)), r.Lower("2", ("channel",)), r.FillNull("3", (("n", "0"),)), r.Upper("4", ("id",))),
        {"checks": (check("missingValues", "n", missingValues=["x", None]), check("nullValues", "channel", "at"))},
    ),
    "latest of each key": (
        (r.Filter("1", "channel <> 'b'", "not wanted"), r.Deduplicate("2", ("id",), "at"), r.Upsert("3", KEYS)),
        {"checks": BY_ALL},
    ),
    "last of each key": ((r.Deduplicate("1", ("ID",), None), r.Rename("2", (("id", "key"),))), {}),
    "casts": (
        (
            r.Cast("1", (MONEY, Field("n", "int")), "quarantine"),
            r.Derive("2", (("twice", "n * 2"), ("n", "n + 1"))),
            r.Filter("3", "twice > 2", "too small"),
        ),
        {"checks": (check("invalidValues", "amount", maximum=1.0, action="quarantine_rows"),)},
    ),
    "protected": (
        (r.Cast("1", (MONEY,), "quarantine"), r.Hash("2", ("id",)), r.Redact("3", ("channel",))),
        {"checks": BY_ALL, "protected": protected("EMAIL", "n")},
    ),
    "lists of values": (
        (
            r.MapValues("1", "channel", (("a", "web"), ("b", None)), "quarantine"),
            r.MapValues("2", "n", (("1", "one"), ("x", "x")), "remove"),
            r.MapValues("3", "n", (("one", "1"),), "null"),
        ),
        {},
    ),
    "an aggregate": (
        (
            r.Cast("1", (MONEY,), "null"),
            r.Deduplicate("2", ("id",), "at"),
            r.Aggregate("3", ("channel",), (("rows", "count(*)"), ("total", "sum(amount)"))),
            r.Filter("4", "rows > 1", "too few"),
        ),
        {"checks": (check("nullValues", "channel", action="quarantine_rows"),)},
    ),
    "a query, then its keys": (
        (
            r.Sql("1", "select id, channel, n, max(at) as at from rows where n <> '10' group by id, channel, n", None),
            r.Deduplicate("2", ("id",), "n"),
        ),
        {"checks": (check("duplicateValues", "channel", action="quarantine_rows"), check("duplicateValues", "id"))},
    ),
    "a query after other rules": (
        (r.Filter("1", "n = '1'", "others"), r.Sql("2", "with b as (select * from rows) select id from b;", None)),
        {},
    ),
    "a cast that aborts": ((r.Filter("1", "id = 'k1'", "x"), r.Cast("2", (MONEY,), "abort")), {}),
    "a cast that aborts on a protected value": ((r.Cast("1", (MONEY,), "abort"),), {"protected": protected("Amount")}),
    "a value that aborts": ((r.MapValues("1", "channel", (("a", "a"),), "abort"),), {}),
    "a cast by pattern": ((r.Cast("1", (Field("n", "date", "dd/MM/yyyy"),), "quarantine"),), {}),
    "a rule for text": ((r.Trim("1", ("at",)),), {}),
    "a column that is not there": ((r.Deduplicate("1", ("nothing",), None),), {}),
    "a name that is taken": ((r.Rename("1", (("id", "N"),)),), {}),
    "a check of what is not there": ((r.Rename("1", (("id", "key"),)),), {"checks": BY_ALL}),
}


@pytest.mark.parametrize("case", RULES)
def test_rules_do_the_same_on_both_engines(sides: Sides, case: str) -> None:
    rules, more = RULES[case]
    rows = some(random.Random(case), 40)
    duck, spark = sides.outcomes(table(*rules, **more), {"rows": sides.given(COLUMNS, rows, (25, 15))})
    assert spark == duck


@pytest.mark.parametrize("case", ["latest of each key", "last of each key"])
def test_where_no_order_of_arrival_is_known_the_same_rows_stay(sides: Sides, case: str) -> None:
    rules, more = RULES[case]
    rows = some(random.Random(case), 40)
    duck, spark = sides.outcomes(table(*rules, **more), {"rows": sides.given(COLUMNS, rows)})
    assert spark == duck
