"""Quality checks, value by value."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mesh_jobs.domain.plan import QualityRule
from mesh_jobs.domain.watermark import moment

Row = Mapping[str, Any]

_FORMATS = {
    "email": re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
    "uuid": re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"),
    "uri": re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$"),
    "hostname": re.compile(r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$"),
}


def failing(rule: QualityRule, rows: Sequence[Row]) -> set[int]:
    """Positions of the rows that break a row check. Of equal keys the first row is good, the others break
    duplicateValues; a key with a null in it is nobody's duplicate."""
    match rule.metric:
        case "nullValues":
            return {n for n, r in enumerate(rows) if any(r.get(c) is None for c in rule.columns)}
        case "missingValues":
            missing = rule.arguments.get("missingValues", [None])
            return {n for n, r in enumerate(rows) if any(_among(r.get(c), missing) for c in rule.columns)}
        case "invalidValues":
            return {n for n, r in enumerate(rows) if any(invalid(r.get(c), rule.arguments) for c in rule.columns)}
        case "duplicateValues":
            return _repeated(rule.columns, rows)
    raise KeyError(rule.metric)


def _repeated(columns: Iterable[str], rows: Sequence[Row]) -> set[int]:
    seen: set[tuple[Any, ...]] = set()
    found = set()
    for n, row in enumerate(rows):
        key = tuple(repr(row.get(c)) for c in columns)
        if any(row.get(c) is None for c in columns):
            continue
        if key in seen:
            found.add(n)
        seen.add(key)
    return found


def orphans(columns: Sequence[str], rows: Sequence[Row], keys: Sequence[str], others: Sequence[Row]) -> int:
    """Rows with a whole key that is none of the others'."""
    known = {tuple(r.get(k) for k in keys) for r in others}
    wanted = [tuple(r.get(c) for c in columns) for r in rows]
    return sum(None not in key and key not in known for key in wanted)


def newest(rows: Sequence[Row], column: str) -> float | None:
    """The greatest date or moment, in seconds since 1970."""
    moments = [moment(r[column].isoformat()) for r in rows if r[column] is not None]
    return max((m.timestamp() for m in moments if m is not None), default=None)


def _among(value: Any, listed: Iterable[Any]) -> bool:
    return any((value is None) if x is None else same(value, x) for x in listed)


def same(value: Any, literal: Any) -> bool:
    """A value of a column against a literal of the contract."""
    if value is None or literal is None:
        return False
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            return Decimal(str(value)) == Decimal(str(literal))
        except ArithmeticError:
            return False
    if isinstance(value, bool) or isinstance(literal, bool):
        return value is literal
    return str(value) == str(literal)


def invalid(value: Any, wanted: Mapping[str, Any]) -> bool:
    """Whether a value that is there breaks any of the arguments."""
    if value is None:
        return False
    if "validValues" in wanted and not _among(value, wanted["validValues"]):
        return True
    text = str(value)
    if "pattern" in wanted and not re.search(wanted["pattern"], text):
        return True
    if len(text) < wanted.get("minLength", 0) or len(text) > wanted.get("maxLength", len(text)):
        return True
    if "format" in wanted and not _has_format(text, wanted["format"]):
        return True
    if isinstance(value, list):
        there = [repr(v + 0.0 if isinstance(v, float) else v) for v in value if v is not None]
        unique = len(set(there)) == len(there)
        if len(value) < wanted.get("minItems", 0) or len(value) > wanted.get("maxItems", len(value)):
            return True
        if wanted.get("uniqueItems") and not unique:
            return True
    return _out_of_range(value, wanted)


def _out_of_range(value: Any, wanted: Mapping[str, Any]) -> bool:
    def limit(name: str) -> Any:
        given = wanted[name]
        if isinstance(value, int | float | Decimal):
            return Decimal(str(given))
        return type(value).fromisoformat(given) if hasattr(value, "isoformat") else given

    number = Decimal(str(value)) if isinstance(value, int | float | Decimal) else value
    return (
        ("minimum" in wanted and number < limit("minimum"))
        or ("maximum" in wanted and number > limit("maximum"))
        or ("exclusiveMinimum" in wanted and number <= limit("exclusiveMinimum"))
        or ("exclusiveMaximum" in wanted and number >= limit("exclusiveMaximum"))
        or ("multipleOf" in wanted and number % Decimal(str(wanted["multipleOf"])) != 0)
    )


def _has_format(text: str, form: str) -> bool:
    if form in ("ipv4", "ipv6"):
        try:
            return ipaddress.ip_address(text).version == int(form[-1])
        except ValueError:
            return False
    return form not in _FORMATS or bool(_FORMATS[form].search(text))
