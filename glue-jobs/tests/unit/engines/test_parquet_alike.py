"""Parquet as any program writes it: both engines see the same columns, types and values, whatever is declared."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.domain.errors import BadInput, OutOfReach
from mesh_jobs.domain.table import Field, ListType, MapType, StructType, Type
from mesh_jobs.ports.engine import RawFile
from support.bench import Bench, on_duckdb, on_spark, source

pytestmark = pytest.mark.usefixtures("quick")

AT = dt.datetime(2024, 2, 3, 4, 5, 6, 789123)
PAIR = pa.struct([("a", pa.int8()), ("b", pa.timestamp("us", "UTC"))])
OLD = dt.datetime(1500, 1, 1, 1, 2, 3)
COLUMNS: dict[str, pa.Array] = {
    "i8": pa.array([1, -128, None], pa.int8()),
    "i16": pa.array([1, 32767, None], pa.int16()),
    "i32": pa.array([1, 2**31 - 1, None], pa.int32()),
    "i64": pa.array([1, 2**53 + 1, None], pa.int64()),
    "u8": pa.array([1, 255, None], pa.uint8()),
    "u16": pa.array([1, 65535, None], pa.uint16()),
    "u32": pa.array([1, 2**32 - 1, None], pa.uint32()),
    "u64": pa.array([1, 2**64 - 1, None], pa.uint64()),
    "f32": pa.array([1.0, 0.1, None], pa.float32()),
    "f64": pa.array([1.0, 2.5, None], pa.float64()),
    "ms": pa.array([dt.datetime(2024, 2, 3), AT.replace(microsecond=789000), OLD], pa.timestamp("ms")),
    "us": pa.array([dt.datetime(2024, 2, 3), AT, OLD], pa.timestamp("us")),
    "ns": pa.array([1706933106789123000, 1706933106789123456, -1], pa.timestamp("ns")),
    "msz": pa.array([dt.datetime(2024, 2, 3), AT.replace(microsecond=789000), OLD], pa.timestamp("ms", "UTC")),
    "usz": pa.array([dt.datetime(2024, 2, 3), AT, OLD], pa.timestamp("us", "Europe/Berlin")),
    "nsz": pa.array([1706933106789123000, 1706933106789123456, None], pa.timestamp("ns", "UTC")),
    "dec": pa.array([Decimal("1.00"), Decimal("2.50"), None], pa.decimal128(5, 2)),
    "big": pa.array([Decimal("1.00"), Decimal("9" * 36 + ".99"), None], pa.decimal128(38, 2)),
    "day": pa.array([dt.date(2024, 2, 3), dt.date(1500, 1, 1), None]),
    "flag": pa.array([True, False, None]),
    "text": pa.array(["1", "x", None]),
    "names": pa.array(["a", "b", None]).dictionary_encode(),
    "raw": pa.array([b"a", b"\xff", None], pa.binary()),
    "fixed": pa.array([b"ab", b"\x00\xff", None], pa.binary(2)),
    "list": pa.array([[1, None], [], None], pa.list_(pa.int16())),
    "pair": pa.array([{"a": 1, "b": AT}, {"a": None, "b": None}, None], PAIR),
    "map": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int32())),
}
#: Names that are patterns, escapes or fragments elsewhere.
NAMES = itertools.count()
NUMBERS = ("int", "long", "float", "double", "decimal(5, 2)", "decimal(20, 0)", "string")
MOMENTS = ("date", "timestamp", "timestamptz", "string")
DECLARED: dict[str, tuple[Type, ...]] = {
    **dict.fromkeys(("i8", "i16", "i32", "i64", "u8", "u16", "u32", "f32", "f64", "dec", "big"), NUMBERS),
    "u64": ("int", "long", "decimal(20, 0)", "string"),
    **dict.fromkeys(("ms", "us", "msz", "usz", "day"), MOMENTS),
    "nsz": ("timestamptz", "timestamp"),
    "flag": ("int", "string"),
    "text": ("int", "boolean", "string"),
    "names": ("string",),
    "raw": ("binary", "string"),
    "fixed": ("binary",),
    "list": (ListType("long"), ListType("int"), "string"),
    "pair": (StructType((("b", "timestamptz"), ("a", "int"))), StructType((("a", "long"),)), "string"),
}  # fmt: skip

#: What fits, and where a misfit may be.
OWN: dict[str, Type] = {
    **dict.fromkeys(("i8", "i16", "i32", "i64", "u8", "u16"), "int"),
    "u32": "long",
    "u64": "long",
    "f32": "float",
    "f64": "double",
    "ms": "date",
    "us": "timestamp",
    "nsz": "timestamptz",
    "msz": "timestamptz",
    "usz": "timestamptz",
    "dec": "decimal(5, 2)",
    "big": "decimal(38, 2)",
    "day": "date",
    "flag": "boolean",
    "text": "string",
    "names": "string",
    "raw": "string",
    "fixed": "binary",
    "list": ListType("int"),
    "pair": DECLARED["pair"][0],
    "map": MapType("string", "int"),
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Any:
    found = [on(tmp_path_factory.mktemp("parquet")) for on in (on_duckdb, on_spark)]
    yield found
    for bench in found:
        bench.engine.close()


def made(bench: Bench, columns: dict[str, pa.Array], **how: Any) -> RawFile:
    pq.write_table(pa.table(columns), bench.folder / "made", **how)
    return bench.file(f"{next(NAMES)} b[1]%20#.parquet", (bench.folder / "made").read_bytes())


def bad_records(bench: Bench, rows: Any) -> list[tuple[str, str]]:
    """What is put aside: reason and record."""
    if bench.name == "spark":
        return [(r[0], r[1]) for r in rows.bad.select("_mesh_reason", "record").collect()]
    session: Any = bench.engine._session  # type: ignore[attr-defined]
    return [(r[0], r[1]) for r in session.all(f"SELECT _mesh_reason, record FROM {rows.bad}")]


def test_undeclared_columns_have_the_same_types_and_values(both: list[Bench]) -> None:
    seen = []
    for bench in both:
        rows = bench.engine.read_files(source(format="parquet"), [made(bench, COLUMNS)])
        seen.append((bench.engine.fields(rows), sorted(map(repr, bench.rows(rows)))))
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] == seen[1][1]


@pytest.mark.soak
def test_declared_columns_have_the_same_values_or_do_not_fit_alike(both: list[Bench]) -> None:
    pairs = [(c, kind) for c, kinds in DECLARED.items() for kind in kinds]
    fields = [Field(f"c{i}", kind) for i, (_, kind) in enumerate(pairs)]
    # One value in each row, so that a misfit hides nothing of another column.
    columns = {}
    for i, (c, _) in enumerate(pairs):
        before, behind = (pa.nulls(3 * n, COLUMNS[c].type) for n in (i, len(pairs) - 1 - i))
        columns[f"c{i}"] = pa.concat_arrays([before, COLUMNS[c], behind])
    seen: list[dict[str, str]] = []
    for bench in both:
        how = source(*fields, format="parquet", on_bad_record="quarantine")
        rows: Any = bench.engine.read_files(how, [made(bench, columns)])
        found = {}
        for row in bench.rows(rows):
            (one,) = [(c, v) for c, v in row.items() if v is not None] or [("", None)]
            found.setdefault(one[0], []).append(repr(one[1]))
        for reason, record in bad_records(bench, rows):
            ((c, v),) = [(c, v) for c, v in json.loads(record).items() if v is not None]
            found.setdefault(c, []).append(f"{reason}: {v!r}")
        seen.append({c: str(sorted(values)) for c, values in found.items()})
    described = [(pair, seen[0].get(f"c{i}"), seen[1].get(f"c{i}")) for i, pair in enumerate(pairs)]
    assert len(seen[0]) > len(pairs)
    assert [d for d in described if d[1] != d[2]] == []


ID = uuid.UUID("12345678-1234-1234-1234-123456789abc")
WHOLE, PART = 1706933106789123000, 1706933106789123456
#: What Spark takes for something else: two values in DuckDB's SQL, what they are without a promise, and with one.
LEAVES: dict[str, tuple[str, Type, list[Any], Type, list[Any]]] = {
    "bytes": ("encode('é'), encode('b')", "binary", ["é".encode(), b"b"], "string", ["é", "b"]),
    "nanoseconds": (
        f"make_timestamp_ns({WHOLE}), make_timestamp_ns({PART})",
        *("timestamp", [AT, AT]),
        *("string", ["2024-02-03 04:05:06.789123", "2024-02-03 04:05:06.789123456"]),
    ),
    "whole microseconds": (f"make_timestamp_ns({WHOLE}), NULL", "timestamp", [AT, None], "timestamptz", [AT, None]),
    "uuids": (f"UUID '{ID}', NULL", "string", [str(ID), None], "string", [str(ID), None]),
    "bytes of uuids": (f"UUID '{ID}', NULL", "string", [str(ID), None], "binary", [ID.bytes, None]),
    "times of day": (
        "TIME '04:05:06.5', TIME '00:00:00'",
        *("string", ["04:05:06.5", "00:00:00"], "string", ["04:05:06.5", "00:00:00"]),
    ),
    "times of day with a zone": (
        "TIMETZ '04:05:06.5+01', NULL",
        *("string", ["03:05:06.5", None], "string", ["03:05:06.5", None]),
    ),
    "fractions": ("1e20, 0.5::DOUBLE", "double", [1e20, 0.5], "string", ["1.0E20", "0.5"]),
    "texts": ("'007', '7'", "string", ["007", "7"], "int", [7, 7]),
}


@pytest.mark.parametrize("kind", LEAVES)
def test_what_is_inside_is_read_as_what_stands_alone(both: list[Bench], kind: str) -> None:
    """Alone, in a list, in a struct in a list, and in a map."""
    values, plain, read, wanted, cast = LEAVES[kind]
    first = values.rpartition(", ")[0]
    query = f"SELECT {first} AS a, [{values}] AS l, [{{'x': {first}, 'n': 1}}] AS s, MAP {{1: [{first}]}} AS m"

    def shapes(of: Type) -> list[Type]:
        inner = StructType((("x", of), ("n", "int")))
        return [of, ListType(of), ListType(inner), MapType("int", ListType(of))]

    for type_, (one, other) in ((plain, read), (wanted, cast)):
        fields = [Field(c, t) for c, t in zip("alsm", shapes(type_), strict=True)]
        if type_ == "timestamptz":
            one = one.replace(tzinfo=dt.UTC)
        expected = {"a": one, "l": [one, other], "s": [{"x": one, "n": 1}], "m": {1: [one]}}
        for bench in both:
            duckdb.sql(f"COPY ({query}) TO '{bench.folder}/made' (FORMAT parquet)")
            file = bench.file(f"{next(NAMES)}.parquet", (bench.folder / "made").read_bytes())
            how = source(*(fields if type_ is wanted else ()), format="parquet")
            rows = bench.engine.read_files(how, [file])
            assert (bench.name, list(bench.engine.fields(rows))) == (bench.name, fields)
            assert (bench.name, bench.rows(rows)) == (bench.name, [expected])


def test_one_misfit_inside_makes_the_value_one_and_is_told_whole(both: list[Bench]) -> None:
    columns = {
        "at": pa.array([[WHOLE], [WHOLE, PART], None], pa.list_(pa.timestamp("ns"))),
        "name": pa.array([[b"a"], None, [b"\xff"]], pa.list_(pa.binary())),
    }
    fields = [Field("at", ListType("timestamp")), Field("name", ListType("string"))]
    for bench in both:
        how = source(*fields, format="parquet", on_bad_record="quarantine")
        rows: Any = bench.engine.read_files(how, [made(bench, columns)])
        assert bench.rows(rows) == [{"at": [AT], "name": ["a"]}]
        assert [json.loads(record) for _, record in sorted(bad_records(bench, rows))] == [
            {"at": '["2024-02-03 04:05:06.789123","2024-02-03 04:05:06.789123456"]', "name": None},
            {"at": None, "name": '["ff"]'},
        ]


def test_a_text_that_is_no_date_in_its_format_is_told_as_of_other_files(both: list[Bench]) -> None:
    columns = {"day": pa.array(["03/02/2024", "2024-02-03"])}
    field = Field("day", "date", "dd/MM/yyyy")
    for bench in both:
        file = made(bench, columns)
        kept: Any = bench.engine.read_files(source(field, format="parquet", on_bad_record="quarantine"), [file])
        assert bench.rows(kept) == [{"day": dt.date(2024, 2, 3)}]
        assert [reason for reason, _ in bad_records(bench, kept)] == ["column day is not a date written dd/MM/yyyy"]
        with pytest.raises(BadInput, match="row 2: column day is not a date written dd/MM/yyyy: received '2024-02-03'"):
            bench.read(source(field, format="parquet"), file)


def test_types_of_which_no_value_is_one_of_the_other_are_refused_by_column_and_member(both: list[Bench]) -> None:
    columns = {
        "day": COLUMNS["day"],
        "pair": pa.array([{"at": PART}], pa.struct([("at", pa.timestamp("ns"))])),
        "deep": pa.array([[{"x": [1]}]]),
    }
    wrong: list[tuple[str, Type, str]] = [
        ("day", "int", "a date cannot become a int"),
        ("pair", StructType((("at", "int"),)), "member at: a timestamp_ntz cannot become a int"),
        ("deep", ListType("string"), "a array<struct<x:array<bigint>>> cannot become a array<string>"),
    ]
    for bench in both:
        for column, kind, said in wrong:
            file = made(bench, {column: columns[column]})
            with pytest.raises(BadInput) as error:
                bench.engine.read_files(source(Field(column, kind), format="parquet"), [file])
            assert str(error.value) == f"{file.origin}: column {column}: {said}"
            assert error.value.remedy == "declare the type that the values have"


def test_columns_may_have_any_name(both: list[Bench]) -> None:
    names = ("a b", "c;d", "e{f", "(UUID)", "g\nh", "file`1", 'x"y', "int96 z")
    columns = {n: pa.array([{n: b"v"}], pa.struct([(n, pa.binary())])) for n in names} | {"at": COLUMNS["ns"][:1]}
    fields = [Field(n, StructType(((n, "string"),))) for n in names]
    for bench in both:
        file = made(bench, columns)
        assert bench.read(source(*fields, format="parquet"), file) == [{n: {n: "v"} for n in names}]
        assert bench.read(source(format="parquet"), file) == [{**{n: {n: b"v"} for n in names}, "at": AT}]


def test_what_is_inside_has_a_type_in_common_between_files(both: list[Bench]) -> None:
    first = {
        "word": pa.array([[1e20]]),
        "raw": pa.array([[b"\xc3\xa9"]]),
        "at": pa.array([[PART]], pa.list_(pa.timestamp("ns"))),
    }
    second = {"word": pa.array([["x"]]), "raw": pa.array([["é"]]), "at": pa.array([["never"]])}
    for bench in both:
        rows = bench.read(source(format="parquet"), made(bench, first), made(bench, second))
        assert sorted(rows, key=str) == [
            {"word": ["1.0E20"], "raw": ["é".encode()], "at": ["2024-02-03 04:05:06.789123"]},
            {"word": ["x"], "raw": ["é".encode()], "at": ["never"]},
        ]


def test_a_type_that_cannot_be_read_is_named_with_its_column(both: list[Bench]) -> None:
    reasons = ("a column of type INTERVAL cannot be stored", "Spark cannot read the type")
    for bench, said in zip(both, reasons, strict=True):
        duckdb.sql(f"COPY (SELECT 1 AS id, [INTERVAL 1 DAY] AS x) TO '{bench.folder}/made' (FORMAT parquet)")
        file = bench.file("interval.parquet", (bench.folder / "made").read_bytes())
        with pytest.raises(BadInput, match=rf"interval\.parquet: column x: {said}"):
            bench.engine.read_files(source(format="parquet"), [file])


@pytest.mark.parametrize("digits", [39, 50, 76])
def test_a_decimal_with_more_digits_than_can_be_read_is_refused_alike(both: list[Bench], digits: int) -> None:
    wide = pa.decimal256(digits, 2)
    plain = {"d": pa.array([1.5]), "big": pa.array([Decimal("1.05")], wide)}
    listed = {"big": pa.array([[Decimal("1.05")]], pa.list_(wide))}
    for columns, name, fields in ((plain, "big", [Field("big", "decimal(38, 2)")]), (listed, "element", [])):
        for bench in both:
            with pytest.raises(BadInput, match=f": {name} is a decimal with {digits} digits, and 38 are the most"):
                bench.read(source(*fields, format="parquet"), made(bench, columns))
    for bench in both:
        narrow = {"d": pa.array([1.5]), "big": pa.array([Decimal("1.05")], pa.decimal256(38, 2))}
        assert bench.read(source(format="parquet"), made(bench, narrow)) == [{"d": 1.5, "big": Decimal("1.05")}]


def test_moments_of_96_bits_have_no_zone(both: list[Bench]) -> None:
    moments = [AT, OLD, None]
    columns = {
        "at": pa.array(moments, pa.timestamp("us")),
        "inside": pa.array([[{"at": m}] for m in moments], pa.list_(pa.struct([("at", pa.timestamp("us"))]))),
    }
    expected = [{"at": m, "inside": [{"at": m}]} for m in moments]
    declared = Field("inside", ListType(StructType((("at", "timestamp"),))))
    for bench in both:
        file = made(bench, columns, use_deprecated_int96_timestamps=True)
        assert bench.read(source(format="parquet"), file) == expected
        assert bench.read(source(Field("at", "timestamp"), declared, format="parquet"), file) == expected


def test_moments_with_nanoseconds_fit_when_these_are_whole_microseconds(both: list[Bench]) -> None:
    for bench in both:
        file = made(bench, {"at": COLUMNS["ns"].slice(0, 2)})
        with pytest.raises(BadInput, match=r"row 2: column at is not a timestamp_ntz"):
            bench.read(source(Field("at", "timestamp"), format="parquet"), file)
        file = made(bench, {"at": COLUMNS["ns"].slice(0, 1)})
        assert bench.read(source(Field("at", "timestamp"), format="parquet"), file) == [{"at": AT}]


@pytest.mark.ci
def test_files_without_declared_columns_have_a_type_in_common_or_are_refused(both: list[Bench]) -> None:
    def grown(**members: Any) -> pa.Array:
        return pa.array([members], pa.struct([(n, pa.int32()) for n in members]))

    first = {
        "word": pa.array([1]), "exact": pa.array([2]), "raw": pa.array([b"a"]), "odd": pa.array([1e20]),
        "grown": grown(a=1), "list": pa.array([[1]]), "only": pa.array([7]),
    }  # fmt: skip
    second = {
        "LIST": pa.array([[1.5]]), "word": pa.array(["x"]), "exact": pa.array([Decimal("1.5")]),
        "raw": pa.array(["é"]), "odd": pa.array(["y"]), "grown": grown(b=2, A=3),
    }  # fmt: skip
    seen = []
    for bench in both:
        files = [made(bench, columns) for columns in (first, second)]
        rows = bench.engine.read_files(source(format="parquet"), files)
        seen.append((bench.engine.fields(rows), bench.rows(rows)))
        mixed = bench.read(source(), made(bench, {"a": pa.array([1e20])}), bench.file("a.csv", "a\nx\n"))
        assert sorted(row["a"] for row in mixed) == ["1.0E20", "x"]
        days = made(bench, {"exact": COLUMNS["day"]})
        with pytest.raises(BadInput, match=r"source orders: column exact is bigint in .* and date in "):
            bench.engine.read_files(source(format="parquet"), [files[0], days])
    assert seen[0] == seen[1]
    fields, rows = seen[0]
    assert [f.type for f in fields] == [
        *("string", "decimal(20, 1)", "binary", "string", StructType((("a", "int"), ("b", "int")))),
        *(ListType("double"), "long"),
    ]
    assert {row["odd"]: (row["grown"], row["raw"]) for row in rows} == {
        "1.0E20": ({"a": 1, "b": None}, b"a"),
        "y": ({"a": 3, "b": 2}, "é".encode()),
    }


@pytest.mark.parametrize("names", [["id", "pair", "ID"], ["id", "Id", "pair"]])
def test_columns_that_differ_in_case_alone_are_refused(both: list[Bench], names: list[str]) -> None:
    inside = pa.array([{"id": 1, "ID_1": 2}])
    for bench in both:
        pq.write_table(
            pa.table([inside if n == "pair" else pa.array([1]) for n in names], names), bench.folder / "made"
        )
        file = bench.file("twice.parquet", (bench.folder / "made").read_bytes())
        for fields in ((), (Field("id", "long"),)):
            with pytest.raises(
                BadInput, match=r"twice\.parquet: the columns id and I[dD] have the same name except for"
            ):
                bench.engine.read_files(source(*fields, format="parquet"), [file])
        pq.write_table(pa.table({"id": [1], "id_1": [2]}), bench.folder / "made")
        file = bench.file("apart.parquet", (bench.folder / "made").read_bytes())
        assert bench.read(source(format="parquet"), file) == [{"id": 1, "id_1": 2}]


def test_half_floats_are_read_or_refused_by_their_type(both: list[Bench]) -> None:
    duck, spark = both
    columns = {"half": pa.array([1.5], pa.float16())}
    assert duck.read(source(format="parquet"), made(duck, columns)) == [{"half": 1.5}]
    with pytest.raises(BadInput, match="Spark cannot read the type of one of its columns, such as half floats"):
        spark.read(source(format="parquet"), made(spark, columns))
    with pytest.raises(BadInput, match="not a Parquet file, or cut off"):
        spark.read(source(format="parquet"), spark.file("cut.parquet", b"PAR1"))


def test_a_file_that_is_gone_is_not_blamed_on_what_was_in_it(both: list[Bench]) -> None:
    for bench in both:
        there, gone = (made(bench, {"id": pa.array([1])}) for _ in range(2))
        Path(gone.uri).unlink()
        with pytest.raises(OutOfReach) as caught:
            bench.engine.read_files(source(format="parquet"), [there, gone])
        assert str(caught.value).startswith(f"{gone.origin}: ")
        assert str(caught.value).endswith(" is not there")


def test_a_file_that_is_denied_to_duckdb_is_not_blamed_on_what_is_in_it(
    both: list[Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    (duck, _) = both

    def denied(self: Session, sql: str) -> Any:
        raise duckdb.IOException('IO Error: Cannot open file "/data/a.parquet": Permission denied')

    file = made(duck, {"id": pa.array([1])})
    monkeypatch.setattr(Session, "describe", denied)
    with pytest.raises(OutOfReach, match=r": access to /data/a\.parquet was denied"):
        duck.engine.read_files(source(format="parquet"), [file])


@pytest.mark.ci
def test_the_record_of_a_misfit_is_worded_alike(both: list[Bench]) -> None:
    columns = {**COLUMNS, "f64": pa.array([1e20, float("nan"), -0.0]), "bad": pa.array(["x", "é\n", '"'])}
    fields = [*(Field(c, kind) for c, kind in OWN.items()), Field("bad", "int")]
    seen = []
    for bench in both:
        how = source(*fields, format="parquet", on_bad_record="quarantine")
        rows: Any = bench.engine.read_files(how, [made(bench, columns)])
        seen.append(sorted(bad_records(bench, rows)))
    assert len(seen[0]) == 3
    assert seen[0] == seen[1]
