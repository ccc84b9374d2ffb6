"""Random expressions over edge values have the same value, in the same type, on both engines; random queries the same
rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import duckdb
import pytest

from mesh_jobs.adapters.sql.check import check_sql
from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.adapters.sql.translate import translate_expression
from mesh_jobs.domain.table import Type, shown
from support.conformance import (
    Answer,
    asked_duckdb,
    asked_spark,
    duck,
    prepare_duckdb,
    prepare_spark,
    queried_duckdb,
    queried_spark,
    same,
)
from support.spark import compiled_queries, never_folded
from support.sql_expressions import Expression, expressions
from support.sql_queries import Query, queries


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duck()
    yield connection
    connection.close()


def promised(value: Any) -> Any:
    """Without what is not: the sign of a zero, and the last digits of floats and of large doubles as texts."""
    if isinstance(value, list):
        return [promised(v) for v in value]
    if isinstance(value, str):
        signed = re.sub(r"-0\.0(?!\d)", "0.0", value)
        return re.sub(r"\d\.\d{6,}E\d+", lambda found: f"{float(found[0]):.5E}", signed)
    return 0.0 if isinstance(value, float) and value == 0 else value


def answers(db: duckdb.DuckDBPyConnection, made: list[Expression]) -> list[tuple[Expression, Answer]]:
    """DuckDB's, of those that are in the portable SQL."""
    out = []
    for expression in made:
        try:
            out.append((expression, asked_duckdb(db, translate_expression(expression.text))))
        except SqlRefused:
            continue
    return out


def has_a_part_that_fails(db: duckdb.DuckDBPyConnection, expression: Expression) -> bool:
    """On both engines. Whether it is computed at all, where another part is null, is up to each of them."""
    return any(
        (a.error is not None and asked_spark([p.text])[0].error is not None) or has_a_part_that_fails(db, p)
        for p, a in answers(db, list(expression.parts))
    )


def differences(db: duckdb.DuckDBPyConnection, count: int, seed: int, failing: int) -> list[str]:
    """`failing` is how many of those that fail on DuckDB are asked of Spark, each in a query of its own."""
    asked = answers(db, expressions(count, seed))
    assert len(asked) > count * 0.9
    answered = [(e, a) for e, a in asked if a.error is None]
    assert len(answered) > count * 0.7
    out = []
    for (expression, mine), theirs in zip(answered, asked_spark([e.text for e, _ in answered]), strict=True):
        if theirs.error is not None and has_a_part_that_fails(db, expression):
            continue
        if (
            theirs.error is not None
            or theirs.type != mine.type
            or not same(promised(mine.value), promised(theirs.value))
        ):
            out.append(f"{expression.text}: Spark {theirs}, DuckDB {mine}")
    for expression, mine in [(e, a) for e, a in asked if a.error is not None][:failing]:
        (theirs,) = asked_spark([expression.text])
        if theirs.error is None and not has_a_part_that_fails(db, expression):
            out.append(f"{expression.text}: Spark {theirs}, DuckDB {mine}")
    return out


@pytest.mark.usefixtures("quick")
def test_random_expressions_mean_the_same_to_both_engines(db: duckdb.DuckDBPyConnection) -> None:
    assert differences(db, 100, seed=7, failing=5) == []


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 120))
def test_spark_gives_thousands_of_random_expressions_the_values_of_duckdb(
    db: duckdb.DuckDBPyConnection, seed: int
) -> None:
    # Every other time as of columns.
    with never_folded() if seed % 2 else nullcontext():
        assert differences(db, 1000, seed, failing=15) == []


#: What an engine says of a value, where another could have been skipped: only a text that is wrong is always wrong.
OF_A_VALUE = re.compile(
    r"CAST_INVALID_INPUT|CAST_OVERFLOW|ARITHMETIC_OVERFLOW|DIVIDE_BY_ZERO|NUMERIC_VALUE_OUT_OF_RANGE|INVALID_ARRAY_INDEX"
    r"|DATETIME_OVERFLOW|CANNOT_PARSE_TIMESTAMP|NULL_MAP_KEY|INVALID_PARAMETER_VALUE|Invalid value for|Invalid date"
    r"|caused overflow|INVALID_INDEX_OF_ZERO|^Conversion Error|^Out of Range Error|^Invalid Input Error"
)


def rows(query: Query, answer: Answer) -> Any:
    found = promised(answer.value)
    return found if query.ordered else sorted(found, key=json.dumps)


def refused(query: Query, types: dict[str, dict[str, Type]]) -> bool:
    """By `mesh validate`, which knows the columns."""
    columns = {t: {c: shown(of) for c, of in found.items()} for t, found in types.items()}
    asked = {"kind": "query", "text": query.text, "tables": list(types), "columns": columns}
    (answer,) = check_sql([asked])
    assert not answer["ok"] or answer["columns"] == [name for name, _ in query.columns]
    return not answer["ok"]


def queries_apart(db: duckdb.DuckDBPyConnection, count: int, seed: int) -> list[str]:
    """What is not refused is read by both, and gives the same rows, unless one of them says that a value fails."""
    prepare_spark()
    types = prepare_duckdb(db)
    asked = [q for q in queries(count, seed) if not refused(q, types)]
    assert len(asked) > count * 0.7
    # Those that fail would make others of their batch be asked alone.
    answers = [(q, queried_duckdb(db, q.text, types)) for q in asked]
    answers = [(q, a) for q, a in answers if a.error is None] + [(q, a) for q, a in answers if a.error is not None]
    whole = sum(a.error is None for _, a in answers)
    assert whole > count * 0.6
    texts = [q.text for q, _ in answers]
    theirs = [*queried_spark(texts[:whole]), *queried_spark(texts[whole:], batch=1)]
    out = []
    for (query, mine), other in zip(answers, theirs, strict=True):
        errors = [e for e in (mine.error, other.error) if e is not None]
        if not errors:
            fine = mine.type == other.type and same(rows(query, mine), rows(query, other))
        else:
            fine = all(OF_A_VALUE.search(e) for e in errors)
        if not fine:
            out.append(f"{query.text}\n  Spark {other}\n  DuckDB {mine}")
    return out


@pytest.mark.usefixtures("quick")
def test_random_queries_give_the_same_rows_on_spark_and_on_duckdb(db: duckdb.DuckDBPyConnection) -> None:
    assert queries_apart(db, 8, seed=7) == []


@pytest.mark.ci
@pytest.mark.usefixtures("quick")
def test_more_random_queries_give_the_same_rows_on_spark_and_on_duckdb(db: duckdb.DuckDBPyConnection) -> None:
    assert queries_apart(db, 15, seed=8) == []


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 108))
def test_spark_gives_a_thousand_random_queries_the_rows_of_duckdb(db: duckdb.DuckDBPyConnection, seed: int) -> None:
    with compiled_queries() if seed % 2 else nullcontext():
        assert queries_apart(db, 150, seed) == []
