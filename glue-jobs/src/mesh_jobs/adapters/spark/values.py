"""Rows as Python values, wherever the process thinks it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import types as t

from mesh_jobs.adapters.far_moments import moment_of
from mesh_jobs.adapters.spark.types import name, plan_type, sql_type

_MOMENTS: tuple[type[t.DataType], ...] = (t.DateType, t.TimestampType, t.TimestampNTZType)


def python_rows(frame: DataFrame) -> list[dict[str, Any]]:
    """All rows. Instants are in UTC and say so: Spark alone would give them without a zone, in the process's own."""
    try:
        found = _collected(frame, {t.TimestampType: t.TimestampNTZType()})
    except (ValueError, OverflowError):
        # A year that Python does not have.
        found = _collected(frame, dict.fromkeys(_MOMENTS, t.StringType()))
    return [{f.name: _python(value, f.dataType) for f, value in zip(frame.schema, row, strict=True)} for row in found]


def _collected(frame: DataFrame, instead: Mapping[type[t.DataType], t.DataType]) -> list[Row]:
    """All rows, with types in the place of others."""
    types = {f.name: _in(f.dataType, instead) for f in frame.schema}
    if all(f.dataType == types[f.name] for f in frame.schema):
        return frame.collect()
    return frame.selectExpr(*(f"CAST({name(c)} AS {sql_type(t_)}) AS {name(c)}" for c, t_ in types.items())).collect()


def _in(type_: t.DataType, instead: Mapping[type[t.DataType], t.DataType]) -> t.DataType:
    if isinstance(type_, t.ArrayType):
        return t.ArrayType(_in(type_.elementType, instead))
    if isinstance(type_, t.MapType):
        return t.MapType(_in(type_.keyType, instead), _in(type_.valueType, instead))
    if isinstance(type_, t.StructType):
        return t.StructType([t.StructField(f.name, _in(f.dataType, instead)) for f in type_])
    return instead.get(type(type_), type_)


def _python(value: Any, type_: t.DataType) -> Any:
    if value is None:
        return None
    if isinstance(type_, t.ArrayType):
        return [_python(v, type_.elementType) for v in value]
    if isinstance(type_, t.MapType):
        return {_python(k, type_.keyType): _python(v, type_.valueType) for k, v in value.items()}
    if isinstance(type_, t.StructType):
        return {f.name: _python(v, f.dataType) for f, v in zip(type_, value, strict=True)}
    if type(type_) in _MOMENTS and isinstance(value, str):
        return moment_of(value, plan_type(type_))
    if isinstance(type_, t.TimestampType):
        assert isinstance(value, datetime)
        return value.replace(tzinfo=UTC)
    return bytes(value) if isinstance(value, bytearray) else value
