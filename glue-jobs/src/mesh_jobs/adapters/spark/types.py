"""The plan's types and Spark's."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.sql import types as t

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import ListType, MapType, StructType, Type, decimal_of

_TO_SPARK: dict[str, t.DataType] = {
    "boolean": t.BooleanType(),
    "int": t.IntegerType(),
    "long": t.LongType(),
    "float": t.FloatType(),
    "double": t.DoubleType(),
    "date": t.DateType(),
    "timestamp": t.TimestampNTZType(),
    "timestamptz": t.TimestampType(),
    "string": t.StringType(),
    "binary": t.BinaryType(),
}
_TO_PLAN = {type(v): k for k, v in _TO_SPARK.items()} | {t.NullType: "string", t.ByteType: "int", t.ShortType: "int"}


def spark_type(type_: Type) -> t.DataType:
    """The plan's type as Spark has it. Raises BadInput for `time`, which Spark 3.5 has not."""
    if isinstance(type_, ListType):
        return t.ArrayType(spark_type(type_.element))
    if isinstance(type_, MapType):
        return t.MapType(spark_type(type_.key), spark_type(type_.value))
    if isinstance(type_, StructType):
        return t.StructType([t.StructField(n, spark_type(of)) for n, of in type_.fields])
    if decimal := decimal_of(type_):
        return t.DecimalType(*decimal)
    if type_ not in _TO_SPARK:
        raise BadInput(f"Spark has no type for {type_}", "store it as a string, or run this product on DuckDB")
    return _TO_SPARK[type_]


def without_time(what: str, fields: Iterable[tuple[str, Type]]) -> None:
    """Raises BadInput for a column of a type that Spark 3.5 has not."""
    for column, type_ in fields:
        if "time" in _primitives(type_):
            raise BadInput(
                f"{what}: column {column} has the type time, which Spark does not have",
                "promise it as a string, or run this product on DuckDB",
            )


def _primitives(type_: Type) -> list[str]:
    match type_:
        case ListType(element):
            return _primitives(element)
        case MapType(key, value):
            return [*_primitives(key), *_primitives(value)]
        case StructType(fields):
            return [p for _, of in fields for p in _primitives(of)]
    return [type_]


def plan_type(type_: t.DataType) -> Type:
    """Spark's type in the plan's words; for one that Iceberg has not, what is stored instead."""
    if isinstance(type_, t.ArrayType):
        return ListType(plan_type(type_.elementType))
    if isinstance(type_, t.MapType):
        return MapType(plan_type(type_.keyType), plan_type(type_.valueType))
    if isinstance(type_, t.StructType):
        return StructType(tuple((f.name, plan_type(f.dataType)) for f in type_))
    if isinstance(type_, t.DecimalType):
        return f"decimal({type_.precision}, {type_.scale})"
    if isinstance(type_, t.CharType | t.VarcharType):
        return "string"
    if type(type_) not in _TO_PLAN:
        raise BadInput(f"a column of type {type_.simpleString()} cannot be stored", "cast it in the pipeline")
    return _TO_PLAN[type(type_)]


def sql_type(type_: t.DataType) -> str:
    """A type as SQL writes it, whatever the names of its members."""
    if isinstance(type_, t.ArrayType):
        return f"ARRAY<{sql_type(type_.elementType)}>"
    if isinstance(type_, t.MapType):
        return f"MAP<{sql_type(type_.keyType)}, {sql_type(type_.valueType)}>"
    if isinstance(type_, t.StructType):
        return "STRUCT<" + ", ".join(f"{name(f.name)}: {sql_type(f.dataType)}" for f in type_) + ">"
    return type_.simpleString()


def has_map(type_: t.DataType) -> bool:
    """Whether there is a map in it, which Spark neither compares nor hashes."""
    if isinstance(type_, t.ArrayType):
        return has_map(type_.elementType)
    if isinstance(type_, t.StructType):
        return any(has_map(f.dataType) for f in type_)
    return isinstance(type_, t.MapType)


def name(column: str) -> str:
    """An identifier, quoted."""
    return "`" + column.replace("`", "``") + "`"


def names(columns: tuple[str, ...] | list[str]) -> str:
    """Identifiers, quoted and separated by commas."""
    return ", ".join(name(c) for c in columns)


def text(value: str) -> str:
    """A text literal: Spark reads backslashes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
