"""SQL of values as text and of rows as JSON, to the byte as Spark writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from mesh_jobs.adapters.duckdb.types import members, text

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_BARE = ("BOOLEAN", *_WHOLE, *(f"U{w}" for w in _WHOLE))


def as_text(value: str, type_: str, depth: int = 0) -> str:
    """A value as text, null for null: instants in UTC without an offset, bytes in hex, fractions as Java writes them,
    what is nested as JSON."""
    if type_ == "VARCHAR":
        return value
    if type_ == "BLOB":
        return f"lower(hex({value}))"
    if type_ in ("DOUBLE", "FLOAT"):
        shortest = _shortest_float(value) if type_ == "FLOAT" else _shortest_double(value)
        # As a variable: the macro has it in many places, and all of it would be planned in each of them.
        return f"list_transform([{shortest}], lambda d{depth}: dp_double_text(d{depth}))[1]"
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"CAST(CAST({value} AS TIMESTAMP) AS VARCHAR)"
    if type_ == "TIME WITH TIME ZONE":
        return f"CAST(CAST({value} AS TIME) AS VARCHAR)"
    if type_.startswith("DECIMAL("):
        # Without digits before the point DuckDB writes none.
        return rf"regexp_replace(CAST({value} AS VARCHAR), '^(-?)\.', '\10.')"
    if is_nested(type_):
        return f"CASE WHEN {value} IS NOT NULL THEN {_nested(value, type_, depth)} END"
    return f"CAST({value} AS VARCHAR)"


def as_json(value: str, type_: str, depth: int = 0) -> str:
    """A value as JSON text, never null. Numbers are bare where they are finite, and what is no text is quoted as it is
    written."""
    written = as_text(value, type_, depth)
    if type_ in ("DOUBLE", "FLOAT"):
        written = f"CASE WHEN isfinite({value}) THEN {written} ELSE '\"' || {written} || '\"' END"
    elif not is_nested(type_) and type_ not in _BARE and not type_.startswith("DECIMAL("):
        written = f"CAST(to_json({written}) AS VARCHAR)"
    return f"coalesce({written}, 'null')"


def is_nested(type_: str) -> bool:
    return type_.endswith("]") or type_.startswith(("STRUCT(", "MAP("))


def json_object(cells: Mapping[str, str]) -> str:
    """A JSON object of JSON texts by name."""
    parts: list[str] = []
    for member, value in cells.items():
        parts += [text(("," if parts else "{") + json.dumps(member, ensure_ascii=False) + ":"), value]
    return f"({' || '.join([*parts, text('}')])})" if parts else "'{}'"


def _shortest_double(value: str) -> str:
    """The fewest digits that read back as the same number, but never only one: Java writes 4.9E-324. DuckDB 1.5 prints
    2^81, 2^91 and 2^807 wrong."""
    printed = f"CAST({value} AS VARCHAR)"
    cases = [f"WHEN abs({value}) BETWEEN 4e-324 AND 1e-323 THEN format('{{:.1e}}', {value})"]
    cases.append(f"WHEN TRY_CAST({printed} AS DOUBLE) = {value} THEN {printed}")
    exact = [f"format('{{:.{n}e}}', {value})" for n in (15, 16)]
    cases += [f"WHEN CAST({t} AS DOUBLE) = {value} THEN {t}" for t in exact]
    return f"CASE {' '.join(cases)} END"


def _shortest_float(value: str) -> str:
    """The same of a float, of which DuckDB itself writes more digits."""
    texts = [f"format('{{:.{n}e}}', CAST({value} AS DOUBLE))" for n in range(1, 9)]
    cases = " ".join(f"WHEN CAST({t} AS FLOAT) = {value} THEN CAST(CAST({t} AS DOUBLE) AS VARCHAR)" for t in texts)
    return f"CASE {cases} END"


def _nested(value: str, type_: str, depth: int) -> str:
    x = f"x{depth}"
    if type_.endswith("]"):
        items = f"list_transform({value}, lambda {x}: {as_json(x, type_[: type_.rindex('[')], depth + 1)})"
        return f"('[' || array_to_string({items}, ',') || ']')"
    parts = members(type_)
    if type_.startswith("STRUCT("):
        return json_object({n: as_json(f"struct_extract({value}, {text(n)})", t, depth) for n, t in parts})
    (_, key), (_, item) = parts
    key_text = f"CAST(to_json({as_text(f'{x}.key', key, depth + 1)}) AS VARCHAR)"
    entry = f"{key_text} || ':' || {as_json(f'{x}.value', item, depth + 1)}"
    return f"('{{' || array_to_string(list_transform(map_entries({value}), lambda {x}: {entry}), ',') || '}}')"
