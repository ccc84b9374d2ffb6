"""Parquet: read where it lies, never copied; its own types are cast to the declared ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as t

from mesh_jobs.adapters.source_files import require, wrong_type
from mesh_jobs.adapters.spark.alike import alike
from mesh_jobs.adapters.spark.as_text import as_json, as_text, json_object
from mesh_jobs.adapters.spark.casts import strict_cast
from mesh_jobs.adapters.spark.hadoop import load, look_at_each, lookup, shown_path
from mesh_jobs.adapters.spark.nested import StrictCast
from mesh_jobs.adapters.spark.parquet_schemas import ParquetColumn, footer, schema_of
from mesh_jobs.adapters.spark.rows import BAD, FILE, ROW, Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name, spark_type, sql_type, text
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.table import Field, shown
from mesh_jobs.ports.engine import RawFile

#: Days before 1582 are counted as now, not as then, unless an old Spark says that it wrote them.
_CALENDAR = {"datetimeRebaseMode": "CORRECTED", "int96RebaseMode": "CORRECTED"}


def read_parquet_files(session: Session, source: FileSource, files: Sequence[RawFile], hidden: frozenset[str]) -> Rows:
    """Files with equal schemas are read together. Raises BadInput for what is not Parquet or misses a column."""

    def look(number: int, file: RawFile, path: str) -> tuple[str, tuple[RawFile, str]]:
        return footer(session, file, path), (file, path)

    groups: dict[str, list[tuple[RawFile, str]]] = {}
    for found, member in look_at_each(session, files, look):
        groups.setdefault(found, []).append(member)
    parts = [(members[0][0].origin, _group(session, source, found, members)) for found, members in groups.items()]
    if source.fields is None:
        parts = alike(source.name, parts)
    frame = reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), (frame for _, frame in parts))
    return _strict(session, source, frame, files, hidden)


def _group(session: Session, source: FileSource, found: str, members: Sequence[tuple[RawFile, str]]) -> DataFrame:
    """Columns under their declared names; a misfit is marked column by column."""
    first = members[0][0].origin
    schema = schema_of(session, found, first)
    if source.fields is not None:
        require(first, [f.name for f in source.fields], schema.read.names)
    there = {c.name.lower(): c for c in schema.columns}
    cells = []
    for c in schema.columns if source.fields is None else ():
        cells.append(f"{_storable(c.value, c.type)} AS {name(c.name)}")
    for i, f in enumerate(source.fields or ()):
        column = there[f.name.lower()]
        cast = _cast(column, f, first)
        cells.append(f"CAST({cast.value} AS {sql_type(spark_type(f.type))}) AS {name(f.name)}")
        if cast.fallible:
            misfit = f"{name(column.name)} IS NOT NULL AND {cast.value} IS NULL"
            cells.append(f"CASE WHEN {misfit} THEN {as_text(column.value, column.type)} END AS _mesh_misfit_{i}")
    origins: dict[str, str | int] = {shown_path(session, path): file.origin for file, path in members}
    cells.append(f"{lookup('_metadata.file_path', origins, 'STRING')} AS {FILE}")
    cells.append(f"_metadata.row_index + 1 AS {ROW}")
    frame = load(session, "parquet", [path for _, path in members], schema=schema.read, **_CALENDAR)
    return frame.selectExpr(*cells)


def _cast(column: ParquetColumn, f: Field, origin: str) -> StrictCast:
    value = column.value
    if isinstance(column.type, t.BinaryType) and f.type == "string":
        # Hive, Impala and older Spark write text as bare bytes.
        decoded = f"decode({value}, 'UTF-8')"
        return StrictCast(f"CASE WHEN encode({decoded}, 'UTF-8') = {value} THEN {decoded} END", True)
    try:
        cast = strict_cast(value, column.type, f.type, f.format)
    except BadInput as error:
        raise BadInput(f"{origin}: column {f.name}: {error}", error.remedy) from error
    if column.whole is None or f.type == "string":
        return cast
    return StrictCast(f"CASE WHEN {column.whole} THEN {cast.value} END", True)


def _storable(value: str, type_: t.DataType) -> str:
    """Narrow whole numbers and bytes of a column without a promise are stored as Iceberg has them."""
    wider = _stored(type_)
    return value if wider == type_ else f"CAST({value} AS {sql_type(wider)})"


def _stored(type_: t.DataType) -> t.DataType:
    if isinstance(type_, t.ByteType | t.ShortType):
        return t.IntegerType()
    if isinstance(type_, t.ArrayType):
        return t.ArrayType(_stored(type_.elementType))
    if isinstance(type_, t.MapType):
        return t.MapType(_stored(type_.keyType), _stored(type_.valueType))
    if isinstance(type_, t.StructType):
        return t.StructType([t.StructField(f.name, _stored(f.dataType)) for f in type_])
    return type_


def _strict(
    session: Session, source: FileSource, frame: DataFrame, files: Sequence[RawFile], hidden: frozenset[str]
) -> Rows:
    """Raises BadInput for the first value that does not cast, or puts such rows aside."""
    misfits = {int(c.rsplit("_", 1)[1]): F.col(c) for c in frame.columns if c.startswith("_mesh_misfit_")}
    size, origins = sum(f.size for f in files), tuple(f.origin for f in files)
    visible = [name(c) for c in frame.columns if not c.startswith("_mesh_misfit_")]
    good = Rows(frame.select(*visible), traced=True, size=size, files=origins)
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
            wrong.select(which, F.coalesce(*misfits.values()), FILE, ROW).orderBy(FILE, ROW).limit(1)
        )
        raise wrong_type(file, row, fields[i], v, count, hidden)
    rule = f"{source.name}.record"
    reasons = [F.when(m.isNotNull(), F.lit(_reason(fields[i]))) for i, m in misfits.items()]
    types = {f.name: f.dataType for f in frame.schema}
    members = {}
    for i, f in enumerate(fields):
        shown_ = as_json(name(f.name), types[f.name])
        if i in misfits:
            misfit = f"_mesh_misfit_{i}"
            shown_ = f"CASE WHEN {misfit} IS NOT NULL THEN {as_json(misfit, t.StringType())} ELSE {shown_} END"
        members[f.name] = text('"***"') if f.name in hidden else shown_
    bad = wrong.select(F.lit(rule), F.coalesce(*reasons), FILE, ROW, F.expr(json_object(members)).alias("record")).toDF(
        *BAD
    )
    counted = bad.groupBy(BAD[1]).agg(F.count(F.lit(1)).alias("n")).orderBy(F.desc("n"), BAD[1]).collect()
    return Rows(
        frame.where(~any_misfit).select(*visible),
        traced=True,
        size=size,
        files=origins,
        bad=bad,
        bad_losses=tuple((rule, r[0], r[1]) for r in counted),
    )


def _reason(f: Field) -> str:
    return f"column {f.name} is not a {shown(f.type)}"
