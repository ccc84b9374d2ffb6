"""Moments in years that Python does not have come as text, in the same words from both engines."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from support.bench import Bench, source

DAY, MICROS = 86_400, 1_000_000
#: Days since 1970: of the first year that Python does not have, of the death of Caesar, and the last but one it has.
FAR, BEFORE, NEAR = 2_932_897, -735_160, 2_932_895


def rows(bench: Bench, columns: dict[str, pa.Array]) -> list[dict[str, Any]]:
    pq.write_table(pa.table(columns), bench.folder / "made")
    return bench.read(source(format="parquet"), bench.file("far.parquet", (bench.folder / "made").read_bytes()))


def moments(days: list[int | None], type_: pa.DataType) -> pa.Array:
    if pa.types.is_date(type_):
        return pa.array(days, pa.int32()).cast(type_)
    return pa.array([d and (d * DAY + 3_661) * MICROS + 500_000 for d in days], pa.int64()).cast(type_)


def test_moments_that_python_does_not_have_are_texts(bench: Bench) -> None:
    days = [FAR, BEFORE, NEAR, None]
    local, zoned = pa.timestamp("us"), pa.timestamp("us", "UTC")
    columns = {"day": moments(days, pa.date32()), "local": moments(days, local), "zoned": moments(days, zoned)}
    columns["listed"] = pa.ListArray.from_arrays([0, 1, 2, 3, 4], columns["day"])
    columns["inside"] = pa.StructArray.from_arrays([columns["zoned"]], ["at"])
    found = rows(bench, columns)
    near = dt.datetime(9999, 12, 30, 1, 1, 1, 500_000)
    nearer = near.replace(tzinfo=dt.UTC)
    assert found == [
        {"day": d, "local": at, "zoned": z, "listed": [d], "inside": {"at": z}}
        for d, at, z in (
            ("+10000-01-01", "+10000-01-01T01:01:01.5", "+10000-01-01T01:01:01.5Z"),
            ("-0043-03-15", "-0043-03-15T01:01:01.5", "-0043-03-15T01:01:01.5Z"),
            (near.date(), near, nearer),
            (None, None, None),
        )
    ]


def test_the_usual_moments_are_pythons_own(bench: Bench) -> None:
    columns = {"day": pa.array([dt.date(2024, 2, 29)]), "zoned": moments([1], pa.timestamp("us", "UTC"))}
    at = dt.datetime(1970, 1, 2, 1, 1, 1, 500_000, dt.UTC)
    assert rows(bench, columns) == [{"day": dt.date(2024, 2, 29), "zoned": at}]
