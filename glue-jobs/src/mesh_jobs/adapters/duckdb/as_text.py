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
        return f"dp_double_text(CAST({value} AS VARCHAR))"
    if type_ == "TIMESTAMP WITH TIME ZONE":
        return f"CAST(CAST({value} AS TIMESTAMP) AS VARCHAR)"
    if _is_nested(type_):
        return f"CASE WHEN {value} IS NOT NULL THEN {_nested(value, type_, depth)} END"
    return f"CAST({value} AS VARCHAR)"


def as_json(value: str, type_: str, depth: int = 0) -> str:
    """A value as JSON text, never null. Numbers are bare where they are finite, and what is no text is quoted as it is
    written."""
    written = as_text(value, type_, depth)
    if type_ in ("DOUBLE", "FLOAT"):
        written = f"CASE WHEN isfinite({value}) THEN {written} ELSE '\"' || {written} || '\"' END"
    elif not _is_nested(type_) and type_ not in _BARE and not type_.startswith("DECIMAL("):
        written = f"CAST(to_json({written}) AS VARCHAR)"
    return f"coalesce({written}, 'null')"


def json_object(cells: Mapping[str, str]) -> str:
    """A JSON object of JSON texts by name."""
    parts: list[str] = []
    for member, value in cells.items():
        parts += [text(("," if parts else "{") + json.dumps(member, ensure_ascii=False) + ":"), value]
    return f"({' || '.join([*parts, text('}')])})" if parts else "'{}'"


def _is_nested(type_: str) -> bool:
    return type_.endswith("]") or type_.startswith(("STRUCT(", "MAP("))


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
