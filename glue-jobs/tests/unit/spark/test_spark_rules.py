"""Whatever the rules, Spark counts, keeps and takes out the rows that DuckDB does, and says the same about them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest

from mesh_jobs.domain import rules as r
from mesh_jobs.domain.table import Field, ListType, StructType
from support.bench import check, protected, table
from support.sides import Sides, sides_in

pytestmark = pytest.mark.usefixtures("quick")

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
    "a cast by pattern": ((r.Cast("1", (Field("n", "date", "dd/MM/yyyy"),), "quarantine"),), {}),
    "a cast that aborts": ((r.Filter("1", "id = 'k1'", "x"), r.Cast("2", (MONEY,), "abort")), {}),
    "a cast that aborts on a protected value": ((r.Cast("1", (MONEY,), "abort"),), {"protected": protected("Amount")}),
    "a value that aborts": ((r.MapValues("1", "channel", (("a", "a"),), "abort"),), {}),
    "a rule for text": ((r.Trim("1", ("at",)),), {}),
    "a column that is not there": ((r.Deduplicate("1", ("nothing",), None),), {}),
    "a name that is taken": ((r.Rename("1", (("id", "N"),)),), {}),
    "a check of what is not there": ((r.Rename("1", (("id", "key"),)),), {"checks": BY_ALL}),
}
#: On Spark. What else holds their parts: other cases here, the contract of engines, tests of masking.
COSTLY = ("protected", "an aggregate", "a query, then its keys", "a query after other rules")
#: These and those behind them end with an error.
FIRST_TO_FAIL = "a cast that aborts"


@pytest.fixture(scope="module")
def orders(sides: Sides) -> tuple[Any, Any]:
    """Rows of two files, for all cases."""
    return sides.given(COLUMNS, some(random.Random("orders"), 40), (25, 15))


@pytest.mark.parametrize("case", [pytest.param(c, marks=pytest.mark.ci if c in COSTLY else ()) for c in RULES])
def test_rules_do_the_same_on_both_engines(sides: Sides, orders: tuple[Any, Any], case: str) -> None:
    rules, more = RULES[case]
    duck, spark = sides.outcomes(table(*rules, **more), {"rows": orders})
    assert spark == duck
    assert ("error" in duck) == ([*RULES].index(case) >= [*RULES].index(FIRST_TO_FAIL))


@pytest.mark.parametrize("case", [pytest.param("latest of each key", marks=pytest.mark.soak), "last of each key"])
def test_where_no_order_of_arrival_is_known_the_same_rows_stay(sides: Sides, case: str) -> None:
    rules, more = RULES[case]
    rows = some(random.Random(case), 40)
    duck, spark = sides.outcomes(table(*rules, **more), {"rows": sides.given(COLUMNS, rows)})
    assert spark == duck


def test_a_record_keeps_the_row_as_it_came_whatever_else_is_cast(sides: Sides) -> None:
    rows = [("'1'", "0.1", "12", "'2024-01-01'", "'z'"), ("'x'", "1e20", "13", "'2024-01-02'", "'é'")]
    given = sides.given("a VARCHAR, b DOUBLE, c INTEGER, d DATE, e VARCHAR", rows)
    kinds = {"a": "int", "b": "string", "c": "decimal(20, 2)", "d": "timestamp", "e": "binary"}
    cast = r.Cast("1", tuple(Field(c, kind) for c, kind in kinds.items()), "quarantine")
    duck, spark = sides.outcomes(table(cast), {"rows": given})
    assert duck == spark
    assert [record for *_, record in duck["bad"]] == ['{"a":"x","b":1.0E20,"c":13,"d":"2024-01-02","e":"é"}']


@pytest.mark.parametrize("on_fail", ["quarantine", pytest.param("abort", marks=pytest.mark.soak)])
def test_types_of_which_no_value_is_one_of_the_other_are_refused_by_rule_and_column(sides: Sides, on_fail: Any) -> None:
    given = sides.given("a DATE, s STRUCT(x INTEGER[])", [("'2024-01-01'", "{'x': [1]}")])
    inside = StructType((("x", ListType("date")),))
    for column, kind, said in (("a", "int", "a date cannot"), ("s", inside, "member x: a int cannot become a date")):
        duck, spark = sides.outcomes(table(r.Cast("1", (Field(column, kind),), on_fail)), {"rows": given})
        assert duck == spark
        assert duck["error"].startswith(f"table clean: rule 1: column {column}: {said}")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM rows a JOIN more b ON a.id = b.id",
        "WITH j AS (SELECT * FROM rows a JOIN more b ON a.id = b.id) SELECT * FROM j",
        pytest.param("SELECT id, v AS ID FROM rows", marks=pytest.mark.soak),
    ],
)
def test_a_result_with_two_columns_of_one_name_is_refused_alike(sides: Sides, query: str) -> None:
    inputs = {n: sides.given("id INTEGER, v VARCHAR", [("1", f"'{n}'")]) for n in ("rows", "more")}
    duck, spark = sides.outcomes(table(r.Sql("1", query, None), inputs=("rows", "more")), inputs)
    assert duck == spark
    assert duck["error"].lower() == "table clean: the result has two columns named id"


def test_a_name_that_ends_with_a_number_is_a_name(sides: Sides) -> None:
    given = sides.given("id INTEGER, id_1 INTEGER", [("1", "2")])
    query = "SELECT * FROM (SELECT *, 'x' AS v, 'y' AS V_1 FROM rows)"
    duck, spark = sides.outcomes(table(r.Sql("1", query, None)), {"rows": given})
    assert duck == spark
    assert duck["good"] == [repr({"id": 1, "id_1": 2, "v": "x", "V_1": "y"})]


TYPED = "a BOOLEAN, b INTEGER, c BIGINT, d DECIMAL(12,2), e DOUBLE, f DATE, g TIMESTAMP, h VARCHAR, l INTEGER[], o BLOB"
VALUES = ("true", "7", "-9", "1.50", "1e10", "'2026-01-01'", "'2026-01-01 00:00:00.5'", "'x'", "[1, NULL]", "'ab'")


def test_a_union_takes_the_type_that_holds_both(sides: Sides) -> None:
    theirs = "b BIGINT, C DECIMAL(5,3), d VARCHAR, e INTEGER, f TIMESTAMP, g VARCHAR, h DOUBLE, l BIGINT[], n DATE"
    more = ("8", "1.005", "'y'", "3", "'2026-01-01 10:00:00'", "'z'", "0.1", "[9223372036854775807]", "NULL")
    inputs = {"rows": sides.given(TYPED, [VALUES, ("false", *VALUES[1:])]), "more": sides.given(theirs, [more])}
    rules = (r.Filter("1", "a", "not wanted"), r.Union("2", ("more",)))
    duck, spark = sides.outcomes(table(*rules, inputs=("rows", "more")), inputs)
    assert spark == duck
    assert duck["losses"] == {("1", "removed", "not wanted"): 1}
    assert any("'h': '0.1'" in row and "'d': 'y'" in row for row in duck["good"])


@pytest.mark.parametrize(("theirs", "said"), [("a INTEGER", "boolean in rows and int in more"), ("l VARCHAR", "array")])
def test_a_union_of_what_has_no_type_in_common_is_refused_alike(sides: Sides, theirs: str, said: str) -> None:
    inputs = {"rows": sides.given(TYPED, [VALUES]), "more": sides.given(theirs, [("NULL",)])}
    duck, spark = sides.outcomes(table(r.Union("1", ("more",)), inputs=("rows", "more")), inputs)
    assert spark == duck
    assert said in duck["error"]


@pytest.mark.parametrize(
    ("how", "rows"),
    [
        ("inner", 1),
        ("full", 5),
        ("anti", 2),
        *(pytest.param(how, n, marks=pytest.mark.soak) for how, n in (("left", 3), ("right", 3), ("semi", 1))),
    ],
)
def test_joins_compare_keys_in_the_type_that_holds_both(sides: Sides, how: Any, rows: int) -> None:
    ours = "k INTEGER, m DATE, a VARCHAR"
    theirs = "k2 DECIMAL(12,2), m2 TIMESTAMP, b VARCHAR"
    first = [("1", "'2026-01-01'", "'l'"), ("2", "NULL", "'m'"), ("NULL", "NULL", "NULL")]
    second = [("1.00", "'2026-01-01'", "'r'"), ("1.50", "'2026-01-01'", "'s'"), ("2", "NULL", "'t'")]
    inputs = {"rows": sides.given(ours, first), "more": sides.given(theirs, second)}
    rule = r.Join("1", "more", how, (("k", "k2"), ("m", "m2")), (("b", "y"),))
    duck, spark = sides.outcomes(table(rule, inputs=("rows", "more")), inputs)
    assert spark == duck
    assert len(duck["good"]) == rows


def test_a_text_is_no_key_of_a_number(sides: Sides) -> None:
    inputs = {"rows": sides.given("k VARCHAR", [("'1'",)]), "more": sides.given("k INTEGER", [("1",)])}
    rule = r.Join("1", "more", "semi", (("k", "k"),), None)
    duck, spark = sides.outcomes(table(rule, inputs=("rows", "more")), inputs)
    assert spark == duck
    assert duck["error"] == "table clean: rule 1: k is string and more.k is int, which cannot be compared"


def test_a_table_joins_itself(sides: Sides) -> None:
    rows = sides.given("id INTEGER, boss INTEGER", [("1", "NULL"), ("2", "1"), ("3", "1")])
    rule = r.Join("1", "more", "left", (("boss", "id"),), (("boss", "above"), ("id", "of")))
    duck, spark = sides.outcomes(table(rule, inputs=("rows", "more")), {"rows": rows, "more": rows})
    assert spark == duck
    assert len(duck["good"]) == 3


FILLS: tuple[tuple[str, Any, str | None], ...] = (
    ("INTEGER", 7, "7"),
    ("INTEGER", "7", "7"),
    ("INTEGER", 1.5, None),
    ("INTEGER", "1.5", None),
    ("INTEGER", 3_000_000_000, None),
    ("DECIMAL(5,2)", 1.5, "Decimal('1.50')"),
    ("DECIMAL(5,2)", 1.005, None),
    ("DOUBLE", 0.1, "0.1"),
    ("DOUBLE", "1d", None),
    ("FLOAT", 0.1, "0.10000000149011612"),
    ("BOOLEAN", True, "True"),
    ("BOOLEAN", "yes", None),
    ("VARCHAR", 1e20, "'1e+20'"),
    ("VARCHAR", True, "'true'"),
    ("VARCHAR", "it's \\", repr("it's \\")),
    ("DATE", "2024-01-02", "datetime.date(2024, 1, 2)"),
    ("DATE", "today", None),
    ("DATE", 5, None),
    ("TIMESTAMP", "2024-01-02T03:04:05", "datetime.datetime(2024, 1, 2, 3, 4, 5)"),
    ("TIMESTAMP WITH TIME ZONE", "2024-01-02T01:00:00+01:00", "datetime.datetime(2024, 1, 2, 0, 0, tzinfo="),
    ("INTEGER[]", 1, None),
)


def test_null_is_filled_with_exactly_what_is_written_or_the_rule_is_refused(sides: Sides) -> None:
    fitting = [(f"c{i}", kind, value) for i, (kind, value, found) in enumerate(FILLS) if found]
    given = sides.given(", ".join(f"{c} {kind}" for c, kind, _ in fitting), [["NULL"] * len(fitting)])
    made = table(r.FillNull("fill", tuple((c, value) for c, _, value in fitting)))
    duck, spark = sides.outcomes(made, {"rows": given})
    assert duck == spark
    for (c, _, _), found in zip(fitting, [f for *_, f in FILLS if f], strict=True):
        assert f"'{c}': {found}" in duck["good"][0]
    for kind, value, _ in (f for f in FILLS if f[2] is None):
        given = sides.given(f"a {kind}", [["NULL"]])
        duck, spark = sides.outcomes(table(r.FillNull("fill", (("a", value),))), {"rows": given})
        assert duck == spark
        assert duck["error"].startswith(f"table clean: rule fill: {value!r} cannot fill column a, which is ")


def test_texts_of_decimals_below_one_begin_with_a_zero_for_checks(sides: Sides) -> None:
    rows = [["0.50", "0.1234"], ["-0.50", "-0.1234"], ["0.00", "0"], ["NULL", "NULL"]]
    checks = (
        check("invalidValues", "a", pattern="^-?0", action="quarantine_rows"),
        check("invalidValues", "b", maxLength=6, action="quarantine_rows"),
        check("invalidValues", "a", id="short", minLength=5),
    )
    given = sides.given("a DECIMAL(2,2), b DECIMAL(4,4)", rows)
    duck, spark = sides.outcomes(table(checks=checks), {"rows": given})
    assert duck == spark
    assert [failing for *_, failing in duck["checks"]] == [0, 1, 2]


@pytest.mark.ci
@pytest.mark.parametrize("how", ["rule", pytest.param("check", marks=pytest.mark.soak)])
def test_of_rows_that_differ_in_what_is_nested_the_same_stays(sides: Sides, how: str) -> None:
    columns = "k INTEGER, s STRUCT(x INTEGER), l INTEGER[], m MAP(VARCHAR, INTEGER), d STRUCT(y DOUBLE[])"
    same = ["{'x': 1}", "[1]", "MAP {'a': 1}", "{'y': [0.5]}"]
    different = (
        (0, ("{'x': NULL}", "{'x': 5}", "NULL")),
        (1, ("[NULL]", "[5]", "[]", "NULL", "[5, 1]", "[10]")),
        (2, ("MAP {'a': 10}", "MAP {'a': 9}", "MAP {'b': 1}", "MAP {}", "NULL")),
        (3, ("{'y': [0.5, NULL]}", "{'y': ['nan']}", "{'y': [-0.0]}", "{'y': NULL}")),
    )
    rows = []
    for i, (column, values) in enumerate(different):
        for j, pair in enumerate(itertools.combinations(values, 2)):
            for value in pair:
                rows.append([str(100 * i + j), *same[:column], value, *same[column + 1 :]])
    by_key = check("duplicateValues", "k", action="quarantine_rows")
    made = table(r.Deduplicate("1", ("k",), None)) if how == "rule" else table(checks=(by_key,))
    duck, spark = sides.outcomes(made, {"rows": sides.given(columns, rows)})
    assert duck == spark
    assert len(duck["good"]) == len(rows) / 2
