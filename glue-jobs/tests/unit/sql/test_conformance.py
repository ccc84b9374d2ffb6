"""The portable SQL gives the same values in the same types on Spark and on DuckDB. The cases are data."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import duckdb
import pytest

from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.adapters.sql.translate import translate_expression
from mesh_jobs.domain.table import Type
from support.conformance import (
    FIXTURES,
    Answer,
    asked_duckdb,
    asked_spark,
    calls,
    duck,
    expressions,
    ordered,
    prepare_duckdb,
    prepare_spark,
    queried_duckdb,
    queried_spark,
    queries,
    same,
)
from support.spark import compiled_queries, never_folded, tiny_queries

Db = tuple[duckdb.DuckDBPyConnection, dict[str, dict[str, Type]]]

EXPRESSIONS, QUERIES = expressions(), queries()
ANSWERED = [c for c in QUERIES if "rows" in c]


@pytest.fixture(scope="module")
def db() -> Iterator[Db]:
    with duck() as connection:
        yield connection, prepare_duckdb(connection)


#: In small; and in the soak as it is deployed, and with constants compiled as columns are.
WAYS = {"spark": tiny_queries, "spark as deployed": nullcontext, "spark compiled": compiled_queries}


@pytest.fixture(
    scope="module", params=[pytest.param(way, marks=[] if way == "spark" else [pytest.mark.soak]) for way in WAYS]
)
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """How Spark is asked. The tables that the queries read are there."""
    within: AbstractContextManager[object] = WAYS[request.param]()
    with within:
        prepare_spark()
        yield request.param


#: What Spark says of a text, where a case is about a value.
NOT_READ = re.compile(r"\[(PARSE_|UNRESOLVED_|DATATYPE_MISMATCH|WRONG_NUM_ARGS|UNSUPPORTED_)")


def wrong(case: dict[str, Any], found: Answer) -> bool:
    if "error" in case:
        return found.error is None
    return found.error is not None or found.type != case["type"] or not same(found.value, case["value"])


def rows_differ(case: dict[str, Any], found: Answer) -> bool:
    if found.error is not None or found.type != case["columns"]:
        return True
    if same(found.value, case["rows"]):
        return False
    return ordered(case["sql"]) or not same(sorted(found.value, key=json.dumps), sorted(case["rows"], key=json.dumps))


#: What is about refusals, and what differed once.
ASKED_BY_CI = ("clauses", "probed", "spelling", "types")


def groups_of(cases: list[dict[str, Any]]) -> list[Any]:
    groups = {c["group"] for c in cases}
    return [pytest.param(g, marks=[pytest.mark.ci] if g in ASKED_BY_CI else []) for g in sorted(groups)]


@pytest.mark.parametrize("group", groups_of(EXPRESSIONS))
def test_spark_gives_the_values_and_types_of_the_cases(group: str, way: str) -> None:
    cases = [c for c in EXPRESSIONS if c["group"] == group and "refused" not in c]
    for source in sorted({c.get("from") for c in cases}, key=str):
        for failing in (False, True):
            asked = [c for c in cases if c.get("from") == source and ("error" in c) is failing]
            # What fails would be found by halving, so it is asked alone.
            with never_folded() if way == "spark compiled" else nullcontext():
                found = asked_spark([c["sql"] for c in asked], source, batch=1 if failing else 150)
            assert [
                (c, a) for c, a in zip(asked, found, strict=True) if wrong(c, a) or NOT_READ.match(a.error or "")
            ] == []


@pytest.mark.parametrize("group", groups_of(EXPRESSIONS))
def test_an_expression_means_to_duckdb_what_it_means_to_spark(group: str, db: Db) -> None:
    connection, types = db

    def ask(case: dict[str, Any]) -> str | None:
        source = case.get("from")
        found = asked_duckdb(connection, translate_expression(case["sql"], types[source] if source else None), source)
        if "refused" in case:
            return "it is not refused"
        if wrong(case, found) or case.get("error", "").lower() not in (found.error or "").lower():
            return f"DuckDB says {found}"
        return None

    found = differing([c for c in EXPRESSIONS if c["group"] == group], ask)
    assert not found, "\n".join(found)


def differing(cases: list[dict[str, Any]], ask: Callable[[dict[str, Any]], str | None]) -> list[str]:
    """A line for each case that DuckDB answers otherwise than it says."""
    found = []
    for case in cases:
        try:
            said = ask(case)
        except SqlRefused as refused:
            words = f"{refused} {refused.remedy}"
            as_it_should = "refused" in case and case["refused"].lower() in words.lower()
            said = None if as_it_should else f"refused: {words}"
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        if said is not None:
            found.append(f"{case} → {said}")
    return found


@pytest.mark.parametrize("group", groups_of(ANSWERED))
def test_spark_gives_the_rows_of_the_queries(group: str, way: str) -> None:
    cases = [c for c in ANSWERED if c["group"] == group]
    if group in ASKED_BY_CI and way == "spark":
        # The soak asks the others.
        cases = cases[::3]
    found = queried_spark([c["sql"] for c in cases])
    assert [(c, a) for c, a in zip(cases, found, strict=True) if rows_differ(c, a)] == []


@pytest.mark.parametrize("group", groups_of(QUERIES))
def test_a_query_means_to_duckdb_what_it_means_to_spark(group: str, db: Db) -> None:
    connection, types = db

    def ask(case: dict[str, Any]) -> str | None:
        found = queried_duckdb(connection, case["sql"], types)
        if "refused" in case:
            return "it is not refused"
        return f"DuckDB says {found}" if rows_differ(case, found) else None

    found = differing([c for c in QUERIES if c["group"] == group], ask)
    assert not found, "\n".join(found)


def test_there_are_enough_cases_and_no_two_the_same() -> None:
    always = [c for c in (*EXPRESSIONS, *ANSWERED) if c["group"] not in ASKED_BY_CI]
    assert len([c for c in always if "value" in c]) >= 300
    assert len([c for c in always if "rows" in c]) >= 60
    asked = Counter(c["sql"] for c in (*EXPRESSIONS, *QUERIES))
    assert [text for text, times in asked.items() if times > 1] == []


def test_every_function_has_a_case() -> None:
    called = {name for case in (*EXPRESSIONS, *ANSWERED) if "refused" not in case for name, _ in calls(case["sql"])}
    assert sorted(set(FUNCTIONS) - called) == []


#: No value, nothing in it, no number, nought, and the ends of types.
EDGE = re.compile(
    r"\b(null|nan|infinity|0|2147483647|2147483648|9223372036854775807|9223372036854775808)\b(?!\.[1-9])|''|\[\]",
    re.IGNORECASE,
)
#: These are given no value of a row.
GIVEN_NONE = {"ntile", *(name for name, function in FUNCTIONS.items() if function.most == 0)}


def test_every_function_is_given_a_null_or_an_edge_by_a_case(db: Db) -> None:
    connection, types = db
    of_tables = [(t, c) for t, columns in types.items() for c in columns]
    nulls = {c for t, c in of_tables if connection.execute(f'SELECT 1 FROM {t} WHERE "{c}" IS NULL').fetchone()}
    at_an_edge = set()
    for case in (*EXPRESSIONS, *ANSWERED):
        columns = nulls if "from" in case or "rows" in case else set()
        for name, given in calls(case["sql"]) if "refused" not in case else ():
            if EDGE.search(given) or columns & set(re.findall(r"\w+", given)):
                at_an_edge.add(name)
    assert sorted(set(FUNCTIONS) - GIVEN_NONE - at_an_edge) == []


def test_the_page_of_the_subset_names_every_function() -> None:
    page = (FIXTURES.parents[3] / "docs" / "sql.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`(\w+)`", page.split("## Functions")[1].split("**With a grammar")[0]))
    assert listed == set(FUNCTIONS)
