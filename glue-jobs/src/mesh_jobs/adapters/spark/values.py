"""Rows as Python values, wherever the process thinks it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import types as t

from mesh_jobs.adapters.spark.types import name, sql_type


def python_rows(frame: DataFrame) -> list[dict[str, Any]]:
    """All rows. Instants are in UTC and say so: Spark alone would give them without a zone, in the process's own."""
    cells = (f"CAST({name(f.name)} AS {sql_type(_local(f.dataType))}) AS {name(f.name)}" for f in frame.schema)
    found = frame.selectExpr(*cells).collect()
    return [{f.name: _python(value, f.dataType) for f, value in zip(frame.schema, row, strict=True)} for row in found]


def _local(type_: t.DataType) -> t.DataType:
    """The type with times of day in the place of instants; the session's zone is UTC."""
    if isinstance(type_, t.TimestampType):
        return t.TimestampNTZType()
    if isinstance(type_, t.ArrayType):
        return t.ArrayType(_local(type_.elementType))
    if isinstance(type_, t.MapType):
        return t.MapType(_local(type_.keyType), _local(type_.valueType))
    if isinstance(type_, t.StructType):
        return t.StructType([t.StructField(f.name, _local(f.dataType)) for f in type_])
    return type_


def _python(value: Any, type_: t.DataType) -> Any:
    if value is None:
        return None
    if isinstance(type_, t.ArrayType):
        return [_python(v, type_.elementType) for v in value]
    if isinstance(type_, t.MapType):
        return {_python(k, type_.keyType): _python(v, type_.valueType) for k, v in value.items()}
    if isinstance(type_, t.StructType):
        return {f.name: _python(v, f.dataType) for f, v in zip(type_, value, strict=True)}
    if isinstance(type_, t.TimestampType):
        assert isinstance(value, datetime)
        return value.replace(tzinfo=UTC)
    return bytes(value) if isinstance(value, bytearray) else value
