"""Large text files are cut into blocks that are read side by side; nobody can tell from the rows."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.adapters.spark.rows import FILE, ROW, Rows
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import RawFile
from support.spark import spark

pytestmark = pytest.mark.usefixtures("quick")

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIELDS = (Field("id", "string"), Field("n", "int"))
BLOCK = "spark.sql.files.maxPartitionBytes"
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
    before = spark().conf.get(BLOCK)
    spark().conf.set(BLOCK, "1001")
    yield
    spark().conf.set(BLOCK, before or "128m")


def landed(folder: Path, name: str, content: str) -> RawFile:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8", newline="")
    return RawFile(str(path), f"landing/{name}", path.stat().st_size, NOW, "run-1")


def source(kind: Any, bad: Any = "quarantine") -> FileSource:
    return FileSource("orders", "", FileFormat(kind), FIELDS, on_bad_record=bad)


def seen(rows: Any) -> tuple[list[Any], list[Any]]:
    assert isinstance(rows, Rows)
    good = sorted(tuple(r) for r in rows.frame.select(FILE, ROW, "id", "n").collect())
    return good, [] if rows.bad is None else sorted(tuple(r) for r in rows.bad.select(FILE, ROW, "record").collect())


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    ("kind", "across"),
    [
        ("csv", True),
        ("jsonl", False),
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
