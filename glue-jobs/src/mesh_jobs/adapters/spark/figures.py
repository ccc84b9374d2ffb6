"""Failing rows of many checks in few scans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType

from mesh_jobs.adapters.spark.checks import breaks
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name
from mesh_jobs.domain.plan import QualityRule


def count_failing(
    session: Session,
    frame: DataFrame,
    types: Mapping[str, DataType],
    checks: Sequence[QualityRule],
    alive: Column | None = None,
    more: Sequence[Column] = (),
) -> tuple[tuple[Any, ...], dict[str, int]]:
    """Failing rows by check, among those that `alive` lets through; and the values of `more` aggregates, which go along
    in the main scan. Keys have one more scan, all of them together."""
    keys = [c for c in checks if c.metric == "duplicateValues"]
    rest = [c for c in checks if c.metric != "duplicateValues"]
    figures = [*more, *(F.count_if(_both(alive, breaks(c, types))) for c in rest)]
    named = [figure.alias(f"_mesh_{i}") for i, figure in enumerate(figures)]
    values = session.one(frame.agg(*named)) if named else ()
    found = dict(zip((c.id for c in rest), values[len(more) :], strict=True))
    rows = frame if alive is None else frame.where(alive)
    repeated = repeated_rows(session, rows, [c.columns for c in keys])
    found.update(zip((c.id for c in keys), repeated, strict=True))
    return values[: len(more)], found


def repeated_rows(session: Session, rows: DataFrame, keys: Sequence[tuple[str, ...]]) -> list[int]:
    """Rows beyond the first of each key, for several keys. Keys with a null are not compared.

    Hashes of all keys are counted in one scan, which moves eight bytes a row. As many different ones as there are whole
    keys prove that nothing repeats; where there are fewer, only rows whose hash comes twice are compared."""
    if not keys:
        return []
    hashes = F.array(*(F.struct(F.lit(i).alias("key"), _hash(k).alias("hash")) for i, k in enumerate(keys)))
    each = rows.select(F.explode(hashes).alias("_mesh_k")).where(F.col("_mesh_k.hash").isNotNull())
    counted = each.groupBy("_mesh_k.key", "_mesh_k.hash").agg(F.count(F.lit(1)).alias("n"))
    beyond = counted.where(F.col("n") > 1).groupBy("key").agg(F.sum(F.col("n") - 1).alias("rows"))
    may_repeat = {row[0] for row in beyond.collect()}
    return [_repeated(session, rows, k) if i in may_repeat else 0 for i, k in enumerate(keys)]


def _repeated(session: Session, rows: DataFrame, key: tuple[str, ...]) -> int:
    columns = [F.col(name(c)).alias(f"_mesh_k{i}") for i, c in enumerate(key)]
    hashed = rows.select(*columns, _hash(key).alias("_mesh_h")).where(F.col("_mesh_h").isNotNull())
    twice = hashed.groupBy("_mesh_h").agg(F.count(F.lit(1)).alias("n")).where(F.col("n") > 1).select("_mesh_h")
    again = hashed.join(twice, "_mesh_h", "left_semi")
    counted = again.groupBy(*(f"_mesh_k{i}" for i in range(len(key)))).agg(F.count(F.lit(1)).alias("n"))
    return int(session.one(counted.agg(F.coalesce(F.sum(F.col("n") - 1), F.lit(0))))[0])


def _hash(key: tuple[str, ...]) -> Column:
    """A hash of a whole key; null where a part of it is."""
    columns = [F.col(name(c)) for c in key]
    return F.when(reduce(and_, (c.isNotNull() for c in columns)), F.xxhash64(*columns))


def _both(alive: Column | None, condition: Column) -> Column:
    return condition if alive is None else alive & condition
