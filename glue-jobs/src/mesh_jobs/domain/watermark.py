"""Watermarks: how far a source was read, and where a delta reads again."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from mesh_jobs.domain.plan import Watermark

#: A day with dashes, perhaps with a time: 20240115 is a number, though ISO 8601 also reads a day there.
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?")
#: As engines write a day after the year 9999, with or without a sign.
_FAR = re.compile(r"\+?\d{5,}-\d{2}-\d{2}(?:([T ]).+)?")


def read_from(watermark: Watermark, last: str | None) -> str | None:
    """Where the next delta begins, as ISO text: the last value less the overlap. Values that are no moments, such as a
    growing number, have no overlap."""
    if last is None or not watermark.overlap_seconds or _WRITTEN.fullmatch(last) is None:
        return last
    back = timedelta(seconds=watermark.overlap_seconds)
    try:
        if len(last) == 10:
            # A day is the smallest step of a date: any overlap reads at least the day before again.
            days = max(1, -(-watermark.overlap_seconds // 86400))
            return (date.fromisoformat(last) - timedelta(days=days)).isoformat()
        # Of a text column values are compared as text, so they are written as it writes them.
        return (datetime.fromisoformat(last) - back).isoformat(last[10], "minutes" if len(last) == 16 else "auto")
    except (ValueError, OverflowError):
        return last


def not_beyond(value: str | None, now: datetime) -> str | None:
    """The value, or where it is in the future now, as its column writes it. A watermark is the greatest value up to
    there: one mistaken date would keep every later delta from reading."""
    if value is None:
        return None
    far, found = _FAR.fullmatch(value), moment(value)
    if far is None and (found is None or found <= now):
        return value
    separator = value[10:11] if far is None else far[1]
    return now.isoformat(separator) if separator else now.date().isoformat()


def is_before(value: str, last: str | None) -> bool:
    """Whether a value is a moment before another."""
    one, other = moment(value), moment(last)
    return one is not None and other is not None and one < other


def moment(text: str | None) -> datetime | None:
    """A greatest value as a moment in UTC, for the age of data; a date counts from its first second."""
    if text is None or _WRITTEN.fullmatch(text) is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def moment_at(seconds: float) -> datetime:
    """A moment in seconds since 1970, UTC; one beyond the years 1 to 9999 is the first or the last of these."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError):
        return (datetime.max if seconds > 0 else datetime.min).replace(tzinfo=UTC)
