"""Rows in exactly the columns, order and types of a stored table."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as t

from mesh_jobs.adapters.iceberg.files import StoredSchema
from mesh_jobs.adapters.iceberg.identity import planned_name
from mesh_jobs.adapters.spark.types import has_map, name, spark_type
from mesh_jobs.domain.plan import Table


def as_stored(table: Table, schema: StoredSchema, frame: DataFrame) -> DataFrame:
    """The schema's columns in its order and exact types; one that the plan does not know yet, or no more, is null."""
    there = {f.name.lower(): f for f in frame.schema}
    cells = []
    for column in schema.columns:
        own = there.get(planned_name(table, column).lower())
        wanted = spark_type(column.type)
        cell = F.lit(None).cast(wanted) if own is None else fitted(F.col(name(own.name)), own.dataType, wanted)
        cells.append(cell.alias(column.name))
    return frame.select(*cells)


def fitted(value: Column, found: t.DataType, wanted: t.DataType) -> Column:
    """A value in a type; what is inside a struct goes by its name, and is null when it is not there."""
    if found.simpleString() == wanted.simpleString():
        return value
    if isinstance(found, t.StructType) and isinstance(wanted, t.StructType):
        inside = {f.name.lower(): f for f in found}
        cells = []
        for f in wanted:
            own = inside.get(f.name.lower())
            cell = F.lit(None).cast(f.dataType) if own is None else fitted(value[own.name], own.dataType, f.dataType)
            cells.append(cell.alias(f.name))
        return F.when(value.isNotNull(), F.struct(*cells))
    if isinstance(found, t.ArrayType) and isinstance(wanted, t.ArrayType):
        return F.transform(value, lambda x: fitted(x, found.elementType, wanted.elementType))
    if isinstance(found, t.MapType) and isinstance(wanted, t.MapType):
        keys = F.transform(F.map_keys(value), lambda k: fitted(k, found.keyType, wanted.keyType))
        values = F.transform(F.map_values(value), lambda v: fitted(v, found.valueType, wanted.valueType))
        return F.map_from_arrays(keys, values)
    return value.cast(wanted)


def comparable(value: Column, type_: t.DataType) -> Column:
    """A value that can be compared: Spark cannot compare maps, so they become lists of entries in the keys' order."""
    if not has_map(type_):
        return value
    if isinstance(type_, t.ArrayType):
        return F.transform(value, lambda x: comparable(x, type_.elementType))
    if isinstance(type_, t.StructType):
        cells = [comparable(value[f.name], f.dataType).alias(f.name) for f in type_]
        return F.when(value.isNotNull(), F.struct(*cells))
    assert isinstance(type_, t.MapType)
    entries = F.transform(
        F.map_entries(value),
        lambda e: F.struct(e["key"].alias("key"), comparable(e["value"], type_.valueType).alias("value")),
    )
    return F.array_sort(entries)
