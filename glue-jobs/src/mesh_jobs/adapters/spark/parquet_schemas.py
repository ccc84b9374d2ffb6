"""What is in a Parquet file by its own footer, and each column as the embedded engine sees it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JError
from pyspark.sql import types as t

from mesh_jobs.adapters.common_type import wide_decimal
from mesh_jobs.adapters.source_files import require_distinct
from mesh_jobs.adapters.spark.failures import not_had
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.ports.engine import RawFile

#: A column of the outermost level: its physical type, its name and what it means.
_COLUMN = re.compile(r"  (?:optional|required|repeated) ([a-z0-9_]+)(?:\(\d+\))? (.+?)(?: \(([A-Z].*)\))?(?: = \d+)?;")
#: A decimal of any level: its name and its digits.
_DECIMAL = re.compile(r"^ +[a-z]+ [a-z0-9_]+(?:\(\d+\))? (.+?) \(DECIMAL\((\d+),\d+\)\)(?: = \d+)?;$", re.MULTILINE)
#: Meanings that Spark 3.5 refuses; the bytes it reads.
_REFUSED = re.compile(r" \((?:UUID|TIME\([A-Z]+,(?:true|false)\))\)(?=(?: = \d+)?;)")


@dataclass(frozen=True)
class ParquetColumn:
    """A column of a file: SQL of its value and its type; `whole` is SQL that is true where the value is exact, None
    where it always is."""

    name: str
    value: str
    type: t.DataType
    whole: str | None = None


@dataclass(frozen=True)
class ParquetSchema:
    """`read` is the schema that Spark is given to read the file with."""

    read: t.StructType
    columns: tuple[ParquetColumn, ...]


def footer(session: Session, file: RawFile, path: str) -> str:
    """The schema of a file as Parquet writes it: equal for files that can be read together. Raises BadInput."""
    jvm: Any = session.spark._jvm
    parquet = jvm.org.apache.parquet.hadoop
    try:
        at = jvm.org.apache.hadoop.fs.Path(path)
        opened = parquet.ParquetFileReader.open(
            parquet.util.HadoopInputFile.fromPath(at, session.spark._jsc.hadoopConfiguration())
        )
        try:
            return str(opened.getFileMetaData().getSchema().toString())
        finally:
            opened.close()
    except Py4JError as error:
        if "LogicalType" in str(error):
            # The Parquet 1.13 that Spark 3.5 has stumbles over meanings that are newer than it.
            raise BadInput(
                f"{file.origin}: Spark cannot read the type of one of its columns, such as half floats",
                "write it as another type, or run this product on DuckDB",
            ) from error
        raise not_had(file.origin, error) or BadInput(
            f"{file.origin}: not a Parquet file, or cut off", "deliver it again"
        ) from error


def schema_of(session: Session, footer: str, origin: str) -> ParquetSchema:
    """Raises BadInput naming a column that Spark cannot read."""
    for column, digits in _DECIMAL.findall(footer):
        problem = wide_decimal(origin, column, int(digits))
        if problem is not None:
            raise problem
    require_distinct(origin, [m[2] for m in map(_COLUMN.fullmatch, footer.splitlines()) if m])
    jvm: Any = session.spark._jvm
    jsession: Any = session.spark._jsparkSession
    try:
        message = jvm.org.apache.parquet.schema.MessageTypeParser.parseMessageType(_REFUSED.sub("", footer))
        converter = jvm.org.apache.spark.sql.execution.datasources.parquet.ParquetToSparkSchemaConverter(
            jsession.sessionState().conf()
        )
        read = t.StructType.fromJson(json.loads(converter.convert(message).json()))
    except Py4JError as error:
        reason = str(error).partition("Illegal Parquet type: ")[2].split("\n")[0].rstrip(".")
        raise BadInput(
            f"{origin}: Spark cannot read the type {reason or 'of one of its columns'}",
            "write it as another type, or run this product on DuckDB",
        ) from error
    found = {m[2]: (m[1], m[3] or "") for m in map(_COLUMN.fullmatch, footer.splitlines()) if m}
    return ParquetSchema(read, tuple(_column(f, *found.get(f.name, ("", ""))) for f in read))


def _column(field: t.StructField, physical: str, meaning: str) -> ParquetColumn:
    own, value = field.name, name(field.name)
    if physical == "int96":
        # What Impala and Hive wrote has no zone.
        return ParquetColumn(own, f"CAST({value} AS TIMESTAMP_NTZ)", t.TimestampNTZType())
    if meaning.startswith("TIMESTAMP(NANOS"):
        micros = f"timestamp_micros({value} DIV 1000)"
        if meaning.endswith("true)"):
            return ParquetColumn(own, micros, t.TimestampType())
        local = f"CAST({micros} AS TIMESTAMP_NTZ)"
        return ParquetColumn(own, local, t.TimestampNTZType(), f"pmod({value}, 1000L) = 0")
    if meaning == "UUID":
        dashed = f"regexp_replace(lower(hex({value})), '(.{{8}})(.{{4}})(.{{4}})(.{{4}})(.{{12}})', '$1-$2-$3-$4-$5')"
        return ParquetColumn(own, dashed, t.StringType())
    if meaning.startswith("TIME("):
        units = {"MILLIS": 1000, "MICROS": 1_000_000, "NANOS": 1_000_000_000}[meaning[5:].partition(",")[0]]
        seconds = f"CAST({value} AS BIGINT) * {1_000_000 // min(units, 1_000_000)}L"
        if units > 1_000_000:
            seconds = f"{value} DIV 1000"
        clock = f"substr(CAST(CAST(timestamp_micros({seconds}) AS TIMESTAMP_NTZ) AS STRING), 12)"
        return ParquetColumn(own, clock, t.StringType())
    if isinstance(field.dataType, t.BinaryType) and physical == "binary":
        return ParquetColumn(own, value, t.BinaryType())
    return ParquetColumn(own, value, field.dataType)
