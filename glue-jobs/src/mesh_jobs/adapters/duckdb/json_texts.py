"""Texts of JSON as DuckDB may read them: nothing that is no JSON, and numbers digit by digit."""

from __future__ import annotations

from mesh_jobs.adapters.duckdb.types import text
from mesh_jobs.domain.table import ListType, MapType, StructType, Type

_STRING = r'"(?:[^"\\]|\\.)*"'
#: What DuckDB reads and JSON has not: a comma before the end, and numbers that are none.
_LENIENT = r",\s*[\]}]|[:,\[]\s*-?(?i:nan|inf)|^\s*-?(?i:nan|inf)"
#: Of valid JSON: texts, numbers, and what is between them. With 16 digits and a point a number has 17 characters.
_TOKEN = rf'{_STRING}|-?[0-9][0-9.eE+-]*|[^"0-9\s-]+'
_LONG_NUMBER = r"(?:^|[\s:,\[])-?[0-9.]{17}"
_LONG_FRACTION = r"-?[0-9.]{17,}([eE][+-]?[0-9]+)?"


def is_json(value: str) -> str:
    """SQL that is true for a text of JSON."""
    without_texts = f"regexp_replace({value}, {text(_STRING)}, '\"\"', 'g')"
    lenient = f"regexp_matches({value}, {text(_LENIENT)}) AND regexp_matches({without_texts}, {text(_LENIENT)})"
    return f"(json_valid({value}) AND NOT ({lenient}))"


def repeats_key(value: str) -> str:
    """SQL that is true when an object has a key twice: DuckDB alone would take the first, without a word."""
    return f"coalesce(len(list_distinct(json_keys({value}))) < len(json_keys({value})), FALSE)"


def needs_exact(type_: Type) -> bool:
    """Whether a double in the place of a number would lose digits that the type has."""
    if isinstance(type_, ListType):
        return needs_exact(type_.element)
    if isinstance(type_, MapType):
        return needs_exact(type_.value)
    if isinstance(type_, StructType):
        return any(needs_exact(t) for _, t in type_.fields)
    return type_ == "string" or type_.startswith("decimal")


def exact(json_text: str) -> str:
    """SQL of the text with long fractions quoted: DuckDB parses them as double, which rounds beyond 15 digits."""
    tokens = f"regexp_extract_all({json_text}, {text(_TOKEN)})"
    quoted = f"CASE WHEN regexp_full_match(x, {text(_LONG_FRACTION)}) THEN '\"' || x || '\"' ELSE x END"
    found = f"array_to_string(list_transform({tokens}, lambda x: {quoted}), '')"
    return f"CASE WHEN regexp_matches({json_text}, {text(_LONG_NUMBER)}) THEN {found} ELSE {json_text} END"
