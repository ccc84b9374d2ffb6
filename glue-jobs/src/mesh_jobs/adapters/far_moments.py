"""Dates and moments as engines print them, also in years that Python does not have."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from mesh_jobs.domain.table import Type

_WRITTEN = re.compile(r"([+-]?)(\d{4,})-(\d\d-\d\d)( \(BC\))?(?: (\d\d:\d\d:\d\d(?:\.\d{1,6})?))?")


def moment_of(text: str, type_: Type) -> date | datetime | str:
    """A `date`, `timestamp` or `timestamptz` from its text in UTC, e.g. 2024-02-03 04:05:06.5: what Python has for it,
    or in other years than 1 to 9999 the text of ISO 8601, with a sign before the year."""
    found = _WRITTEN.fullmatch(text.removesuffix("+00"))
    assert found is not None
    sign, digits, day, before_christ, time = found.groups()
    year = int(digits) * (-1 if sign == "-" else 1)
    if before_christ:
        year = 1 - year
    rest = day if type_ == "date" else f"{day}T{time}"
    if not 1 <= year <= 9999:
        return f"{year:+05d}-{rest}" + ("Z" if type_ == "timestamptz" else "")
    if type_ == "date":
        return date.fromisoformat(f"{year:04d}-{rest}")
    return datetime.fromisoformat(f"{year:04d}-{rest}").replace(tzinfo=UTC if type_ == "timestamptz" else None)
