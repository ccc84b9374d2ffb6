"""Files become rows as they are declared, or the file, row and column that do not fit are named; on every engine."""

from __future__ import annotations

import gzip
import json
import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import Field, ListType, StructType, shown
from support import plans
from support.bench import Bench, check, protected, source, table

ID, AMOUNT, N = Field("id", "string"), Field("amount", "decimal(12, 2)"), Field("n", "int")


# What reads.


def test_a_csv_without_declared_columns_is_text(bench: Bench) -> None:
    assert bench.csv("a,b\n1,x\n2,y\n") == [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]


def test_declared_columns_are_found_by_name_and_others_left_out(bench: Bench) -> None:
    assert bench.csv("extra,amount,id\nz,1.5,o1\n", ID, AMOUNT) == [{"id": "o1", "amount": Decimal("1.50")}]


def test_empty_texts_are_null_except_quoted_ones_in_text_columns(bench: Bench) -> None:
    rows = bench.csv('id,amount\n,1\n"",\n"","" \n'.replace('"" ', '""'), ID, AMOUNT)
    assert rows == [
        {"id": None, "amount": Decimal("1.00")},
        {"id": "", "amount": None},
        {"id": "", "amount": None},
    ]


def test_declared_texts_mean_null(bench: Bench) -> None:
    rows = bench.csv("id,amount\nNA,NA\no1,-\n", ID, AMOUNT, null_values=("NA", "-"))
    assert rows == [{"id": None, "amount": None}, {"id": "o1", "amount": None}]


def test_delimiter_quote_and_escape_are_what_is_declared(bench: Bench) -> None:
    rows = bench.csv("id;amount\n'a\\'b;c';1\n", ID, AMOUNT, delimiter=";", quote="'", escape="\\")
    assert rows == [{"id": "a'b;c", "amount": Decimal("1.00")}]


def test_a_file_without_header_has_its_columns_in_the_order_declared(bench: Bench) -> None:
    assert bench.csv("o1,2\n", ID, N, header=False) == [{"id": "o1", "n": 2}]


ENCODINGS = pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        ("latin-1", "latin-1"), ("utf-16", "utf-16"), ("utf-16", "utf-16-le"), ("utf-16", "utf-16-be"),
        ("utf-8", "utf-8-sig"),
    ],
)  # fmt: skip


@ENCODINGS
def test_encodings_are_read(bench: Bench, encoding: str, codec: str) -> None:
    content = "id,n\ncafé,1\n".encode(codec)
    assert bench.csv(content, ID, N, encoding=encoding) == [{"id": "café", "n": 1}]
    assert bench.csv(gzip.compress(content), ID, N, encoding=encoding, name="a.csv.gz") == [{"id": "café", "n": 1}]


@ENCODINGS
@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_encodings_of_json_are_read(bench: Bench, kind: str, encoding: str, codec: str) -> None:
    file = bench.file(f"a.{kind}", '{"id": "café"}'.encode(codec))
    assert bench.read(source(ID, format=kind, encoding=encoding), file) == [{"id": "café"}]


def test_a_utf16_text_that_is_cut_off_is_named(bench: Bench) -> None:
    message = refused(bench, "id\ncafé\n".encode("utf-16")[:-1], ID, encoding="utf-16")
    assert "landing/orders.csv: bytes that are not utf-16" in message


@pytest.mark.parametrize(
    "content", [b"id,n\na,1\n\x80,2\n", b"id,n,\x92\na,1,b\n", b'[{"id": "a\x9f"}]', b'{"id": "\x80"}\n']
)
def test_letters_of_windows_are_not_taken_for_latin_1(bench: Bench, content: bytes) -> None:
    kind = "csv" if content.startswith(b"id") else "json" if content.startswith(b"[") else "jsonl"
    how = source(ID, format=kind, encoding="latin-1", on_bad_record="quarantine")
    files = [bench.file(f"1.{kind}", content.translate(None, b"\x80\x92\x9f")), bench.file(f"2.{kind}", content)]
    with pytest.raises(
        BadInput, match=r"landing/2\.\w+: bytes between 80 and 9F \(hex\), which are no letters in latin-1"
    ):
        bench.read(how, *files)
    assert len(bench.read(how, files[0])) == content.count(b"\n") - (kind == "csv") + (kind == "json")


def test_line_ends_of_several_systems_in_one_file_are_read(bench: Bench) -> None:
    content = 'id,n\r\na,1\nb,2\r"c\r\n""d""",3\r\n'
    rows = [{"id": "a", "n": 1}, {"id": "b", "n": 2}, {"id": 'c\r\n"d"', "n": 3}]
    assert bench.csv(content, ID, N) == rows
    assert bench.csv('{"id":"a"}\r\n\n{"id":"b"}\n\r\n', ID, name="a.jsonl", format="jsonl") == [
        {"id": "a"},
        {"id": "b"},
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_system_are_read(bench: Bench, line_end: str) -> None:
    assert bench.csv(f"id,n{line_end}a,1{line_end}b,2{line_end}", ID, N) == [{"id": "a", "n": 1}, {"id": "b", "n": 2}]


def test_compressed_files_are_read(bench: Bench) -> None:
    content = b"id,n\na,1\n"
    assert bench.csv(gzip.compress(content), ID, N, name="a.csv.gz") == [{"id": "a", "n": 1}]
    assert bench.csv(zstandard.compress(content), ID, N, name="a.csv.zst") == [{"id": "a", "n": 1}]


def test_a_header_alone_gives_no_rows(bench: Bench) -> None:
    assert bench.csv("id,n\n", ID, N) == []


def test_files_with_their_columns_in_another_order_are_read_together(bench: Bench) -> None:
    one, two = bench.file("1.csv", "id,n\na,1\n"), bench.file("2.csv", "n,id\n2,b\n")
    assert sorted(bench.read(source(ID, N), one, two), key=str) == [{"id": "a", "n": 1}, {"id": "b", "n": 2}]


def test_dates_are_read_in_the_format_declared(bench: Bench) -> None:
    fields = (Field("d", "date", "dd.MM.yyyy"), Field("t", "timestamptz", "yyyy-MM-dd HH:mm:ss"))
    assert bench.csv("d,t\n03.02.2024,2024-02-03 04:05:06\n", *fields) == [
        {"d": date(2024, 2, 3), "t": datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)}
    ]


@pytest.mark.parametrize("zone", ["Z", "+00:00"])
def test_a_pattern_with_an_offset_also_reads_z(bench: Bench, zone: str) -> None:
    field = Field("t", "timestamptz", "yyyy-MM-dd'T'HH:mm:ssXXX")
    rows = bench.csv(f"t\n2024-02-03T04:05:06{zone}\n", field)
    assert rows == [{"t": datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)}]


def test_bare_bytes_of_parquet_declared_as_text_are_utf8(bench: Bench) -> None:
    path = bench.folder / "made.parquet"
    pq.write_table(pa.table({"id": pa.array(["é1".encode(), None], pa.binary())}), path)
    file = bench.file("a.parquet", path.read_bytes())
    assert bench.read(source(ID, format="parquet"), file) == [{"id": "é1"}, {"id": None}]
    pq.write_table(pa.table({"id": pa.array([b"caf\xe9"], pa.binary())}), path)
    with pytest.raises(BadInput, match="row 1: column id is not a string"):
        bench.read(source(ID, format="parquet"), bench.file("b.parquet", path.read_bytes()))


def test_times_without_a_zone_are_utc(bench: Bench) -> None:
    rows = bench.csv(
        "t\n2024-02-03 04:05:06\n2024-02-03T04:05:06Z\n2024-02-03T05:05:06+01:00\n", Field("t", "timestamptz")
    )
    assert rows == [{"t": datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)}] * 3


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


def test_no_files_give_no_rows_when_the_columns_are_declared(bench: Bench) -> None:
    assert bench.read(source(ID, N)) == []


# What does not.


def refused(bench: Bench, content: str | bytes, *fields: Field, name: str = "orders.csv", **how: Any) -> str:
    with pytest.raises(BadInput) as error:
        bench.csv(content, *fields, name=name, **how)
    return str(error.value)


def test_an_empty_file_is_named(bench: Bench) -> None:
    assert "landing/orders.csv: the file is empty" in refused(bench, "", ID)


def test_a_missing_column_is_named_with_what_is_there(bench: Bench) -> None:
    assert "landing/orders.csv: column amount is missing; the file has id, sum" in refused(
        bench, "id,sum\n", ID, AMOUNT
    )


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


UNFIT = {
    "int": ["1.5", "1e3", "0x10", "1_000", "3000000000", "abc"],
    "long": ["9223372036854775808"],
    "decimal(5, 2)": ["1.005", "1000.00", "1e2"],
    "double": ["1_0", "1d", "1e400"],
    "boolean": ["maybe"],
    "date": ["2024-02-30", "2024-02-03 10:00", "infinity", "03.02.2024", "0000-01-01", "10000-01-01"],
    "timestamp": ["2024-02-03T10:00:00Z", "2024-02-03 24:00:00"],
    "timestamptz": ["yesterday", "2024-02-03 25:00:00", "2024-02-03 10:00:00+19:00"],
}


def test_values_that_do_not_fit_are_told_by_row_and_column(bench: Bench) -> None:
    cases = [(kind, value) for kind, values in UNFIT.items() for value in values]
    columns = {kind: f"c{i}" for i, kind in enumerate(UNFIT)}
    fields = [Field(c, kind) for kind, c in columns.items()]
    lines = [",".join(value if k == kind else "" for k in columns) for kind, value in cases]
    content = "\n".join([",".join(columns.values()), *lines, ""])
    rows = bench.engine.read_files(source(*fields, on_bad_record="quarantine"), [bench.file("a.csv", content)])
    assert bench.engine.count(rows) == 0
    orders = table()
    bench.save(orders, {"rows": rows})
    kept = sorted(bench.rows(orders.quarantine), key=lambda r: r["_mesh_row"])
    assert [(r["_mesh_row"], r["_mesh_reason"]) for r in kept] == [
        (i, f"column {columns[kind]} is not a {shown(kind)}") for i, (kind, _) in enumerate(cases, 1)
    ]
    assert [json.loads(r["record"])[columns[kind]] for r, (kind, _) in zip(kept, cases, strict=True)] == [
        value for _, value in cases
    ]


def test_a_value_that_does_not_fit_is_shown(bench: Bench) -> None:
    message = refused(bench, "id,x\na,\nb,1.5\n", ID, Field("x", "int"))
    assert "landing/orders.csv: row 2: column x is not a int: received '1.5'" in message


FITTING: dict[str, list[tuple[str, Any]]] = {
    "int": [(" 12 ", 12), ("+7", 7), ("007", 7)],
    "decimal(5, 2)": [("1.500", Decimal("1.50")), (".5", Decimal("0.50")), ("5.", Decimal("5.00"))],
    "double": [("1e3", 1000.0), (".5", 0.5), ("-inf", -math.inf)],
    "boolean": [("Yes", True), ("0", False), (" t ", True)],
    "date": [("2024-2-3", date(2024, 2, 3)), ("2024-02-03T00:00:00Z", date(2024, 2, 3))],
    "timestamp": [("2024-02-03", datetime(2024, 2, 3)), ("2024-02-03T10:00", datetime(2024, 2, 3, 10))],
}


def test_other_ways_to_write_the_same_value_fit(bench: Bench) -> None:
    fields = [Field(f"c{i}", kind) for i, kind in enumerate(FITTING)]
    columns = [[*values, *[("", None)] * (3 - len(values))] for values in FITTING.values()]
    lines = [",".join(text for text, _ in row) for row in zip(*columns, strict=True)]
    rows = bench.csv("\n".join([",".join(f.name for f in fields), *lines, ""]), *fields)
    assert [tuple(row.values()) for row in rows] == [
        tuple(value for _, value in row) for row in zip(*columns, strict=True)
    ]


def test_a_date_whose_pattern_reads_a_time_of_day_has_none(bench: Bench) -> None:
    field = Field("d", "date", "yyyy-MM-dd HH:mm")
    assert bench.csv("d\n2024-02-03 00:00\n", field) == [{"d": date(2024, 2, 3)}]
    assert "row 1: column d is not a date" in refused(bench, "d\n2024-02-03 10:00\n", field, name="b.csv")
    zoned = Field("d", "date", "yyyy-MM-dd'T'HH:mm:ssXXX")
    assert bench.csv("d\n2024-02-03T00:00:00Z\n", zoned, name="c.csv") == [{"d": date(2024, 2, 3)}]


@pytest.mark.parametrize(("kind", "type_"), [("double", pa.int64()), ("float", pa.int32())])
def test_a_whole_number_with_more_digits_than_a_fraction_holds_is_named(bench: Bench, kind: str, type_: Any) -> None:
    path = bench.folder / "made.parquet"
    number = 2 ** (53 if kind == "double" else 24)
    pq.write_table(pa.table({"x": pa.array([number, number + 1], type_)}), path)
    message = refused(bench, path.read_bytes(), Field("x", kind), name="a.parquet", format="parquet")
    assert "row 2: column x is not a " in message
    assert str(number + 1) in message


def test_a_row_with_too_many_or_too_few_columns_is_named(bench: Bench) -> None:
    assert "row 2: too few columns: expected 2 columns, found 1" in refused(bench, "id,n\na,1\nb\n", ID, N)
    assert "row 2: too many columns" in refused(bench, "id,n\na,1\nb,2,3\n", ID, N, name="b.csv")


def test_row_and_line_are_both_named_when_they_differ(bench: Bench) -> None:
    message = refused(bench, 'id,n\n"a\nb",1\nc\n', ID, N)
    assert "row 2, line 4: too few columns" in message


def test_the_first_bad_row_is_named_and_the_others_counted(bench: Bench) -> None:
    message = refused(bench, "id,n\na,x\nb,1,2\nc,y\n", ID, N)
    assert "row 1: column n" in message
    assert "(and 2 more)" in message


def test_a_wrong_encoding_is_named(bench: Bench) -> None:
    assert "row 2: column id: bytes that are not utf-8" in refused(bench, b"id,n\na,1\ncaf\xe9,2\n", ID, N)


def test_a_quote_that_is_not_closed_is_named(bench: Bench) -> None:
    assert "row 1" in refused(bench, 'id,n\n"a,1\nb,2\n', ID, N)


def test_line_ends_of_several_systems_among_escaped_quotes_are_read_or_named(bench: Bench) -> None:
    content = b"id,n\r\na,1\nb,2\r\n"
    if bench.name == "spark":
        assert bench.csv(content, ID, N, escape="\\") == [{"id": "a", "n": 1}, {"id": "b", "n": 2}]
    else:
        assert "landing/orders.csv: lines end in several ways" in refused(bench, content, ID, N, escape="\\")


def test_a_time_of_day_is_no_type_of_spark(bench: Bench) -> None:
    at = Field("at", "time")
    if bench.name == "spark":
        assert "column at has the type time, which Spark has not" in refused(bench, "at\n10:00\n", at)
    else:
        assert "row 1: column at is not a time" in refused(bench, "at\n25:00\n", at)
        assert bench.csv("at\n10:00\n", at, name="b.csv") == [{"at": time(10)}]


def test_a_header_with_the_same_name_twice_is_named(bench: Bench) -> None:
    assert "names the column Id twice" in refused(bench, "id,Id\n1,2\n", ID)


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


# What goes to the quarantine.


def test_bad_records_go_to_the_quarantine_as_a_loss_of_the_first_table(bench: Bench) -> None:
    content = "id,n\na,1\nb,x\nc\nd,4\n"
    rows = bench.engine.read_files(source(ID, N, on_bad_record="quarantine"), [bench.file("a.csv", content)])
    orders = table()
    prepared = bench.engine.prepare(orders, {"rows": rows})
    assert prepared.measured.rows_in == 4
    assert (
        sorted((x.rule, x.kind, x.rows) for x in prepared.measured.losses) == [("orders.record", "quarantined", 1)] * 2
    )
    saved = bench.save(orders, {"rows": rows})
    assert (saved.rows_out, saved.quarantined) == (2, 2)
    kept = sorted(bench.rows(orders.quarantine), key=lambda r: r["_mesh_row"])
    assert [(r["_mesh_file"], r["_mesh_row"], r["record"]) for r in kept] == [
        ("landing/a.csv", 2, '{"id":"b","n":"x"}'),
        ("landing/a.csv", 3, "c"),
    ]


BAD_LINE = b'{"id": "a", "n": 1}\n\n{"id": "caf\xe9", "n": 2}\n{"id": "b", "n": "x"}\n{"id": "c", "n": 4}\n'


def test_a_json_line_with_other_bytes_goes_to_the_quarantine_and_rows_after_it_keep_their_numbers(
    bench: Bench,
) -> None:
    how = source(ID, N, format="jsonl", on_bad_record="quarantine")
    rows = bench.engine.read_files(
        how, [bench.file("a.jsonl", BAD_LINE), bench.file("b.jsonl", '{"id": "d", "n": 5}\n')]
    )
    orders = table()
    saved = bench.save(orders, {"rows": rows})
    assert (saved.rows_out, saved.quarantined) == (3, 2)
    kept = sorted(bench.rows(orders.quarantine), key=lambda r: r["_mesh_row"])
    assert [(r["_mesh_row"], r["_mesh_reason"]) for r in kept] == [
        (2, "bytes that are not utf-8: the file has another encoding"),
        (3, "column n is not a int"),
    ]


def test_a_json_line_with_other_bytes_is_named(bench: Bench) -> None:
    message = refused(bench, BAD_LINE, ID, N, name="a.jsonl", format="jsonl")
    assert "landing/a.jsonl: row 2, line 3: bytes that are not utf-8" in message
    assert "(and 1 more)" in message


def test_a_json_line_longer_than_can_be_read_is_named(bench: Bench) -> None:
    content = '{"id": "a"}\n{"id": "' + "x" * 9_000_000 + '"}\n'
    message = refused(bench, content, ID, name="a.jsonl", format="jsonl")
    assert "landing/a.jsonl: row 2: the line is longer than 8 MB" in message


def test_rows_after_an_unreadable_record_keep_their_numbers(bench: Bench) -> None:
    rows = bench.engine.read_files(
        source(ID, N, on_bad_record="quarantine"), [bench.file("a.csv", "id,n\na\nb\nc,1\nd,\n")]
    )
    orders = table(checks=(check("nullValues", "n", action="quarantine_rows"),))
    bench.save(orders, {"rows": rows})
    assert sorted(r["_mesh_row"] for r in bench.rows(orders.quarantine)) == [1, 2, 4]


# What is never said.


def with_protected_columns(bench: Bench) -> Bench:
    document = plans.document(
        [plans.source("orders", [plans.field("e_mail"), plans.field("n", "int")])],
        [
            plans.table(
                "clean",
                "silver",
                ["orders"],
                protected=[{"name": "email", "masking": "hash"}, {"name": "n", "masking": "redact"}],
                rules=[{"kind": "rename", "id": "clean.0.rename", "columns": [{"from": "e_mail", "to": "email"}]}],
            )
        ],
    )
    return bench.again(plan_from_json(document))


def test_a_protected_value_is_in_no_message(bench: Bench) -> None:
    bench = with_protected_columns(bench)
    message = refused(bench, "e_mail,n\na@shoply.com,secret\n", Field("e_mail", "string"), N)
    assert "row 1: column n is not a int" in message
    assert "secret" not in message


def test_a_record_of_protected_columns_is_masked_in_the_quarantine(bench: Bench) -> None:
    bench = with_protected_columns(bench)
    fields = (Field("e_mail", "string"), N)
    content = "e_mail,n\na@shoply.com,secret\nb@shoply.com\n"
    rows = bench.engine.read_files(source(*fields, on_bad_record="quarantine"), [bench.file("a.csv", content)])
    clean = table(name="clean", protected=protected("email", "n"))
    bench.save(clean, {"rows": rows})
    text = str(bench.rows(clean.quarantine))
    assert "shoply" not in text
    assert "secret" not in text
    assert "12 characters, not kept" in text
