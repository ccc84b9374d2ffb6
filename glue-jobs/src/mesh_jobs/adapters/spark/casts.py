"""Strict casts: a value arrives whole in the new type or not at all. Nothing is rounded, cut or turned into null."""

from __future__ import annotations

from pyspark.sql import types as t

from mesh_jobs.adapters import written
from mesh_jobs.adapters.common_type import never_casts
from mesh_jobs.adapters.spark.as_text import as_text
from mesh_jobs.adapters.spark.json_values import (
    has_structs,
    is_whole,
    keyed_type,
    leaf,
    leaf_type,
    parsed,
    repeats_key_inside,
)
from mesh_jobs.adapters.spark.moments import from_pattern, sensible
from mesh_jobs.adapters.spark.nested import Caster, StrictCast, let, rebuilt
from mesh_jobs.adapters.spark.types import plan_type, spark_type, sql_type, text
from mesh_jobs.domain.table import Nested, Type

_WHOLE: tuple[type[t.DataType], ...] = (t.ByteType, t.ShortType, t.IntegerType, t.LongType)
_DIGITS = dict(zip(_WHOLE, (3, 5, 10, 19), strict=True))
_MOMENTS: tuple[type[t.DataType], ...] = (t.DateType, t.TimestampType, t.TimestampNTZType)
#: What can be one of the others; true and false are 1 and 0.
_NUMBERS: tuple[type[t.DataType], ...] = (*_WHOLE, t.FloatType, t.DoubleType, t.DecimalType, t.BooleanType)
_NESTED: tuple[type[t.DataType], ...] = (t.ArrayType, t.MapType, t.StructType)
#: What Unicode counts as spaces, and nothing that breaks a line.
_SPACES = "\u0020\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


def strict_cast(value: str, source: t.DataType, target: Type, pattern: str | None = None) -> StrictCast:
    """`value` is SQL of the type `source`; `pattern` reads dates in text (Java's letters). Raises BadInput for types
    that do not cast at all."""
    to = spark_type(target)
    if source == to or (isinstance(source, t.StringType) and target == "string"):
        return StrictCast(value, fallible=False)
    if isinstance(source, t.NullType):
        return StrictCast(f"CAST({value} AS {sql_type(to)})", fallible=False)
    if isinstance(source, t.StringType):
        return from_text(value, target, pattern)
    if target == "string":
        return StrictCast(as_text(value, source), fallible=False)
    if isinstance(target, Nested) or isinstance(source, _NESTED):
        return nested_cast(value, source, target, lambda v, of, to: strict_cast(v, of, to, pattern))
    return _from_typed(value, source, to, target)


def from_text(value: str, target: Type, pattern: str | None) -> StrictCast:
    """A text as a value; what is nested is in JSON."""
    if isinstance(target, Nested):
        cast = from_parsed(parsed(value, leaf_type(target)), target, pattern)
        return without_repeats(cast, f"{parsed(value, keyed_type(target))}.v", target) if has_structs(target) else cast
    to = spark_type(target).simpleString()
    tried = f"try_cast({value} AS {to})"
    if target == "string":
        return StrictCast(value, False)
    if pattern is not None and target in ("date", "timestamp", "timestamptz"):
        return StrictCast(from_pattern(value, target, pattern), True)
    match target:
        case "boolean":
            word = f"lower(btrim({value}, {text(_SPACES)}))"
            yes, no = (", ".join(map(text, words)) for words in (written.TRUE, written.FALSE))
            return StrictCast(f"CASE WHEN {word} IN ({yes}) THEN true WHEN {word} IN ({no}) THEN false END", True)
        case "binary":
            return StrictCast(f"CAST({value} AS BINARY)", False)
        case "int" | "long":
            return _checked(value, tried, written.INTEGER)
        case "float" | "double":
            special = matches(value, written.SPECIAL)
            return _checked(value, tried, written.FRACTION, f"abs({tried}) < {to}('infinity') OR {special}")
        case "date":
            return _checked(value, tried, written.DATE, sensible(tried, target))
        case "timestamp":
            return _checked(value, tried, written.TIMESTAMP, sensible(tried, target))
        case "timestamptz":
            return _checked(value, tried, written.TIMESTAMPTZ, sensible(tried, target))
        case _:
            scale = int(to[to.index(",") + 1 : -1])
            return _checked(value, tried, written.decimal(scale))


def matches(value: str, shape: str) -> str:
    """SQL that is true when a text has the shape as a whole."""
    return f"{value} RLIKE {text(f'^(?:{shape})' + chr(92) + 'z')}"


def _checked(value: str, tried: str, shape: str, more: str = "true") -> StrictCast:
    """Most values print as they were written, which is quick to see; only the others meet the pattern. What is tried is
    in the condition more than once and so computed once, also for the result."""
    fits = f"{tried} IS NOT NULL AND (CAST({tried} AS STRING) = {value} OR {matches(value, shape)}) AND ({more})"
    return StrictCast(f"CASE WHEN {fits} THEN {tried} END", True)


def _from_typed(value: str, source: t.DataType, to: t.DataType, target: Type) -> StrictCast:
    sql = to.simpleString()
    if not _castable(source, to):
        raise never_casts(plan_type(source), target)
    if _always_fits(source, to):
        return StrictCast(f"CAST({value} AS {sql})", fallible=False)
    there = f"try_cast({value} AS {sql})"
    # Compared in the old type, where it was exact: as fractions, a long number would equal what it was rounded to.
    return StrictCast(f"CASE WHEN try_cast({there} AS {source.simpleString()}) = {value} THEN {there} END", True)


def _castable(source: t.DataType, to: t.DataType) -> bool:
    return any(isinstance(source, kind) and isinstance(to, kind) for kind in (_MOMENTS, _NUMBERS))


def _always_fits(source: t.DataType, to: t.DataType) -> bool:
    if type(source) in _DIGITS:
        whole = _DIGITS[type(source)]
        if type(to) in _DIGITS:
            return whole <= _DIGITS[type(to)]
        if isinstance(to, t.DecimalType):
            return to.precision - to.scale >= whole
        return (isinstance(to, t.DoubleType) and whole <= 10) or (isinstance(to, t.FloatType) and whole <= 5)
    if isinstance(source, t.DecimalType) and isinstance(to, t.DecimalType):
        scale = to.scale - source.scale
        return scale >= 0 and to.precision - source.precision >= scale
    if isinstance(source, t.BooleanType):
        return True
    if isinstance(source, _MOMENTS):
        return not isinstance(to, t.DateType)
    if isinstance(source, t.DecimalType):
        # A decimal and the fraction next to it are the same number to whoever compares them.
        return isinstance(to, t.FloatType | t.DoubleType)
    return isinstance(source, t.FloatType) and isinstance(to, t.DoubleType)


def nested_cast(
    value: str, source: t.DataType, target: Type, cast: Caster, shown: t.DataType | None = None
) -> StrictCast:
    """One misfit anywhere inside makes the whole value a misfit. Raises BadInput where the shapes differ; `shown` is
    the type that it then names."""
    made = rebuilt(value, source, target, cast)
    if made is None:
        raise never_casts(plan_type(shown or source), target)
    return StrictCast(f"CASE WHEN NOT {made.misfit} THEN {made.value} END", made.misfit != "false")


def from_parsed(found: str, target: Type, pattern: str | None) -> StrictCast:
    """What json_values.parsed gives, as a value."""

    def body(found: str) -> str:
        cast = from_leaves(f"{found}.v", target, pattern)
        return f"CASE WHEN {is_whole(found)} THEN {cast.value} END"

    return StrictCast(let(found, body), True)


def without_repeats(cast: StrictCast, keyed: str, target: Type) -> StrictCast:
    """A cast of JSON to which a struct that has a key twice is a misfit; `keyed` is the value in its `keyed_type`."""
    repeated = let(keyed, lambda value: repeats_key_inside(value, target))
    return StrictCast(f"CASE WHEN NOT {repeated} THEN {cast.value} END", fallible=True)


def from_leaves(value: str, target: Type, pattern: str | None) -> StrictCast:
    """A value of JSON whose primitives are texts still."""

    def from_leaf(value: str, _: t.DataType, to: Type) -> StrictCast:
        if to == "string":
            return from_text(leaf(value, to), to, pattern)
        # A cast says its text often, and a leaf is long.
        cast = let(leaf(value, to), lambda x: from_text(x, to, pattern).value)
        return StrictCast(cast, from_text(value, to, pattern).fallible)

    made = rebuilt(value, leaf_type(target), target, from_leaf)
    assert made is not None
    return StrictCast(f"CASE WHEN NOT {made.misfit} THEN {made.value} END", made.misfit != "false")
