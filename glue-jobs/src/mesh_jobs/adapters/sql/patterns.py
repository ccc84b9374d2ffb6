"""Java's date patterns, which Spark and pipelines use, in the letters of strptime and strftime."""

from __future__ import annotations

import re
from collections.abc import Callable

from mesh_jobs.adapters.written import refuse_unclear_parts

_COMMON = {
    "yyyy": "%Y", "uuuu": "%Y", "yy": "%y", "y": "%Y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m",
    "dd": "%d", "d": "%-d", "DDD": "%j", "D": "%-j", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "a": "%p",
    "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g", "SSSSSS": "%f",
    "EEEE": "%A", "EEE": "%a", "EE": "%a", "E": "%a",
}  # fmt: skip
_READ = _COMMON | {
    **{"S" * n: "%f" for n in range(1, 7)},
    "XXX": "%z", "XX": "%z", "X": "%z", "xxx": "%z", "xx": "%z", "Z": "%z", "z": "%Z", "VV": "%Z",
}  # fmt: skip
#: From UTC, with what stands between hours and minutes.
_OFFSET = r"[+-](?:(?:0\d|1[0-7]){0}[0-5]\d|18{0}00)"
_SHAPES = {
    "yyyy": r"\d{4}",
    **dict.fromkeys(("MM", "dd", "HH", "hh", "mm", "ss"), r"\d{2}"),
    **dict.fromkeys(("M", "d", "H", "h", "m", "s"), r"\d{1,2}"), **{"S" * n: rf"\d{{1,{n}}}" for n in range(1, 7)},
    **dict.fromkeys(("MMM", "MMMM"), "[A-Za-z]+"),
    "a": "(?i:am|pm)", "XXX": f"(?:Z|{_OFFSET.format(':')})", "XX": f"(?:Z|{_OFFSET.format('')})",
    "X": rf"(?:Z|[+-](?:0\d|1[0-8])|{_OFFSET.format('')})", "xxx": _OFFSET.format(":"), "xx": _OFFSET.format(""),
    "Z": _OFFSET.format(""), "VV": r"\S+",
}  # fmt: skip


def strptime_format(pattern: str) -> str:
    """The pattern for reading. Raises ValueError naming the letters that have no counterpart."""
    return _converted(pattern, _READ)


def strptime_formats(pattern: str) -> list[str]:
    """All ways to read the pattern: X also reads Z for UTC, as in Java. Raises ValueError as `strptime_format`."""
    read, utc = (_converted(pattern, letters) for letters in (_READ, _READ | dict.fromkeys(("XXX", "XX", "X"), "Z")))
    return [read] if read == utc else [read, utc]


def shape(pattern: str) -> str:
    """A regular expression of the texts that Java reads by the pattern; strptime takes more. Raises ValueError, also of
    what engines read in their own ways: a year of two digits, the name of a day or of a zone."""
    _refuse_marks(pattern)
    refuse_unclear_parts(pattern)
    if "y" not in re.sub(r"'[^']*'", "", pattern):
        raise ValueError(f"the pattern {pattern} has no year")
    if re.search(r"[A-RT-Za-z]S", pattern):
        raise ValueError(f"in the pattern {pattern} nothing stands before the fraction")
    return _converted(pattern, _SHAPES, _escaped)


def strftime_format(pattern: str) -> str:
    """The pattern for writing. Raises ValueError naming the letters that have no counterpart."""
    _refuse_marks(pattern)
    return _converted(pattern, _COMMON)


def _refuse_marks(pattern: str) -> None:
    """What Spark takes for something else, or not at all: `u` was a day of the week once."""
    bare = re.sub(r"'[^']*'", "", pattern)
    mark = re.search(r"[\[\]{}#u]|(?<!y)y(?!y)", bare)
    if mark is not None:
        raise ValueError(f"{mark[0]} has a special meaning in the pattern {pattern}")
    if not pattern:
        raise ValueError("the pattern is empty")


def _escaped(literal: str) -> str:
    """Of a regular expression."""
    return re.sub(r"([^\w\s])", r"\\\1", literal)


def _doubled(literal: str) -> str:
    return literal.replace("%", "%%")


def _converted(pattern: str, letters: dict[str, str], literally: Callable[[str], str] = _doubled) -> str:
    out: list[str] = []
    for part in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'", pattern):
        token = part[0]
        if token == "''":
            out.append("'")
        elif part[1] is not None:
            out.append(literally(part[1].replace("''", "'")))
        elif part[2]:
            if token not in letters:
                raise ValueError(f"{token} in the pattern {pattern} is not supported")
            out.append(letters[token])
        else:
            out.append(literally(token))
    return "".join(out)
