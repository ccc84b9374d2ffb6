"""What a contract writes, as values of a column's type: exact, so that no engine has to convert and none does so in its
own way."""

from __future__ import annotations

import re
import struct
from datetime import UTC, date, datetime, time
from decimal import ROUND_FLOOR, Context, Decimal
from math import gcd
from typing import Literal

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import Type, decimal_of, shown

#: A value of a column: of whole and decimal numbers an exact Decimal.
Value = str | bool | Decimal | float | date | datetime | time
Comparison = Literal["<", "<=", ">", ">="]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_NOT_FINITE = {"nan", "inf", "infinity", "-inf", "-infinity", "+inf", "+infinity"}
_WHOLE = {"int": 31, "long": 63}
_EXACT = Context(prec=1000)


def value_of(written: object, type_: Type) -> Value | None:
    """The value of that type which a contract means, whose numbers and dates may be written as text; None where the
    type has no such value: nothing can be equal to it."""
    if type_ == "string":
        return str(written).lower() if isinstance(written, bool) else str(written)
    if type_ == "boolean":
        return {"true": True, "false": False}.get(str(written).lower())
    if isinstance(written, bool) or not isinstance(type_, str):
        return None
    if type_ in ("float", "double"):
        return _floating(written, type_)
    grid = _grid(type_)
    if grid is None:
        return _moment(str(written), type_)
    lowest, highest, scale = grid
    number = _number(written)
    return number if number is not None and lowest <= number <= highest and _floor(number, scale) == number else None


def filling(where: str, column: str, written: object, type_: Type) -> Value:
    """The value that takes the place of null in a column. Raises BadInput, which begins with `where`, for what is no
    value of its type: nothing is rounded, and nothing depends on the day of the run."""
    value = value_of(written, type_)
    if value is None:
        raise BadInput(
            f"{where}: {written!r} cannot fill column {column}, which is {shown(type_)}",
            "write a value of that type, or cast the column first",
        )
    return value


def bound_of(comparison: Comparison, written: object, type_: Type) -> tuple[Comparison, Value] | None:
    """A comparison with a bound as one with a value of the type that is true for the same values: below 0.5 is at most
    0 for whole numbers. None where what is written is no value of a type that has an order."""
    number, grid = _number(written), _grid(type_)
    if grid is not None:
        if number is None:
            return None
        lowest, highest, scale = grid
        if not lowest <= number <= highest:
            return _beyond(comparison, number > 0), highest if number > 0 else lowest
        floor = _floor(number, scale)
        return (comparison if floor == number else "<=" if comparison in ("<", "<=") else ">"), floor
    if isinstance(written, bool):
        return None
    value = value_of(written, type_)
    if value is None and number is not None and type_ == "float":
        return _beyond(comparison, number > 0), _LARGEST_FLOAT if number > 0 else -_LARGEST_FLOAT
    return None if value is None or isinstance(value, bool) else (comparison, value)


def text_of(value: Value) -> str:
    """The value as any engine casts it back to its type."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def step_of(written: object, type_: Type) -> Decimal | None:
    """Of exact numbers: the step, in the type's own scale, whose multiples are those values of the type that are
    multiples of what is written. None where the type has no multiple but 0. Raises ValueError for other types."""
    grid, number = _grid(type_), _number(written)
    if grid is None or number is None:
        raise ValueError(f"{type_} has no multiples of {written}")
    _, highest, scale = grid
    places = max(0, -int(number.as_tuple().exponent))
    whole = int(number.scaleb(places, _EXACT))
    if places > scale:
        # Of the finer digits only those matter that values of the type can meet.
        whole, places = whole // gcd(whole, 10 ** (places - scale)), scale
    step = Decimal(whole).scaleb(-places, _EXACT)
    return step if 0 < step <= highest else None


_LARGEST_FLOAT: float = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]


def _grid(type_: Type) -> tuple[Decimal, Decimal, int] | None:
    """The lowest and the highest value of an exact number, and its digits after the point."""
    if not isinstance(type_, str):
        return None
    if type_ in _WHOLE:
        limit = Decimal(2) ** _WHOLE[type_]
        return limit.copy_negate(), limit - 1, 0
    decimal = decimal_of(type_)
    if decimal is None:
        return None
    precision, scale = decimal
    highest = Decimal(10**precision - 1).scaleb(-scale, _EXACT)
    return highest.copy_negate(), highest, scale


def _beyond(comparison: Comparison, above: bool) -> Comparison:
    """What a comparison with something outside the type's values is with the outermost one."""
    if comparison in ("<", "<="):
        return "<=" if above else "<"
    return ">" if above else ">="


def _floor(number: Decimal, scale: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-scale), ROUND_FLOOR, _EXACT)


def _number(written: object) -> Decimal | None:
    """A number as people read it: 0.1 is a tenth."""
    text = str(written).strip()
    if isinstance(written, bool) or _NUMBER.fullmatch(text) is None:
        return None
    number = Decimal(text)
    return number if abs(number.adjusted()) < 400 else None


def _floating(written: object, type_: str) -> float | None:
    text = str(written).strip().lower()
    if _NUMBER.fullmatch(text) is None and text not in _NOT_FINITE:
        return None
    value = float(text)
    if type_ == "float":
        try:
            value = float(struct.unpack("<f", struct.pack("<f", value))[0])
        except OverflowError:
            return None
    return value


def _moment(text: str, type_: str) -> date | datetime | time | None:
    try:
        if type_ == "date":
            return date.fromisoformat(text)
        if type_ == "time":
            return time.fromisoformat(text)
        if type_ not in ("timestamp", "timestamptz"):
            return None
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment if type_ == "timestamptz" else moment.replace(tzinfo=None)
