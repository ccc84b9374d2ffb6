"""Every function and operator, given each type in each place: what is not refused, Spark takes, and DuckDB gives the
type that Spark gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import duckdb
import pytest

from mesh_jobs.adapters.duckdb.types import plan_type as of_duckdb
from mesh_jobs.adapters.duckdb.types import storable
from mesh_jobs.adapters.spark.types import plan_type as of_spark
from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.adapters.sql.signatures import TAKES, WANTED
from mesh_jobs.adapters.sql.spark_types import duckdb_node, written
from mesh_jobs.adapters.sql.translate import translate_expression
from mesh_jobs.domain.table import Type, shown
from support.conformance import duck
from support.spark import spark

#: A column of each type.
COLUMNS = {
    "i": "int", "l": "bigint", "d": "double", "p": "decimal(10,2)", "s": "string", "b": "boolean", "dt": "date",
    "n": "timestamp_ntz", "z": "timestamp_ltz", "li": "array<int>", "ls": "array<string>", "m": "map<string,int>",
    "st": "struct<a:int,b:string>", "lli": "array<array<int>>", "lm": "array<map<string,int>>",
}  # fmt: skip
TYPES: dict[str, Type | None] = {name: written(text) for name, text in COLUMNS.items()}
VALUES = [*COLUMNS, "NULL"]

#: What is given where nothing is tried out.
_GOOD = {
    "any": "i", "flat": "s", "words": "s", "ordered": "i", "truth": "b", "text": "s", "bytes": "s", "number": "d",
    "whole": "i", "int": "i", "moment": "dt", "day": "dt", "instant": "z", "list": "li", "sortable": "li",
    "plain": "li", "compared": "i", "set": "i", "distinct": "li",
    "matched": "li", "exploded": "li", "lists": "lli", "joined": "ls", "map": "m", "listed": "li", "turned": "s",
}  # fmt: skip
#: Arguments that are no values: they are as they stand.
_FIXED = {
    "split": {1: "','"}, "regexp_replace": {1: "'a'", 2: "'b'"}, "regexp_extract": {1: "'(a)'"},
    "regexp_extract_all": {1: "'(a)'"}, "regexp_like": {1: "'a'"}, "regexp": {1: "'a'"}, "rlike": {1: "'a'"},
    "get_json_object": {1: "'$.a'"}, "date_format": {1: "'yyyy'"}, "from_unixtime": {1: "'yyyy'"},
    "trunc": {1: "'MONTH'"}, "date_trunc": {0: "'DAY'"}, "to_date": {1: "'yyyy-MM-dd'"}, "round": {1: "1"},
    "to_timestamp": {1: "'yyyy-MM-dd'"}, "to_timestamp_ltz": {1: "'yyyy-MM-dd'"},
    "to_timestamp_ntz": {1: "'yyyy-MM-dd'"}, "sha2": {1: "256"}, "named_struct": {0: "'a'"}, "sort_array": {1: "true"},
    "transform": {1: "x -> x"}, "filter": {1: "x -> x > 1"}, "exists": {1: "x -> x > 1"}, "forall": {1: "x -> x > 1"},
    "array_join": {1: "','"}, "concat_ws": {0: "','"},
}  # fmt: skip
_WRITTEN = {
    "ntile": {0: "3"}, "lag": {1: "1"}, "lead": {1: "1"}, "nth_value": {1: "1"}, "percentile": {1: "0.5"},
    "regexp_extract": {2: "1"}, "regexp_extract_all": {2: "1"},
}  # fmt: skip

_UNARY = [
    "-{0}", "~{0}", "NOT {0}", "{0} IS NULL", "{0} IS TRUE", "li[{0}]", "m[{0}]", "{0}[0]",
    "CASE WHEN {0} THEN 1 END", "EXTRACT(YEAR FROM {0})", "{0} + INTERVAL 1 DAY", "INTERVAL 1 DAY + {0}",
    "{0} LIKE 'a'", "s LIKE {0}", "TRIM(BOTH {0} FROM s)", "POSITION({0} IN s)", "SUBSTRING({0} FROM 1)",
    "SUBSTRING(s FROM {0} FOR {0})", "transform(li, x -> {0})", "filter(li, x -> {0})", "exists(li, x -> {0})",
    "array({0})[0]", "sort_array(array({0}))", "named_struct('a', {0}).a", "st = {0}", "{0} RLIKE 'a'",
    *(f"{cast}({{0}} AS {type_})" for cast in ("CAST", "TRY_CAST") for type_ in (*COLUMNS.values(), "smallint", "float")
      if type_ not in ("array<array<int>>", "array<map<string,int>>")),
]  # fmt: skip
_BINARY = [
    "{0} = {1}", "{0} < {1}", "{0} <=> {1}", "{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} / {1}", "{0} % {1}",
    "{0} div {1}", "{0} || {1}", "{0} AND {1}", "{0} OR {1}", "{0} | {1}", "{0} & {1}", "{0} ^ {1}", "{0} IN ({1})",
    "{0} BETWEEN {1} AND {1}", "CASE WHEN b THEN {0} ELSE {1} END", "CASE {0} WHEN {1} THEN 1 END",
    "IF(b, {0}, {1})", "nvl2(s, {0}, {1})", "coalesce({0}, {1})", "nullif({0}, {1})", "equal_null({0}, {1})",
    "greatest({0}, {1})", "array({0}, {1})", "map({0}, {1})", "map('a', {0}, 'b', {1})", "concat({0}, {1})",
    "array_contains(array({0}), {1})", "array_remove(array({0}), {1})", "array_append(array({0}), {1})",
    "array_position(array({0}), {1})", "datediff({0}, {1})", "date_add({0}, {1})", "pmod({0}, {1})",
    "struct({0}, {1})", "sequence({0}, {1})", "concat_ws('-', {0}, {1})",
]  # fmt: skip


def calls(name: str) -> Iterator[str]:
    """A function with each type in each place that takes a value."""
    function, takes = FUNCTIONS[name], [next(w for w, of in WANTED.items() if of is t) for t in TAKES[name]]
    for count in {function.least, function.most if function.most < 5 else function.least}:
        good = [_GOOD[takes[min(n, len(takes) - 1)]] if takes else "d" for n in range(count)]
        fixed = {**_FIXED.get(name, {}), **_WRITTEN.get(name, {})}
        for place in range(count):
            for value in VALUES if place not in _FIXED.get(name, {}) else [fixed[place]]:
                given = [fixed.get(n, g) for n, g in enumerate(good)]
                given[place] = value
                yield f"{name}({', '.join(given)}){' OVER (ORDER BY i)' if function.kind == 'window' else ''}"


GROUPS = {
    "aggregates": [c for name, f in FUNCTIONS.items() if f.kind == "aggregate" for c in calls(name)],
    "windows": [c for name, f in FUNCTIONS.items() if f.kind == "window" for c in calls(name)],
    "functions": [c for name, f in FUNCTIONS.items() if f.kind == "scalar" and name != "explode" for c in calls(name)],
    "operators": [
        *(text.format(a) for text in _UNARY for a in VALUES),
        *(text.format(a, b) for text in _BINARY for a in VALUES for b in VALUES),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    nodes = {name: duckdb_node(type_) for name, type_ in TYPES.items()}
    assert None not in nodes.values()
    cells = ", ".join(f"CAST(NULL AS {node.sql('duckdb')}) AS {name}" for name, node in nodes.items() if node)
    with duck() as connection:
        connection.execute(f"CREATE TEMP TABLE typed AS SELECT {cells}")
        yield connection


def taken(texts: list[str]) -> dict[str, str]:
    """Those that are not refused, translated. Who refuses says what to do."""
    out, helpless = {}, []
    for text in dict.fromkeys(texts):
        try:
            out[text] = translate_expression(text, TYPES)
        except SqlRefused as refused:
            helpless += [(text, p) for p in refused.problems if not p.remedy]
    assert helpless == []
    return out


def halved(texts: list[str], ask: Callable[[str], list[Type]]) -> list[str]:
    """The types that one query of them all has; which of them fail, with what is said, is found by halving."""
    try:
        found = ask("SELECT " + ", ".join(f"{t} AS c{i}" for i, t in enumerate(texts)) + " FROM typed")
    except Exception as error:
        if len(texts) == 1:
            return [str(error)[:200]]
        middle = len(texts) // 2
        return [*halved(texts[:middle], ask), *halved(texts[middle:], ask)]
    return [shown(type_) for type_ in found]


@pytest.mark.parametrize(
    "every", [pytest.param(5, marks=pytest.mark.ci), pytest.param(1, marks=pytest.mark.soak)], ids=["some", "all"]
)
@pytest.mark.parametrize("group", GROUPS)
def test_spark_takes_what_is_not_refused_and_both_give_one_type(
    group: str, every: int, db: duckdb.DuckDBPyConnection
) -> None:
    spark().sql("SELECT " + ", ".join(f"CAST(NULL AS {t}) AS {n}" for n, t in COLUMNS.items())).createOrReplaceTempView(
        "typed"
    )
    asked = GROUPS[group][::every]
    found = taken(asked)
    assert len(asked) * 0.2 < len(found) < len(asked) * 0.7

    def of_spark_sql(query: str) -> list[Type]:
        return [of_spark(f.dataType) for f in spark().sql(query).schema]

    def of_duckdb_sql(query: str) -> list[Type]:
        return [of_duckdb(storable(row[1])) for row in db.execute(f"DESCRIBE {query}").fetchall()]

    texts = list(found)
    theirs, mine = [], []
    for start in range(0, len(texts), 200):
        theirs += halved(texts[start : start + 200], of_spark_sql)
        mine += halved([found[t] for t in texts[start : start + 200]], of_duckdb_sql)
    assert [x for x in zip(texts, theirs, mine, strict=True) if x[1] != x[2]] == []


def test_every_function_says_what_it_takes() -> None:
    assert set(TAKES) == set(FUNCTIONS)
