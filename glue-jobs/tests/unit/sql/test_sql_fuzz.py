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
from support.spark import compiled_queries, forget_grammar, never_folded
from support.sql_expressions import Expression, expressions
from support.sql_queries import Query, queries


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duck() as connection:
        yield connection


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Thousands of random texts fill the memory of whatever has to parse them."""
    yield
    forget_grammar()


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
@pytest.mark.usefixtures("forgotten")
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


def with_rows(answer: Answer) -> bool:
    return answer.error is None and len(answer.value) > 0


def drawn(
    db: duckdb.DuckDBPyConnection, types: dict[str, dict[str, Type]], made: Iterator[Query], count: int, empty: int
) -> list[tuple[Query, Answer]]:
    """Queries that `mesh validate` lets through, with DuckDB's answers, until so many have rows; `empty` is how many of
    those without a row are kept. What fails is kept, at the end."""
    found: list[tuple[Query, Answer]] = []
    failing: list[tuple[Query, Answer]] = []
    looked = refusals = 0
    while sum(with_rows(a) for _, a in found) < count:
        query = next(made)
        looked += 1
        assert looked <= count * 10
        if refused(query, types):
            refusals += 1
            continue
        answer = queried_duckdb(db, query.text, types)
        if answer.error is not None:
            failing.append((query, answer))
        elif with_rows(answer) or empty > 0:
            empty -= not with_rows(answer)
            found.append((query, answer))
    assert refusals <= looked * 0.3
    assert len(failing) <= looked * 0.1
    return [*found, *failing]


def queries_apart(db: duckdb.DuckDBPyConnection, count: int, seed: int, empty: int) -> list[str]:
    """So many queries that give rows on both engines give the same; so do `empty` that give none on DuckDB. One of the
    engines may say that a value fails, where the other does not compute it."""
    prepare_spark()
    types = prepare_duckdb(db)
    made = queries(seed)
    out: list[str] = []
    compared = skipped = 0
    while compared < count and not out:
        answers = drawn(db, types, made, count - compared, empty)
        empty = 0
        # Those that fail would make others of their batch be asked alone.
        whole = sum(a.error is None for _, a in answers)
        texts = [q.text for q, _ in answers]
        theirs = [*queried_spark(texts[:whole]), *queried_spark(texts[whole:], batch=1)]
        for (query, mine), other in zip(answers, theirs, strict=True):
            errors = [e for e in (mine.error, other.error) if e is not None]
            if errors:
                fine = all(OF_A_VALUE.search(e) for e in errors)
                skipped += len(errors) == 1
            else:
                fine = mine.type == other.type and same(rows(query, mine), rows(query, other))
                compared += with_rows(mine) and with_rows(other)
            if not fine:
                out.append(f"{query.text}\n  Spark {other}\n  DuckDB {mine}")
        assert skipped <= count // 30
    return out


@pytest.mark.usefixtures("quick")
def test_random_queries_give_the_same_rows_on_spark_and_on_duckdb(db: duckdb.DuckDBPyConnection) -> None:
    assert queries_apart(db, 5, seed=7, empty=1) == []


@pytest.mark.ci
@pytest.mark.usefixtures("quick")
def test_more_random_queries_give_the_same_rows_on_spark_and_on_duckdb(db: duckdb.DuckDBPyConnection) -> None:
    assert queries_apart(db, 10, seed=8, empty=3) == []


@pytest.mark.soak
@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("seed", range(100, 108))
def test_spark_gives_a_thousand_random_queries_the_rows_of_duckdb(db: duckdb.DuckDBPyConnection, seed: int) -> None:
    with compiled_queries() if seed % 2 else nullcontext():
        assert queries_apart(db, 100, seed, empty=30) == []
