"""Values inside of values: lists, maps and structs cast member by member."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mesh_jobs.adapters.common_type import naming
from mesh_jobs.adapters.duckdb.as_text import is_nested
from mesh_jobs.adapters.duckdb.types import duckdb_type, members, name, text
from mesh_jobs.domain.table import ListType, MapType, Nested, StructType, Type


@dataclass(frozen=True)
class StrictCast:
    """SQL that gives the new value, NULL where the old one does not fit; `fallible` is false when it always fits."""

    value: str
    fallible: bool


@dataclass(frozen=True)
class Rebuilt:
    """SQL of a value made anew, and SQL that is true when something in it does not fit, never NULL."""

    value: str
    misfit: str


#: Casts a primitive: SQL, its DuckDB type, the type wanted.
Caster = Callable[[str, str, Type], StrictCast]


def rebuilt(value: str, source: str, target: Type, cast: Caster, depth: int = 0) -> Rebuilt | None:
    """The value in the new type, by the names of members; None where the shapes differ. A member that is not there is
    NULL; one that is there and not wanted has to be NULL. A key that is twice in a map is a misfit."""
    made: Rebuilt | None = None
    if source in ('"NULL"', "NULL"):
        return Rebuilt(f"CAST(NULL AS {duckdb_type(target)})", "FALSE")
    if isinstance(target, StructType) and source.startswith("STRUCT(") and not source.endswith("]"):
        made = _struct(value, source, target, cast, depth)
    elif isinstance(target, ListType) and source.endswith("]"):
        x = f"r{depth}"
        inner = rebuilt(x, source[: source.rindex("[")], target.element, cast, depth + 1)
        made = inner and Rebuilt(f"list_transform({value}, lambda {x}: {inner.value})", _any(value, x, inner.misfit))
    elif isinstance(target, MapType) and source.startswith("MAP(") and not source.endswith("]"):
        made = _map(value, source, target, cast, depth)
    elif not isinstance(target, Nested) and not is_nested(source):
        one = cast(value, source, target)
        return Rebuilt(one.value, f"({value} IS NOT NULL AND {one.value} IS NULL)" if one.fallible else "FALSE")
    return made and Rebuilt(made.value, "FALSE" if made.misfit == "FALSE" else f"coalesce({made.misfit}, FALSE)")


def _struct(value: str, source: str, target: StructType, cast: Caster, depth: int) -> Rebuilt | None:
    there = {n.lower(): (n, type_) for n, type_ in members(source)}
    parts, misfits = [], []
    for member, type_ in target.fields:
        own = there.pop(member.lower(), None)
        if own is None:
            parts.append(f"{name(member)} := CAST(NULL AS {duckdb_type(type_)})")
            continue
        with naming(f"member {member}"):
            inner = rebuilt(_member(value, own[0]), own[1], type_, cast, depth)
        if inner is None:
            return None
        parts.append(f"{name(member)} := {inner.value}")
        misfits.append(inner.misfit)
    misfits += [f"({_member(value, n)} IS NOT NULL)" for n, _ in there.values()]
    real = [m for m in misfits if m != "FALSE"]
    made = f"CASE WHEN {value} IS NOT NULL THEN struct_pack({', '.join(parts)}) END"
    return Rebuilt(made, " OR ".join(real) or "FALSE")


def _map(value: str, source: str, target: MapType, cast: Caster, depth: int) -> Rebuilt | None:
    x = f"r{depth}"
    (_, key_type), (_, value_type) = members(source)
    key = rebuilt(f"{x}.key", key_type, target.key, cast, depth + 1)
    inner = rebuilt(f"{x}.value", value_type, target.value, cast, depth + 1)
    if key is None or inner is None:
        return None
    entries = f"map_entries({value})"
    unique = key.value
    if target.key in ("float", "double"):
        # The two zeros are one key, and so is NaN, whatever its bits.
        unique = f"CASE WHEN {unique} = 0 THEN '0' WHEN isnan({unique}) THEN 'nan' ELSE CAST({unique} AS VARCHAR) END"
    misfits = [
        _any(entries, x, key.misfit),
        _any(entries, x, inner.misfit),
        f"len(list_distinct(list_transform({entries}, lambda {x}: {unique}))) < len({entries})",
    ]
    return Rebuilt(
        f"map_from_entries(list_transform({entries}, lambda {x}: struct_pack(k := {key.value}, v := {inner.value})))",
        " OR ".join(m for m in misfits if m != "FALSE"),
    )


def _any(items: str, x: str, misfit: str) -> str:
    if misfit == "FALSE":
        return misfit
    return f"coalesce(list_bool_or(list_transform({items}, lambda {x}: {misfit})), FALSE)"


def _member(value: str, member: str) -> str:
    return f"struct_extract({value}, {text(member)})"
