"""What the translation of the portable SQL owes to DuckDB, beside the cases that both engines are asked."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path

import duckdb
import pytest

from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.adapters.sql.translate import translate_query
from support.conformance import duck


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duck() as connection:
        yield connection


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
    types = {"doubles": {"d": "double"}}
    for known in (types, None):
        text = "SELECT d, CAST(d AS DECIMAL(24, 2)) AS c, round(d, 2) AS r FROM doubles"
        for d, cast, rounded in db.execute(translate_query(text, {"doubles": "doubles"}, known)).fetchall():
            expected = Decimal(repr(d)).quantize(Decimal("0.01"), ROUND_HALF_UP, Context(prec=40))
            assert (cast, rounded) == (expected, float(expected))


@pytest.mark.parametrize("to", ["double", "float"])
def test_decimals_become_the_fraction_next_to_them(db: duckdb.DuckDBPyConnection, to: str) -> None:
    pick = random.Random(5)
    for digits, scale in ((7, 2), (15, 2), (18, 2), (18, 17), (20, 4), (38, 0), (38, 20), (38, 30)):
        values = [Decimal(pick.randint(1, 10 ** pick.randint(1, digits)) - 1).scaleb(-scale) for _ in range(200)]
        made = f"SELECT CAST(UNNEST(?::VARCHAR[]) AS DECIMAL({digits},{scale})) AS v"
        db.execute(f"CREATE OR REPLACE TEMP TABLE d AS {made}", [values])
        types = {"d": {"v": f"decimal({digits}, {scale})"}}
        found = db.execute(translate_query(f"SELECT v, CAST(v AS {to}) AS c FROM d", {"d": "d"}, types)).fetchall()
        assert found == db.execute(f"SELECT v, CAST(CAST(v AS VARCHAR) AS {to}) FROM d").fetchall()
        if to == "double":
            assert found == [(v, float(v)) for v, _ in found]


def test_texts_collected_over_a_group_are_joined_and_not_printed_as_a_list(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("CREATE OR REPLACE TEMP TABLE words AS SELECT unnest(['b', NULL, 'a']) AS w")
    for value in ("sort_array(collect_list(w))", "nvl(sort_array(collect_list(w)), array())"):
        query = translate_query(f"SELECT concat_ws('-', max(w), {value}) AS v FROM words", {"words": "words"})
        assert db.execute(query).fetchall() == [("b-a-b",)]
