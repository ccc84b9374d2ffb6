"""Rows as Python values. DuckDB needs pytz to give moments with a zone, so they come without and get theirs here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from mesh_jobs.adapters.duckdb.session import Relation
from mesh_jobs.adapters.duckdb.types import duckdb_type, name, plan_type
from mesh_jobs.adapters.far_moments import moment_of
from mesh_jobs.domain.table import ListType, MapType, StructType, Type


def fetched(relation: Relation) -> str:
    """SQL of a relation's columns, in types that can be fetched."""
    cells = []
    for column, type_ in relation.columns:
        zoned = "TIMESTAMP WITH TIME ZONE" in type_
        cells.append(f"CAST({name(column)} AS {_without_zones(type_)}) AS {name(column)}" if zoned else name(column))
    return ", ".join(cells)


def python_rows(relation: Relation, found: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """What was fetched, by column."""
    moments = {c: plan_type(t) for c, t in relation.columns if "TIMESTAMP" in t or "DATE" in t}
    columns = [c for c, _ in relation.columns]
    return [
        {c: _moments(v, moments[c]) if c in moments else v for c, v in zip(columns, row, strict=True)} for row in found
    ]


def _without_zones(type_: str) -> str:
    return duckdb_type(_local(plan_type(type_)))


def _local(type_: Type) -> Type:
    match type_:
        case ListType(element):
            return ListType(_local(element))
        case MapType(key, value):
            return MapType(_local(key), _local(value))
        case StructType(fields):
            return StructType(tuple((n, _local(of)) for n, of in fields))
    return "timestamp" if type_ == "timestamptz" else type_


def _moments(value: Any, type_: Type) -> Any:
    """Moments with their zone; those that Python does not have arrive as texts."""
    if value is None:
        return None
    match type_:
        case ListType(element):
            return [_moments(v, element) for v in value]
        case MapType(key, of):
            return {_moments(k, key): _moments(v, of) for k, v in value.items()}
        case StructType(fields):
            return {n: _moments(value[n], of) for n, of in fields}
        case "date" | "timestamp" | "timestamptz" if isinstance(value, str):
            return moment_of(value, type_)
    return value.replace(tzinfo=UTC) if type_ == "timestamptz" else value
