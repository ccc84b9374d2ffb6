"""Values inside of values: lists, maps and structs cast member by member."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import types as t

from mesh_jobs.adapters.common_type import naming
from mesh_jobs.adapters.spark.types import name, spark_type, sql_type, text
from mesh_jobs.domain.table import ListType, MapType, Nested, StructType, Type

_numbers = itertools.count()


@dataclass(frozen=True)
class StrictCast:
    """SQL of a new value, null where the old one does not fit; `fallible` is false when it always fits."""

    value: str
    fallible: bool


@dataclass(frozen=True)
class Rebuilt:
    """SQL of a value made anew, and SQL that is true when something in it does not fit, never null."""

    value: str
    misfit: str


#: Casts a primitive: SQL, its type, the type wanted.
Caster = Callable[[str, t.DataType, Type], StrictCast]
#: SQL of a single value and its type, both made anew.
Remake = Callable[[str, t.DataType], tuple[str, t.DataType]]


def let(value: str, body: Callable[[str], str]) -> str:
    """SQL with a value that is computed once and used often."""
    x = variable()
    return f"element_at(transform(array({value}), {x} -> {body(x)}), 1)"


def rebuilt(value: str, source: t.DataType, target: Type, cast: Caster) -> Rebuilt | None:
    """The value in the new type, by the names of members; None where the shapes differ. A member that is not there is
    null; one that is there and not wanted has to be null. A key that is twice in a map is a misfit."""
    made: Rebuilt | None = None
    if isinstance(source, t.NullType):
        return Rebuilt(f"CAST(NULL AS {sql_type(spark_type(target))})", "false")
    if isinstance(target, StructType) and isinstance(source, t.StructType):
        made = _struct(value, source, target, cast)
    elif isinstance(target, ListType) and isinstance(source, t.ArrayType):
        x = variable()
        inner = rebuilt(x, source.elementType, target.element, cast)
        made = inner and Rebuilt(f"transform({value}, {x} -> {inner.value})", _any(value, x, inner.misfit))
    elif isinstance(target, MapType) and isinstance(source, t.MapType):
        made = _map(value, source, target, cast)
    elif not isinstance(target, Nested) and not _is_nested(source):
        one = cast(value, source, target)
        return Rebuilt(one.value, f"({value} IS NOT NULL AND {one.value} IS NULL)" if one.fallible else "false")
    return made and Rebuilt(made.value, "false" if made.misfit == "false" else f"coalesce({made.misfit}, false)")


def _struct(value: str, source: t.StructType, target: StructType, cast: Caster) -> Rebuilt | None:
    there = {f.name.lower(): f for f in source}
    members, misfits = [], []
    for member, type_ in target.fields:
        found = there.pop(member.lower(), None)
        if found is None:
            members.append(f"{text(member)}, CAST(NULL AS {sql_type(spark_type(type_))})")
            continue
        with naming(f"member {member}"):
            inner = rebuilt(f"{value}.{name(found.name)}", found.dataType, type_, cast)
        if inner is None:
            return None
        members.append(f"{text(member)}, {inner.value}")
        misfits.append(inner.misfit)
    misfits += [f"({value}.{name(f.name)} IS NOT NULL)" for f in there.values()]
    real = [m for m in misfits if m != "false"]
    return Rebuilt(
        f"CASE WHEN {value} IS NOT NULL THEN named_struct({', '.join(members)}) END", " OR ".join(real) or "false"
    )


def _map(value: str, source: t.MapType, target: MapType, cast: Caster) -> Rebuilt | None:
    x = variable()
    key = rebuilt(f"{x}.key", source.keyType, target.key, cast)
    inner = rebuilt(f"{x}.value", source.valueType, target.value, cast)
    if key is None or inner is None:
        return None
    entries = f"map_entries({value})"
    # The two zeros are one key.
    zero = " + 0D" if target.key in ("float", "double") else ""
    keys = f"transform({entries}, {x} -> {key.value}{zero})"
    misfits = [m for m in (key.misfit, inner.misfit) if m != "false"]
    misfit = f"exists({entries}, {x} -> {' OR '.join(misfits)}) OR " if misfits else ""
    return Rebuilt(
        f"map_from_entries(transform({entries}, {x} -> named_struct('key', {key.value}, 'value', {inner.value})))",
        f"{misfit}size(array_distinct({keys})) < size({entries})",
    )


def _any(items: str, x: str, misfit: str) -> str:
    return misfit if misfit == "false" else f"exists({items}, {x} -> {misfit})"


def remade(value: str, type_: t.DataType, leaf: Remake) -> tuple[str, t.DataType]:
    """SQL of a value with single values in it made anew, and its type; the value itself where nothing is."""
    x = variable()
    if isinstance(type_, t.ArrayType):
        item, element = remade(x, type_.elementType, leaf)
        return (value if item == x else f"transform({value}, {x} -> {item})"), t.ArrayType(element)
    if isinstance(type_, t.MapType):
        key, key_type = remade(f"{x}.key", type_.keyType, leaf)
        item, value_type = remade(f"{x}.value", type_.valueType, leaf)
        entry = f"{x} -> named_struct('key', {key}, 'value', {item})"
        same = (key, item) == (f"{x}.key", f"{x}.value")
        made = value if same else f"map_from_entries(transform(map_entries({value}), {entry}))"
        return made, t.MapType(key_type, value_type)
    if isinstance(type_, t.StructType):
        parts = {f.name: remade(f"{value}.{name(f.name)}", f.dataType, leaf) for f in type_}
        struct = t.StructType([t.StructField(n, of) for n, (_, of) in parts.items()])
        if all(part == f"{value}.{name(n)}" for n, (part, _) in parts.items()):
            return value, struct
        members = ", ".join(f"{text(n)}, {part}" for n, (part, _) in parts.items())
        return f"CASE WHEN {value} IS NOT NULL THEN named_struct({members}) END", struct
    return leaf(value, type_)


def _is_nested(type_: t.DataType) -> bool:
    return isinstance(type_, t.StructType | t.ArrayType | t.MapType)


def variable() -> str:
    """A name for what a lambda is called with."""
    return f"_mesh_v{next(_numbers)}"
