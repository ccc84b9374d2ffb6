"""Row checks in words that every engine has: each condition is true for a value that is there and breaks the check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.literals import Comparison, Value, bound_of, step_of, value_of
from mesh_jobs.domain.plan import QualityRule
from mesh_jobs.domain.table import ListType, Type, shown

#: What `format` promises of a text.
FORMATS = {
    "email": r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    "uuid": r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$",
    "ipv4": r"^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])$",
    "ipv6": r"^([0-9a-fA-F]{0,4}:){2,7}([0-9a-fA-F]{0,4}|((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}[0-9]{1,3})$",
    "hostname": r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
}


@dataclass(frozen=True)
class Among:
    """Equal to one of these; never where there are none."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class NotAmong:
    """Equal to none of these; always where there are none."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class DoesNotMatch:
    """A text in which the regular expression is found nowhere."""

    pattern: str


@dataclass(frozen=True)
class Length:
    """A text of fewer or more characters."""

    comparison: Comparison
    characters: int


@dataclass(frozen=True)
class Compared:
    """A value on the wrong side of a bound, which is of its own type. NaN is more than any other number."""

    comparison: Comparison
    bound: Value


@dataclass(frozen=True)
class NoMultiple:
    """An exact number that is no multiple of the step; None where only 0 is one."""

    step: Decimal | None


@dataclass(frozen=True)
class NotNearMultiple:
    """A floating-point number that is no multiple of the step for people: 0.3 is one of 0.1, though not in binary.
    Its quotient differs from a whole number by more than `tolerance` of itself, or it is not finite."""

    step: float
    tolerance: float


@dataclass(frozen=True)
class Items:
    """A list of fewer or more entries."""

    comparison: Comparison
    entries: int


@dataclass(frozen=True)
class RepeatedItem:
    """A list in which an entry is there twice; null is nothing's equal."""


Condition = Among | NotAmong | DoesNotMatch | Length | Compared | NoMultiple | NotNearMultiple | Items | RepeatedItem

_COMPARED: Mapping[str, Comparison] = {
    "minimum": "<",
    "maximum": ">",
    "exclusiveMinimum": "<=",
    "exclusiveMaximum": ">=",
}
#: Types whose values have one text on every engine. A column without a promise may be found to be one of these.
_HAVE_TEXT = ("string", "int", "long", "boolean", "date")
#: How far from a whole number the quotient of a multiple may be: what rounding to the type and dividing leave.
_TOLERANCE = {"float": 2.0**-23, "double": 1e-9}


def missing(check: QualityRule, type_: Type) -> tuple[bool, Among]:
    """What `missingValues` counts: whether null does, and the values that do."""
    listed = check.arguments.get("missingValues", [None])
    values = (value_of(v, type_) for v in listed if v is not None)
    return None in listed, Among(tuple(v for v in values if v is not None))


def invalid(check: QualityRule, column: str, type_: Type) -> tuple[Condition, ...]:
    """One condition for each argument of `invalidValues`. Raises BadInput for one that the type has no meaning for."""
    return tuple(_condition(check, column, type_, k, v) for k, v in check.arguments.items() if k != "uniqueItems" or v)


def _condition(check: QualityRule, column: str, type_: Type, argument: str, given: Any) -> Condition:
    if argument == "validValues":
        values = (value_of(v, type_) for v in given)
        return NotAmong(tuple(v for v in values if v is not None))
    has_text = isinstance(type_, str) and (type_ in _HAVE_TEXT or type_.startswith("decimal"))
    match argument:
        case "pattern" if has_text:
            return DoesNotMatch(given)
        case "format" if has_text and given in FORMATS:
            return DoesNotMatch(FORMATS[given])
        case "minLength" | "maxLength" if has_text:
            return Length("<" if argument == "minLength" else ">", int(given))
        case "minItems" | "maxItems" if isinstance(type_, ListType):
            return Items("<" if argument == "minItems" else ">", int(given))
        case "uniqueItems" if isinstance(type_, ListType):
            return RepeatedItem()
    if argument in _COMPARED:
        bound = bound_of(_COMPARED[argument], given, type_)
        if bound is not None:
            return Compared(*bound)
    if argument == "multipleOf" and isinstance(type_, str):
        if type_ in _TOLERANCE:
            return NotNearMultiple(float(given), _TOLERANCE[type_])
        if type_ in ("int", "long") or type_.startswith("decimal"):
            return NoMultiple(step_of(given, type_))
    raise BadInput(
        f"check {check.id}: {argument} {given!r} means nothing for column {column}, which is {shown(type_)}",
        f"correct the rule ({check.origin}), or cast the column in the pipeline",
    )
