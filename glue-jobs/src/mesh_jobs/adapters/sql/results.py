"""The types that Spark's functions give, computed from those of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mesh_jobs.adapters.sql.spark_types import (
    VOID,
    decimal,
    digits_of,
    fitted,
    is_decimal,
    is_number,
    is_whole,
    struct,
    widest,
)
from mesh_jobs.domain.table import ListType, MapType, StructType, Type

#: What a function gives for arguments of these types, as far as they are known.
Result = Callable[[Sequence[Type | None]], Type | None]


def same(index: int = 0) -> Result:
    return lambda a: a[index] if len(a) > index else None


def same_number(a: Sequence[Type | None]) -> Type | None:
    """A NULL without a type is a double among numbers."""
    return "double" if a[0] == VOID else a[0]


def fraction(a: Sequence[Type | None]) -> Type | None:
    """A double, unless all are floats."""
    return None if None in a else "float" if set(a) == {"float"} else "double"


def widest_from(start: int = 0) -> Result:
    return lambda a: widest(a[start:])


def list_of(index: int = 0) -> Result:
    return lambda a: None if a[index] is None else ListType(a[index])  # type: ignore[arg-type]


def list_of_widest(a: Sequence[Type | None]) -> Type | None:
    element = widest(a)
    return None if element is None else ListType(element)


def appended(a: Sequence[Type | None]) -> Type | None:
    found = widest([a[0].element, a[1]]) if isinstance(a[0], ListType) else None
    return None if found is None else ListType(found)


def element(a: Sequence[Type | None]) -> Type | None:
    """Of a list, or the value of a map."""
    if isinstance(a[0], MapType):
        return a[0].value
    return a[0].element if isinstance(a[0], ListType) else None


def keys(a: Sequence[Type | None]) -> Type | None:
    return ListType(a[0].key) if isinstance(a[0], MapType) else None


def values(a: Sequence[Type | None]) -> Type | None:
    return ListType(a[0].value) if isinstance(a[0], MapType) else None


def map_of(a: Sequence[Type | None]) -> Type | None:
    key, value = widest(a[::2]), widest(a[1::2])
    return None if key is None or value is None else MapType(key, value)


def total(a: Sequence[Type | None]) -> Type | None:
    """A sum of decimals has room for 10 more digits."""
    if is_whole(a[0]):
        return "long"
    digits = digits_of(a[0])
    if is_decimal(a[0]) and digits:
        return decimal(min(38, digits[0] + 10), digits[1])
    return "double" if a[0] in ("float", "double", VOID) else None


def whole_part(a: Sequence[Type | None]) -> Type | None:
    """Of ceil and floor."""
    digits = digits_of(a[0])
    if is_decimal(a[0]) and digits:
        return decimal(min(38, digits[0] - digits[1] + (1 if digits[1] else 0)), 0)
    return "long" if is_whole(a[0]) or a[0] in ("float", "double") else None


def quotient(a: Sequence[Type | None]) -> Type | None:
    """Decimals are not divided in the portable SQL, but in figures that are only compared with a threshold."""
    return "double" if all(is_number(t) for t in a) and not divides_decimals(a) else None


def divides_decimals(a: Sequence[Type | None]) -> bool:
    return any(is_decimal(t) for t in a) and all(t == VOID or digits_of(t) is not None for t in a)


def average(a: Sequence[Type | None]) -> Type | None:
    return None if a[0] is None or is_decimal(a[0]) else "double"


def rounded(type_: Type | None, digits: int) -> Type | None:
    found = digits_of(type_)
    if not is_decimal(type_) or found is None:
        return same_number([type_])
    whole = found[0] - found[1] + 1
    if digits < 0:
        return decimal(min(38, max(whole, 1 - digits)), 0)
    scale = min(found[1], digits)
    return decimal(min(38, whole + scale), scale)


def remainder(a: Sequence[Type | None]) -> Type | None:
    left, right = digits_of(a[0]), digits_of(a[1])
    if (is_decimal(a[0]) or is_decimal(a[1])) and left and right:
        scale = max(left[1], right[1])
        return fitted(min(left[0] - left[1], right[0] - right[1]) + scale, scale)
    return same_number([widest(a)])


def joined(a: Sequence[Type | None]) -> Type | None:
    """Of concat: texts, or lists."""
    if any(isinstance(t, ListType) for t in a):
        return widest(a)
    return None if None in a else "string"


def member(of: Type | None, name: str) -> Type | None:
    if not isinstance(of, StructType):
        return None
    return next((t for n, t in of.fields if n.lower() == name.lower()), None)


def named(names: Sequence[str], types: Sequence[Type | None]) -> Type | None:
    return struct(list(zip(names, types, strict=True)))
