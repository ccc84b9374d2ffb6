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
from mesh_jobs.adapters.spark.rows import FILE, ROW, Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import spark_type
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.ports.engine import RawFile


def read_source(session: Session, source: FileSource, files: Sequence[RawFile], hidden: frozenset[str]) -> Rows:
    """All records of the files, typed. `hidden` names columns whose values are in no message."""
    if not files:
        return _nothing(session, source)
    parts = []
    for format_, own in by_format(source, files).items():
        if format_ == "parquet":
            parts.append(read_parquet_files(session, source, own, hidden))
        elif format_ == "csv":
            parts.append(read_csv_files(session, source, own, hidden))
        else:
            parts.append(read_json_files(session, source, own, format_, hidden))
    if source.fields is None:
        frames = alike(source.name, [(rows.files[0], rows.frame) for rows in parts])
        parts = [replace(rows, frame=frame) for rows, (_, frame) in zip(parts, frames, strict=True)]
    return reduce(_together, parts)


def _nothing(session: Session, source: FileSource) -> Rows:
    if source.fields is None:
        raise BadInput(f"source {source.name} has no files and declares no columns", "declare its columns")
    types = {**{f.name: spark_type(f.type) for f in source.fields}, FILE: t.StringType(), ROW: t.LongType()}
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
        files=a.files + b.files,
        bad=reduce(lambda x, y: x.unionByName(y), bad) if bad else None,
        bad_losses=a.bad_losses + b.bad_losses,
    )
