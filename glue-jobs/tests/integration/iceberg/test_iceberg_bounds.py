"""Bounds decide which files a reader skips: none that holds a row in question, whatever the values."""

from __future__ import annotations

import math
import tempfile
import uuid
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import strategies as st
from iceberg_bench import BRONZE, Workbench
from pyiceberg.expressions import EqualTo, GreaterThanOrEqual, IsNull, LessThan

from mesh_jobs.adapters.iceberg.files import DataFile
from mesh_jobs.domain.table import Field
from support.examples import holds, tried

KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "string": (pa.string(), st.text(st.characters(exclude_categories=["Cs"]), max_size=24)),
    "long": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "double": (pa.float64(), st.floats()),
    "decimal(20, 3)": (pa.decimal128(20, 3), st.decimals(-(10**16), 10**16, places=3)),
    "decimal(5, 2)": (pa.decimal128(5, 2), st.decimals(-999, 999, places=2)),
    "date": (pa.date32(), st.dates(date(1, 1, 1), date(9999, 12, 31))),
    "timestamp": (pa.timestamp("us"), st.datetimes(datetime(1600, 1, 1), datetime(2300, 1, 1))),
    "boolean": (pa.bool_(), st.booleans()),
    "binary": (pa.binary(), st.binary(max_size=24)),
}


def written(bench: Workbench, kind: str, files: list[list[Any]]) -> list[DataFile]:
    """One file per list of values, with small row groups so that statistics are merged."""
    bench.tables.ensure(BRONZE, [Field("v", kind)], replace=True)
    arrow = pa.field("v", KINDS[kind][0], metadata={"PARQUET:field_id": "1"})
    paths = []
    for values in files:
        path = f"{bench.tables.data_folder(BRONZE)}/r1-{uuid.uuid4()}.parquet"
        table = pa.table([pa.array(values, arrow.type)], schema=pa.schema([arrow]))
        pq.write_table(table, path, row_group_size=2, store_decimal_as_integer=True)
        paths.append(path)
    bench.tables.commit_replace(BRONZE, "r1", paths)
    by_path = {file.path: file for file in bench.tables.files(BRONZE)}
    return [by_path[path] for path in paths]


@pytest.mark.parametrize("kind", KINDS)
@tried(4, 30)
def test_no_file_is_skipped_that_holds_a_row(kind: str, examples: int) -> None:
    values = st.one_of(st.none(), KINDS[kind][1])

    @holds(examples, st.lists(st.lists(values, min_size=1, max_size=5), min_size=1, max_size=3))
    def _(files: list[list[Any]]) -> None:
        none_is_skipped(kind, files)


def none_is_skipped(kind: str, files: list[list[Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Workbench(Path(folder) / ".mesh")
        found = written(bench, kind, files)
        for file, held in zip(found, files, strict=True):
            real = [v for v in held if v is not None and not (isinstance(v, float) and math.isnan(v))]
            assert file.nulls["v"] == sum(v is None for v in held)
            if "v" in file.lower:
                assert all(file.lower["v"] <= v for v in real)
            if "v" in file.upper:
                assert all(file.upper["v"] >= v for v in real)
        table = bench.pyiceberg().load_table(str(BRONZE))
        everything = [v for held in files for v in held]
        wanted = [v for v in everything if v is not None and not (isinstance(v, float) and math.isnan(v))]
        nulls = table.scan(row_filter=IsNull("v")).to_arrow()
        assert len(nulls) == sum(v is None for v in everything)
        for value in wanted[:3]:
            if isinstance(value, bytes | Decimal | str | int | date | float):
                equal = table.scan(row_filter=EqualTo("v", value)).to_arrow()
                assert len(equal) == sum(v == value for v in wanted)
        if wanted and kind not in ("boolean", "binary"):
            pivot = sorted(wanted)[len(wanted) // 2]
            below = len(table.scan(row_filter=LessThan("v", pivot)).to_arrow())
            above = len(table.scan(row_filter=GreaterThanOrEqual("v", pivot)).to_arrow())
            nans = sum(isinstance(v, float) and math.isnan(v) for v in everything)
            assert below == sum(v < pivot for v in wanted)
            assert above - sum(v >= pivot for v in wanted) in (0, nans), "readers differ on whether NaN is greatest"


def test_text_at_the_end_of_unicode_has_no_upper_bound_or_a_greater_one(tmp_path: Path) -> None:
    (file,) = written(Workbench(tmp_path / ".mesh"), "string", [["\U0010ffff" * 20]])
    assert file.upper.get("v", "\U0010ffff" * 21) > "\U0010ffff" * 20
    (file,) = written(Workbench(tmp_path / "other"), "string", [["z" * 15 + "\U0010ffff" * 5]])
    assert file.upper["v"] > "z" * 15 + "\U0010ffff" * 5


def test_a_file_of_nulls_counts_them_and_has_no_bounds(tmp_path: Path) -> None:
    (file,) = written(Workbench(tmp_path / ".mesh"), "long", [[None, None, None]])
    assert (file.nulls, file.lower, file.upper) == ({"v": 3}, {}, {})


def test_row_groups_of_nulls_do_not_spoil_the_bounds_of_others(tmp_path: Path) -> None:
    (file,) = written(Workbench(tmp_path / ".mesh"), "long", [[None, None, 5, 7, None, None]])
    assert (file.nulls, file.lower, file.upper) == ({"v": 4}, {"v": 5}, {"v": 7})
