"""Rules after which rows cannot be followed one by one: their result is where counting begins anew."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as t

from mesh_jobs.adapters.common_type import key_type, union_types
from mesh_jobs.adapters.exits import require_apart, unreadable
from mesh_jobs.adapters.join_columns import compared, taken_over
from mesh_jobs.adapters.spark.as_text import as_text
from mesh_jobs.adapters.spark.chain import Chain
from mesh_jobs.adapters.spark.queries import queried
from mesh_jobs.adapters.spark.rows import SYSTEM, Rows
from mesh_jobs.adapters.spark.types import name, plan_type, spark_type
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.table import Type


def reshaped(chain: Chain, frame: DataFrame) -> None:
    require_apart(chain.table, frame.columns)
    chain.traced, chain.settled = False, False
    chain.look_at(frame)


def join(chain: Chain, rule: r.Join) -> None:
    left = chain.need(rule.id, [k for k, _ in rule.on])
    chain.close()
    other = chain.inputs[rule.with_]
    take_bad_earlier(chain, other)
    columns = visible(other).columns
    theirs = compared(chain.table.name, rule, columns)
    # Under names of their own the two sides cannot be taken for one another, not even those of one table.
    right = {c: f"_mesh_right_{i}" for i, c in enumerate(columns)}
    keys = [(a, *_key(chain, rule, other, a, b)) for a, b in zip(left, theirs, strict=True)]
    on = [_as(F.col(name(a)), type_) == _as(F.col(right[b]), type_) for a, b, type_ in keys]
    other_side = visible(other).select(*(F.col(name(c)).alias(new) for c, new in right.items()))
    both = chain.visible().join(other_side, on, rule.how)
    cells = {c: F.col(name(c)) for c in chain.columns}
    if rule.how in ("right", "full"):
        # A row of theirs alone still has its key.
        cells |= {a: F.coalesce(_as(F.col(name(a)), type_), _as(F.col(right[b]), type_)) for a, b, type_ in keys}
    if rule.how not in ("semi", "anti"):
        taken = taken_over(chain.table.name, rule, chain.columns, columns)
        cells |= {new: F.col(right[c]) for c, new in taken}
    reshaped(chain, both.select(*(value.alias(c) for c, value in cells.items())))


def _key(chain: Chain, rule: r.Join, other: Rows, ours: str, theirs: str) -> tuple[str, Type]:
    """The other side's key, and the type in which it is compared with ours."""
    what = f"table {chain.table.name}: rule {rule.id}"
    own_type, their_type = types_of(chain.visible())[ours], types_of(visible(other))[theirs]
    return theirs, key_type(what, (ours, own_type), (f"{rule.with_}.{theirs}", their_type))


def aggregate(chain: Chain, rule: r.Aggregate) -> None:
    by = chain.need(rule.id, rule.by)
    chain.close()
    grouped = chain.visible().groupBy(*(F.col(name(c)) for c in by))
    reshaped(chain, grouped.agg(*(F.expr(e).alias(c) for c, e in rule.measures)))


def union(chain: Chain, with_: tuple[str, ...]) -> None:
    chain.close()
    parts = {chain.table.inputs[0]: chain.visible()}
    for other in with_:
        take_bad_earlier(chain, chain.inputs[other])
        parts[other] = visible(chain.inputs[other])
    types = union_types(chain.table.name, [(n, types_of(frame)) for n, frame in parts.items()])
    frames = [frame.select(*_union_cells(frame, types)) for frame in parts.values()]
    reshaped(chain, reduce(DataFrame.union, frames))


def _union_cells(frame: DataFrame, types: Mapping[str, Type]) -> list[Column]:
    """The columns of a union as one of its parts has them."""
    there = {f.name.lower(): f for f in frame.schema}
    cells = []
    for c, type_ in types.items():
        own = there.get(c.lower())
        value = "NULL" if own is None else name(own.name)
        if own is not None and type_ == "string":
            value = as_text(value, own.dataType)
        cells.append(_as(F.expr(value), type_).alias(c))
    return cells


def _as(value: Column, type_: Type) -> Column:
    return value.cast(spark_type(type_))


def types_of(frame: DataFrame) -> dict[str, Type | None]:
    """Columns and their types in the plan's words, None for one that is nothing but null."""
    return {f.name: None if isinstance(f.dataType, t.NullType) else plan_type(f.dataType) for f in frame.schema}


def query(chain: Chain, rule: r.Sql) -> None:
    first = rule is chain.table.rules[0]
    if not first:
        chain.close()
    tables = {}
    for i in chain.table.inputs:
        take_bad_earlier(chain, chain.inputs[i])
        tables[i] = visible(chain.inputs[i])
    if not first:
        tables[chain.table.inputs[0]] = chain.visible()
    reshaped(chain, queried(chain.session, rule.text, tables))


def take_bad_earlier(chain: Chain, rows: Rows) -> None:
    """Records of another input that could not be read: reported, though not part of what can be followed."""
    if rows.bad is not None and not any(rows.bad is b for b in chain.bad):
        chain.bad.append(rows.bad)
        chain.earlier += unreadable(rows.bad_losses)


def visible(rows: Rows) -> DataFrame:
    """A dataset without its system columns."""
    return rows.frame.select(*(F.col(name(c)) for c in rows.frame.columns if c not in SYSTEM))
