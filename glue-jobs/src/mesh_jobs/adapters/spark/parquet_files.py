"""Parquet: read where it lies, never copied; its own types are cast to the declared ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as t

from mesh_jobs.adapters.common_type import naming
from mesh_jobs.adapters.source_files import misfit_reason, require, wrong_type
from mesh_jobs.adapters.spark.alike import alike
from mesh_jobs.adapters.spark.as_text import as_json, as_text, json_object
from mesh_jobs.adapters.spark.hadoop import load, look_at_each, lookup, shown_path
from mesh_jobs.adapters.spark.parquet_leaves import cast, readable, stored
from mesh_jobs.adapters.spark.parquet_schemas import Footer, footer, schema_of
from mesh_jobs.adapters.spark.rows import ARRIVAL, FILE, ROW, Rows, arrival
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name, spark_type, sql_type, text
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.quarantine import BAD, REASON, RECORD
from mesh_jobs.ports.engine import RawFile

#: Days before 1582 are counted as now, not as then, unless an old Spark says that it wrote them.
_CALENDAR = {"datetimeRebaseMode": "CORRECTED", "int96RebaseMode": "CORRECTED"}
#: A file with its number among those of the source, and the path to read it by.
Member = tuple[int, RawFile, str]


def read_parquet_files(session: Session, source: FileSource, files: Sequence[RawFile], hidden: frozenset[str]) -> Rows:
    """Files with equal schemas are read together. Raises BadInput for what is not Parquet or misses a column."""

    def look(number: int, file: RawFile, path: str) -> tuple[Footer, Member]:
        return footer(session, file, path), (number, file, path)

    groups: dict[Footer, list[Member]] = {}
    for found, member in look_at_each(session, files, look):
        groups.setdefault(found, []).append(member)
    parts = [(members[0][1].origin, _group(session, source, found, members)) for found, members in groups.items()]
    if source.fields is None:
        parts = alike(source.name, parts)
    frame = reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), (frame for _, frame in parts))
    return _strict(session, source, frame, files, hidden)


def _group(session: Session, source: FileSource, found: Footer, members: Sequence[Member]) -> DataFrame:
    """Columns under their declared names; a misfit is marked column by column."""
    first = members[0][1].origin
    schema = schema_of(session, found, first)
    if source.fields is not None:
        require(first, [f.name for f in source.fields], schema.read.names)
    there = {c.name.lower(): c for c in schema.columns}
    cells = []
    for c in schema.columns if source.fields is None else ():
        cells.append(f"{stored(name(c.name), c.dataType)} AS {name(c.name)}")
    for i, f in enumerate(source.fields or ()):
        column = there[f.name.lower()]
        own = name(column.name)
        with naming(f"{first}: column {f.name}"):
            made = cast(own, column.dataType, f.type, f.format)
        cells.append(f"CAST({made.value} AS {sql_type(spark_type(f.type))}) AS {name(f.name)}")
        if made.fallible:
            misfit = f"{own} IS NOT NULL AND {made.value} IS NULL"
            shown_ = as_text(*readable(own, column.dataType))
            cells.append(f"CASE WHEN {misfit} THEN {shown_} END AS _mesh_misfit_{i}")
    origins: dict[str, str | int] = {shown_path(session, path): file.origin for _, file, path in members}
    numbers: dict[str, str | int] = {shown_path(session, path): number for number, _, path in members}
    cells.append(f"{lookup('_metadata.file_path', origins, 'STRING')} AS {FILE}")
    cells.append(f"_metadata.row_index + 1 AS {ROW}")
    cells.append(arrival(lookup("_metadata.file_path", numbers, "INT"), "_metadata.row_index + 1"))
    frame = load(session, "parquet", [path for *_, path in members], schema=schema.read, **_CALENDAR)
    return frame.selectExpr(*cells)


def _strict(
    session: Session, source: FileSource, frame: DataFrame, files: Sequence[RawFile], hidden: frozenset[str]
) -> Rows:
    """Raises BadInput for the first value that does not cast, or puts such rows aside."""
    misfits = {int(c.rsplit("_", 1)[1]): F.col(c) for c in frame.columns if c.startswith("_mesh_misfit_")}
    size = sum(f.size for f in files)
    visible = [name(c) for c in frame.columns if not c.startswith("_mesh_misfit_")]
    good = Rows(frame.select(*visible), traced=True, size=size)
    if not misfits:
        return good
    any_misfit = reduce(lambda a, b: a | b, (m.isNotNull() for m in misfits.values()))
    wrong = frame.where(any_misfit)
    (count,) = session.one(wrong.agg(F.count(F.lit(1))))
    if not count:
        return good
    fields = source.fields or ()
    which = F.coalesce(*(F.when(m.isNotNull(), F.lit(i)) for i, m in misfits.items()))
    if source.on_bad_record == "abort":
        i, v, file, row = session.one(
            wrong.orderBy(ARRIVAL).select(which, F.coalesce(*misfits.values()), FILE, ROW).limit(1)
        )
        raise wrong_type(file, row, fields[i], v, count, hidden)
    rule = f"{source.name}.record"
    reasons = [F.when(m.isNotNull(), F.lit(misfit_reason(fields[i]))) for i, m in misfits.items()]
    types = {f.name: f.dataType for f in frame.schema}
    members = {}
    for i, f in enumerate(fields):
        shown_ = as_json(name(f.name), types[f.name])
        if i in misfits:
            misfit = f"_mesh_misfit_{i}"
            shown_ = f"CASE WHEN {misfit} IS NOT NULL THEN {as_json(misfit, t.StringType())} ELSE {shown_} END"
        members[f.name] = text('"***"') if f.name in hidden else shown_
    bad = wrong.select(F.lit(rule), F.coalesce(*reasons), FILE, ROW, F.expr(json_object(members)).alias(RECORD)).toDF(
        *BAD
    )
    counted = bad.groupBy(REASON).agg(F.count(F.lit(1)).alias("n")).orderBy(F.desc("n"), REASON).collect()
    return Rows(
        frame.where(~any_misfit).select(*visible),
        traced=True,
        size=size,
        bad=bad,
        bad_losses=tuple((rule, r[0], r[1]) for r in counted),
    )
