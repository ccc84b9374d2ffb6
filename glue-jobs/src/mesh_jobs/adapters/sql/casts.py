"""Conversions as Spark makes them in ANSI mode: those that are written, and those between values that meet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from sqlglot import exp

from mesh_jobs.adapters.sql.forms import Unportable, call
from mesh_jobs.adapters.sql.kinds import WHOLE_TABLE, kind_of
from mesh_jobs.adapters.sql.places import function_name
from mesh_jobs.adapters.sql.spark_types import (
    EXACT,
    MOMENTS,
    VOID,
    digits_of,
    duckdb_node,
    is_decimal,
    is_rounded,
    is_whole,
    of_node,
    widest,
)
from mesh_jobs.adapters.sql.typed import TYPE, type_of
from mesh_jobs.domain.table import Type

_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ)
#: Texts that Spark reads as of the day of the run.
_TODAY = r"(?i)\s*(now|today|yesterday|tomorrow|T?\d{1,2}:\d{1,2}(:.*)?)\s*"
_MEET = ("coalesce", "nvl", "ifnull", "greatest", "least", "array", "equal_null")


def cast(node: exp.Cast) -> exp.Expr:
    """A cast that is written: it fails where it cannot convert, unless it only tries; fractions are cut."""
    type_ = of_node(node.to)
    safe = bool(node.args.get("safe"))
    if type_ is None:
        return exp.TryCast(this=node.this, to=node.to.copy()) if safe else exp.Cast(this=node.this, to=node.to.copy())
    return converted(node.this, type_, safe)


def converted(value: exp.Expr, type_: Type, safe: bool = False) -> exp.Expr:
    if type_of(value) == "float" and is_decimal(type_):
        value = as_double(value)
    source = kind_of(value)
    to = duckdb_node(type_)
    assert to is not None
    if type_ == "string":
        return value if source == "string" else _text(value)
    digits = digits_of(type_)
    if source in ("string", None) and type_ in MOMENTS and isinstance(value, exp.Expr):
        value = _moment(value, source, type_, safe)
    if source == "string" and type_ == "boolean":
        value = call("dp_truth_text", value)
    elif source == "string" and type_ in ("float", "double"):
        value = call("dp_try_real_text" if safe else "dp_real_text", value)
    elif type_ == "float" and source == "double":
        value = call("dp_float", value)
    elif type_ in EXACT and source == "decimal":
        return _fraction(value, type_)
    elif type_ == "long" and type_of(value) in ("float", "double"):
        value = call("dp_try_long" if safe else "dp_long", value)
    elif is_whole(type_):
        if type_ != "long" and _is_large(type_of(value)):
            # Spark goes by the double that is next to it.
            value = converted(value, "double")
        value = _whole(value, source, safe)
    elif is_decimal(type_) and digits is not None:
        if source == "double":
            return _decimal(value, to, safe)
        if digits[1] <= 12 or source == "string":
            value = _number(value, source, safe)
    return exp.TryCast(this=value, to=to) if safe else exp.Cast(this=value, to=to)


def as_text(value: exp.Expr) -> exp.Expr:
    """What a value is beside texts, as Spark prints it."""
    type_ = type_of(value)
    return (
        value
        if type_ is None or type_ in ("string", VOID) or not isinstance(type_, str)
        else converted(value, "string")
    )


def meeting(node: exp.Expr) -> None:
    """Texts beside values of other types become those, as in Spark; DuckDB would make texts of the others."""
    for group in _groups(node):
        types = [type_of(x) for x in group]
        wanted = widest(types)
        if wanted == "double":
            for value, type_ in zip(group, types, strict=True):
                if another_as_double(type_):
                    value.replace(as_double(value))
        if "string" not in types or all(t in ("string", VOID) for t in types):
            continue
        for value, type_ in zip(group, types, strict=True):
            if wanted is not None and wanted != "string" and type_ == "string":
                new = converted(value.copy(), wanted)
                new.meta[TYPE] = wanted
                value.replace(new)


def as_double(value: exp.Expr) -> exp.Expr:
    """A value as Spark reckons with it beside doubles."""
    new = converted(value.copy(), "double")
    new.meta[TYPE] = "double"
    return new


def another_as_double(type_: Type | None) -> bool:
    """Whether DuckDB alone would reckon with another number than `as_double`."""
    return type_ == "float" or is_rounded(type_, "double")


def _groups(node: exp.Expr) -> Iterable[list[exp.Expr]]:
    match node:
        case exp.In() if node.expressions:
            yield [node.this, *node.expressions]
        case exp.Between():
            # Bounds of two types are two comparisons by now: one_by_one.py.
            yield [node.this, node.args["low"], node.args["high"]]
        case exp.Case():
            ifs = node.args["ifs"]
            if node.this is not None:
                yield [node.this, *(i.this for i in ifs)]
            yield [*(i.args["true"] for i in ifs), *([node.args["default"]] if node.args.get("default") else [])]
        case exp.If() if not isinstance(node.parent, exp.Case) and node.args.get("false"):
            yield [node.args["true"], node.args["false"]]
        case exp.Array():
            yield node.expressions
        case exp.Anonymous():
            name = function_name(node)
            if name in _MEET:
                yield node.expressions
            elif name in ("if", "nvl2"):
                yield node.expressions[1:]
            elif name == "map":
                yield from (node.expressions[::2], node.expressions[1::2])
        case _ if isinstance(node, _COMPARED):
            yield [node.this, node.expression]
        case _:
            return


def _text(value: exp.Expr) -> exp.Expr:
    """A value as Spark prints it. DuckDB plans what looks at the type itself ten times as long."""
    text = exp.Cast(this=value, to=exp.DataType.build("VARCHAR", dialect="duckdb"))
    match type_of(value):
        case "float" | "double":
            return call("dp_double_text", text)
        case "timestamptz":
            return call("dp_zoned_text", text)
        case "boolean" | "byte" | "short" | "int" | "long" | "date" | "timestamp":
            return text
        case type_ if is_decimal(type_):
            return call("dp_decimal_text", text)
        case _:
            return call("dp_string", value)


def _fraction(value: exp.Expr, type_: str) -> exp.Expr:
    """A decimal as the float or double next to it."""
    to = exp.DataType.build(type_, dialect="duckdb")
    if not is_rounded(type_of(value), type_):
        return exp.Cast(this=value, to=to)
    digits, (most, tens) = digits_of(type_of(value)), EXACT[type_]
    if digits is None or digits[1] > tens:
        text = exp.Cast(this=value, to=exp.DataType.build("VARCHAR", dialect="duckdb"))
        return exp.Cast(this=text, to=to)
    return call(f"dp_fraction_{type_}", value, exp.Literal.number(f"{Decimal(most).scaleb(-digits[1]):f}"))


def _is_large(type_: Type | None) -> bool:
    """Whether Spark keeps a decimal of this type as a BigDecimal, of which it makes small whole numbers by doubles."""
    digits = digits_of(type_)
    return is_decimal(type_) and digits is not None and digits[0] > 18


def _moment(value: exp.Expr, source: str | None, type_: Type, safe: bool) -> exp.Expr:
    """What a cast to a date or a timestamp sees of a text. DuckDB reads more: 31/03/24 would be in the year 31."""
    if source is None and not isinstance(value, exp.Literal):
        return value
    if isinstance(value, exp.Literal) and re.fullmatch(_TODAY, value.name):
        raise Unportable(f"'{value.name}' is a different time on every run", "compare with a column of the data")
    kind = "date_text" if type_ == "date" else "moment_text"
    zoned = [] if type_ == "date" else [exp.Boolean(this=type_ == "timestamptz")]
    return call(f"dp_try_{kind}" if safe else f"dp_{kind}", value, *zoned)


def _whole(value: exp.Expr, source: str | None, safe: bool) -> exp.Expr:
    """What a cast to a whole number sees of a value: what comes after the point is cut."""
    if source == "long":
        return value
    if source in ("decimal", "double"):
        return call("trunc", value)
    if value.meta.get(WHOLE_TABLE):
        return call("dp_whole_text", value)
    return call("dp_try_whole" if safe else "dp_whole", value)


def _number(value: exp.Expr, source: str | None, safe: bool = False) -> exp.Expr:
    """What a cast to a decimal sees of a value: doubles as they print, since 1.005 is a little less in binary."""
    if source in ("long", "decimal"):
        return value
    if value.meta.get(WHOLE_TABLE):
        return call("dp_number_text", value)
    return call("dp_try_number" if safe else "dp_number", value)


def _decimal(value: exp.Expr, to: exp.DataType, safe: bool) -> exp.Expr:
    """A double as it prints; by arithmetic where that gives the same, since text takes long."""
    kind = exp.TryCast if safe else exp.Cast
    text = exp.Cast(this=value.copy(), to=exp.DataType.build("VARCHAR", dialect="duckdb"))
    clear = call("dp_is_clear", value.copy(), exp.Literal.number(to.expressions[1].name))
    # What is no number is null to Spark, even where casts are strict.
    odd = exp.Not(this=call("isfinite", value.copy()))
    return exp.Case(
        ifs=[exp.If(this=clear, true=kind(this=value, to=to)), exp.If(this=odd, true=exp.Null())],
        default=kind(this=text, to=to.copy()),
    )
