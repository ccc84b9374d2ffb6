"""Java's date patterns, which Spark and pipelines use, in the letters of strptime and strftime."""

from __future__ import annotations

import re

_COMMON = {
    "yyyy": "%Y", "uuuu": "%Y", "yy": "%y", "y": "%Y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m",
    "dd": "%d", "d": "%-d", "DDD": "%j", "D": "%-j", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "a": "%p",
    "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g", "SSSSSS": "%f",
    "EEEE": "%A", "EEE": "%a", "EE": "%a", "E": "%a",
}  # fmt: skip
_READ = _COMMON | {
    "S": "%f", "SS": "%f", "SSSS": "%f", "SSSSS": "%f",
    "XXX": "%z", "XX": "%z", "X": "%z", "xxx": "%z", "xx": "%z", "Z": "%z", "z": "%Z", "VV": "%Z",
}  # fmt: skip


def strptime_format(pattern: str) -> str:
    """The pattern for reading. Raises ValueError naming the letters that have no counterpart."""
    return _converted(pattern, _READ)


def strptime_formats(pattern: str) -> list[str]:
    """All ways to read the pattern: X also reads Z for UTC, as in Java. Raises ValueError as `strptime_format`."""
    read, utc = (_converted(pattern, letters) for letters in (_READ, _READ | dict.fromkeys(("XXX", "XX", "X"), "Z")))
    return [read] if read == utc else [read, utc]


def strftime_format(pattern: str) -> str:
    """The pattern for writing. Raises ValueError naming the letters that have no counterpart."""
    return _converted(pattern, _COMMON)


def _converted(pattern: str, letters: dict[str, str]) -> str:
    out: list[str] = []
    for part in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'", pattern):
        token = part[0]
        if token == "''":
            out.append("'")
        elif part[1] is not None:
            out.append(part[1].replace("''", "'").replace("%", "%%"))
        elif part[2]:
            if token not in letters:
                raise ValueError(f"{token} in the pattern {pattern} is not supported")
            out.append(letters[token])
        else:
            out.append(token.replace("%", "%%"))
    return "".join(out)
