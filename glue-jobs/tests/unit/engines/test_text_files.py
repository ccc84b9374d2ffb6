"""Files of text become rows as they are declared; on every engine."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import zstandard

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import Field
from support.bench import Bench, source
from support.sources import AMOUNT, ID, N, refused


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
        BadInput, match=r"landing/2\.\w+: bytes between 80 and 9F \(hex\), which are not letters in latin-1"
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


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_begins_a_file_and_is_part_of_a_text_elsewhere(
    bench: Bench, codec: str, line_end: str
) -> None:
    how = {"encoding": codec.removesuffix("-sig")}
    content = line_end.join(["id,n", "a,1", "\ufeffb,2", '"c', '\ufeff",3', ""]).encode(codec)
    rows = [{"id": "a", "n": 1}, {"id": "\ufeffb", "n": 2}, {"id": f"c{line_end}\ufeff", "n": 3}]
    assert bench.csv(content, ID, N, **how) == rows
    assert bench.csv(gzip.compress(content), ID, N, name="a.csv.gz", **how) == rows
    content = line_end.join(['{"n": 1}', '\ufeff{"n": 2}', ""]).encode(codec)
    message = refused(bench, content, N, name="a.jsonl", format="jsonl", **how)
    assert "landing/a.jsonl: row 2: not a JSON object" in message


def test_bytes_of_a_column_that_is_not_declared_are_nobodys_promise(bench: Bench) -> None:
    for name, content in (
        ("lines.csv", b"x,id,y,n\ncaf\xe9,a,\xe9,1\nx,b,y,2\n"),
        ("across.csv", b'x,id,y,n\ncaf\xe9,a,"\xe9\n",1\nx,b,y,2\n'),
    ):
        assert bench.csv(content, ID, N, name=name) == [{"id": "a", "n": 1}, {"id": "b", "n": 2}]
        assert bench.csv(gzip.compress(content), N, name=f"{name}.gz") == [{"n": 1}, {"n": 2}]


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


def test_times_without_a_zone_are_utc(bench: Bench) -> None:
    rows = bench.csv(
        "t\n2024-02-03 04:05:06\n2024-02-03T04:05:06Z\n2024-02-03T05:05:06+01:00\n", Field("t", "timestamptz")
    )
    assert rows == [{"t": datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)}] * 3


def test_no_files_give_no_rows_when_the_columns_are_declared(bench: Bench) -> None:
    assert bench.read(source(ID, N)) == []
