"""Files into rows: what a source declares is what comes out, or the file, row and column that do not fit are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from pyspark.sql import functions as F
from pyspark.sql import types as t

from mesh_jobs.adapters.source_files import by_format
from mesh_jobs.adapters.spark.alike import alike
from mesh_jobs.adapters.spark.csv_files import read_csv_files
from mesh_jobs.adapters.spark.json_files import read_json_files
from mesh_jobs.adapters.spark.parquet_files import read_parquet_files
from mesh_jobs.adapters.spark.rows import ARRIVAL, FILE, ROW, Rows, among
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import spark_type
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.ports.engine import RawFile


def read_source(session: Session, source: FileSource, files: Sequence[RawFile], hidden: frozenset[str]) -> Rows:
    """All records of the files, typed. `hidden` names columns whose values are in no message."""
    if not files:
        return _nothing(session, source)
    formats, parts = by_format(source, files), []
    for format_, numbers in formats.items():
        own = [files[n] for n in numbers]
        if format_ == "parquet":
            parts.append(read_parquet_files(session, source, own, hidden))
        elif format_ == "csv":
            parts.append(read_csv_files(session, source, own, hidden))
        else:
            parts.append(read_json_files(session, source, own, format_, hidden))
    if len(parts) == 1:
        return parts[0]
    frames = [among(rows.frame, numbers) for rows, numbers in zip(parts, formats.values(), strict=True)]
    if source.fields is None:
        firsts = [files[numbers[0]].origin for numbers in formats.values()]
        frames = [frame for _, frame in alike(source.name, [*zip(firsts, frames, strict=True)])]
    return reduce(_together, [replace(rows, frame=frame) for rows, frame in zip(parts, frames, strict=True)])


def _nothing(session: Session, source: FileSource) -> Rows:
    if source.fields is None:
        raise BadInput(f"source {source.name} has no files and declares no columns", "declare its columns")
    system = {FILE: t.StringType(), ROW: t.LongType(), ARRIVAL: t.LongType()}
    types = {**{f.name: spark_type(f.type) for f in source.fields}, **system}
    # createDataFrame would start a process of Python to carry no row.
    nothing = session.spark.range(0, 0, 1, 1).select(
        *(F.lit(None).cast(type_).alias(name) for name, type_ in types.items())
    )
    return Rows(nothing, traced=True)


def _together(a: Rows, b: Rows) -> Rows:
    bad = [r.bad for r in (a, b) if r.bad is not None]
    return Rows(
        a.frame.unionByName(b.frame, allowMissingColumns=True),
        traced=True,
        size=a.size + b.size,
        bad=reduce(lambda x, y: x.unionByName(y), bad) if bad else None,
        bad_losses=a.bad_losses + b.bad_losses,
    )
