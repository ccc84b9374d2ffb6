"""Strict casts: a value arrives whole in the new type or not at all. Nothing is rounded, cut or turned into null."""

from __future__ import annotations

import re

from mesh_jobs.adapters import written
from mesh_jobs.adapters.common_type import never_casts
from mesh_jobs.adapters.duckdb.as_text import as_text, is_nested
from mesh_jobs.adapters.duckdb.json_texts import exact, is_json, needs_exact, repeats_key
from mesh_jobs.adapters.duckdb.nested import Caster, StrictCast, rebuilt
from mesh_jobs.adapters.duckdb.types import duckdb_type, json_path, name, plan_type, storable, text
from mesh_jobs.adapters.sql.patterns import strptime_formats
from mesh_jobs.domain.table import ListType, MapType, Nested, StructType, Type

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_UNSIGNED = ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_WIDER = {
    ("FLOAT", "DOUBLE"), ("DATE", "TIMESTAMP"), ("DATE", "TIMESTAMP WITH TIME ZONE"),
    ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"), ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP"),
    ("UTINYINT", "INTEGER"), ("UTINYINT", "BIGINT"), ("USMALLINT", "INTEGER"), ("USMALLINT", "BIGINT"),
    ("UINTEGER", "BIGINT"), ("TINYINT", "DOUBLE"), ("SMALLINT", "DOUBLE"), ("INTEGER", "DOUBLE"),
    ("TIMESTAMP_S", "TIMESTAMP"), ("TIMESTAMP_MS", "TIMESTAMP"),
    ("BOOLEAN", "INTEGER"), ("BOOLEAN", "BIGINT"), ("UBIGINT", "DECIMAL(20,0)"), ("UUID", "BLOB"),
}  # fmt: skip


def strict_cast(value: str, source: str, target: Type, pattern: str | None = None) -> StrictCast:
    """`value` is SQL of the DuckDB type `source`; `pattern` reads dates in text (Java's letters). Raises BadInput for
    types that do not cast at all."""
    to = duckdb_type(target)
    if source == to:
        return StrictCast(value, fallible=False)
    if source in ('"NULL"', "NULL"):
        return StrictCast(f"CAST({value} AS {to})", fallible=False)
    if source == "JSON":
        return _from_json(value, target, pattern)
    if source == "VARCHAR":
        return _from_text(value, target, pattern)
    if to == "VARCHAR":
        return StrictCast(as_text(value, source), fallible=False)
    if (source, to) in _WIDER or _is_wider(source, to):
        return StrictCast(f"CAST({value} AS {to})", fallible=False)
    if source in ("TIME", "TIME WITH TIME ZONE", "UUID"):
        return _from_text(as_text(value, source), target, pattern)
    if isinstance(target, Nested) or is_nested(source):
        return nested_cast(value, source, target, lambda v, of, t: strict_cast(v, of, t, pattern))
    if _never(source, to):
        raise never_casts(plan_type(storable(source)), target)
    if source in (*_INTEGERS, *_UNSIGNED) and to in ("FLOAT", "DOUBLE"):
        # Compared as fractions, a long number would equal what it was rounded to.
        there = f"TRY_CAST({value} AS {to})"
        return StrictCast(f"CASE WHEN TRY_CAST({there} AS {source}) = {value} THEN {there} END", True)
    return StrictCast(f"CASE WHEN TRY_CAST({value} AS {to}) = {value} THEN TRY_CAST({value} AS {to}) END", True)


def nested_cast(value: str, source: str, target: Type, cast: Caster) -> StrictCast:
    """One misfit anywhere inside makes the whole value a misfit. Raises BadInput where the shapes differ."""
    made = rebuilt(value, source, target, cast)
    if made is None:
        raise never_casts(plan_type(storable(source)), target)
    return StrictCast(f"CASE WHEN NOT {made.misfit} THEN {made.value} END", made.misfit != "FALSE")


def _never(source: str, to: str) -> bool:
    """Whether no value of the one is a value of the other."""
    families = {_family(source), _family(to)}
    return "" not in families and len(families) > 1


def _family(type_: str) -> str:
    if type_.startswith(("DATE", "TIMESTAMP")):
        return "moment"
    if type_ in (*_INTEGERS, *_UNSIGNED, "FLOAT", "DOUBLE", "BOOLEAN") or type_.startswith("DECIMAL"):
        return "number"
    return "bytes" if type_ == "BLOB" else ""


def _is_wider(source: str, to: str) -> bool:
    if source in _INTEGERS and to in _INTEGERS:
        return _INTEGERS.index(source) <= _INTEGERS.index(to)
    old, new = (re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", t) for t in (source, to))
    if old and new:
        scale = int(new[2]) - int(old[2])
        return scale >= 0 and int(new[1]) - int(old[1]) >= scale
    digits = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19}.get(source)
    return digits is not None and new is not None and int(new[1]) - int(new[2]) >= digits


def _checked(value: str, quick: str, shape: str, converted: str) -> StrictCast:
    """Most values print as they were written, which is quick to see; only the others meet the pattern."""
    return StrictCast(
        f"CASE WHEN {quick} = {value} OR regexp_full_match({value}, {text(shape)}) THEN {converted} END", True
    )


def _sensible(value: str, type_: str) -> str:
    """A date or time in the years that everybody has, 1 to 9999; to DuckDB texts such as infinity are dates, too."""
    last = "9999-12-31" if type_ == "DATE" else "9999-12-31 23:59:59.999999"
    return f"CASE WHEN {value} BETWEEN {type_} '0001-01-01' AND {type_} '{last}' THEN {value} END"


def _from_text(value: str, target: Type, pattern: str | None) -> StrictCast:
    to = duckdb_type(target)
    if isinstance(target, Nested):
        digits = exact(value) if needs_exact(target) else value
        parsed = f"CASE WHEN {is_json(value)} THEN CAST({digits} AS JSON) END"
        return _from_json(parsed, target, pattern)
    tried = f"TRY_CAST({value} AS {to})"
    printed = f"CAST({tried} AS VARCHAR)"
    if to in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        tried = _sensible(tried, to)
        printed = f"CAST({tried} AS VARCHAR)"
    if pattern is not None and to in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        formats = ", ".join(map(text, strptime_formats(pattern)))
        shape, parts = written.by_pattern(pattern)
        # Alone it takes 24 for the year 24.
        matches = f"regexp_full_match({value}, {text(shape)})"
        read = f"try_strptime({value}, [{formats}])"
        for i, part in enumerate(parts, 1):
            if part.startswith("D"):
                # Day 366 of another year would be the next year's first.
                matches += f" AND dayofyear({read}) = CAST(regexp_extract({value}, {text(shape)}, {i}) AS INTEGER)"
        moment = _sensible(f"CASE WHEN {matches} THEN {read} END", "TIMESTAMP")
        if to == "DATE":
            time = f"CAST(CAST({moment} AS TIMESTAMP) AS TIME)"
            return StrictCast(f"CASE WHEN {time} = '00:00' THEN CAST({moment} AS DATE) END", True)
        return StrictCast(f"CAST({moment} AS {to})", True)
    if to in ("INTEGER", "BIGINT"):
        return _checked(value, printed, written.INTEGER, tried)
    if to.startswith("DECIMAL"):
        scale = int(to[to.index(",") + 1 : -1])
        return _checked(value, printed, written.decimal(scale), tried)
    if to in ("FLOAT", "DOUBLE"):
        special = f"regexp_full_match({value}, {text(written.SPECIAL)})"
        read = f"CASE WHEN isfinite({tried}) OR {special} THEN {tried} END"
        return _checked(value, printed, written.FRACTION, read)
    if to == "BOOLEAN":
        word = f"lower(trim({value}))"
        yes, no = (", ".join(map(text, words)) for words in (written.TRUE, written.FALSE))
        return StrictCast(f"CASE WHEN {word} IN ({yes}) THEN TRUE WHEN {word} IN ({no}) THEN FALSE END", True)
    if to == "DATE":
        return _checked(value, printed, written.DATE, tried)
    if to == "TIMESTAMP":
        return _checked(value, printed, written.TIMESTAMP, tried)
    if to == "TIMESTAMP WITH TIME ZONE":
        return _checked(value, f"CAST(CAST({tried} AS TIMESTAMP) AS VARCHAR)", written.TIMESTAMPTZ, tried)
    if to == "TIME":
        return _checked(value, printed, written.TIME, tried)
    if to == "BLOB":
        return StrictCast(f"encode({value})", False)
    raise AssertionError(to)


def _from_json(value: str, target: Type, pattern: str | None, depth: int = 0) -> StrictCast:
    """One misfit anywhere inside makes the whole value a misfit."""
    if not isinstance(target, Nested):
        if target == "string":
            return StrictCast(f"({value} ->> '$')", False)
        return _from_text(f"({value} ->> '$')", target, pattern)
    made, misfits = _nested(value, target, pattern, depth)
    return StrictCast(f"CASE WHEN NOT coalesce({misfits}, FALSE) THEN {made} END", True)


def _nested(value: str, target: Type, pattern: str | None, depth: int) -> tuple[str, str]:
    """SQL of the value, and SQL that is true when something in it does not fit."""
    kind = f"json_type({value})"
    absent = f"({value} IS NULL OR {kind} = 'NULL')"
    if isinstance(target, StructType):
        parts = [(n, *_nested(f"({value} -> {text(json_path(n))})", t, pattern, depth)) for n, t in target.fields]
        made = "struct_pack(" + ", ".join(f"{name(n)} := {v}" for n, v, _ in parts) + ")"
        misfits = " OR ".join(f"coalesce({m}, FALSE)" for _, _, m in parts)
        misfits += f" OR {repeats_key(value)}"
        shape = "OBJECT"
    elif isinstance(target, ListType):
        x = f"x{depth}"
        items = f"json_extract({value}, '$[*]')"
        element, misfit = _nested(x, target.element, pattern, depth + 1)
        made = f"list_transform({items}, lambda {x}: {element})"
        misfits = f"list_bool_or(list_transform({items}, lambda {x}: {misfit}))"
        shape = "ARRAY"
    elif isinstance(target, MapType):
        x = f"x{depth}"
        keys = f"json_keys({value})"
        # As a pointer, in which a key may be empty.
        at = f"json_extract({value}, '/' || replace(replace({x}, '~', '~0'), '/', '~1'))"
        element, misfit = _nested(at, target.value, pattern, depth + 1)
        key = strict_cast(x, "VARCHAR", target.key, pattern)
        made = f"map_from_entries(list_transform({keys}, lambda {x}: struct_pack(k := {key.value}, v := {element})))"
        misfits = f"list_bool_or(list_transform({keys}, lambda {x}: {misfit} OR {key.value} IS NULL))"
        unique = key.value
        if target.key in ("float", "double"):
            # The two zeros are one key, and so is NaN, whatever its bits.
            unique = f"CASE WHEN {unique} = 0 THEN '0' WHEN isnan({unique}) THEN 'nan' ELSE {unique}::VARCHAR END"
        misfits += f" OR len(list_distinct(list_transform({keys}, lambda {x}: {unique}))) < len({keys})"
        shape = "OBJECT"
    else:
        cast = _from_json(value, target, pattern)
        return cast.value, f"NOT {absent} AND {cast.value} IS NULL" if cast.fallible else "FALSE"
    return (
        f"CASE WHEN NOT {absent} THEN {made} END",
        f"NOT {absent} AND ({kind} <> '{shape}' OR {misfits})",
    )
