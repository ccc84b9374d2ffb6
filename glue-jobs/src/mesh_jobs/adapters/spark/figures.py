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
from mesh_jobs.domain.measuring import Measuring, plan_measuring
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
    plan = plan_measuring(checks)
    values, found = answers(session, frame, types, plan, alive, more)
    return values, plan.failing(found)


def answers(
    session: Session,
    frame: DataFrame,
    types: Mapping[str, DataType],
    plan: Measuring,
    alive: Column | None = None,
    more: Sequence[Column] = (),
) -> tuple[tuple[Any, ...], dict[str, int]]:
    """The values of `more`, and the answers to what a plan asks of rows and keys, by the check that asked."""
    figures = [*more, *(F.count_if(_both(alive, breaks(c, types))) for c in plan.conditions)]
    named = [figure.alias(f"_mesh_{i}") for i, figure in enumerate(figures)]
    values = session.one(frame.agg(*named)) if named else ()
    found = dict(zip((c.id for c in plan.conditions), values[len(more) :], strict=True))
    rows = frame if alive is None else frame.where(alive)
    repeated = repeated_rows(session, rows, [c.columns for c in plan.keys])
    found.update(zip((c.id for c in plan.keys), repeated, strict=True))
    return values[: len(more)], found


def repeated_rows(session: Session, rows: DataFrame, keys: Sequence[tuple[str, ...]]) -> list[int]:
    """Rows beyond the first of each key, for several keys. Keys with a null are not compared.

    Hashes of all keys are counted in one scan, which moves eight bytes a row. Where none comes twice no key does; else
    only rows whose hash comes twice are compared, since different keys may have the same."""
    if not keys:
        return []
    hashes = F.array(*(F.struct(F.lit(i).alias("key"), _hash(k).alias("hash")) for i, k in enumerate(keys)))
    each = rows.select(F.inline(hashes)).where(F.col("hash").isNotNull())
    twice = session.keep(each.groupBy("key", "hash").agg(F.count(F.lit(1)).alias("n")).where(F.col("n") > 1))
    may_repeat = {row[0] for row in twice.select("key").distinct().collect()}
    return [
        _repeated(session, rows, k, twice.where(F.col("key") == i).select("hash")) if i in may_repeat else 0
        for i, k in enumerate(keys)
    ]


def _repeated(session: Session, rows: DataFrame, key: tuple[str, ...], twice: DataFrame) -> int:
    columns = [F.col(name(c)).alias(f"k{i}") for i, c in enumerate(key)]
    again = rows.select(*columns, _hash(key).alias("hash")).join(twice, "hash", "left_semi")
    counted = again.groupBy(*(f"k{i}" for i in range(len(key)))).agg(F.count(F.lit(1)).alias("n"))
    return int(session.one(counted.agg(F.coalesce(F.sum(F.col("n") - 1), F.lit(0))))[0])


def orphans(
    session: Session, rows: DataFrame, columns: tuple[str, ...], others: DataFrame, keys: tuple[str, ...]
) -> int:
    """Rows with a whole key that is none of the others'. Only keys are moved, and not even these where the others are
    few enough to be everywhere."""
    whole = reduce(and_, (F.col(name(c)).isNotNull() for c in columns))
    own = rows.where(whole).select(*(F.col(name(c)).alias(f"k{i}") for i, c in enumerate(columns)))
    known = others.select(*(F.col(name(k)).alias(f"k{i}") for i, k in enumerate(keys)))
    missing = own.join(known, [f"k{i}" for i in range(len(keys))], "left_anti")
    return int(session.one(missing.agg(F.count(F.lit(1))))[0])


def seconds_of_newest(column: str) -> Column:
    """An aggregate: the greatest date or moment, in seconds since 1970."""
    return F.unix_micros(F.max(F.col(name(column))).cast("timestamp")) / 1e6


def _hash(key: tuple[str, ...]) -> Column:
    """A hash of a whole key; null where a part of it is."""
    columns = [F.col(name(c)) for c in key]
    return F.when(reduce(and_, (c.isNotNull() for c in columns)), F.xxhash64(*columns))


def _both(alive: Column | None, condition: Column) -> Column:
    return condition if alive is None else alive & condition
