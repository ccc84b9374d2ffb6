"""Random expressions over edge values have the same value, in the same type, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.adapters.sql.translate import translate_expression
from support.conformance import Answer, asked_duckdb, asked_spark, duck, same
from support.sql_expressions import Expression, expressions


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duck()
    yield connection
    connection.close()


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
        if theirs.error is not None or theirs.type != mine.type or not same(mine.value, theirs.value):
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
def test_thousands_of_random_expressions_mean_the_same_to_both_engines(
    db: duckdb.DuckDBPyConnection, seed: int
) -> None:
    assert differences(db, 1000, seed, failing=15) == []
