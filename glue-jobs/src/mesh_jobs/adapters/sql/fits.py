"""Whether what stands together is of types that fit. Spark says it when a job runs, DuckDB often not at all: `paid = 1`
compares a boolean with a number, which only one of them does.

Source of the rules: each function and operator asked of Spark 3.5.6 with each type; the tests ask again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sqlglot import exp

from mesh_jobs.adapters.sql.parsing import position
from mesh_jobs.adapters.sql.places import first_select
from mesh_jobs.adapters.sql.problems import SqlProblem, short
from mesh_jobs.adapters.sql.signatures import TAKES, WANTED, WRITTEN, Wanted
from mesh_jobs.adapters.sql.spark_types import INTERVAL, MOMENTS, VOID, is_decimal, is_whole, of_node, wider
from mesh_jobs.adapters.sql.type_pairs import (
    castable,
    comparable,
    decimals_apart,
    is_plain_number,
    texts_apart,
    texts_differ,
)
from mesh_jobs.adapters.sql.typed import OF_EACH, SIDES, USED, type_of
from mesh_jobs.domain.table import ListType, MapType, StructType, Type, shown

_COMPARED = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)
#: What wants them, in the words of the text.
_WORDS: dict[type[exp.Expr], str] = {
    exp.Where: "WHERE", exp.Having: "HAVING", exp.Not: "NOT", exp.And: "AND", exp.Or: "OR", exp.Join: "ON",
    exp.Is: "IS TRUE", exp.Case: "WHEN", exp.If: "if", exp.Like: "LIKE", exp.ILike: "ILIKE", exp.RegexpLike: "RLIKE",
    exp.StrPosition: "POSITION", exp.Trim: "TRIM", exp.Substring: "SUBSTRING", exp.Extract: "EXTRACT",
    exp.BitwiseAnd: "&", exp.BitwiseOr: "|", exp.BitwiseXor: "^", exp.BitwiseNot: "~", exp.Neg: "-", exp.Mul: "*",
    exp.Div: "/", exp.Mod: "%", exp.Add: "+", exp.Sub: "-", exp.DPipe: "||", exp.Bracket: "[…]", exp.Array: "array",
    exp.Group: "GROUP BY", exp.Ordered: "ORDER BY", exp.Between: "BETWEEN", exp.GT: ">", exp.GTE: ">=", exp.LT: "<",
    exp.LTE: "<=",
}  # fmt: skip
_CAST_ONE = "cast one of them, so that both are the same"
#: Functions whose arguments become values of one type.
_ONE_TYPE = {"coalesce": 0, "nvl": 0, "ifnull": 0, "array": 0, "greatest": 0, "least": 0, "nvl2": 1}
#: With a format, which only a text has.
_PARSED = ("to_date", "to_timestamp", "to_timestamp_ltz", "to_timestamp_ntz")
#: Those of a list and a value that is as its elements are.
_ELEMENT = ("array_contains", "array_position", "array_remove", "array_append")


def misfits(node: exp.Expr) -> Iterator[SqlProblem]:
    """What is wrong with the types of a node's operands or arguments, as far as they are known."""
    match node:
        case exp.Anonymous():
            yield from _arguments(node, str(node.this).lower())
        case exp.Column() if node.meta.get(OF_EACH):
            yield _of_each(node)
        case exp.Dot() if isinstance(type_of(node.this), ListType):
            yield _of_each(node)
        case exp.Cast():
            yield from _cast(node)
        case exp.Where() if isinstance(node.parent, exp.Filter) and type_of(node.this) == VOID:
            yield SqlProblem("NULL alone is no condition", *position(node), "write CAST(NULL AS BOOLEAN)")
        case exp.Where() | exp.Having() | exp.Not() | exp.And() | exp.Or():
            yield from _each(node, "truth")
        case exp.Join() if node.args.get("on"):
            yield from _each(node, "truth", [node.args["on"]])
        case exp.Join() if node.args.get("using"):
            yield from _used(node.args["using"])
        case exp.Is() if isinstance(node.expression, exp.Boolean):
            yield from _each(node, "truth", [node.this])
        case exp.Between():
            values = [node.this, node.args["low"], node.args["high"]]
            yield from _each(node, "ordered", values)
            yield from _compared(node.this, values[1:])
        case exp.In() if node.args.get("query"):
            yield from _in_query(node)
        case exp.In() if isinstance(node.this, exp.Tuple):
            yield from _rows_in(node.this, node.expressions)
        case exp.In():
            yield from _compared(node.this, node.expressions)
        case exp.Case():
            yield from _case(node)
        case exp.If() if not isinstance(node.parent, exp.Case):
            yield from _each(node, "truth", [node.this])
            yield from _one_type([x for x in (node.args["true"], node.args.get("false")) if x is not None])
        case exp.Like() | exp.ILike() | exp.RegexpLike() | exp.StrPosition() | exp.Trim():
            yield from _each(node, "text", [node.args.get(k) for k in ("this", "expression", "substr")])
        case exp.Substring():
            yield from _each(node, "text", [node.this])
            yield from _each(node, "whole", [node.args.get("start"), node.args.get("length")])
        case exp.Extract():
            yield from _each(node, "moment", [node.expression])
        case exp.BitwiseAnd() | exp.BitwiseOr() | exp.BitwiseXor() | exp.BitwiseNot():
            yield from _each(node, "whole")
        case exp.Neg() | exp.Mul() | exp.Div() | exp.Mod():
            yield from _each(node, "number")
        case exp.Add() | exp.Sub():
            yield from _added(node)
        case exp.DPipe():
            yield from _joined(node, _operands(node))
        case exp.Bracket():
            yield from _item(node)
        case exp.Array():
            yield from _one_type(node.expressions)
        case exp.Group():
            yield from _each(node, "compared", node.expressions)
        case exp.Ordered():
            yield from _each(node, "ordered", [node.this])
        case exp.Values():
            yield from _rows(node)
        case exp.SetOperation():
            yield from _stacked(node)
        case exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
            yield from _each(node, "ordered")
            yield from _compared(node.this, [node.expression])
        case _ if isinstance(node, _COMPARED):
            yield from _compared(node.this, [node.expression])
        case _:
            return


def _of_each(node: exp.Expr) -> SqlProblem:
    said = f"`{short(node)}` is a member of each in a list, which Spark alone gives a list of"
    return SqlProblem(said, *position(node), f"write transform(…, x -> x.{node.name or node.expression.name})")


def _operands(node: exp.Expr) -> list[exp.Expr]:
    return [x for x in (node.args.get("this"), node.args.get("expression")) if isinstance(x, exp.Expr)]


def _each(node: exp.Expr, wanted: str, values: Sequence[exp.Expr | None] | None = None) -> Iterator[SqlProblem]:
    """Operands that are not what is wanted."""
    what = _WORDS.get(type(node)) or str(node.this).lower()
    for value in _operands(node) if values is None else values:
        if value is not None and (found := _unfit(value, WANTED[wanted], what)) is not None:
            yield found


def _unfit(value: exp.Expr, wanted: Wanted, what: str) -> SqlProblem | None:
    type_ = type_of(value)
    if type_ is None or type_ == INTERVAL or wanted.takes(type_):
        return None
    said = f"`{short(value)}` is {_said(type_)}, and {what} wants {wanted.words}"
    return SqlProblem(said, *position(value), wanted.remedy.replace("{}", short(value)))


def _arguments(node: exp.Anonymous, name: str) -> Iterator[SqlProblem]:
    arguments, takes = node.expressions, TAKES.get(name, ())
    for number, argument in enumerate(arguments if takes else ()):
        value = argument.this if isinstance(argument, exp.Lambda) else argument
        if isinstance(value, exp.Distinct):
            value = value.expressions[0]
        if (found := _unfit(value, takes[min(number, len(takes) - 1)], name)) is not None:
            yield found
    if (place := WRITTEN.get(name)) is not None and place < len(arguments):
        value = arguments[place]
        number = value.this if isinstance(value, exp.Neg) else value
        if name == "nth_value" and isinstance(value, exp.Literal) and value.name == "0":
            yield SqlProblem("nth_value counts from 1", *position(value), "write 1, or a later place")
        if not isinstance(number, exp.Literal):
            yield SqlProblem(f"{name} wants a number as it is written", *position(value), "write the number")
    if name in _ONE_TYPE:
        yield from _one_type(arguments[_ONE_TYPE[name] :], mixed=name not in ("greatest", "least"))
    elif name in ("nullif", "equal_null") and len(arguments) == 2:
        yield from _compared(arguments[0], arguments[1:])
    elif name == "concat":
        yield from _joined(node, arguments)
    elif name == "map":
        yield from _each(node, "compared", arguments[::2])
        yield from _one_type(arguments[::2], mixed=False)
        yield from _one_type(arguments[1::2], mixed=False)
    elif name in ("lag", "lead") and len(arguments) == 3:
        yield from _as(arguments[2], type_of(arguments[0]))
    elif name in _PARSED and len(arguments) == 2:
        yield from _each(node, "text", arguments)
    elif name == "array_join" and len(arguments) == 3:
        yield from _as(arguments[0], ListType("string"))
    elif name == "sequence" and not _alike(arguments):
        yield _apart(arguments[0], arguments[1], "sequence wants two of one type")
    elif name in _ELEMENT and len(arguments) == 2:
        of = type_of(arguments[0])
        wanted = of.element if isinstance(of, ListType) else None
        given = type_of(arguments[1])
        if (
            name == "array_remove"
            or "float" in (wanted, given)
            or not (is_plain_number(wanted) and is_plain_number(given))
        ):
            of_one = name == "array_contains" or wanted == VOID
            yield from _as(arguments[1], wanted, typed=of_one, exactly=name != "array_contains")
    elif name in ("element_at", "map_contains_key") and len(arguments) == 2:
        of = type_of(arguments[0])
        yield from _computed(node, arguments[0], arguments[1])
        wanted = of.key if isinstance(of, MapType) else "int" if isinstance(of, ListType) else None
        yield from _as(arguments[1], wanted, typed=True, exactly=name == "element_at")
    elif name in ("double", "date") and len(arguments) == 1:
        yield from _becomes(arguments[0], name)


def _as(value: exp.Expr, wanted: Type | None, typed: bool = False, exactly: bool = False) -> Iterator[SqlProblem]:
    """A value that stands for one of a list or a map has to be no wider than those are. `typed`: no NULL alone;
    `exactly`: decimals of as many digits."""
    type_ = type_of(value)
    if wanted is None or type_ is None:
        return
    decimals = is_decimal(type_) and not is_decimal(wanted)
    if exactly or not isinstance(type_, str):
        decimals = type_ != VOID and decimals_apart(wanted, type_)
    if wider(wanted, type_) != wanted or texts_apart(wanted, type_) or decimals or (typed and type_ == VOID):
        said = f"`{short(value)}` is {_said(type_)}, and what it stands for is {_said(wanted)}"
        as_ = "TIMESTAMP_LTZ" if wanted == "timestamptz" else shown(wanted).upper()
        yield SqlProblem(said, *position(value), f"write CAST({short(value)} AS {as_})")


def _alike(values: Sequence[exp.Expr]) -> bool:
    types = {type_of(v) for v in values} - {None}
    return len(types) < 2 and VOID not in types


def _case(node: exp.Case) -> Iterator[SqlProblem]:
    ifs = node.args["ifs"]
    if node.this is None:
        yield from _each(node, "truth", [i.this for i in ifs])
    else:
        yield from _compared(node.this, [i.this for i in ifs])
    other = node.args.get("default")
    yield from _one_type([*(i.args["true"] for i in ifs), *([other] if other is not None else [])])


def _added(node: exp.Binary) -> Iterator[SqlProblem]:
    left, right = type_of(node.this), type_of(node.expression)
    if left in MOMENTS and right in MOMENTS:
        said = "the time between two moments is an interval, which no column can hold"
        remedy = "write datediff(…), months_between(…), or a difference of unix_timestamp(…)"
        yield SqlProblem(said, *position(node), remedy)
    elif INTERVAL in (left, right):
        yield from _each(node, "moment", [x for x in _operands(node) if type_of(x) != INTERVAL])
    elif left == "date" or (right == "date" and isinstance(node, exp.Add)):
        yield from _each(node, "int", [node.expression if left == "date" else node.this])
    else:
        yield from _each(node, "number")


def _joined(node: exp.Expr, values: Sequence[exp.Expr]) -> Iterator[SqlProblem]:
    """Texts, and what is printed beside them; or lists."""
    if any(isinstance(type_of(v), ListType) for v in values):
        yield from _each(node, "list", values)
        yield from _one_type(values)
    else:
        yield from _each(node, "flat", values)


def _computed(node: exp.Expr, of: exp.Expr, index: exp.Expr) -> Iterator[SqlProblem]:
    """Spark 3.5 does not look whether the index into a list that it has just made is null, and takes some element."""
    number = index.this if isinstance(index, exp.Neg) else index
    made_here = isinstance(type_of(of), ListType) and not isinstance(of, exp.Column | exp.Dot)
    if made_here and not isinstance(number, exp.Literal):
        said = "the index into a list that is worked out here, which Spark misreads where it is NULL"
        yield SqlProblem(said, *position(index), f"write get({short(of)}, …), which counts from 0")


def _item(node: exp.Bracket) -> Iterator[SqlProblem]:
    of = type_of(node.this)
    if isinstance(of, StructType) and node.expressions[0].is_string:
        return
    yield from _each(node, "listed", [node.this])
    yield from _computed(node, node.this, node.expressions[0])
    if isinstance(of, MapType):
        yield from _as(node.expressions[0], of.key)
    else:
        yield from _each(node, "whole", node.expressions)


def _cast(node: exp.Cast) -> Iterator[SqlProblem]:
    to = of_node(node.to)
    if to is not None:
        yield from _becomes(node.this, to)


def _becomes(value: exp.Expr, to: Type) -> Iterator[SqlProblem]:
    of = type_of(value)
    if of is None or castable(of, to):
        return
    said = f"`{short(value)}` is {_said(of)}, and there is no way from it to {shown(to)}"
    yield SqlProblem(
        said,
        *position(value),
        "write what is meant, e.g. a comparison, make_date(…), unix_seconds(…), transform(…) or array_join(…)",
    )


def _compared(left: exp.Expr, others: Sequence[exp.Expr]) -> Iterator[SqlProblem]:
    for other in others:
        a, b = type_of(left), type_of(other)
        if a is not None and b is not None and not comparable(a, b):
            yield _apart(left, other, "they are not compared")


def _in_query(node: exp.In) -> Iterator[SqlProblem]:
    """What a query gives is not cast for the sake of what is looked for in it."""
    query = node.args["query"]
    rows = zip(node.this.expressions, first_select(query), strict=False)
    for value, other in rows if isinstance(node.this, exp.Tuple) else [(node.this, query)]:
        a, b = type_of(value), type_of(other)
        if a is not None and b is not None and (not comparable(a, b) or texts_apart(a, b)):
            yield _apart(value, other, "they are not compared")


def _rows_in(row: exp.Tuple, others: Sequence[exp.Expr]) -> Iterator[SqlProblem]:
    """The values of a row are not cast for the sake of those they are compared with."""
    for other in others:
        values = other.expressions if isinstance(other, exp.Tuple) else [other]
        if len(values) != len(row.expressions):
            said = f"a row of {len(values)} values is compared with one of {len(row.expressions)}"
            yield SqlProblem(said, *position(other), "give each row as many")
            continue
        for a, b in zip(row.expressions, values, strict=True):
            if None not in (type_of(a), type_of(b)) and type_of(a) != type_of(b):
                yield _apart(a, b, "values of rows are not cast")


def _used(names: Sequence[exp.Expr]) -> Iterator[SqlProblem]:
    for name in names:
        types = [t for t in name.meta.get(USED, ()) if t is not None]
        for a, b in pairwise(types):
            if not comparable(a, b) or texts_apart(a, b):
                said = f"`{name.name}` is {_said(a)} on one side and {_said(b)} on the other: they are not compared"
                yield SqlProblem(said, *position(name), "join ON a cast of one of them")


def _one_type(values: Sequence[exp.Expr], mixed: bool = True) -> Iterator[SqlProblem]:
    """Values of which one is taken. `mixed` where a text may stand beside another value and becomes one."""
    known = [(v, t) for v in values if (t := type_of(v)) is not None]
    whole: Type | None = VOID
    for number, (value, type_) in enumerate(known):
        if whole is None:
            return
        if wider(whole, type_) is None or (texts_differ if mixed else texts_apart)(whole, type_):
            yield _apart(known[number - 1][0], value, "they do not become one type")
            return
        whole = wider(whole, type_)


def _rows(node: exp.Values) -> Iterator[SqlProblem]:
    rows = [getattr(row, "expressions", [row]) for row in node.expressions]
    for before, row in pairwise(rows):
        if len(before) != len(row):
            said = f"a row of {len(row)} values after one of {len(before)}"
            yield SqlProblem(said, *position(row[0] if row else node), "give each row as many")
            return
    for cells in zip(*rows, strict=True):
        types = {t for t in map(type_of, cells) if t not in (None, VOID)}
        if len(types) > 1 and not all(map(is_whole, types)):
            other = next(c for c in cells if type_of(c) not in (VOID, type_of(cells[0])))
            yield _apart(cells[0], other, "values of a column are of one type")


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
        yield SqlProblem(said, *position(node), "select as many")
        return
    values = first_select(node.right)
    for number, (a, b) in enumerate(zip(left, right, strict=True), 1):
        apart = a is not None and b is not None and (wider(a, b) is None or texts_apart(a, b))
        if apart or (star and a != b and VOID not in (a, b)):
            said = f"column {number} is {_said(a)} on one side and {_said(b)} on the other"
            place = position(node.right if star else values[number - 1])
            yield SqlProblem(said, *place, "name the columns, and cast one of them" if star else _CAST_ONE)


def _apart(left: exp.Expr, right: exp.Expr, why: str) -> SqlProblem:
    a, b = type_of(left), type_of(right)
    said = f"`{short(left)}` is {_said(a)} and `{short(right)}` {_said(b)}: {why}"
    return SqlProblem(said, *position(right), _CAST_ONE)


def _said(type_: Type | None) -> str:
    if type_ is None or type_ == VOID:
        return "a NULL without a type"
    name = shown(type_)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
