"""Records of text typed once, on the way to where this run keeps its files. What does not fit keeps what was written,
and why it does not fit."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from mesh_jobs.adapters.source_files import RECORD_REMEDY, misfit_reason, shortened
from mesh_jobs.adapters.spark.hadoop import load
from mesh_jobs.adapters.spark.lines import BLOCK, LINE, NUMBER, PLACE
from mesh_jobs.adapters.spark.nested import StrictCast
from mesh_jobs.adapters.spark.rows import FILE, ROW, Rows, arrival
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name, spark_type, sql_type, text
from mesh_jobs.domain import quarantine
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import RawFile

#: Which column of a record does not fit (or BROKEN: the record as a whole), why the record as a whole does not, the
#: record, and whether it can only be read once lines are joined.
PROBLEM, REASON, RECORD, JOIN = "_mesh_problem", "_mesh_reason", "_mesh_record", "_mesh_join"
BROKEN = -1


@dataclass(frozen=True)
class Cell:
    """A column of a record before it is typed: SQL that is true when there is a value, and its cast."""

    present: str
    cast: StrictCast


@dataclass(frozen=True)
class Texts:
    """Records of text. The frame has what lines.py says of a record, and REASON and JOIN; `cells` are its columns,
    `record` is SQL of what the quarantine keeps of it; `header` says whether the first record of a file is its
    header."""

    frame: DataFrame
    cells: Sequence[Cell]
    record: str
    header: bool


@dataclass(frozen=True)
class Staged:
    """What was written. `shift` is SQL of what makes a record's number in its file out of its place; `bad` how many
    records do not fit; `filled` how many values each file has in each column, where that was asked for."""

    frame: DataFrame
    shift: str
    bad: int
    filled: Mapping[int, Sequence[int]]


def stage(session: Session, fields: Sequence[Field], texts: Texts, fill: bool = False) -> Staged | None:
    """Reads the files once; all else looks at what was written. None when lines have to be joined."""
    columns = [f"_mesh_c{i}" for i in range(len(fields))]
    casts = [
        f"CAST({cell.cast.value} AS {sql_type(spark_type(f.type))}) AS {c}"
        for c, f, cell in zip(columns, fields, texts.cells, strict=True)
    ]
    misfits = [
        f"WHEN {c} IS NULL AND {cell.present} THEN {i}"
        for i, (c, cell) in enumerate(zip(columns, texts.cells, strict=True))
        if cell.cast.fallible
    ]
    problem = f"CASE WHEN {REASON} IS NOT NULL THEN {BROKEN} {' '.join(misfits)} END"
    made = (
        texts.frame.selectExpr("*", *casts)
        .selectExpr("*", f"{problem} AS {PROBLEM}")
        .selectExpr(
            *(NUMBER, BLOCK, PLACE, LINE, *columns, PROBLEM, REASON, JOIN),
            f"CASE WHEN {PROBLEM} IS NOT NULL THEN {texts.record} END AS {RECORD}",
        )
    )
    at = f"{session.work}/{session.fresh('records')}"
    made.write.parquet(at)
    frame = load(session, "parquet", [at], schema=made.schema)
    values = [F.count(c) for c in columns] if fill else []
    # A single file is counted where it is read, without a shuffle and a job more for it.
    together = frame.coalesce(1) if len(frame.inputFiles()) == 1 else frame
    counted = together.groupBy(NUMBER, BLOCK).agg(
        F.min(PLACE), F.count(F.lit(1)), F.count(PROBLEM), F.min_by(PROBLEM, PLACE), F.max(JOIN), *values
    )
    shifts: dict[int, dict[int, int]] = {}
    read: dict[int, int] = {}
    filled: dict[int, list[int]] = {}
    bad = 0
    for number, block, first, count, wrong, of_first, join, *there in sorted(counted.collect(), key=lambda r: r[:2]):
        if join:
            return None
        before = read.get(number, 0)
        # The header is record 0.
        shifts.setdefault(number, {})[block] = before - first + (0 if texts.header else 1)
        read[number] = before + count
        bad += wrong - (1 if texts.header and before == 0 and of_first is not None else 0)
        filled[number] = [a + b for a, b in zip(filled.get(number, [0] * len(there)), there, strict=True)]
    return Staged(frame, _shift(shifts), bad, filled)


def rows_of_staged(
    source: FileSource, fields: Sequence[Field], texts: Texts, staged: Staged, files: Sequence[RawFile]
) -> Rows:
    """Good and bad records apart."""
    origin = _origin(files)
    row = f"{PLACE} + {staged.shift}"
    columns = [f"_mesh_c{i} AS {name(f.name)}" for i, f in enumerate(fields)]
    records = staged.frame.where(f"{row} > 0") if texts.header else staged.frame
    good = records.where(f"{PROBLEM} IS NULL") if staged.bad else records
    rows = Rows(
        good.selectExpr(*columns, f"{origin} AS {FILE}", f"{row} AS {ROW}", arrival(NUMBER, row)),
        traced=True,
        size=sum(f.size for f in files) * (6 if any(f.origin.endswith((".gz", ".zst")) for f in files) else 1),
    )
    if not staged.bad:
        return rows
    rule = f"{source.name}.record"
    reasons = " ".join(f"WHEN {i} THEN {text(misfit_reason(f))}" for i, f in enumerate(fields))
    bad = (
        records.where(f"{PROBLEM} IS NOT NULL")
        .selectExpr(text(rule), f"CASE {PROBLEM} WHEN {BROKEN} THEN {REASON} {reasons} END", origin, row, RECORD)
        .toDF(*quarantine.BAD)
    )
    why = quarantine.REASON
    counted = bad.groupBy(why).agg(F.count(F.lit(1)).alias("n")).orderBy(F.desc("n"), why).collect()
    return replace(rows, bad=bad, bad_losses=tuple((rule, reason, n) for reason, n in counted))


def first_misfit(
    session: Session,
    fields: Sequence[Field],
    texts: Texts,
    staged: Staged,
    files: Sequence[RawFile],
    hidden: frozenset[str],
    line_of: Callable[[int, int, int, int], int | None],
) -> BadInput:
    """The first record that does not fit, in the order of the files. `line_of` tells its line from the number of its
    file, its block, its LINE and its problem."""
    row = f"{PLACE} + {staged.shift}"
    wrong = staged.frame.where(f"{PROBLEM} IS NOT NULL" + (f" AND {row} > 0" if texts.header else ""))
    number, block, line, at, problem, reason, record = session.one(
        wrong.selectExpr(NUMBER, BLOCK, LINE, f"{row} AS at", PROBLEM, REASON, RECORD).orderBy(NUMBER, "at").limit(1)
    )
    received = ""
    if problem != BROKEN:
        f = fields[problem]
        reason = misfit_reason(f)
        value = None if f.name in hidden else json.loads(record).get(f.name)
        received = "" if value is None else f": received {shortened(str(value))}"
    found = line_of(number, block, line, problem)
    usual = at + (1 if texts.header else 0)
    where = f", line {found}" if found is not None and found != usual else ""
    more = f" (and {staged.bad - 1} more)" if staged.bad > 1 else ""
    return BadInput(f"{files[number].origin}: row {at}{where}: {reason}{received}{more}", RECORD_REMEDY)


def _origin(files: Sequence[RawFile]) -> str:
    if len(files) == 1:
        return text(files[0].origin)
    listed = json.dumps([f.origin for f in files], ensure_ascii=False)
    return f"from_json({text(listed)}, 'ARRAY<STRING>')[{NUMBER}]"


def _shift(shifts: Mapping[int, Mapping[int, int]]) -> str:
    """Literals in which a number is found by the file's number and the block's. The blocks of a file begin at multiples
    of one size, so a list by their multiples is no longer than the file has blocks. Files that are read apart from each
    other, as their headers differ, have other sizes, and all that divides each of these may be a byte."""
    known = {shift for own in shifts.values() for shift in own.values()}
    if len(known) <= 1:
        return f"CAST({next(iter(known), 0)} AS BIGINT)"
    sizes, table = [], []
    for number in range(max(shifts) + 1):
        own = shifts.get(number, {})
        size = math.gcd(*own) or 1
        sizes.append(size)
        table.append([own.get(block, 0) for block in range(0, max(own, default=-1) + 1, size)])
    size_of_file = f"from_json({text(json.dumps(sizes))}, 'ARRAY<BIGINT>')[{NUMBER}]"
    return (
        f"from_json({text(json.dumps(table))}, 'ARRAY<ARRAY<BIGINT>>')[{NUMBER}]"
        f"[CAST({BLOCK} DIV {size_of_file} AS INT)]"
    )
