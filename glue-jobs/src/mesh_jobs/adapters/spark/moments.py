"""Dates and times in texts, read by a pattern in Java's letters."""

from __future__ import annotations

from mesh_jobs.adapters import written
from mesh_jobs.adapters.spark.nested import let
from mesh_jobs.adapters.spark.types import text
from mesh_jobs.domain.errors import BadInput

_APART = "\x01"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIRST, _LAST = "0001-01-01", "9999-12-31"
_SQL = {"date": "DATE", "timestamp": "TIMESTAMP_NTZ", "timestamptz": "TIMESTAMP"}


def sensible(value: str, target: str) -> str:
    """SQL that is true for a date or time in the years that everybody has, 1 to 9999."""
    last = _LAST if target == "date" else f"{_LAST} 23:59:59.999999"
    return f"{value} BETWEEN {_SQL[target]} {text(_FIRST)} AND {_SQL[target]} {text(last)}"


def from_pattern(value: str, target: str, pattern: str) -> str:
    """SQL of the date or time in a text, null where it is written otherwise or is none; a date has no time of day.
    Raises BadInput for a pattern that cannot be read."""
    try:
        shape, letters = written.by_pattern(pattern)
    except ValueError as error:
        raise BadInput(str(error), "write the pattern with other letters, or read the column as string") from error
    groups = _APART.join(f"${i + 1}" for i in range(len(letters)))
    whole = f"^(?:{shape})\\z"
    split = f"split(regexp_replace({value}, {text(whole)}, {text(groups)}), {text(_APART)})"

    def body(parts: str) -> str:
        at = {_meaning(letter): (letter, f"{parts}[{i}]") for i, letter in enumerate(letters)}
        moment = f"try_cast({_iso(at)} AS {'TIMESTAMP' if 'zone' in at else 'TIMESTAMP_NTZ'})"
        if target != "date":
            return _if_sensible(f"CAST({moment} AS {_SQL[target]})", target)
        midnight = let(f"CAST({moment} AS TIMESTAMP_NTZ)", lambda m: f"CASE WHEN {m} = CAST({m} AS DATE) THEN {m} END")
        return _if_sensible(f"CAST({midnight} AS DATE)", target)

    return f"CASE WHEN {value} RLIKE {text(whole)} THEN {let(split, body)} END"


def _if_sensible(value: str, target: str) -> str:
    return let(value, lambda v: f"CASE WHEN {sensible(v, target)} THEN {v} END")


def _meaning(letters: str) -> str:
    if letters == "a":
        return "half"
    return {"X": "zone", "x": "zone", "Z": "zone", "z": "zone", "V": "zone", "u": "y", "h": "H"}.get(
        letters[0], letters[0]
    )


def _iso(at: dict[str, tuple[str, str]]) -> str:
    """SQL of the text in ISO 8601, from the parts by their meaning; what is not there is the beginning of 1900."""
    year = _year(*at["y"]) if "y" in at else "'1900'"
    if "D" in at:
        first = f"try_cast(concat({year}, '-01-01') AS DATE)"
        day_of_year = f"date_add({first}, CAST({at['D'][1]} AS INT) - 1)"
        date = f"CASE WHEN year({day_of_year}) = year({first}) THEN CAST({day_of_year} AS STRING) END"
    else:
        month = _month(*at["M"]) if "M" in at else "'01'"
        date = f"concat({year}, '-', {month}, '-', {_two(at['d'][1]) if 'd' in at else repr('01')})"
    hour = _hour(*at["H"], at["half"][1] if "half" in at else None) if "H" in at else "'00'"
    rest = [f"':', {_two(at[letter][1]) if letter in at else repr('00')}" for letter in ("m", "s")]
    fraction = f", '.', {at['S'][1]}" if "S" in at else ""
    zone = f", ' ', {at['zone'][1]}" if "zone" in at else ""
    return f"concat({date}, ' ', {hour}, {', '.join(rest)}{fraction}{zone})"


def _two(digits: str) -> str:
    return f"lpad({digits}, 2, '0')"


def _year(letters: str, digits: str) -> str:
    # Two digits are the years from 1969 to 2068, as in POSIX.
    return f"concat(CASE WHEN {digits} >= '69' THEN '19' ELSE '20' END, {digits})" if letters == "yy" else digits


def _month(letters: str, found: str) -> str:
    if len(letters) < 3:
        return _two(found)
    months = ", ".join(map(text, _MONTHS))
    return _two(f"CAST(array_position(array({months}), lower(substr({found}, 1, 3))) AS STRING)")


def _hour(letters: str, digits: str, half: str | None) -> str:
    if letters[0] == "H":
        return _two(digits)
    later = "0" if half is None else f"CASE WHEN lower({half}) = 'pm' THEN 12 ELSE 0 END"
    hour = f"CAST({digits} AS INT)"
    # There is no hour 0 and no 13 on such a clock.
    return f"CASE WHEN {hour} BETWEEN 1 AND 12 THEN {_two(f'CAST({hour} % 12 + {later} AS STRING)')} END"
