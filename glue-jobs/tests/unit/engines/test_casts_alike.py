"""Whatever is written, both engines read the same value out of it, or neither reads any."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import types as t

from mesh_jobs.adapters.duckdb.casts import strict_cast as on_duckdb
from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.adapters.duckdb.types import duckdb_type, text
from mesh_jobs.adapters.spark.casts import strict_cast as on_spark
from mesh_jobs.adapters.spark.types import spark_type, sql_type
from mesh_jobs.adapters.spark.values import python_rows
from mesh_jobs.domain.table import ListType, MapType, StructType, Type, shown
from support.bench import KEY
from support.spark import spark

pytestmark = pytest.mark.usefixtures("quick")

KINDS: tuple[Type, ...] = (
    *("int", "long", "float", "double", "boolean", "date", "timestamptz", "binary"),
    *("decimal(5, 2)", "decimal(38, 0)", "decimal(18, 10)", "decimal(38, 38)"),
)
NUMBERS = (
    *("0", "-0", "007", "+7", "1_0", "1e3", "1E-3", "1d", "0x10", ".5", "5.", ".", "-.5e2", "1.500", "1.005", "999.99"),
    *("999.995", "1000", "-999.99", "2147483647", "2147483648", "-2147483648", "9223372036854775808", "١", "1,5"),
    *("9" * 38, "9" * 39, "0." + "1" * 38, "0." + "0" * 40, "1e400", "-1e400", "1e-400", "3.4028235e38", "1e39"),
    *("nan", "NaN", "-nan", "inf", "-Infinity", "+inf", "infinit", "", " ", "\t1\n", "\x0b1", "\u00a01", "1 2", "--1"),
    *("0.1", "0.30000000000000004", "123456789.123456789", "16777217", "9007199254740993", "1e22", "1e23", "5e-324"),
)
WORDS = ("true", "TRUE", "t", "Yes", "y", "on", "1", "false", " no ", "F", "\u3000true\u2003", "0", "n", "\ttrue", "İ")
DAYS = (
    *("2024-02-29", "2023-02-29", "2024-2-3", "0001-01-01", "0000-01-01", "9999-12-31", "10000-01-01", "1582-10-10"),
    *("-2024-01-01", "2024-02-30", "2024-13-01", "2024-00-10", "24-01-01", "2024/01/01", "20240101", "0044-03-15 (BC)"),
    *("infinity", "epoch", "now", "today", "1500-02-28", "1900-02-29", "2024-02-03T", "2024-W05-1"),
)
TIMES = (
    *("", " 0:00", " 00:00", "T00:00:00Z", " 10:00", "T10:00:00", " 24:00:00", " 23:59:59.999999", " 1:2:3", " 10:60"),
    *(" 10:00:60", " 10:00:00.1234560", " 10:00:00.1234567", " 10:00:00.", "  10:00", " 10:00:00 ", "\n", " 10"),
)
ZONES = ("", "Z", "z", "UTC", " UTC", "+00", "+0130", "-01:30", "+14:00", "-18:00", "+17:59", " +01:00", "+1", "+01:60")
PATTERNS = {
    "dd.MM.yyyy": ("3.2.2024", "03.02.2024", "30.02.2024", "03.02.24", " 03.02.2024 ", "03.02.2024 x", "3.2.0000"),
    "yyyyMMdd": ("20240203", "2024213", "20240230", "120240203"),
    "dd/MM/yy": ("03/02/69", "03/02/68", "03/02/00", "03/02/2024"),
    "MMM d, yyyy": ("Feb 3, 2024", "FEB 03, 2024", "February 3, 2024", "Foo 3, 2024"),
    "d MMMM yyyy": ("3 February 2024", "3 Feb 2024", "31 june 2024"),
    "yyyy-MM-dd HH:mm:ss": ("2024-02-03 04:05:06", "2024-02-03 24:00:00", "2024-02-03 4:5:6", "2024-02-03T04:05:06"),
    "dd/MM/yyyy hh:mm a": ("03/02/2024 12:00 am", "03/02/2024 12:30 PM", "03/02/2024 13:00 PM", "03/02/2024 0:00 AM"),
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX": (
        "2024-02-03T04:05:06.123Z",
        "2024-02-03T04:05:06.12Z",
        "2024-02-03T04:05:06.123+01:00",
    ),
    "yyyy-MM-dd HH:mm:ss.SSSSSS": (
        "2024-02-03 04:05:06.123456",
        "2024-02-03 04:05:06.5",
        "2024-02-03 04:05:06.1234567",
    ),
    "EEE, dd MMM yyyy": ("Sat, 03 Feb 2024", "Mon, 03 Feb 2024", "Xxx, 03 Feb 2024"),
    "yyyy-DDD": ("2024-366", "2023-366", "2024-1", "2024-000"),
    "yyyy-MM-dd'T'HH:mmX": ("2024-02-03T04:05Z", "2024-02-03T04:05+01", "2024-02-03T04:05-0130"),
    "HH:mm": ("04:05",),
}
NESTED: dict[Type, tuple[str, ...]] = {
    ListType("int"): ("[1, 2]", "[1.5]", "[null]", "[]", "null", "1", "{}", "[1,]", "[1] x", "['1']", '["1"]', "[01]"),
    MapType("string", "decimal(5, 2)"): ('{"a": 1.50}', '{"a": 1.505}', "{}", '{"a": null}', '{"": 1e2}', "[]"),
    StructType((("a b", "string"), ("c", ListType("double")))): (
        *('{"a b": "x", "c": [1, 1e-7]}', '{"a b": {"x": 1.5}, "c": []}', '{"c": "x"}', '{"a b": true}', "{}", "[{}]"),
        *('{"a b": 1.50}', '{"a b": 1e7}', '{"a b": 1e21}', '{"a b": 0.0000015}', '{"a b": 12345678901234567.89}'),
        *('{"a b": "\\u00e9\\n\\"\\\\"}', '{"A B": "x"}', '{"a b": "é", "d": 1}', '{"a b": -0.0}', '{"a b": 0.10}'),
    ),
    ListType("timestamptz"): ('["2024-02-03T04:05:06Z"]', '["x"]', '["2024-02-03", null]'),
}  # fmt: skip


def plain(value: Any) -> Any:
    """Values that compare equal when they are the same."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(tmp_path_factory.mktemp("casts"), KEY, threads=1)


MOMENTS: tuple[Type, ...] = ("date", "timestamp", "timestamptz")
Case = tuple[str, Type, str | None]


def local(kind: Type) -> Type:
    """The type with times of day in the place of instants: those of DuckDB cannot be fetched."""
    if isinstance(kind, ListType):
        return ListType(local(kind.element))
    return "timestamp" if kind == "timestamptz" else kind


def differences(duck: Session, cases: Sequence[Case]) -> list[str]:
    """What the engines read differently: texts, the type wanted and the pattern."""
    texts = list(dict.fromkeys(value for value, _, _ in cases))
    asked = list(dict.fromkeys((kind, pattern) for _, kind, pattern in cases))
    shape = t.StructType().add("i", t.LongType()).add("v", t.StringType())
    given = spark().createDataFrame(list(enumerate(texts)), shape)
    ours, theirs = [], []
    for n, (kind, pattern) in enumerate(asked):
        own = on_duckdb("v", "VARCHAR", kind, pattern).value
        ours.append(f"CAST({own} AS {duckdb_type(local(kind))}) AS c{n}")
        other = on_spark("v", t.StringType(), kind, pattern).value
        theirs.append(f"CAST({other} AS {sql_type(spark_type(local(kind)))}) AS c{n}")
    at = duck.fresh("texts")
    # For each parameter DuckDB looks for pandas, in vain.
    values = ", ".join(f"({i}, {'NULL' if v is None else text(v)})" for i, v in enumerate(texts))
    duck.run(f"CREATE TABLE {at} AS SELECT i::BIGINT AS i, v::VARCHAR AS v FROM (VALUES {values}) t(i, v)")
    by_duckdb = duck.all(f"SELECT {', '.join(ours)} FROM {at} ORDER BY i")
    by_spark = [
        tuple(row.values())[1:] for row in sorted(python_rows(given.selectExpr("i", *theirs)), key=lambda r: r["i"])
    ]
    found = []
    for value, kind, pattern in dict.fromkeys(cases):
        i, n = texts.index(value), asked.index((kind, pattern))
        a, b = plain(by_duckdb[i][n]), plain(by_spark[i][n])
        if a != b:
            found.append(f"{value!r} as {shown(kind)} {pattern or ''}: DuckDB {a!r}, Spark {b!r}")
    return found


def test_numbers_and_words_are_read_alike(duck: Session) -> None:
    cases: list[Case] = [(text, kind, None) for kind in KINDS for text in (*NUMBERS, *WORDS)]
    assert differences(duck, cases) == []


def test_dates_and_times_are_read_alike(duck: Session) -> None:
    dice = random.Random(1)
    texts = [day + time + zone for day in DAYS for time in TIMES for zone in ZONES]
    cases: list[Case] = [(text, kind, None) for text in dice.sample(texts, 700) for kind in MOMENTS]
    assert differences(duck, cases) == []


def test_dates_are_read_by_their_pattern_alike(duck: Session) -> None:
    cases: list[Case] = [(text, kind, p) for p, texts in PATTERNS.items() for text in texts for kind in MOMENTS[:2]]
    assert differences(duck, cases) == []


@pytest.mark.ci
def test_nested_values_are_read_alike(duck: Session) -> None:
    cases: list[Case] = [(text, kind, None) for kind, texts in NESTED.items() for text in texts]
    assert differences(duck, cases) == []
