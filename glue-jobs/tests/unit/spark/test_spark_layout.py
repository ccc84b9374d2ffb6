"""The files that rows become: few, of a good size, and written by several where one partition has most of the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyspark.sql import DataFrame

from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.spark import working
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.working import Working, working_on
from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.table import Field, TableName
from support.spark import conf, spark

SIZE = 128 * 2**10
FIELDS = [Field("id", "long"), Field("day", "date"), Field("noise", "binary")]
#: Days since 1970: one that has nearly all rows, among others.
HOT, DAYS = 21_915, range(21_911, 21_921)


@contextmanager
def work_on(folder: Path, *partition: Partition) -> Iterator[Working]:
    tables, table = LocalTables(folder / ".mesh"), TableName("sales_internal", "events_v1__raw")
    tables.ensure(table, FIELDS, partition, replace=True)
    location = tables.location(table)
    assert location is not None
    with working_on(Session(spark(), folder.as_uri(), b"k" * 32), table, location) as work:
        yield work


def events(rows: int, tasks: int) -> DataFrame:
    """Of a row no engine makes 16 bytes smaller. One in twenty is of any of the days."""
    day = f"CASE WHEN id % 20 = 0 THEN {DAYS.start} + (id DIV 20) % {len(DAYS)} ELSE {HOT} END"
    noise = "unhex(md5(CAST(id AS STRING))) AS noise"
    return spark().range(0, rows, 1, tasks).selectExpr("id", f"date_from_unix_date(CAST({day} AS INT)) AS day", noise)


def written(work: Working) -> list[tuple[str, str, int]]:
    """Of each file its folder, the task that wrote it, and its size."""
    parts = [(file.location().split("/"), file.fileSizeInBytes()) for file in work.written().each()]
    return [(path[-2], path[-1].partition("-")[0], size) for path, size in parts]


@pytest.mark.ci
@pytest.mark.parametrize("how", ["a load", pytest.param("a merge", marks=pytest.mark.soak)])
def test_a_day_with_most_of_the_rows_is_written_by_several_tasks_and_any_other_to_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(working, "TARGET_FILE_SIZE", SIZE)
    # As many as Spark has by itself, so that the days meet nowhere.
    with conf({"spark.sql.shuffle.partitions": "200"}), work_on(tmp_path, Partition("day", "identity")) as work:
        if how == "a merge":
            work.append(events(100, 2))
            work.exchange(work.written(), events(40_000, 20))
        else:
            work.replace(events(40_000, 20))
        of: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for folder, task, size in written(work):
            of[folder].append((task, size))
    hot = of.pop("_mesh_day_identity=2030-01-01")
    assert [len(files) for files in of.values()] == [1] * (len(DAYS) - 1)
    assert len({task for files in of.values() for task, _ in files}) == 1, "one task is enough for them"
    assert len({task for task, _ in hot}) >= 4
    sizes = [size for _, size in hot]
    assert max(sizes) <= SIZE
    assert sum(sizes) / len(sizes) >= SIZE / 2


@pytest.mark.ci
@pytest.mark.parametrize(("rows", "most"), [(1_000, 1), (40_000, 2)])
def test_rows_that_come_in_many_small_parts_are_written_to_few_files(tmp_path: Path, rows: int, most: int) -> None:
    with work_on(tmp_path) as work:
        work.append(events(rows, 40))
        assert 1 <= len(written(work)) <= most
        assert work.added == rows
