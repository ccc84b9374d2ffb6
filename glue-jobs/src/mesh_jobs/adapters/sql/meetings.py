"""What is said of values that meet: operands of an operator, arguments of a function, branches of a choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from mesh_jobs.adapters.sql.parsing import position
from mesh_jobs.adapters.sql.problems import SqlProblem, short
from mesh_jobs.adapters.sql.signatures import WANTED, Wanted
from mesh_jobs.adapters.sql.spark_types import INTERVAL, VOID, is_decimal, wider
from mesh_jobs.adapters.sql.type_pairs import (
    castable,
    comparable,
    decimals_apart,
    goes_missing,
    texts_apart,
    texts_differ,
)
from mesh_jobs.adapters.sql.typed import type_of
from mesh_jobs.domain.table import ListType, Type, shown

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
CAST_ONE = "cast one of them, so that both are the same"


def operands(node: exp.Expr) -> list[exp.Expr]:
    return [x for x in (node.args.get("this"), node.args.get("expression")) if isinstance(x, exp.Expr)]


def each(node: exp.Expr, wanted: str, values: Sequence[exp.Expr | None] | None = None) -> Iterator[SqlProblem]:
    """Operands that are not what is wanted."""
    what = _WORDS.get(type(node)) or str(node.this).lower()
    for value in operands(node) if values is None else values:
        if value is not None and (found := unfit(value, WANTED[wanted], what)) is not None:
            yield found


def unfit(value: exp.Expr, wanted: Wanted, what: str) -> SqlProblem | None:
    type_ = type_of(value)
    if type_ is None or type_ == INTERVAL or wanted.takes(type_):
        return None
    said = f"`{short(value)}` is {of_type(type_)}, but {what} takes {wanted.words}"
    return SqlProblem(said, *position(value), wanted.remedy.replace("{}", short(value)))


def compared(left: exp.Expr, others: Sequence[exp.Expr]) -> Iterator[SqlProblem]:
    for other in others:
        a, b = type_of(left), type_of(other)
        if a is not None and b is not None and not comparable(a, b):
            yield apart(left, other, "they cannot be compared")


def one_type(values: Sequence[exp.Expr], mixed: bool = True) -> Iterator[SqlProblem]:
    """Values of which one is taken. `mixed` where a text may stand beside another value and becomes one."""
    known = [(v, t) for v in values if (t := type_of(v)) is not None]
    whole: Type | None = VOID
    for number, (value, type_) in enumerate(known):
        if whole is None:
            return
        if wider(whole, type_) is None or (texts_differ if mixed else texts_apart)(whole, type_):
            yield apart(known[number - 1][0], value, "they have no common type")
            return
        whole = wider(whole, type_)


def stands_for(
    value: exp.Expr, wanted: Type | None, typed: bool = False, exactly: bool = False
) -> Iterator[SqlProblem]:
    """A value that stands for one of a list or a map has to be no wider than those are. `typed`: no NULL alone;
    `exactly`: decimals of as many digits."""
    type_ = type_of(value)
    if wanted is None or type_ is None:
        return
    decimals = is_decimal(type_) and not is_decimal(wanted)
    if exactly or not isinstance(type_, str):
        decimals = type_ != VOID and decimals_apart(wanted, type_)
    if wider(wanted, type_) != wanted or texts_apart(wanted, type_) or decimals or (typed and type_ == VOID):
        said = f"`{short(value)}` is {of_type(type_)}, and what it stands for is {of_type(wanted)}"
        as_ = "TIMESTAMP_LTZ" if wanted == "timestamptz" else shown(wanted).upper()
        yield SqlProblem(said, *position(value), f"write CAST({short(value)} AS {as_})")


def joined(node: exp.Expr, values: Sequence[exp.Expr]) -> Iterator[SqlProblem]:
    """Texts, and what is printed beside them; or lists."""
    if any(isinstance(type_of(v), ListType) for v in values):
        yield from each(node, "list", values)
        yield from one_type(values)
    else:
        yield from each(node, "flat", values)


def computed(of: exp.Expr, index: exp.Expr) -> Iterator[SqlProblem]:
    """Spark 3.5 does not look whether the index into a list that it has just made is null, and takes some element."""
    number = index.this if isinstance(index, exp.Neg) else index
    made_here = isinstance(type_of(of), ListType) and not isinstance(of, exp.Column | exp.Dot)
    if made_here and not isinstance(number, exp.Literal):
        said = "the index into a list that is worked out here, which Spark misreads where it is NULL"
        yield SqlProblem(said, *position(index), f"write get({short(of)}, …), which counts from 0")


def becomes(value: exp.Expr, to: Type) -> Iterator[SqlProblem]:
    of = type_of(value)
    if of is None or castable(of, to):
        return
    if goes_missing(of, to):
        said = f"`{short(value)}` is {of_type(of)}, and Spark rounds it to a FLOAT in some plans only"
        yield SqlProblem(said, *position(value), f"write CAST({short(value)} AS DOUBLE)")
        return
    said = f"`{short(value)}` is {of_type(of)}, which cannot be cast to {shown(to)}"
    yield SqlProblem(
        said,
        *position(value),
        "write what is meant, e.g. a comparison, make_date(…), unix_seconds(…), transform(…) or array_join(…)",
    )


def apart(left: exp.Expr, right: exp.Expr, why: str) -> SqlProblem:
    a, b = type_of(left), type_of(right)
    said = f"`{short(left)}` is {of_type(a)} and `{short(right)}` {of_type(b)}: {why}"
    return SqlProblem(said, *position(right), CAST_ONE)


def of_type(type_: Type | None) -> str:
    if type_ is None or type_ == VOID:
        return "a NULL without a type"
    name = shown(type_)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
