"""SQL of values as text and of rows as JSON, to the byte as the embedded engine writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pyspark.sql import types as t

from mesh_jobs.adapters.spark.fractions import fraction_text
from mesh_jobs.adapters.spark.types import name, text

_NESTED = (t.ArrayType, t.MapType, t.StructType)


def is_nested(type_: t.DataType) -> bool:
    return isinstance(type_, _NESTED)


def as_text(value: str, type_: t.DataType, depth: int = 0) -> str:
    """A value as text, null for null: instants in UTC without an offset, bytes in hex, fractions
    as Java writes them, what is nested as JSON."""
    if isinstance(type_, t.StringType):
        return value
    if isinstance(type_, t.BinaryType):
        return f"lower(hex({value}))"
    if isinstance(type_, t.FloatType | t.DoubleType):
        return fraction_text(value, type_.simpleString().upper())
    if is_nested(type_):
        return f"CASE WHEN {value} IS NOT NULL THEN {_nested(value, type_, depth)} END"
    return f"CAST({value} AS STRING)"


def as_json(value: str, type_: t.DataType, depth: int = 0) -> str:
    """A value as JSON text, never null. Numbers are bare where they are finite, and what is no text is quoted as it is
    written."""
    written = as_text(value, type_, depth)
    if isinstance(type_, t.StringType):
        written = _quoted(value)
    elif isinstance(type_, t.FloatType | t.DoubleType):
        finite = f"NOT isnan({value}) AND abs({value}) < DOUBLE('Infinity')"
        written = f"CASE WHEN {finite} THEN {written} ELSE concat('\"', {written}, '\"') END"
    elif not isinstance(type_, (t.BooleanType, t.IntegralType, t.DecimalType, *_NESTED)):
        written = f"concat('\"', {written}, '\"')"
    return f"coalesce({written}, 'null')"


def json_object(members: Mapping[str, str]) -> str:
    """A JSON object of JSON texts by name."""
    parts: list[str] = []
    for member, value in members.items():
        parts += [text(("," if parts else "{") + json.dumps(member, ensure_ascii=False) + ":"), value]
    return f"concat({', '.join([*parts, text('}')])})" if parts else "'{}'"


def _quoted(value: str) -> str:
    """A JSON string, null for null: of a list of one text, what is between the brackets."""
    return f"CASE WHEN {value} IS NOT NULL THEN trim(BOTH '[]' FROM to_json(array({value}))) END"


def _nested(value: str, type_: t.DataType, depth: int) -> str:
    x = f"x{depth}"
    if isinstance(type_, t.StructType):
        return json_object({f.name: as_json(f"{value}.{name(f.name)}", f.dataType, depth) for f in type_})
    if isinstance(type_, t.ArrayType):
        items = f"transform({value}, {x} -> {as_json(x, type_.elementType, depth + 1)})"
        return f"concat('[', array_join({items}, ','), ']')"
    assert isinstance(type_, t.MapType)
    key = _quoted(as_text(f"{x}.key", type_.keyType, depth + 1))
    entry = f"concat({key}, ':', {as_json(f'{x}.value', type_.valueType, depth + 1)})"
    return f"concat('{{', array_join(transform(map_entries({value}), {x} -> {entry}), ','), '}}')"
