"""Whether what stands together is of types that fit. Spark says it when a job runs, DuckDB often not at all: `paid = 1`
compares a boolean with a number, which only one of them does.

Source of the rules: each function and operator asked of Spark 3.5.6 with each type; the tests ask again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sqlglot import exp

from mesh_jobs.adapters.sql.arguments import check_arguments
from mesh_jobs.adapters.sql.meetings import (
    CAST_ONE,
    apart,
    becomes,
    compared,
    computed,
    each,
    joined,
    of_type,
    one_type,
    operands,
    stands_for,
)
from mesh_jobs.adapters.sql.parsing import position
from mesh_jobs.adapters.sql.places import first_select, function_name
from mesh_jobs.adapters.sql.problems import SqlProblem, short
from mesh_jobs.adapters.sql.spark_types import INTERVAL, MOMENTS, VOID, is_whole, of_node, wider
from mesh_jobs.adapters.sql.type_pairs import comparable, rounded_apart, texts_apart
from mesh_jobs.adapters.sql.typed import SIDES, USED, WITHOUT, type_of
from mesh_jobs.domain.table import ListType, MapType, StructType, Type, shown

_COMPARED = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)


def misfits(node: exp.Expr) -> Iterator[SqlProblem]:
    """What is wrong with the types of a node's operands or arguments, as far as they are known."""
    match node:
        case exp.Anonymous():
            yield from check_arguments(node)
        case exp.Column() if isinstance(node.meta.get(WITHOUT), ListType):
            yield _of_each(node)
        case exp.Column() if node.meta.get(WITHOUT) is not None and not isinstance(node.meta[WITHOUT], MapType):
            yield _memberless(node)
        case exp.Dot() if isinstance(type_of(node.this), ListType):
            yield _of_each(node)
        case exp.Cast():
            yield from _cast(node)
        case exp.Where() if isinstance(node.parent, exp.Filter) and type_of(node.this) == VOID:
            yield SqlProblem("NULL alone is not a condition", *position(node), "write CAST(NULL AS BOOLEAN)")
        case exp.Where() | exp.Having() | exp.Not() | exp.And() | exp.Or():
            yield from each(node, "truth")
        case exp.Join() if node.args.get("on"):
            yield from each(node, "truth", [node.args["on"]])
        case exp.Join() if node.args.get("using"):
            yield from _used(node)
        case exp.Is() if isinstance(node.expression, exp.Boolean):
            yield from each(node, "truth", [node.this])
        case exp.Between():
            values = [node.this, node.args["low"], node.args["high"]]
            yield from each(node, "ordered", values)
            yield from compared(node.this, values[1:])
        case exp.In() if node.args.get("query"):
            yield from _in_query(node)
        case exp.In() if isinstance(node.this, exp.Tuple):
            yield from _rows_in(node.this, node.expressions)
        case exp.In():
            yield from compared(node.this, node.expressions)
        case exp.Case():
            yield from _case(node)
        case exp.If() if not isinstance(node.parent, exp.Case):
            yield from each(node, "truth", [node.this])
            yield from one_type([x for x in (node.args["true"], node.args.get("false")) if x is not None])
        case exp.Like() | exp.ILike() | exp.RegexpLike() | exp.StrPosition() | exp.Trim():
            yield from each(node, "text", [node.args.get(k) for k in ("this", "expression", "substr")])
        case exp.Substring():
            yield from each(node, "text", [node.this])
            yield from each(node, "whole", [node.args.get("start"), node.args.get("length")])
        case exp.Extract():
            yield from each(node, "moment", [node.expression])
        case exp.BitwiseAnd() | exp.BitwiseOr() | exp.BitwiseXor() | exp.BitwiseNot():
            yield from each(node, "whole")
        case exp.Neg() | exp.Mul() | exp.Div() | exp.Mod():
            yield from each(node, "number")
        case exp.Add() | exp.Sub():
            yield from _added(node)
        case exp.DPipe():
            yield from joined(node, operands(node))
        case exp.Bracket():
            yield from _item(node)
        case exp.Array():
            yield from one_type(node.expressions)
        case exp.Group():
            yield from each(node, "compared", node.expressions)
        case exp.Ordered():
            yield from each(node, "ordered", [node.this])
        case exp.Values():
            yield from _rows(node)
        case exp.SetOperation():
            yield from _stacked(node)
        case exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
            yield from each(node, "ordered")
            yield from compared(node.this, [node.expression])
        case _ if isinstance(node, _COMPARED):
            yield from compared(node.this, [node.expression])
        case _:
            return


def _of_each(node: exp.Expr) -> SqlProblem:
    said = f"`{short(node)}` is a member of each element of a list, which only Spark returns as a list"
    return SqlProblem(said, *position(node), f"write transform(…, x -> x.{node.name or node.expression.name})")


def _memberless(node: exp.Column) -> SqlProblem:
    of, whole = node.meta[WITHOUT], ".".join(p.name for p in node.parts[:-1])
    if isinstance(of, StructType):
        return SqlProblem(
            f"`{whole}` has no member {node.name}", *position(node), f"it has {', '.join(n for n, _ in of.fields)}"
        )
    return SqlProblem(f"`{whole}` is {of_type(of)}, and has no members", *position(node), f"write {whole} alone")


def _case(node: exp.Case) -> Iterator[SqlProblem]:
    ifs = node.args["ifs"]
    if node.this is None:
        yield from each(node, "truth", [i.this for i in ifs])
    else:
        yield from compared(node.this, [i.this for i in ifs])
    other = node.args.get("default")
    yield from one_type([*(i.args["true"] for i in ifs), *([other] if other is not None else [])])


def _added(node: exp.Binary) -> Iterator[SqlProblem]:
    left, right = type_of(node.this), type_of(node.expression)
    if left in MOMENTS and right in MOMENTS:
        said = "the time between two dates or timestamps is an interval, which no column can hold"
        remedy = "write datediff(…), months_between(…), or a difference of unix_timestamp(…)"
        yield SqlProblem(said, *position(node), remedy)
    elif left == right == INTERVAL:
        said = "a sum of intervals, which Spark takes only of one kind"
        yield SqlProblem(said, *position(node), "add each to the timestamp: t + INTERVAL 1 DAY + INTERVAL 2 HOURS")
    elif INTERVAL in (left, right):
        yield from each(node, "moment", [x for x in operands(node) if type_of(x) != INTERVAL])
    elif left == "date" or (right == "date" and isinstance(node, exp.Add)):
        yield from each(node, "int", [node.expression if left == "date" else node.this])
    else:
        yield from each(node, "number")


def _item(node: exp.Bracket) -> Iterator[SqlProblem]:
    of = type_of(node.this)
    if isinstance(of, StructType) and node.expressions[0].is_string:
        return
    yield from each(node, "listed", [node.this])
    yield from computed(node.this, node.expressions[0])
    yield from _beyond(node.this.unnest(), node.expressions[0])
    if isinstance(of, MapType):
        yield from stands_for(node.expressions[0], of.key)
    else:
        yield from each(node, "whole", node.expressions)


def _beyond(made: exp.Expr, index: exp.Expr) -> Iterator[SqlProblem]:
    """Beyond a list that is written, an error where it is of constants; of columns, Spark makes NULL of it.
    Source: SimplifyExtractValueOps in ComplexTypes.scala, 3.5."""
    if not (isinstance(made, exp.Array) or function_name(made) == "array"):
        return
    size = len(made.expressions)
    if isinstance(index, exp.Neg) or (isinstance(index, exp.Literal) and index.is_int and int(index.name) >= size):
        said = f"there is no such element in a list of {size}, which is NULL to Spark in some plans"
        yield SqlProblem(said, *position(index), "count from 0")


def _cast(node: exp.Cast) -> Iterator[SqlProblem]:
    to = of_node(node.to)
    if to is not None:
        yield from becomes(node.this, to)


def _in_query(node: exp.In) -> Iterator[SqlProblem]:
    """What a query gives is not cast for the sake of what is looked for in it."""
    query = node.args["query"]
    rows = zip(node.this.expressions, first_select(query), strict=False)
    for value, other in rows if isinstance(node.this, exp.Tuple) else [(node.this, query)]:
        a, b = type_of(value), type_of(other)
        if a is None or b is None:
            continue
        if not comparable(a, b) or texts_apart(a, b):
            yield apart(value, other, "they cannot be compared")
        elif rounded_apart(a, b):
            yield apart(value, other, "engines round it to other doubles")


def _rows_in(row: exp.Tuple, others: Sequence[exp.Expr]) -> Iterator[SqlProblem]:
    """The values of a row are not cast for the sake of those they are compared with."""
    for other in others:
        values = other.expressions if isinstance(other, exp.Tuple) else [other]
        if len(values) != len(row.expressions):
            said = f"a row of {len(values)} values is compared with one of {len(row.expressions)}"
            yield SqlProblem(said, *position(other), "give each row the same number of values")
            continue
        for a, b in zip(row.expressions, values, strict=True):
            if None not in (type_of(a), type_of(b)) and type_of(a) != type_of(b):
                yield apart(a, b, "values of rows are not cast")


def _used(join: exp.Join) -> Iterator[SqlProblem]:
    for name in join.args["using"]:
        types = [t for t in name.meta.get(USED, ()) if t is not None]
        for a, b in pairwise(types):
            if not comparable(a, b) or texts_apart(a, b) or rounded_apart(a, b):
                said = (
                    f"`{name.name}` is {of_type(a)} on one side and {of_type(b)} on the other: they cannot be compared"
                )
                yield SqlProblem(said, *position(name), "join ON a cast of one of them")
            elif join.side in ("RIGHT", "FULL") and a != b:
                said = (
                    f"`{name.name}` is {of_type(a)} on one side and {of_type(b)} on the other, and may have either type"
                )
                yield SqlProblem(said, *position(name), "join ON, and write coalesce(…) of both")


def _rows(node: exp.Values) -> Iterator[SqlProblem]:
    rows = [getattr(row, "expressions", [row]) for row in node.expressions]
    for before, row in pairwise(rows):
        if len(before) != len(row):
            said = f"a row of {len(row)} values after one of {len(before)}"
            yield SqlProblem(said, *position(row[0] if row else node), "give each row the same number of values")
            return
    for cells in zip(*rows, strict=True):
        types = {t for t in map(type_of, cells) if t not in (None, VOID)}
        if len(types) > 1 and not all(map(is_whole, types)):
            other = next(c for c in cells if type_of(c) not in (VOID, type_of(cells[0])))
            yield apart(cells[0], other, "the values of a column must have one type")


def _stacked(node: exp.SetOperation) -> Iterator[SqlProblem]:
    """DuckDB makes texts of both sides where one is a text; Spark makes numbers of them. Columns of a star are not cast
    at all."""
    star = any(c.is_star for c in (*first_select(node.left), *first_select(node.right)))
    left, right = ([type_of(c) for c in first_select(side)] for side in (node.left, node.right))
    if star:
        one, other = node.meta.get(SIDES) or (None, None)
        if one is None or other is None:
            return
        left, right = one, other
    if len(left) != len(right):
        said = f"{len(left)} columns on one side and {len(right)} on the other"
        yield SqlProblem(said, *position(node), "select the same number of columns")
        return
    for side, types in ((node.left, left), (node.right, right)):
        yield from _set_before(side, types, [wider(a, b) for a, b in zip(left, right, strict=True)])
    values = first_select(node.right)
    for number, (a, b) in enumerate(zip(left, right, strict=True), 1):
        apart = a is not None and b is not None and (wider(a, b) is None or texts_apart(a, b))
        if apart or (star and a != b and VOID not in (a, b)):
            said = f"column {number} is {of_type(a)} on one side and {of_type(b)} on the other"
            place = position(node.right if star else values[number - 1])
            yield SqlProblem(said, *place, "name the columns, and cast one of them" if star else CAST_ONE)


def _set_before(side: exp.Expr, types: Sequence[Type | None], united: Sequence[Type | None]) -> Iterator[SqlProblem]:
    """Rows that are told apart before they are stacked are told apart by types of their own."""
    side = side.unnest()
    if isinstance(side, exp.SetOperation) and side.args.get("distinct") is False:
        for inner in (side.left, side.right):
            yield from _set_before(inner, [type_of(c) for c in first_select(inner)], united)
        return
    if not isinstance(side, exp.SetOperation) and not side.args.get("distinct"):
        return
    for number, (of, to) in enumerate(zip(types, united, strict=False), 1):
        if of is not None and to is not None and of not in (to, VOID) and not (is_whole(of) and is_whole(to)):
            said = f"column {number} is {of_type(of)} where rows are told apart, and {of_type(to)} afterwards"
            place = position(first_select(side)[number - 1])
            yield SqlProblem(said, *place, f"write CAST(… AS {shown(to).upper()}) where they are told apart")
