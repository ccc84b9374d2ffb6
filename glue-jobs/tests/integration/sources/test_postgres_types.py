"""Every type of PostgreSQL arrives as it is on both engines, or is refused with what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.postgres.fetch import fetch_table
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.domain.table import Field, ListType, MapType
from mesh_jobs.ports.engine import RawFile
from support.bench import on_duckdb, on_spark
from support.postgres import postgres

#: SQL type, SQL value, our type, our value.
EXACT: list[tuple[str, str, Any, Any]] = [
    ("boolean", "true", "boolean", True),
    ("smallint", "-32768", "int", -32768),
    ("integer", "2147483647", "int", 2147483647),
    ("bigint", "-9223372036854775808", "long", -9223372036854775808),
    ("oid", "4294967295", "long", 4294967295),
    (
        "numeric(38,18)",
        "12345678901234567890.123456789012345678",
        "decimal(38, 18)",
        Decimal("12345678901234567890.123456789012345678"),
    ),
    ("numeric(5)", "12345", "decimal(5, 0)", Decimal(12345)),
    ("money", "'1234.56'", "decimal(19, 2)", Decimal("1234.56")),
    ("real", "0.1", "float", 0.10000000149011612),
    ("double precision", "0.1::float8 + 0.2::float8", "double", 0.30000000000000004),
    ("double precision", "'-Infinity'", "double", float("-inf")),
    ("date", "'0001-01-01'", "date", date(1, 1, 1)),
    ("timestamp", "'2024-02-29 23:59:59.999999'", "timestamp", datetime(2024, 2, 29, 23, 59, 59, 999999)),
    (
        "timestamptz",
        "'2024-02-29 23:59:59.999999+05:30'",
        "timestamptz",
        datetime(2024, 2, 29, 18, 29, 59, 999999, UTC),
    ),
    ("time", "'24:00'", "string", "24:00:00"),
    ("interval", "'1 month 2 days 3:04:05.5'", "string", "P1M2DT3H4M5.5S"),
    ("text", "E'a,\"b\"\\n\\r\\\\c\\t''d'' é 😀'", "string", "a,\"b\"\n\r\\c\t'd' é 😀"),
    ("text", "''", "string", ""),
    ("text", "'NULL'", "string", "NULL"),
    ("text", "NULL", "string", None),
    ("char(4)", "'ab'", "string", "ab  "),
    ("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "string", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("jsonb", '\'{"b": [1.10, null], "a": "\\u00e9"}\'', "string", '{"a": "é", "b": [1.10, null]}'),
    ("json", '\'{"b":1,  "b":2}\'', "string", '{"b":1,  "b":2}'),
    ("inet", "'10.1.2.3/8'", "string", "10.1.2.3/8"),
    ("int4range", "'[1,5)'", "string", "[1,5)"),
    ("mood", "'so so'", "string", "so so"),
    ("price", "9.99", "decimal(10, 2)", Decimal("9.99")),
    ("integer[]", "'{1,NULL,3}'", ListType("int"), [1, None, 3]),
    ("integer[]", "'{}'", ListType("int"), []),
    (
        "numeric(20,2)[]",
        "'{123456789012345678.10,0}'",
        ListType("decimal(20, 2)"),
        [Decimal("123456789012345678.10"), Decimal(0)],
    ),
    ("text[]", "ARRAY['a,b','\"c\"',NULL,'']", ListType("string"), ["a,b", '"c"', None, ""]),
    (
        "timestamptz[]",
        "ARRAY['2024-01-01 00:00:00.5+00'::timestamptz]",
        ListType("timestamptz"),
        [datetime(2024, 1, 1, 0, 0, 0, 500000, UTC)],
    ),
]
#: What is only known from the value, as it has to be declared.
DECLARED: list[tuple[str, str, Any, Any]] = [
    ("numeric", "12.5", "decimal(18, 4)", Decimal("12.5000")),
    ("numeric(60,30)", "1.5", "string", "1.500000000000000000000000000000"),
    ("numeric", "'NaN'", "string", "NaN"),
    ("bytea", "'\\x00ff'", "string", "\\x00ff"),
    ("jsonb", "'{\"a\": 1}'", MapType("string", "int"), {"a": 1}),
    ("jsonb", "'[1.1]'", ListType("decimal(3, 1)"), [Decimal("1.1")]),
    ("bigint", "7", "string", "7"),
    ("integer", "7", "long", 7),
    ("timestamp", "'2024-01-01 00:00:00'", "timestamptz", datetime(2024, 1, 1, tzinfo=UTC)),
]
#: Spark plans each column for long, so the short suite has it read a few.
SOME = [c for c in EXACT if c[0] in ("numeric(38,18)", "timestamptz", "uuid")]
TABLE = FileSource("shop", "", FileFormat("auto"), None)


def quiet(text: str) -> None:
    raise AssertionError(text)


def fetched(columns: list[tuple[str, str, Any, Any]], folder: Path, declared: bool) -> tuple[FileSource, list[RawFile]]:
    names = [f"c{n}" for n in range(len(columns))]
    made = ", ".join(f"{n} {c[0]}" for n, c in zip(names, columns, strict=True))
    postgres().sql(
        "DROP TABLE IF EXISTS odd; DROP TYPE IF EXISTS mood; DROP DOMAIN IF EXISTS price;"
        "CREATE TYPE mood AS ENUM ('so so'); CREATE DOMAIN price AS numeric(10,2) CHECK (VALUE > 0);"
        f"CREATE TABLE odd ({made}); INSERT INTO odd VALUES ({', '.join(c[1] for c in columns)})"
    )
    fields = tuple(Field(n, c[2]) for n, c in zip(names, columns, strict=True))
    source = replace(TABLE, fields=fields if declared else None)
    folder.mkdir()
    answer = fetch_table(source, "public.odd", postgres().address(), None, folder, quiet)
    assert answer.fields == fields
    assert answer.rows == 1
    files = [RawFile(str(f.path), f.origin, f.path.stat().st_size, answer.at, "run-1") for f in answer.files]
    return replace(source, fields=answer.fields, file=answer.format), files


@pytest.mark.parametrize(
    ("engine", "columns"),
    [
        ("duckdb", EXACT),
        ("duckdb", DECLARED),
        pytest.param("spark", SOME, marks=pytest.mark.ci),
        pytest.param("spark", EXACT, marks=pytest.mark.soak),
        pytest.param("spark", DECLARED, marks=pytest.mark.soak),
    ],
    ids=["duckdb, by itself", "duckdb, declared", "spark, some", "spark, by itself", "spark, declared"],
)
def test_a_value_of_every_type_arrives_as_it_is(engine: str, columns: list[Any], tmp_path: Path) -> None:
    source, files = fetched(columns, tmp_path / "fetched", columns is DECLARED)
    if engine == "duckdb":
        (row,) = on_duckdb(tmp_path).read(source, *files)
    else:
        from support.spark import tiny_queries

        with tiny_queries():
            (row,) = on_spark(tmp_path).read(source, *files)
    got = [row[f"c{n}"] for n in range(len(columns))]
    wanted = [c[3] for c in columns]
    assert {c[0]: g for c, g, w in zip(columns, got, wanted, strict=True) if g != w or type(g) is not type(w)} == {}


@pytest.mark.parametrize(
    ("type_", "declared", "said", "remedy"),
    [
        ("numeric", None, "it does not say how many digits it has", 'e.g. as c: "decimal(18,4)"'),
        ("numeric(60,30)", None, "it does not say how many digits it has", "declare the columns"),
        ("bytea", None, "bytes come as text", "e.g. as c: string"),
        ("bytea", "binary", "bytes cannot be read as binary", "declare it as string: it comes as \\x and hex"),
        ("timestamptz", "timestamp", "it would lose its zone", "declare it as timestamp"),
    ],
)
def test_what_cannot_be_exact_is_refused_before_a_row_is_read(
    type_: str, declared: str | None, said: str, remedy: str, tmp_path: Path
) -> None:
    postgres().sql("DROP TABLE IF EXISTS odd", f"CREATE TABLE odd (c {type_})")
    source = replace(TABLE, fields=None if declared is None else (Field("c", declared),))
    with pytest.raises(BadInput) as caught:
        fetch_table(source, "public.odd", postgres().address(), None, tmp_path, quiet)
    assert f"source shop: public.odd.c is {type_.partition('(')[0]}" in str(caught.value)
    assert said in str(caught.value)
    assert remedy in (caught.value.remedy or "")


def test_a_value_that_its_type_has_and_ours_has_not_is_a_bad_record(tmp_path: Path) -> None:
    source, files = fetched([("timestamptz", "'infinity'", "timestamptz", None)], tmp_path / "fetched", True)
    with pytest.raises(BadInput, match=r"row 1: column c0 is not a timestamp: received 'infinity'"):
        on_duckdb(tmp_path).read(source, *files)
