"""The portable SQL gives Spark's answers on DuckDB. The cases are data, for other engines to be held to as well."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.macros import MACROS
from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.adapters.sql.translate import translate_expression, translate_query

FIXTURES = Path(__file__).parents[2] / "fixtures" / "sql"
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['sql']}")
    for file in sorted(FIXTURES.glob("*.json"))
    for case in json.loads(file.read_text(encoding="utf-8"))
]
QUERIES = json.loads((FIXTURES / "queries" / "aggregates-windows-joins.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET default_null_order = 'nulls_first_on_asc_last_on_desc'")
    connection.execute(";".join(MACROS))
    connection.execute(f"CREATE TEMP TABLE t AS {translate_query(QUERIES['table'], {})}")
    yield connection
    connection.close()


def plain(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, Decimal | date | datetime):
        return str(value)
    return [plain(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", CASES)
def test_an_expression_means_what_it_means_to_spark(case: dict[str, Any], db: duckdb.DuckDBPyConnection) -> None:
    if "refused" in case:
        with pytest.raises(SqlRefused) as refused:
            translate_expression(case["sql"])
        assert case["refused"].lower() in f"{refused.value} {refused.value.remedy}".lower()
        return
    query = f"SELECT {translate_expression(case['sql'])}"
    if "error" in case:
        with pytest.raises(duckdb.Error) as failed:
            db.execute(query).fetchall()
        assert case["error"].lower() in str(failed.value).lower()
        return
    row = db.execute(query).fetchone()
    assert row is not None
    found = plain(row[0])
    expected = case["value"]
    assert type(found) is type(expected)
    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize("case", [pytest.param(c, id=c["sql"]) for c in QUERIES["cases"]])
def test_a_query_means_what_it_means_to_spark(case: dict[str, Any], db: duckdb.DuckDBPyConnection) -> None:
    found = [plain(row[0]) for row in db.execute(translate_query(case["sql"], {"t": "t"})).fetchall()]
    expected = case["value"]
    assert [type(v) for v in found] == [type(v) for v in expected]
    assert found == [pytest.approx(v) if isinstance(v, float) else v for v in expected]


def test_no_file_is_read_through_the_name_of_a_common_table_expression(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    file = tmp_path / "leak.csv"
    file.write_text("a\nsecret\n")
    hidden = f"EXISTS (WITH `{file}` AS (SELECT 1 AS a) SELECT a FROM `{file}`)"
    with pytest.raises(SqlRefused) as refused:
        translate_query(f"SELECT x.a AS v FROM t CROSS JOIN `{file}` x WHERE {hidden}", {"t": "t"})
    assert [p.message.split(" /")[0] for p in refused.value.problems] == ["WITH cannot define", "the table"]
    # DuckDB would have read it.
    assert db.execute(f"SELECT a FROM '{file}'").fetchall() == [("secret",)]


def test_a_common_table_expression_named_as_its_table_runs(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("CREATE OR REPLACE TEMP VIEW mesh_raw_1 AS SELECT unnest([1, 2, 3]) AS a")
    text = "WITH raw AS (SELECT a FROM raw WHERE a > 1) SELECT sum(a) AS s FROM raw"
    assert db.execute(translate_query(text, {"raw": "mesh_raw_1"})).fetchall() == [(5,)]


def test_doubles_of_every_size_are_rounded_as_they_print(db: duckdb.DuckDBPyConnection) -> None:
    pick = random.Random(7)
    values = [pick.choice((1, -1)) * pick.random() * 10 ** pick.randint(-3, 17) for _ in range(300)]
    values += [round(v, pick.randint(0, 3)) + 0.005 for v in values if abs(v) < 1e9]
    db.execute("CREATE OR REPLACE TEMP TABLE doubles AS SELECT unnest(?::DOUBLE[]) AS d", [values])
    types = {"doubles": {"d": "DOUBLE"}}
    for known in (types, None):
        text = "SELECT d, CAST(d AS DECIMAL(24, 2)) AS c, round(d, 2) AS r FROM doubles"
        for d, cast, rounded in db.execute(translate_query(text, {"doubles": "doubles"}, known)).fetchall():
            expected = Decimal(repr(d)).quantize(Decimal("0.01"), ROUND_HALF_UP, Context(prec=40))
            assert (cast, rounded) == (expected, float(expected))


def test_texts_collected_over_a_group_are_joined_and_not_printed_as_a_list(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("CREATE OR REPLACE TEMP TABLE words AS SELECT unnest(['b', NULL, 'a']) AS w")
    for value in ("sort_array(collect_list(w))", "nvl(sort_array(collect_list(w)), array())"):
        query = translate_query(f"SELECT concat_ws('-', max(w), {value}) AS v FROM words", {"words": "words"})
        assert db.execute(query).fetchall() == [("b-a-b",)]


def test_every_function_of_the_subset_is_tried() -> None:
    texts = [c["sql"] for p in CASES for c in [p.values[0]] if "value" in c] + [c["sql"] for c in QUERIES["cases"]]
    called = {n.lower() for t in texts for n in re.findall(r"(\w+)\s*\(", t)}
    assert sorted(set(FUNCTIONS) - called) == []


def test_the_page_of_the_subset_names_every_function() -> None:
    page = (FIXTURES.parents[3] / "docs" / "sql.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`(\w+)`", page.split("## Functions")[1].split("**With a grammar")[0]))
    assert listed == set(FUNCTIONS)
