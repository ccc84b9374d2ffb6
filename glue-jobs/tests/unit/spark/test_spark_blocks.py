"""Large text files are cut into blocks that are read side by side; nobody can tell from the rows."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame

from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.spark import csv_files, hadoop
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.adapters.spark.rows import FILE, ROW, Rows
from mesh_jobs.domain.errors import BadInput, OutOfReach
from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import RawFile
from support.spark import conf, spark

pytestmark = pytest.mark.usefixtures("quick")

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIELDS = (Field("id", "string"), Field("n", "int"))
BLOCK = "spark.sql.files.maxPartitionBytes"
#: Files that are read together are cut by their size, into as many parts, where a file costs nothing to open.
BY_SIZE = {"spark.sql.files.openCostInBytes": "1", "spark.sql.files.minPartitionNum": "7"}
#: Makes records longer.
LONG = "ü" * 20


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SparkEngine]:
    (tmp_path / "work").mkdir()
    found = SparkEngine(spark(), LocalTables(tmp_path / ".mesh"), (tmp_path / "work").as_uri(), b"k" * 32)
    yield found
    found.close()


@pytest.fixture
def small_blocks() -> Iterator[None]:
    """So small that a file of a few records has several."""
    with conf({BLOCK: "1001"}):
        yield


def landed(folder: Path, name: str, content: str | bytes) -> RawFile:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return RawFile(str(path), f"landing/{name}", path.stat().st_size, NOW, "run-1")


def source(kind: Any, bad: Any = "quarantine") -> FileSource:
    return FileSource("orders", "", FileFormat(kind), FIELDS, on_bad_record=bad)


def seen(rows: Any) -> tuple[list[Any], list[Any]]:
    assert isinstance(rows, Rows)
    good = sorted(tuple(r) for r in rows.frame.select(FILE, ROW, "id", "n").collect())
    return good, [] if rows.bad is None else sorted(tuple(r) for r in rows.bad.select(FILE, ROW, "record").collect())


@pytest.mark.ci
@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("kind", "across"),
    [
        ("csv", True),
        pytest.param("jsonl", False, marks=pytest.mark.soak),
        pytest.param("csv", False, marks=pytest.mark.soak),
        pytest.param("jsonl", True, marks=pytest.mark.soak),
    ],
)
def test_records_keep_their_numbers_in_files_of_many_blocks(
    engine: SparkEngine, tmp_path: Path, kind: str, across: bool
) -> None:
    files, good, bad = [], [], []
    for f in range(3):
        name = f"{f}.{kind}"
        lines = ["id,n"] if kind == "csv" else []
        for i in range(1, 20 * (f + 1)):
            value = "x" if i % 17 == 0 else str(i)
            text = f"é{i}\n{LONG}" if across and kind == "csv" and i % 3 == 0 else f"é{i}{LONG}"
            quoted = f'"{text}"' if "\n" in text else text
            lines.append(f"{quoted},{value}" if kind == "csv" else f'{{"id":"{text}","n":"{value}"}}')
            if value == "x":
                record = text.replace("\n", "\\n")
                bad.append((f"landing/{name}", i, f'{{"id":"{record}","n":"x"}}'))
            else:
                good.append((f"landing/{name}", i, text, i))
        end = "\r" if across and kind == "jsonl" else "\n"
        # Empty lines are no records.
        files.append(landed(tmp_path, name, end.join(lines[:9]) + end * 3 + end.join(lines[9:]) + end))
    assert seen(engine.read_files(source(kind), files)) == (sorted(good), sorted(bad))


@pytest.mark.ci
def test_files_cut_into_blocks_of_different_sizes_keep_their_numbers_at_little_cost(
    engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shifts: list[str] = []
    stage = csv_files.stage

    def spy(*args: Any) -> Any:
        staged = stage(*args)
        assert staged is not None
        shifts.append(staged.shift)
        return staged

    monkeypatch.setattr(csv_files, "stage", spy)
    # Headers that differ, so that each file is read, and cut, for itself.
    some = [f"{i},é{i}{LONG}" for i in range(1, 60)]
    more = [f"é{i}{LONG},{i}" for i in range(1, 101)]
    files = [
        landed(tmp_path, "a.csv", "\n".join(["n,id", *some])),
        landed(tmp_path, "b.csv", "\n".join(["id,n", *more])),
    ]
    with conf(BY_SIZE):
        good, bad = seen(engine.read_files(source("csv"), files))
    assert [(f, r, n) for f, r, _, n in good] == [
        *(("landing/a.csv", i, i) for i in range(1, 60)),
        *(("landing/b.csv", i, i) for i in range(1, 101)),
    ]
    assert bad == []
    (shift,) = shifts
    assert len(shift) < 500, "a number for each of seven blocks of two files"


@pytest.mark.ci
@pytest.mark.usefixtures("small_blocks")
def test_a_column_that_no_line_has_is_found_missing_without_putting_lines_in_order(
    engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f'{{"id":"é{i}{LONG}"}}' for i in range(100)]
    files = [
        landed(tmp_path, "a.jsonl", "\n".join(['{"id":"","n":null}', *lines])),
        landed(tmp_path, "b.jsonl", "\n".join(['["n"]', '{"id":"","first":1}', *lines])),
    ]
    plans: list[str] = []
    collect = DataFrame.collect

    def spy(self: DataFrame) -> Any:
        plans.append(self._jdf.queryExecution().optimizedPlan().toString())
        return collect(self)

    monkeypatch.setattr(DataFrame, "collect", spy)
    with conf({"spark.sql.maxPlanStringLength": "1m"}), pytest.raises(BadInput) as caught:
        engine.read_files(source("jsonl"), files)
    assert str(caught.value) == "landing/b.jsonl: column n is in no record; the first one has id, 1 more, not declared"
    assert [p for p in plans if "json_object_keys" in p] == plans[-1:]
    assert "Window" not in plans[-1]


@pytest.mark.parametrize(
    "kind", [pytest.param("csv", marks=pytest.mark.ci), pytest.param("jsonl", marks=pytest.mark.ci), "parquet"]
)
def test_files_are_opened_side_by_side_and_the_first_that_cannot_be_is_named(
    engine: SparkEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    pq.write_table(pa.table({"id": ["a"], "n": pa.array([1], pa.int32())}), tmp_path / "made")
    content = {"csv": b"id,n\na,1\n", "jsonl": b'{"id":"a","n":1}\n', "parquet": (tmp_path / "made").read_bytes()}
    files = [landed(tmp_path, f"{i}.{kind}", content[kind]) for i in range(3)]
    together = threading.Barrier(3, timeout=20)
    readable = hadoop.readable

    def waiting(session: Any, file: RawFile) -> str:
        together.wait()
        # The last is through first.
        time.sleep(0.05 * (3 - files.index(file)))
        return readable(session, file)

    monkeypatch.setattr(hadoop, "readable", waiting)
    good, _ = seen(engine.read_files(source(kind), files))
    assert good == [(f"landing/{i}.{kind}", 1, "a", 1) for i in range(3)]
    for gone in files[1:]:
        Path(gone.uri).unlink()
    with pytest.raises(OutOfReach, match=rf"landing/1\.{kind}: .*/1\.{kind} is not there"):
        engine.read_files(source(kind, "abort"), files)


@pytest.mark.ci
@pytest.mark.usefixtures("small_blocks")
def test_a_line_far_behind_is_named_by_its_number(engine: SparkEngine, tmp_path: Path) -> None:
    lines = ["id,n", *(f"é{i}{LONG},{i}" for i in range(1, 100)), "", "", "one", "two"]
    files = [landed(tmp_path, "a.csv", "id,n\né,1\n"), landed(tmp_path, "b.csv", "\n".join(lines))]
    with pytest.raises(BadInput, match=r"landing/b\.csv: row 100, line 103: too few columns.* \(and 1 more\)"):
        engine.read_files(source("csv", "abort"), files)


ODD = ["_x.csv", ".x.csv", "a b.csv", "[1].csv", "x%20y.csv", "h#1.csv", "q?.csv", "{a,b}.csv", "*.csv", "c:d.csv"]


def test_files_are_read_by_their_exact_names(engine: SparkEngine, tmp_path: Path) -> None:
    files = [landed(tmp_path, f"env=prod/{name}", f"id,n\n{name.replace(',', ';')},1\n") for name in ODD]
    good, bad = seen(engine.read_files(source("csv"), files))
    assert good == sorted((f"landing/env=prod/{name}", 1, name.replace(",", ";"), 1) for name in ODD)
    assert bad == []


def test_moments_are_those_of_utc_wherever_the_process_is(engine: SparkEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = (Field("at", "timestamptz"), Field("local", "timestamp"), Field("day", "date"))
    rows = [{"at": "2024-07-01T00:30:00Z", "local": "2024-03-10 02:30:00", "day": "2024-07-01"}]
    given = engine.from_rows(fields, rows)
    before = os.environ.get("TZ")
    try:
        for zone in ("America/New_York", "Asia/Tokyo"):
            os.environ["TZ"] = zone
            time.tzset()
            (row,) = engine.rows(given)
            assert row["at"] == datetime(2024, 7, 1, 0, 30, tzinfo=UTC)
            assert row["local"] == datetime(2024, 3, 10, 2, 30)
            assert str(row["day"]) == "2024-07-01"
            assert engine.greatest(given, "at") == "2024-07-01T00:30:00.000000+00:00"
            assert engine.count(engine.since(given, "at", "2024-07-01T00:30:00.000000+00:00")) == 1
            assert engine.count(engine.since(given, "at", "2024-07-01T00:30:00.000001+00:00")) == 0
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()
