"""What a run moves between tasks: each shuffle costs a run more than all else that it does with the rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from py4j.protocol import Py4JJavaError

from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.rules import Deduplicate
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import Saved, Target
from support.bench import NOW, Bench, on_spark, source, table
from support.spark import conf, spark

FIELDS = (Field("id", "long"), Field("at", "timestamptz"), Field("note", "string"))
#: Compiling a query takes longer than so few rows do, and moves none.
AS_THEY_ARE = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
CLEAN = table(
    Deduplicate("clean.latest", ("id",), "at"),
    primary_key=("id",),
    partition_by=(Partition("at", "day"),),
)


@contextmanager
def shuffled() -> Iterator[list[int]]:
    """How many records each shuffle within has moved, in their order; known when the context has ended."""
    context: Any = spark().sparkContext
    found: list[int] = []
    group = uuid.uuid4().hex
    context.setJobGroup(group, "what a test looks at")
    try:
        yield found
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)
    context._jsc.sc().listenerBus().waitUntilEmpty()
    jobs, stages = context.statusTracker(), context._jsc.sc().statusStore()
    ids = {n for job in jobs.getJobIdsForGroup(group) for n in jobs.getJobInfo(job).stageIds}
    found += [records for n in sorted(ids) if (records := moved(stages, n))]


def moved(stages: Any, stage: int) -> int:
    """Records that a stage has given to others. One that was skipped has given none, and is soon forgotten."""
    try:
        return int(stages.lastStageAttempt(stage).shuffleWriteRecords())
    except Py4JJavaError as error:
        if "NoSuchElementException" not in str(error.java_exception):
            raise
        return 0


def run(bench: Bench, name: str, rows: int, keys: int, write: Any) -> tuple[Saved, list[int], list[int]]:
    """Rows of three days in turn through all that a run does with them; what was moved to prepare and to save them."""
    lines = [f"{n % keys},2030-01-0{1 + n % 3}T{n // keys:02}:00:00Z,x\n" for n in range(rows)]
    files = [bench.file(f"{name}.csv", "id,at,note\n" + "".join(lines))]
    with shuffled() as to_prepare:
        prepared = bench.engine.prepare(CLEAN, {"rows": bench.engine.read_files(source(*FIELDS), files)})
    with shuffled() as to_save:
        saved = bench.engine.save(CLEAN, prepared, Target(CLEAN.physical, write, name, NOW))
    return saved, to_prepare, to_save


@pytest.mark.ci
def test_rows_are_moved_once_to_where_they_are_written_and_else_only_what_tells_keys_apart(tmp_path: Path) -> None:
    bench = on_spark(tmp_path)
    with conf(AS_THEY_ARE), closing(bench.engine):
        saved, to_prepare, to_save = run(bench, "load", rows=100, keys=90, write="replace")
        assert (saved.rows_out, saved.rows_total) == (90, 90)
        # To prepare: a hash of each key, added up where it is read; key, order and place of the rows whose hash comes
        # twice; the figures of each task, of which there is one. To save: whole rows, to the task of their day.
        assert (to_prepare, to_save) == ([90, 20, 1], [90])

        saved, to_prepare, to_save = run(bench, "delta", rows=30, keys=20, write="merge")
        assert (saved.rows_out, saved.rows_total) == (20, 90)
        # To save: names of the files that hold a changed key, one a file and task; changed rows and those that stay in
        # these files, to the task of their day. Changed keys are given to every task, and nothing stored is joined by
        # moving it.
        assert (to_prepare, to_save) == ([20, 20, 1], [3, 90])
