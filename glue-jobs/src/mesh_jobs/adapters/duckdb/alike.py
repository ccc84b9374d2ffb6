"""Files of a source that declares no columns, brought to the same columns and types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mesh_jobs.adapters import common_type
from mesh_jobs.adapters.duckdb.as_text import as_text
from mesh_jobs.adapters.duckdb.types import duckdb_type, name, plan_type, storable

Columns = Sequence[tuple[str, str]]


def file_types(source: str, parts: Sequence[tuple[str, Columns]]) -> dict[str, str]:
    """The types of all columns by their names in lower case; parts have the names that messages give them. Raises
    BadInput where two have no type in common."""
    known = [(part, {n: plan_type(storable(t)) for n, t in columns}) for part, columns in parts]
    return {n.lower(): duckdb_type(t) for n, t in common_type.file_types(source, known).items()}


def cells(columns: Columns, types: Mapping[str, str]) -> list[str]:
    """SQL of columns in `types`, or where these do not say, in those that are stored."""
    return [_as(name(n), t, types.get(n.lower(), storable(t))) for n, t in columns]


def _as(column: str, type_: str, wanted: str) -> str:
    if wanted == type_:
        return column
    value = column
    if (type_, wanted) == ("VARCHAR", "BLOB"):
        value = f"encode({column})"
    elif wanted == "VARCHAR" and storable(type_) == type_:
        value = as_text(column, type_)
    return f"CAST({value} AS {wanted}) AS {column}"
