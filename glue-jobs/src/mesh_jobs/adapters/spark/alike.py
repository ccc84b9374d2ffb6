"""Files of a source that declares no columns, brought to the same columns and types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import types as t

from mesh_jobs.adapters.common_type import file_types
from mesh_jobs.adapters.spark.as_text import as_text
from mesh_jobs.adapters.spark.nested import StrictCast, rebuilt
from mesh_jobs.adapters.spark.rows import SYSTEM
from mesh_jobs.adapters.spark.types import name, plan_type, spark_type, sql_type
from mesh_jobs.domain.table import Type


def alike(source: str, parts: Sequence[tuple[str, DataFrame]]) -> list[tuple[str, DataFrame]]:
    """The parts, each with the name that messages give it. Raises BadInput where two have no type in common."""
    if len(parts) == 1:
        return list(parts)
    types = file_types(source, [(n, _types(frame)) for n, frame in parts])
    return [(n, frame.selectExpr(*_cells(frame, types), *SYSTEM)) for n, frame in parts]


def _types(frame: DataFrame) -> dict[str, Type | None]:
    columns = [f for f in frame.schema if f.name not in SYSTEM]
    return {f.name: None if isinstance(f.dataType, t.NullType) else plan_type(f.dataType) for f in columns}


def _cells(frame: DataFrame, types: Mapping[str, Type]) -> list[str]:
    there = {f.name.lower(): f for f in frame.schema}
    cells = []
    for c, type_ in types.items():
        own = there.get(c.lower())
        value = "NULL"
        if own is not None and not isinstance(own.dataType, t.NullType):
            made = rebuilt(name(own.name), own.dataType, type_, _cast)
            # The common type has the shape of each of the types that it is of.
            assert made is not None
            value = made.value
        cells.append(f"CAST({value} AS {sql_type(spark_type(type_))}) AS {name(c)}")
    return cells


def _cast(value: str, source: t.DataType, target: Type) -> StrictCast:
    if target == "string":
        return StrictCast(as_text(value, source), False)
    return StrictCast(f"CAST({value} AS {sql_type(spark_type(target))})", False)
