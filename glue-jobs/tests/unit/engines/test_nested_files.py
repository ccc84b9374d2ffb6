"""JSON and Parquet become rows as they are declared, or what does not fit is named; on every engine."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import Field, ListType, StructType
from support.bench import Bench, source
from support.sources import ID, N, refused


def test_bare_bytes_of_parquet_declared_as_text_are_utf8(bench: Bench) -> None:
    path = bench.folder / "made.parquet"
    pq.write_table(pa.table({"id": pa.array(["é1".encode(), None], pa.binary())}), path)
    file = bench.file("a.parquet", path.read_bytes())
    assert bench.read(source(ID, format="parquet"), file) == [{"id": "é1"}, {"id": None}]
    pq.write_table(pa.table({"id": pa.array([b"caf\xe9"], pa.binary())}), path)
    with pytest.raises(BadInput, match="row 1: column id is not a string"):
        bench.read(source(ID, format="parquet"), bench.file("b.parquet", path.read_bytes()))


def test_json_lines_with_nested_columns_are_read(bench: Bench) -> None:
    items = ListType(StructType((("sku", "string"), ("n", "int"))))
    content = '{"id": "a", "items": [{"sku": "x", "n": 1}, {"sku": "y"}], "other": 1}\n\n{"id": null}\n'
    rows = bench.read(source(ID, Field("items", items), format="jsonl"), bench.file("a.jsonl", content))
    assert rows == [
        {"id": "a", "items": [{"sku": "x", "n": 1}, {"sku": "y", "n": None}]},
        {"id": None, "items": None},
    ]


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_long_decimals_of_json_arrive_digit_by_digit(bench: Bench, kind: str) -> None:
    number = "decimal(30, 10)"
    fields = (Field("n", number), Field("items", ListType(StructType((("x", number),)))), ID, Field("d", "double"))
    content = (
        '{"n": 12345678901234567.89, "items": [ {"x":-0.1234567891},{"x" : 123456789012345678.12} ], '
        '"id": "\\"n\\": 12345678901234567.89", "d": 0.30000000000000004}'
    )
    assert bench.read(source(*fields, format=kind), bench.file(f"a.{kind}", content)) == [
        {
            "n": Decimal("12345678901234567.8900000000"),
            "items": [{"x": Decimal("-0.1234567891")}, {"x": Decimal("123456789012345678.1200000000")}],
            "id": '"n": 12345678901234567.89',
            "d": 0.30000000000000004,
        }
    ]


def test_a_decimal_of_json_with_more_digits_than_declared_is_named(bench: Bench) -> None:
    content = '{"n": 1.000000000000000001}\n'
    message = refused(bench, content, Field("n", "decimal(12, 2)"), name="a.jsonl", format="jsonl")
    assert "row 1: column n is not a decimal(12,2)" in message


@pytest.mark.parametrize(
    "content", ['[{"id": "a", "n": 1},\n {"id": "b", "n": 2}]', '{"id":"a","n":1}\n{"id":"b",\n"n":2}']
)
def test_json_documents_are_read(bench: Bench, content: str) -> None:
    rows = bench.read(source(ID, N, format="json"), bench.file("a.json", content))
    assert rows == [{"id": "a", "n": 1}, {"id": "b", "n": 2}]


def test_parquet_keeps_its_types_unless_others_are_declared(bench: Bench) -> None:
    path = bench.folder / "a.parquet"
    pq.write_table(pa.table({"id": ["a"], "n": pa.array([1], pa.int16()), "x": [1.5]}), path)
    file = bench.file("a.parquet", path.read_bytes())
    assert bench.read(source(format="parquet"), file) == [{"id": "a", "n": 1, "x": 1.5}]
    declared = source(ID, Field("x", "decimal(12, 2)"), format="parquet")
    assert bench.read(declared, file) == [{"id": "a", "x": Decimal("1.50")}]


def test_a_sample_may_come_in_another_format_than_the_source(bench: Bench) -> None:
    assert bench.read(source(ID, N, format="parquet"), bench.file("sample.csv", "id,n\na,1\n")) == [{"id": "a", "n": 1}]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json", "parquet"])
def test_a_folder_named_like_a_column_and_a_value_is_no_column(bench: Bench, kind: str) -> None:
    content: str | bytes = {"csv": "env\nx\n", "jsonl": '{"env": "x"}\n', "json": '[{"env": "x"}]'}.get(kind, "")
    if kind == "parquet":
        pq.write_table(pa.table({"env": ["x"]}), bench.folder / "made.parquet")
        content = (bench.folder / "made.parquet").read_bytes()
    file = bench.file(f"env=prod/a.{kind}", content)
    assert bench.read(source(Field("env", "string"), format=kind), file) == [{"env": "x"}]


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_a_column_that_no_record_of_a_json_file_has_is_named(bench: Bench, kind: str) -> None:
    how = source(ID, N, format=kind)
    one, two = bench.file(f"1.{kind}", '{"id": "a", "n": 1}\n'), bench.file(f"2.{kind}", '{"id": "b", "N": 1}\n')
    with pytest.raises(BadInput) as error:
        bench.read(how, one, two)
    assert str(error.value) == f"landing/2.{kind}: column n is in no record; the first one has id, N"
    assert error.value.remedy == "declare it as it is written there: N"


def test_a_column_that_is_null_in_json_or_in_some_record_is_there(bench: Bench) -> None:
    one, two = bench.file("1.jsonl", '{"id": "a", "n": null}\n'), bench.file("2.jsonl", '{"id": "b"}\n{"id":"c","n":2}')
    how = source(ID, N, format="jsonl", null_values=("b",))
    assert bench.read(how, one) == [{"id": "a", "n": None}]
    assert sorted(bench.read(how, one, two), key=str) == [
        {"id": "a", "n": None},
        {"id": "c", "n": 2},
        {"id": None, "n": None},
    ]
    assert bench.read(how, bench.file("3.jsonl", "\n")) == []


@pytest.mark.parametrize(("kind", "type_"), [("double", pa.int64()), ("float", pa.int32())])
def test_a_whole_number_with_more_digits_than_a_fraction_holds_is_named(bench: Bench, kind: str, type_: Any) -> None:
    path = bench.folder / "made.parquet"
    number = 2 ** (53 if kind == "double" else 24)
    pq.write_table(pa.table({"x": pa.array([number, number + 1], type_)}), path)
    message = refused(bench, path.read_bytes(), Field("x", kind), name="a.parquet", format="parquet")
    assert "row 2: column x is not a " in message
    assert str(number + 1) in message


def test_broken_json_is_named_by_line_and_column(bench: Bench) -> None:
    message = refused(bench, '[{"id": "a"},\n {"id": nope}]', ID, name="a.json", format="json")
    assert "landing/a.json: not a JSON document: line 2, column 9" in message


def test_a_broken_json_line_is_named(bench: Bench) -> None:
    message = refused(bench, '{"id": "a"}\n\n{"id": \n', ID, name="a.jsonl", format="jsonl")
    assert "landing/a.jsonl: row 2, line 3: not a JSON object" in message


def test_json_without_declared_columns_says_what_to_do(bench: Bench) -> None:
    assert "have to be declared" in refused(bench, "{}", name="a.json", format="json")


def test_a_nested_value_that_does_not_fit_is_named(bench: Bench) -> None:
    field = Field("items", ListType(StructType((("n", "int"),))))
    message = refused(bench, '{"items": [{"n": 1}, {"n": 1.5}]}\n', field, name="a.jsonl", format="jsonl")
    assert "row 1: column items is not a array<struct<n:int>>" in message


def test_a_file_that_is_no_parquet_is_named(bench: Bench) -> None:
    assert "landing/a.parquet: not a Parquet file" in refused(bench, b"PAR1 not", name="a.parquet", format="parquet")


def test_a_parquet_value_that_does_not_fit_is_named(bench: Bench) -> None:
    path = bench.folder / "made.parquet"
    pq.write_table(pa.table({"id": ["a", "b"], "n": [1.0, 2.5]}), path)
    message = refused(bench, path.read_bytes(), ID, N, name="a.parquet", format="parquet")
    assert "landing/a.parquet: row 2: column n is not a int: received '2.5'" in message
