"""Files of a source that declares no columns, brought to the same columns and types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mesh_jobs.adapters import common_type
from mesh_jobs.adapters.duckdb.as_text import as_text
from mesh_jobs.adapters.duckdb.nested import StrictCast, rebuilt
from mesh_jobs.adapters.duckdb.types import duckdb_type, name, plan_type, storable
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import ListType, MapType, StructType, Type

Columns = Sequence[tuple[str, str]]


def file_types(source: str, parts: Sequence[tuple[str, Columns]]) -> dict[str, Type]:
    """The types of all columns by their names in lower case; parts have the names that messages give them. Raises
    BadInput where two have no type in common."""
    known = [(part, {n: _kept(n, t) for n, t in columns}) for part, columns in parts]
    return {n.lower(): t for n, t in common_type.file_types(source, known).items()}


def cells(columns: Columns, types: Mapping[str, Type]) -> list[str]:
    """SQL of columns in `types`, or where these do not say, in those that are kept. Raises BadInput for a type that
    cannot be stored."""
    return [_as(name(n), t, types.get(n.lower()) or _kept(n, t)) for n, t in columns]


def _kept(column: str, type_: str) -> Type:
    """The type in which a column without a promise is kept. Spark has none for a time of day, so it is a text."""
    try:
        return _timeless(plan_type(storable(type_)))
    except BadInput as error:
        raise BadInput(f"column {column}: {error}", "declare it as a string, or write it as another type") from error


def _timeless(type_: Type) -> Type:
    match type_:
        case ListType(element):
            return ListType(_timeless(element))
        case MapType(key, value):
            return MapType(_timeless(key), _timeless(value))
        case StructType(fields):
            return StructType(tuple((n, _timeless(t)) for n, t in fields))
    return "string" if type_ == "time" else type_


def _as(column: str, type_: str, wanted: Type) -> str:
    if duckdb_type(wanted) == type_:
        return column
    made = rebuilt(column, type_, wanted, _cast)
    # The common type has the shape of each of the types that it is of.
    assert made is not None
    return f"CAST({made.value} AS {duckdb_type(wanted)}) AS {column}"


def _cast(value: str, source: str, target: Type) -> StrictCast:
    kept = storable(source)
    if kept != source:
        # As it is where it is alone.
        return _cast(f"CAST({value} AS {kept})", kept, target)
    if target == "string":
        return StrictCast(as_text(value, source), False)
    if (source, target) == ("VARCHAR", "binary"):
        return StrictCast(f"encode({value})", False)
    return StrictCast(f"CAST({value} AS {duckdb_type(target)})", False)
