"""What DuckDB calls for a function of Spark that has more than another name there."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from mesh_jobs.adapters.sql.patterns import shape, strftime_format, strptime_format, strptime_formats

Arguments = list[exp.Expr]


class Unportable(Exception):
    """A use of a function that the engines would not agree on; `remedy` says what to write instead."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def number(n: int) -> exp.Expr:
    return exp.Literal.number(n)


def written_text(node: exp.Expr, what: str) -> str:
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise Unportable(f"{what} must be a text literal", f"write {what} as a literal")


def with_default(name: str, count: int, default: exp.Expr) -> Callable[[Arguments], exp.Expr]:
    return lambda a: call(name, *a, *([default.copy()] if len(a) < count else []))


def of_spaces(name: str) -> Callable[[Arguments], exp.Expr]:
    """Spark takes spaces away, and no other white space."""
    return with_default(name, 2, exp.Literal.string(" "))


def count_if(a: Arguments) -> exp.Expr:
    return call("count", exp.Case(ifs=[exp.If(this=a[0], true=number(1))]))


#: What `correlation` is made of.
CORRELATING = ("regr_count", "corr")


def correlation(a: Arguments) -> exp.Expr:
    """Of a single row there is none, and of values that do not vary it is a division by zero."""
    single, found = (call(name, *(x.copy() for x in a)) for name in CORRELATING)
    return exp.Case(
        ifs=[exp.If(this=exp.EQ(this=single, expression=number(1)), true=exp.Null())],
        default=call("dp_correlated", found),
    )


def get_json(a: Arguments) -> exp.Expr:
    """The path in DuckDB's words, each name in quotes."""
    path = written_text(a[1], "the path")
    steps = re.findall(r"\.([^.\[\]'\"*]+)|\[(\d+)\]|\['([^'\"]+)'\]", path)
    if path != "$" + "".join(f".{n}" if n else f"[{i}]" if i else f"['{q}']" for n, i, q in steps):
        raise Unportable(f"the path {path} is not in the portable SQL", "write $, .name and [0] only")
    theirs = "$" + "".join(f"[{i}]" if i else f'."{n or q}"' for n, i, q in steps)
    # Spark takes a null for nothing where it has a name, and for a text where it has a place.
    nothing = exp.Null() if steps and not steps[-1][1] else exp.Literal.string("null")
    return call("dp_get_json", a[0], exp.Literal.string(theirs), nothing)


def concatenated(a: Arguments) -> exp.Expr:
    """Spark's concat of a null is null."""
    out = a[0]
    for x in a[1:]:
        out = exp.DPipe(this=out, expression=x)
    return exp.Paren(this=out) if len(a) > 1 else out


def split_part(a: Arguments) -> exp.Expr:
    if isinstance(a[1], exp.Literal) and a[1].name == "":
        raise Unportable("split_part by an empty text", "give a separator")
    return call("dp_split_part", *a)


def date_format(a: Arguments) -> exp.Expr:
    return call("strftime", a[0], exp.Literal.string(_format(a[1], strftime_format)))


def _format(node: exp.Expr, convert: Callable[[str], str]) -> str:
    try:
        return convert(written_text(node, "the format"))
    except ValueError as error:
        raise Unportable(str(error), "use yyyy MM dd HH mm ss SSS and separators") from None


def to_moment(type_: str) -> Callable[[Arguments], exp.Expr]:
    def made(a: Arguments) -> exp.Expr:
        value = a[0]
        if len(a) > 1:
            pattern = written_text(a[1], "the format")
            _format(a[1], strptime_format)
            if type_ == "TIMESTAMP" and re.search("[XxZzV]", re.sub("'[^']*'", "", pattern)):
                raise Unportable(
                    "a zone in a local time, which each engine treats in its own way", "write to_timestamp(…)"
                )
            formats = [exp.Literal.string(f) for f in strptime_formats(pattern)]
            shaped = call("dp_shaped", a[0], exp.Literal.string(_format(a[1], shape)))
            value = call("strptime", shaped, formats[0] if len(formats) == 1 else call("list_value", *formats))
        return exp.Cast(this=value, to=exp.DataType.build(type_, dialect="duckdb"))

    return made


_UNITS = {
    "YEAR": "year", "YYYY": "year", "YY": "year", "QUARTER": "quarter", "MONTH": "month", "MM": "month",
    "MON": "month", "WEEK": "week", "DAY": "day", "DD": "day", "HOUR": "hour", "MINUTE": "minute",
    "SECOND": "second", "MILLISECOND": "millisecond", "MICROSECOND": "microsecond",
}  # fmt: skip


def unit_of(node: exp.Expr) -> exp.Expr:
    unit = written_text(node, "the unit").upper()
    if unit not in _UNITS:
        raise Unportable(f"{unit} is not a unit that both engines know", f"use one of {', '.join(sorted(_UNITS))}")
    return exp.Literal.string(_UNITS[unit])


def truncated(a: Arguments) -> exp.Expr:
    """Spark's trunc is for dates, and gives null for shorter units."""
    unit = unit_of(a[1])
    if unit.name not in ("year", "quarter", "month", "week"):
        raise Unportable(f"trunc to a {unit.name} is always null", "use YEAR, QUARTER, MONTH or WEEK, or date_trunc")
    cut = call("date_trunc", unit, a[0])
    return exp.Cast(this=cut, to=exp.DataType.build("DATE"))


def from_unixtime(a: Arguments) -> exp.Expr:
    form = _format(a[1], strftime_format) if len(a) > 1 else "%Y-%m-%d %H:%M:%S"
    moment = call("make_timestamp", exp.Mul(this=a[0], expression=number(1000000)))
    return call("strftime", moment, exp.Literal.string(form))


def sort_array(a: Arguments) -> exp.Expr:
    """Nulls first when ascending, last when descending."""
    ascending = len(a) < 2 or (isinstance(a[1], exp.Boolean) and a[1].this)
    if len(a) > 1 and not isinstance(a[1], exp.Boolean):
        raise Unportable("the order of sort_array must be true or false", "write true or false")
    order, nulls = ("ASC", "NULLS FIRST") if ascending else ("DESC", "NULLS LAST")
    return call("list_sort", a[0], exp.Literal.string(order), exp.Literal.string(nulls))


def array_sort(a: Arguments) -> exp.Expr:
    """Unlike sort_array, nulls last."""
    return call("list_sort", a[0], exp.Literal.string("ASC"), exp.Literal.string("NULLS LAST"))


def collected(distinct: bool) -> Callable[[Arguments], exp.Expr]:
    def made(a: Arguments) -> exp.Expr:
        value = exp.Distinct(expressions=[a[0]]) if distinct else a[0]
        there = exp.Not(this=exp.Is(this=a[0].copy(), expression=exp.Null()))
        listed = exp.Filter(this=call("list", value), expression=exp.Where(this=there))
        return call("coalesce", listed, call("list_value"))

    return made


def struct_of(a: Arguments) -> exp.Expr:
    """struct(a, b AS c): members are named after the columns."""
    members = []
    for x in a:
        if isinstance(x, exp.Alias):
            members.append(exp.PropertyEQ(this=exp.to_identifier(x.alias, quoted=True), expression=x.this))
        elif isinstance(x, exp.Column):
            members.append(exp.PropertyEQ(this=exp.to_identifier(x.name, quoted=True), expression=x))
        else:
            raise Unportable("a member of struct(…) has no name", "use named_struct('name', value, …)")
    return _struct(members)


def named_struct(a: Arguments) -> exp.Expr:
    if len(a) % 2:
        raise Unportable("named_struct takes names and values in turn", "add what is missing")
    pairs = zip(a[::2], a[1::2], strict=True)
    return _struct(
        [
            exp.PropertyEQ(this=exp.to_identifier(written_text(n, "a member's name"), quoted=True), expression=v)
            for n, v in pairs
        ]
    )


def _struct(members: list[exp.PropertyEQ]) -> exp.Struct:
    names = [m.this.name.lower() for m in members]
    for name in names:
        if names.count(name) > 1:
            raise Unportable(f"two members are named {name}", "give each a name of its own")
    return exp.Struct(expressions=members)


def map_of_pairs(a: Arguments) -> exp.Expr:
    if len(a) % 2:
        raise Unportable("map takes keys and values in turn", "add what is missing")
    return call("map", call("list_value", *a[::2]), call("list_value", *a[1::2]))


def any_or_all(name: str) -> Callable[[Arguments], exp.Expr]:
    return lambda a: call(name, call("list_transform", *a))


def if_then(a: Arguments) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=a[0], true=a[1])], default=a[2])


def nvl2(a: Arguments) -> exp.Expr:
    return if_then([exp.Not(this=exp.Is(this=a[0], expression=exp.Null())), a[1], a[2]])


def is_null(negated: bool) -> Callable[[Arguments], exp.Expr]:
    def made(a: Arguments) -> exp.Expr:
        found = exp.Is(this=a[0], expression=exp.Null())
        return exp.Paren(this=exp.Not(this=found) if negated else found)

    return made


def rounded(a: Arguments) -> exp.Expr:
    if len(a) > 1:
        digits = a[1].this if isinstance(a[1], exp.Neg) else a[1]
        if not (isinstance(digits, exp.Literal) and digits.is_int):
            raise Unportable("round to a computed number of digits", "write the number of digits")
    return call("round", a[0], *(a[1:] or [number(0)]))


def percentile(a: Arguments) -> exp.Expr:
    """Interpolated as a double, which the value is made before."""
    return call("quantile_cont", a[0], a[1] if len(a) > 1 else exp.Literal.number("0.5"))


def logarithm(a: Arguments) -> exp.Expr:
    return call("dp_log", *a) if len(a) == 2 else call("dp_ln", *a)


def first_value(a: Arguments) -> exp.Expr:
    if len(a) > 1:
        raise Unportable("a second argument of first and last", "write first_value(x) IGNORE NULLS OVER (…)")
    return call("first_value", *a)


def last_value(a: Arguments) -> exp.Expr:
    return call("last_value", *first_value(a).expressions)


def sha_256(a: Arguments) -> exp.Expr:
    if not (isinstance(a[1], exp.Literal) and a[1].name in ("0", "256")):
        raise Unportable("sha2 with a length other than 256", "use sha2(x, 256)")
    return call("sha256", a[0])
