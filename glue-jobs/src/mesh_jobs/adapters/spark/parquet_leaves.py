"""Values of Parquet that Spark 3.5 reads as something else: as bytes, as numbers, or as instants that they are not.
Each has a type here, whatever it is inside of, and SQL of what it means."""

from __future__ import annotations

from collections.abc import Iterator

from pyspark.sql import types as t

from mesh_jobs.adapters.spark.casts import nested_cast, strict_cast
from mesh_jobs.adapters.spark.nested import StrictCast, remade
from mesh_jobs.adapters.spark.types import spark_type, sql_type
from mesh_jobs.domain.table import Type


class Leaf(t.DataType):
    """Only known here: nothing of Spark's has such a type."""


class Moment96(Leaf):
    """A moment in 96 bits, which Spark takes for an instant. What Impala and Hive wrote has no zone."""


class Nanoseconds(Leaf):
    """A time of day of some day, as nanoseconds since 1970."""


class InstantNanoseconds(Leaf):
    """An instant, as nanoseconds since 1970."""


class Uuid(Leaf):
    """Sixteen bytes."""


class Clock(Leaf):
    """A time of day without a day, as a number; of so many a second."""

    def __init__(self, a_second: int) -> None:
        self.a_second = a_second


#: A physical type, and what its values mean by the file.
Meaning = tuple[str, str]


def with_leaves(type_: t.DataType, found: Iterator[Meaning]) -> t.DataType:
    """The type that Spark reads, with what each value means; `found` are those of the file, in its order."""
    match type_:
        case t.StructType():
            return t.StructType([t.StructField(f.name, with_leaves(f.dataType, found)) for f in type_])
        case t.ArrayType():
            return t.ArrayType(with_leaves(type_.elementType, found))
        case t.MapType():
            key = with_leaves(type_.keyType, found)
            return t.MapType(key, with_leaves(type_.valueType, found))
    physical, meaning = next(found)
    if physical == "INT96":
        return Moment96()
    if meaning.startswith("TIMESTAMP(NANOS"):
        return InstantNanoseconds() if meaning.endswith("true)") else Nanoseconds()
    if meaning == "UUID":
        return Uuid()
    if meaning.startswith("TIME("):
        return Clock({"MILLIS": 1000, "MICROS": 1_000_000, "NANOS": 1_000_000_000}[meaning[5:].partition(",")[0]])
    return type_


def stored(value: str, type_: t.DataType) -> str:
    """SQL of a value without a promise, in the type in which it is stored: narrow whole numbers as Iceberg has them."""
    made, plain = remade(value, type_, _meant)
    wider = _wider(plain)
    return made if sql_type(wider) == sql_type(plain) else f"CAST({made} AS {sql_type(wider)})"


def readable(value: str, type_: t.DataType) -> tuple[str, t.DataType]:
    """SQL of a value with all that is in it, and its type, for whoever writes it as text."""
    return remade(value, type_, _told)


def cast(value: str, source: t.DataType, target: Type, pattern: str | None) -> StrictCast:
    """A strict cast, alike at every level. Raises BadInput for types that do not cast at all."""
    if isinstance(source, t.BinaryType) and target == "string":
        # Hive, Impala and older Spark write text as bare bytes.
        decoded = f"decode({value}, 'UTF-8')"
        return StrictCast(f"CASE WHEN encode({decoded}, 'UTF-8') = {value} THEN {decoded} END", True)
    if isinstance(source, Uuid) and target == "binary":
        return StrictCast(value, False)
    if target == "string" or isinstance(source, Uuid | Clock):
        return strict_cast(*readable(value, source), target, pattern)
    if isinstance(source, Nanoseconds):
        made = strict_cast(*_meant(value, source), target, pattern)
        return StrictCast(f"CASE WHEN pmod({value}, 1000L) = 0 THEN {made.value} END", True)
    if isinstance(source, Leaf):
        return strict_cast(*_meant(value, source), target, pattern)
    nested = isinstance(source, t.StructType | t.ArrayType | t.MapType)
    if nested and not _is_already(source, target):
        plain = remade(value, source, _meant)[1]
        return nested_cast(value, source, target, lambda v, of, to: cast(v, of, to, pattern), plain)
    return StrictCast(value, False) if nested else strict_cast(value, source, target, pattern)


def _is_already(source: t.DataType, target: Type) -> bool:
    return remade("v", source, _meant)[0] == "v" and sql_type(source) == sql_type(spark_type(target))


def _meant(value: str, type_: t.DataType) -> tuple[str, t.DataType]:
    """A single value as a type of Spark's holds it, parts of a microsecond left out."""
    match type_:
        case Moment96():
            return f"CAST({value} AS TIMESTAMP_NTZ)", t.TimestampNTZType()
        case InstantNanoseconds():
            return f"timestamp_micros({value} DIV 1000)", t.TimestampType()
        case Nanoseconds():
            return f"CAST(timestamp_micros({value} DIV 1000) AS TIMESTAMP_NTZ)", t.TimestampNTZType()
        case Uuid():
            parts = "'(.{8})(.{4})(.{4})(.{4})(.{12})', '$1-$2-$3-$4-$5'"
            return f"regexp_replace(lower(hex({value})), {parts})", t.StringType()
        case Clock():
            micros = f"CAST({value} AS BIGINT) * {1_000_000 // min(type_.a_second, 1_000_000)}L"
            if type_.a_second > 1_000_000:
                micros = f"{value} DIV 1000"
            return f"substr(CAST(CAST(timestamp_micros({micros}) AS TIMESTAMP_NTZ) AS STRING), 12)", t.StringType()
    return value, type_


def _told(value: str, type_: t.DataType) -> tuple[str, t.DataType]:
    """A single value with nothing left out."""
    if not isinstance(type_, Nanoseconds):
        return _meant(value, type_)
    part = f"pmod({value}, 1000L)"
    whole = f"timestamp_micros(({value} - {part}) DIV 1000)"
    digits = f"concat(date_format({whole}, 'yyyy-MM-dd HH:mm:ss.SSSSSS'), lpad({part}, 3, '0'))"
    plain = f"CAST(CAST({whole} AS TIMESTAMP_NTZ) AS STRING)"
    return f"CASE WHEN {part} = 0 THEN {plain} ELSE rtrim('0', {digits}) END", t.StringType()


def _wider(type_: t.DataType) -> t.DataType:
    match type_:
        case t.ByteType() | t.ShortType():
            return t.IntegerType()
        case t.ArrayType():
            return t.ArrayType(_wider(type_.elementType))
        case t.MapType():
            return t.MapType(_wider(type_.keyType), _wider(type_.valueType))
        case t.StructType():
            return t.StructType([t.StructField(f.name, _wider(f.dataType)) for f in type_])
    return type_
