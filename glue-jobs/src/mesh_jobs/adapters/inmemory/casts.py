"""Strict casts of single values: whole in the new type or not at all."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from mesh_jobs.domain.table import ListType, MapType, StructType, Type

_JAVA = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S", "SSS": "%f"}
_TRUE, _FALSE = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}
_RANGE = {"int": 31, "long": 63}


class Misfit(ValueError):
    """The value is not one of the type. Says nothing of the value."""


def cast(value: Any, to: Type, pattern: str | None = None) -> Any:
    """The value in the new type; null stays null. Raises Misfit."""
    if value is None:
        return None
    match to:
        case ListType(element):
            return [cast(v, element, pattern) for v in _parsed(value, list)]
        case MapType(key, inner):
            return {cast(k, key, pattern): cast(v, inner, pattern) for k, v in _parsed(value, dict).items()}
        case StructType(fields):
            struct = _parsed(value, dict)
            return {name: cast(struct.get(name), kind, pattern) for name, kind in fields}
    try:
        return _primitive(value, str(to), pattern)
    except (ValueError, InvalidOperation, OverflowError, TypeError) as error:
        raise Misfit(f"is no {to}") from error


def _parsed(value: Any, shape: type) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise Misfit("is no JSON") from error
    if not isinstance(value, shape):
        raise Misfit(f"is no {'list' if shape is list else 'object'}")
    return value


def _primitive(value: Any, to: str, pattern: str | None) -> Any:
    if to == "string":
        return as_text(value)
    if to == "binary":
        return value if isinstance(value, bytes) else str(value).encode()
    if to == "boolean":
        return _boolean(value)
    if to in _RANGE:
        number = _exact(value)
        if number != number.to_integral_value() or (
            isinstance(value, str) and not re.fullmatch(r"\s*[+-]?\d+\s*", value)
        ):
            raise Misfit("is no whole number")
        if not -(2 ** _RANGE[to]) <= number < 2 ** _RANGE[to]:
            raise Misfit("is out of range")
        return int(number)
    if to in ("float", "double"):
        fraction = float(value)
        if isinstance(value, int) and fraction != value:
            raise Misfit("has more digits than fit")
        if math.isinf(fraction) and isinstance(value, str) and "inf" not in value.lower():
            raise Misfit("is out of range")
        return fraction
    if to.startswith("decimal"):
        precision, scale = (int(x) for x in re.findall(r"\d+", to))
        number = _exact(value)
        scaled = (
            number.quantize(Decimal(1).scaleb(-scale)) if number == number.quantize(Decimal(1).scaleb(-scale)) else None
        )
        if scaled is None or abs(scaled) >= Decimal(10) ** (precision - scale):
            raise Misfit("does not fit")
        return scaled
    if to == "time":
        return value if isinstance(value, time) else time.fromisoformat(str(value).strip())
    return _moment(value, to, pattern)


def _boolean(value: Any) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise Misfit("is neither true nor false")


def _exact(value: Any) -> Decimal:
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Misfit("is no number")
        return Decimal(repr(value))
    text = str(value).strip()
    if isinstance(value, str) and not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text):
        raise Misfit("is no number")
    return Decimal(text)


def _moment(value: Any, to: str, pattern: str | None) -> Any:
    if isinstance(value, str):
        text = value.strip()
        if pattern is not None:
            value = datetime.strptime(text, strptime(pattern))
        else:
            if not re.match(r"\d{4}-\d{1,2}-\d{1,2}", text):
                raise Misfit(f"is no {to}")
            value = date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        raise Misfit(f"is no {to}")
    if to == "date":
        if value.time() != time(0):
            raise Misfit("has a time of day")
        return value.date()
    zoned = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return zoned if to == "timestamptz" else zoned.replace(tzinfo=None)


def strptime(pattern: str) -> str:
    """Java's letters as Python's."""
    return re.sub("|".join(_JAVA), lambda m: _JAVA[m[0]], pattern)


def as_text(value: Any) -> str:
    """A value as text, the way both engines write it."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case bytes():
            return value.hex()
        case datetime():
            return value.replace(tzinfo=None).isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case list() | dict():
            return json.dumps(value, default=as_text, separators=(",", ":"))
    return str(value)
