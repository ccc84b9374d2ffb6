"""The file, row and column that do not fit are named; on every engine."""

from __future__ import annotations

import gzip
import json
import math
import random
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
import zstandard

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import Field, shown
from support.bench import Bench, source, table
from support.sources import AMOUNT, ID, N, refused


def test_an_empty_file_is_named(bench: Bench) -> None:
    assert "landing/orders.csv: the file is empty" in refused(bench, "", ID)


def test_a_missing_column_is_named_with_what_is_there(bench: Bench) -> None:
    assert refused(bench, "id,sum\n", ID, AMOUNT) == (
        "landing/orders.csv: column amount is missing; the file has id, and 1 more, not declared: number 2"
    )
    assert refused(bench, "Id\n", ID, AMOUNT) == "landing/orders.csv: column amount is missing; the file has Id"


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


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("csv", b'id,n\n"a\nb",1\ncaf\xe9,2\n'),
        ("csv", b'id,n\n"a\nb",1\n"c\ncaf\xe9",2\n'),
        ("csv", b"id,n\ra,1\rcaf\xe9,2\r"),
        ("jsonl", b'{"id":"a","n":1}\r{"id":"caf\xe9","n":2}\r'),
    ],
)
def test_a_wrong_encoding_is_named_where_lines_are_joined(bench: Bench, kind: str, content: bytes) -> None:
    message = refused(bench, content, ID, N, name=f"a.{kind}", format=kind)
    assert f"landing/a.{kind}: row 2" in message
    assert "bytes that are not utf-8" in message


def test_a_wrong_encoding_is_named_behind_columns_that_are_not_declared(bench: Bench) -> None:
    content = b"x,y,n,id\n\xe9,\xe9,1,a\n\xe9,y,2,caf\xe9\n\xe9,y,z,b\n"
    message = refused(bench, content, ID, N)
    assert "landing/orders.csv: row 2: column id: bytes that are not utf-8" in message
    assert "(and 1 more)" in message


@pytest.mark.parametrize(
    "content", [b'[{"id": "caf\xe9"}]', b'{"id": "a"}\n{"id": "b", "x": "\xed\xa0\x80"}', b'\xe9[{"id": "a"}]']
)
def test_a_document_in_another_encoding_is_named(bench: Bench, content: bytes) -> None:
    files = [bench.file("1.json", '[{"id": "caf\ufffd"}]'), bench.file("2.json", content)]
    how = source(ID, format="json", on_bad_record="quarantine")
    with pytest.raises(BadInput, match=r"landing/2\.json: not a JSON document: it is not UTF-8"):
        bench.read(how, *files)
    assert bench.read(how, files[0]) == [{"id": "caf\ufffd"}]


#: Documents, and what is said of them.
NO_DOCUMENTS = {
    '[{"id":"a"},]': "line 1, column 13: ",
    '[{"id":"a",}]': "line 1, column 12: ",
    '[{"id":NaN}]': "NaN is not a number in JSON",
    '[{"id":"a"}],"x":2': "line 1, column 13: ",
    '{"id":"a"}],"x":[{"id":"b"}': "line 1, column 11: ",
    '{"id":"a"},{"id":"b"}': "line 1, column 11: ",
    '{"id":"a"}\n{"id":"b","x":[{} {}]}': "line 2, column 19: ",
    '[{"id":"a"},{"id":"\\ud83d"}]': "a text in it has half a character",
    '{"id":"a"}{"\\ude00":"b"}': "a text in it has half a character",
}


@pytest.mark.parametrize("content", NO_DOCUMENTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_that_is_broken_is_refused_as_a_whole(bench: Bench, content: str, encoding: str) -> None:
    message = refused(
        bench,
        content.encode(encoding),
        ID,
        name="a.json",
        format="json",
        encoding=encoding,
        on_bad_record="quarantine",
    )
    assert f"landing/a.json: not a JSON document: {NO_DOCUMENTS[content]}" in message


def test_a_document_of_which_one_record_is_very_long_is_named(bench: Bench) -> None:
    for content in ('[{"id":"a"},{"id":"%s"}]', '{"id":"a"}{"id":"%s"}'):
        message = refused(bench, content % ("x" * 17 * 2**20), ID, name="a.json", format="json")
        assert "landing/a.json: a record of the document is longer than 16 MB" in message


def test_a_quote_that_is_not_closed_is_named(bench: Bench) -> None:
    assert "row 1" in refused(bench, 'id,n\n"a,1\nb,2\n', ID, N)


def test_line_ends_of_several_systems_among_escaped_quotes_are_read_or_named(bench: Bench) -> None:
    content = b"id,n\r\na,1\nb,2\r\n"
    if bench.name == "spark":
        assert bench.csv(content, ID, N, escape="\\") == [{"id": "a", "n": 1}, {"id": "b", "n": 2}]
    else:
        assert "landing/orders.csv: line endings are mixed" in refused(bench, content, ID, N, escape="\\")


def test_a_time_of_day_is_no_type_of_spark(bench: Bench) -> None:
    at = Field("at", "time")
    if bench.name == "spark":
        assert "column at has the type time, which Spark does not have" in refused(bench, "at\n10:00\n", at)
    else:
        assert "row 1: column at is not a time" in refused(bench, "at\n25:00\n", at)
        assert bench.csv("at\n10:00\n", at, name="b.csv") == [{"at": time(10)}]


def test_a_header_with_the_same_name_twice_is_named(bench: Bench) -> None:
    assert "names the column Id twice" in refused(bench, "id,Id\n1,2\n", ID)


PACKED = {"gz": gzip.compress, "zst": zstandard.ZstdCompressor().compress}


@pytest.mark.parametrize("end", PACKED)
@pytest.mark.parametrize("format", ["csv", "jsonl", "json"])
def test_a_packed_file_that_ends_too_early_is_named_wherever_it_was_cut(bench: Bench, format: str, end: str) -> None:
    values = [f"name{random.Random(n).random()}" for n in range(3000)]
    records = [json.dumps({"id": v}) for v in values]
    content = {
        "csv": "\n".join(["id", *values, ""]),
        "jsonl": "\n".join([*records, ""]),
        "json": f"[{','.join(records)}]",
    }[format]
    whole = PACKED[end](content.encode())
    how = source(ID, format=format, on_bad_record="quarantine")
    assert len(bench.read(how, bench.file(f"whole.{format}.{end}", whole + whole if format == "jsonl" else whole))) == (
        6000 if format == "jsonl" else 3000
    )
    for left in [*(len(whole) * n // 5 for n in range(1, 5)), len(whole) - 1]:
        file = bench.file(f"cut{left}.{format}.{end}", whole[:left])
        with pytest.raises(BadInput, match=rf"landing/cut{left}\.{format}\.{end}: "):
            bench.read(how, file)
