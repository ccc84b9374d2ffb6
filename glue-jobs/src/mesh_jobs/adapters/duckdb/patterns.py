"""Java's date patterns, which pipelines use, in the letters of strptime."""

from __future__ import annotations

import re

_LETTERS = {
    "yyyy": "%Y", "uuuu": "%Y", "yy": "%y", "y": "%Y",
    "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m",
    "dd": "%d", "d": "%-d", "DDD": "%j",
    "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "a": "%p",
    "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S",
    "S": "%f", "SS": "%f", "SSS": "%f", "SSSS": "%f", "SSSSS": "%f", "SSSSSS": "%f",
    "EEEE": "%A", "EEE": "%a", "E": "%a",
    "XXX": "%z", "XX": "%z", "X": "%z", "xxx": "%z", "xx": "%z", "Z": "%z", "z": "%Z", "VV": "%Z",
}  # fmt: skip


def strptime_format(pattern: str) -> str:
    """The same pattern for DuckDB's strptime. Raises ValueError naming the letters that have no counterpart."""
    out: list[str] = []
    for part in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+", pattern):
        token = part[0]
        if token.startswith("'"):
            out.append("'" if token == "''" else part[1].replace("''", "'").replace("%", "%%"))
        elif part[2]:
            if token not in _LETTERS:
                raise ValueError(f"{token} in the pattern {pattern} is not supported")
            out.append(_LETTERS[token])
        else:
            out.append(token.replace("%", "%%"))
    return "".join(out)
