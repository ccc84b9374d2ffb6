"""Of rows that share a key the one that arrived last stays: that of the later file, within a file the later row. What
the files are made of does not change their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.rules import Deduplicate, Upsert
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import RawFile
from support.bench import NOW, Bench, check, on_duckdb, on_spark, source, table
from support.sides import bad_rows

pytestmark = pytest.mark.usefixtures("quick")

ID, V = Field("id", "string"), Field("v", "string")
LAST = table(Upsert("clean.upsert", ("id",)))
#: The greatest of what is alike: ties are of rows that arrived one after the other.
NEWEST = table(Deduplicate("clean.newest", ("id",), "id"))
FIRST = table(checks=(check("duplicateValues", "id", action="quarantine_rows"),))
#: A file of each kind: the name's end, and its content for the value.
KINDS: Mapping[str, tuple[str, Any]] = {
    "csv": ("csv", lambda v: f"id,v\nA,{v}\n"),
    "csv of other columns": ("csv", lambda v: f"v,x,id\n{v},1,A\n"),
    "lines": ("jsonl", lambda v: f'{{"id":"A","v":"{v}"}}\n'),
    "document": ("json", lambda v: f'[{{"id":"A","v":"{v}"}}]'),
    "parquet": ("parquet", lambda v: pa.table({"id": ["A"], "v": [v]})),
    "parquet of other columns": ("parquet", lambda v: pa.table({"v": [v], "x": [1], "id": ["A"]})),
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Bench]]:
    found = [on(tmp_path_factory.mktemp("arrival")) for on in (on_duckdb, on_spark)]
    yield found
    for bench in found:
        bench.engine.close()


def file(bench: Bench, name: str, content: Any, origin: str | None = None) -> RawFile:
    path = Path(bench.folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, pa.Table):
        pq.write_table(content, path)
    else:
        path.write_text(content)
    return RawFile(str(path), origin or f"landing/{name}", path.stat().st_size, NOW, "run-1")


def files(bench: Bench, folder: str, *kinds: str, origin: str | None = None) -> list[RawFile]:
    """Files of one row each, whose value says which it is; by their names they are the other way round."""
    found = []
    for n, kind in enumerate(kinds):
        end, content = KINDS[kind]
        found.append(file(bench, f"{folder}/{9 - n}.{end}", content(f"day{n}"), origin and f"{origin}.{end}"))
    return found


def left(bench: Bench, how: FileSource, given: list[RawFile], made: Any = LAST) -> list[str]:
    prepared = bench.engine.prepare(made, {"rows": bench.engine.read_files(how, given)})
    return [row["v"] for row in bench.engine.rows(bench.engine.dataset(prepared))]


@pytest.mark.parametrize(
    ("kinds", "origin"),
    [
        pytest.param(("csv", "csv of other columns", "csv"), None, id="other headers"),
        pytest.param(("csv", "parquet", "csv"), "landing/orders", id="other formats of one name"),
        pytest.param(
            ("parquet", "parquet of other columns", "parquet"), "landing/orders", id="other schemas of one name"
        ),
        pytest.param(
            ("parquet", "lines", "csv", "document", "parquet", "csv of other columns", "lines", "document", "csv"),
            None,
            id="all",
            marks=pytest.mark.ci,
        ),
    ],
)
def test_the_row_of_the_later_file_stays(
    both: list[Bench], kinds: tuple[str, ...], origin: str | None, request: pytest.FixtureRequest
) -> None:
    how, folder = source(ID, V, format="auto"), request.node.callspec.id
    for bench in both:
        given = files(bench, folder, *kinds, origin=origin)
        assert left(bench, how, given) == [f"day{len(given) - 1}"], bench.name
        assert left(bench, how, given, NEWEST) == [f"day{len(given) - 1}"], bench.name
        assert left(bench, how, given, FIRST) == ["day0"], bench.name


def test_of_a_file_that_is_delivered_anew_under_its_name_the_later_one_counts(both: list[Bench]) -> None:
    """However many rows the earlier one has, of which a later row by its number is not later."""
    for bench in both:
        given = [
            file(bench, "anew/1.csv", "id,v\nB,day1\nC,day1\nA,day1\n", "landing/orders.csv"),
            file(bench, "anew/2.csv", "id,v\nA,day2\nB,day2\nA,day2 again\n", "landing/orders.csv"),
        ]
        assert sorted(left(bench, source(ID, V), given)) == ["day1", "day2", "day2 again"]
        prepared = bench.engine.prepare(FIRST, {"rows": bench.engine.read_files(source(ID, V), given)})
        bad = sorted((f, row, record) for _, _, f, row, record in bad_rows(bench.engine, prepared))
        assert bad == [
            ("landing/orders.csv", 1, '{"id":"A","v":"day2"}'),
            ("landing/orders.csv", 2, '{"id":"B","v":"day2"}'),
            ("landing/orders.csv", 3, '{"id":"A","v":"day2 again"}'),
        ]


def test_records_that_are_put_aside_leave_the_order_and_the_numbers_of_the_others(both: list[Bench]) -> None:
    how = source(ID, Field("v", "int"), format="auto", on_bad_record="quarantine")
    for bench in both:
        given = [
            file(bench, "aside/4.csv", "id,v\nA,1\nB,x\nA,2\n"),
            file(bench, "aside/3.parquet", pa.table({"id": ["A", "C", "C"], "v": ["3", "x", "4"]})),
            file(bench, "aside/2.csv", "v,id\n5,A,?\nx,D\n6,A\n7,D\n"),
            file(bench, "aside/1.jsonl", '[1]\n{"id":"C","v":8}\n'),
        ]
        prepared = bench.engine.prepare(LAST, {"rows": bench.engine.read_files(how, given)})
        assert sorted((row["id"], row["v"]) for row in bench.rows(bench.engine.dataset(prepared))) == [
            *(("A", 6), ("C", 8), ("D", 7)),
        ]
        assert sorted(place for _, _, *place, _ in bad_rows(bench.engine, prepared)) == [
            *(["landing/aside/1.jsonl", 1], ["landing/aside/2.csv", 1], ["landing/aside/2.csv", 2]),
            *(["landing/aside/3.parquet", 2], ["landing/aside/4.csv", 2]),
        ]


def test_the_first_record_that_does_not_fit_is_the_one_that_arrived_first(both: list[Bench]) -> None:
    for bench in both:
        given = [
            file(bench, "unfit/3.csv", "id,v\nA,1\n"),
            file(bench, "unfit/2.csv", "v,id\nx,A\n"),
            file(bench, "unfit/1.csv", "id,v\nA,y\n"),
        ]
        with pytest.raises(BadInput, match=r"^landing/unfit/2\.csv: row 1: .*'x' \(and 1 more\)"):
            bench.engine.read_files(source(ID, Field("v", "int")), given)


def test_columns_that_files_write_in_other_cases_are_one(both: list[Bench]) -> None:
    for bench in both:
        given = [
            file(bench, "cases/3.csv", "OrderId,v\nA,1\n"),
            file(bench, "cases/2.csv", "V,orderid,More\n2,A,x\n"),
            file(bench, "cases/1.csv", "ORDERID,more,v\nB,y,3\n"),
        ]
        rows = bench.engine.read_files(source(), given)
        assert bench.engine.fields(rows) == tuple(Field(c, "string") for c in ("OrderId", "v", "More"))
        assert sorted(bench.rows(rows), key=lambda row: row["v"]) == [
            {"OrderId": "A", "v": "1", "More": None},
            {"OrderId": "A", "v": "2", "More": "x"},
            {"OrderId": "B", "v": "3", "More": "y"},
        ]
        twice = file(bench, "cases/twice.csv", "OrderId,v,orderid\nA,1,B\n")
        with pytest.raises(BadInput, match=r"twice\.csv: the header names the column twice, as number 1 and 3"):
            bench.engine.read_files(source(), [*given, twice])


def test_columns_may_be_called_what_duckdb_calls_a_files_number(both: list[Bench]) -> None:
    """And rows are told apart all the same, when they are read and when they are stored."""
    for bench in both:
        given = [
            file(
                bench,
                f"hidden/{9 - n}.parquet",
                pa.table({"id": ["A", f"{n}"], "v": [f"{n}"] * 2, "file_index": [1] * 2}),
            )
            for n in range(3)
        ]
        rows = bench.engine.read_files(source(format="parquet"), given)
        prepared = bench.engine.prepare(LAST, {"rows": rows})
        kept = [("0", "0"), ("1", "1"), ("2", "2"), ("A", "2")]
        assert sorted((r["id"], r["v"]) for r in bench.rows(bench.engine.dataset(prepared))) == kept
        raw = table(name="hidden", layer="bronze")
        for n, one in enumerate(given):
            rows = bench.engine.read_files(source(format="parquet"), [one])
            bench.save(raw, {"rows": rows}, run=f"run-{n}", write="append")
        prepared = bench.engine.prepare(LAST, {"rows": bench.engine.read_table(raw.physical)})
        assert prepared.measured.rows_in == 6
        assert sorted((r["id"], r["v"]) for r in bench.rows(bench.engine.dataset(prepared))) == kept
