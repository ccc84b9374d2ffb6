"""Which types meet: become one another, or are compared."""

from __future__ import annotations

from mesh_jobs.adapters.sql.signatures import is_comparable
from mesh_jobs.adapters.sql.spark_types import MOMENTS, VOID, is_decimal, is_number, is_rounded, is_whole, wider
from mesh_jobs.domain.table import ListType, MapType, StructType, Type


def comparable(a: Type, b: Type) -> bool:
    """Whether Spark asks if one is equal to the other."""
    if not (is_comparable(a) and is_comparable(b)) or wider(a, b) is None or texts_differ(a, b):
        return False
    return isinstance(a, str) or not decimals_apart(a, b)


def decimals_apart(a: Type, b: Type) -> bool:
    """Whether decimals inside of others have other digits, which are not cast there to be compared."""
    if isinstance(a, ListType) and isinstance(b, ListType):
        return decimals_apart(a.element, b.element)
    if isinstance(a, StructType) and isinstance(b, StructType):
        return any(decimals_apart(t, u) for (_, t), (_, u) in zip(a.fields, b.fields, strict=False))
    return a != b and (is_decimal(a) or is_decimal(b))


def _names(type_: StructType) -> list[str]:
    return [n for n, _ in type_.fields]


def castable(of: Type, to: Type) -> bool:
    """Whether both engines make the same of it, though not of each value. Inside of others DuckDB has its own way."""
    if of in (to, VOID) or not isinstance(of, str) or not isinstance(to, str):
        return _castable_inside(of, to)
    if "binary" in (of, to) or goes_missing(of, to):
        return False
    if is_number(to):
        return of in ("string", "boolean") or is_number(of)
    if to == "boolean":
        return of == "string" or is_number(of)
    if to in MOMENTS:
        return of in (*MOMENTS, "string")
    return to == "string"


def goes_missing(of: Type | None, to: Type) -> bool:
    """Whether Spark leaves a cast of columns out where another to double is around it, though it rounds: its optimizer
    takes float for wider than all whole numbers. Source: SimplifyCasts in expressions.scala, 3.5."""
    return to == "float" and of in ("int", "long")


def _castable_inside(of: Type, to: Type) -> bool:
    if of in (to, VOID):
        return True
    if isinstance(of, ListType) and isinstance(to, ListType):
        return _castable_inside(of.element, to.element)
    if isinstance(of, MapType) and isinstance(to, MapType):
        return _castable_inside(of.key, to.key) and _castable_inside(of.value, to.value)
    if isinstance(of, StructType) and isinstance(to, StructType):
        return _names(of) == _names(to) and all(
            _castable_inside(t, u) for (_, t), (_, u) in zip(of.fields, to.fields, strict=True)
        )
    return is_whole(of) and (to == "string" or (is_whole(to) and wider(of, to) == to))


def texts_differ(a: Type, b: Type) -> bool:
    """Whether texts are inside of one and something else in the other. Spark makes numbers of them, or fails."""
    if isinstance(a, ListType) and isinstance(b, ListType):
        return texts_apart(a.element, b.element)
    if isinstance(a, MapType) and isinstance(b, MapType):
        return texts_apart(a.key, b.key) or texts_apart(a.value, b.value)
    if isinstance(a, StructType) and isinstance(b, StructType):
        return any(texts_apart(t, u) for (_, t), (_, u) in zip(a.fields, b.fields, strict=False))
    return False


def texts_apart(a: Type, b: Type) -> bool:
    """Whether one is a text and the other is none, on their own or inside."""
    return ("string" in (a, b) and a != b and VOID not in (a, b)) or texts_differ(a, b)


def rounded_apart(a: Type, b: Type) -> bool:
    """Whether a decimal is compared as a double, where no cast can be put around it."""
    return ("double" in (a, b) or "float" in (a, b)) and (is_rounded(a, "double") or is_rounded(b, "double"))


def is_plain_number(type_: Type | None) -> bool:
    """No decimal, whose digits are part of its type."""
    return is_number(type_) and not is_decimal(type_)
