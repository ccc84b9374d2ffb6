"""Queries that are totals of one table's rows, such as `SELECT count(*) FROM t WHERE x > y`. They need no look of their
own: any scan that sees the rows can reckon them along. Spark's parser says what a query is, and what is reckoned is its
tree of it, each aggregate with the condition as its filter."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from pyspark.errors import ParseException
from pyspark.sql import Column

from mesh_jobs.adapters.spark.session import Session

#: Aggregates that keep a number or two, however many rows there are. Others would slow the scan down for all: they keep
#: lists, or estimate.
_LIGHT = {"any", "avg", "bool_and", "bool_or", "count", "count_if", "every", "max", "mean", "min", "some", "sum"}
#: Groups of Spark's functions that are more than a value of one row.
_OF_MANY_ROWS = ("agg_funcs", "window_funcs", "generator_funcs")
#: In the names of the classes of what a row and its table are not enough for, or names columns by a pattern.
_BEYOND = ("Exists", "Generator", "ListQuery", "Parameter", "Regex", "Star", "Subquery", "Window")


@dataclass(frozen=True)
class _Query:
    """SELECT `value` FROM `table` AS `alias` WHERE `condition`, as Java's objects."""

    value: Any
    condition: Any | None
    table: str
    alias: str | None


def total_of(session: Session, query: str, names: Collection[str], columns: Collection[str]) -> Column | None:
    """The query's number as an aggregate over the rows of a table with these names and columns. None for what is not
    a total, and for what has a mistake in it, which Spark tells better of the query as it is written."""
    found = _read(session, query)
    tables = {n.lower() for n in names}
    if found is None or found.table.lower() not in tables:
        return None
    known = {c.lower() for c in columns}
    qualifiers = tables | {(found.alias or "").lower()}
    reckoned = list(_parts(found.value))
    within = [] if found.condition is None else list(_parts(found.condition))
    if not any(_is_light(e) for e in reckoned) or any(_is_light(e) for e in within):
        return None
    if not all(_goes_along(session, e, known, qualifiers) for e in (*reckoned, *within)):
        return None
    jvm = session.jvm
    return Column(jvm.org.apache.spark.sql.Column(_filtered(jvm, found.value, found.condition)))


def _read(session: Session, query: str) -> _Query | None:
    try:
        plan = _state(session).sqlParser().parsePlan(query)
    except ParseException:
        return None
    if _kind(plan) != "Project" or plan.expressions().size() != 1:
        return None
    value, rows = plan.expressions().apply(0), plan.child()
    if _kind(value) in ("Alias", "UnresolvedAlias"):
        value = value.child()
    condition = alias = None
    if _kind(rows) == "Filter":
        condition, rows = rows.condition(), rows.child()
    if _kind(rows) == "SubqueryAlias":
        alias, rows = rows.alias(), rows.child()
    return _Query(value, condition, rows.tableName(), alias) if _kind(rows) == "UnresolvedRelation" else None


def _goes_along(session: Session, part: Any, known: Collection[str], qualifiers: Collection[str]) -> bool:
    kind = _kind(part)
    if kind == "UnresolvedAttribute":
        first, more = part.nameParts().apply(0).lower(), part.nameParts().size() > 1
        return first in known and not (more and first in qualifiers)
    if kind == "UnresolvedFunction":
        return _is_light(part) or _group(session, _function(part)) not in _OF_MANY_ROWS
    return not any(word in kind for word in _BEYOND)


def _is_light(part: Any) -> bool:
    plain = _kind(part) == "UnresolvedFunction" and not part.isDistinct() and part.filter().isEmpty()
    return plain and _function(part) in _LIGHT


def _filtered(jvm: Any, part: Any, condition: Any | None) -> Any:
    """The same expression, of the rows for which the condition is true."""
    if condition is None:
        return part
    if _is_light(part):
        some = jvm.scala.Some(condition)
        return part.copy(part.nameParts(), part.arguments(), False, some, part.ignoreNulls())
    children = [_filtered(jvm, c, condition) for c in _children(part)]
    return part.withNewChildren(jvm.PythonUtils.toSeq(children))


def _parts(part: Any) -> Iterator[Any]:
    yield part
    for child in _children(part):
        yield from _parts(child)


def _children(part: Any) -> list[Any]:
    found = part.children()
    return [found.apply(i) for i in range(found.size())]


def _kind(node: Any) -> str:
    return str(node.getClass().getSimpleName())


def _function(part: Any) -> str:
    return str(part.nameParts().mkString(".")).lower()


def _group(session: Session, function: str) -> str:
    """The group Spark has a function in; empty for one that it has not."""
    known = session.jvm.org.apache.spark.sql.catalyst.FunctionIdentifier(function)
    info = _state(session).functionRegistry().lookupFunction(known)
    return "" if info.isEmpty() else str(info.get().getGroup())


def _state(session: Session) -> Any:
    return session.spark._jsparkSession.sessionState()
