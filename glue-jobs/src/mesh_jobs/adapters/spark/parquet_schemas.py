"""What is in a Parquet file by its own footer, and each column as the embedded engine sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import AnalysisException
from pyspark.sql import types as t

from mesh_jobs.adapters.common_type import wide_decimal
from mesh_jobs.adapters.source_files import require_distinct
from mesh_jobs.adapters.spark.failures import not_had
from mesh_jobs.adapters.spark.parquet_leaves import Meaning, with_leaves
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.ports.engine import RawFile

#: Meanings that Spark 3.5 refuses; the bytes it reads.
_REFUSED = re.compile(r"UUID|TIME\([A-Z]+,(?:true|false)\)")
#: In the text of a schema where any value in it may be another than Spark takes it for, or a decimal may be too wide.
_ODD = re.compile(r" int96 |\((?:UUID|TIME|TIMESTAMP\(NANOS|DECIMAL\((?:39|[4-9]\d|\d{3,}),)")


@dataclass(frozen=True)
class ParquetSchema:
    """`read` is the schema that Spark is given to read the file with, `columns` are the same with what each value in
    them means: spark.parquet_leaves."""

    read: t.StructType
    columns: t.StructType


@dataclass(frozen=True)
class Footer:
    """A file's schema as Parquet writes it, equal for files that can be read together, and as Java has it."""

    text: str
    message: Any = field(compare=False)


def footer(session: Session, file: RawFile, path: str) -> Footer:
    """Raises BadInput for what is not Parquet."""
    jvm: Any = session.spark._jvm
    parquet = jvm.org.apache.parquet.hadoop
    try:
        at = jvm.org.apache.hadoop.fs.Path(path)
        opened = parquet.ParquetFileReader.open(
            parquet.util.HadoopInputFile.fromPath(at, session.spark._jsc.hadoopConfiguration())
        )
        try:
            message = opened.getFileMetaData().getSchema()
            return Footer(str(message.toString()), message)
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


def schema_of(session: Session, footer: Footer, origin: str) -> ParquetSchema:
    """Raises BadInput naming a column that Spark cannot read."""
    leaves = [*_leaves(footer, origin)]
    bare = footer.message
    if any(_REFUSED.fullmatch(meaning) for _, meaning in leaves):
        bare = _Bare(session).message(bare)
    jvm: Any = session.spark._jvm
    jsession: Any = session.spark._jsparkSession
    converter = jvm.org.apache.spark.sql.execution.datasources.parquet.ParquetToSparkSchemaConverter(
        jsession.sessionState().conf()
    )
    try:
        read = t.StructType.fromJson(json.loads(converter.convert(bare).json()))
    except AnalysisException as error:
        raise BadInput(
            f"{origin}: {_unread(jvm, converter, bare)}", "write it as another type, or run this product on DuckDB"
        ) from error
    require_distinct(origin, read.names)
    found = iter(leaves)
    columns = with_leaves(read, found) if leaves else read
    assert isinstance(columns, t.StructType)
    assert next(found, None) is None
    return ParquetSchema(read, columns)


def _unread(jvm: Any, converter: Any, message: Any) -> str:
    """The first column that Spark cannot read, and why."""
    for i in range(message.getFieldCount()):
        field = message.getType(i)
        alone = jvm.java.util.ArrayList()
        alone.add(field)
        try:
            converter.convert(jvm.org.apache.parquet.schema.MessageType(message.getName(), alone))
        except AnalysisException as error:
            found = re.search(r"(?:Illegal Parquet type|Parquet type not yet supported): ([^\n]*)", str(error))
            what = f"the type {found[1].rstrip('.')}" if found else "its type"
            return f"column {field.getName()}: Spark cannot read {what}"
    return "Spark cannot read the type of one of its columns"


def _leaves(footer: Footer, origin: str) -> Iterator[Meaning]:
    """What the values of the file are, those of the first column first, as Spark has them too. None where all are what
    Spark takes them for. Raises BadInput for a decimal that is too wide."""
    if not _ODD.search(footer.text):
        return
    columns = footer.message.getColumns()
    for i in range(columns.size()):
        leaf = columns.get(i).getPrimitiveType()
        annotation = leaf.getLogicalTypeAnnotation()
        meaning = "" if annotation is None else str(annotation.toString())
        digits = re.fullmatch(r"DECIMAL\((\d+),\d+\)", meaning)
        problem = wide_decimal(origin, str(leaf.getName()), int(digits[1])) if digits else None
        if problem is not None:
            raise problem
        yield str(leaf.getPrimitiveTypeName().toString()), meaning


class _Bare:
    """Makes schemas without the meanings that Spark refuses."""

    def __init__(self, session: Session) -> None:
        jvm: Any = session.spark._jvm
        self._list, self._schema = jvm.java.util.ArrayList, jvm.org.apache.parquet.schema

    def message(self, message: Any) -> Any:
        return self._schema.MessageType(message.getName(), self._fields(message))

    def _fields(self, group: Any) -> Any:
        fields = self._list()
        for i in range(group.getFieldCount()):
            field = group.getType(i)
            fields.add(self._leaf(field) if field.isPrimitive() else field.withNewFields(self._fields(field)))
        return fields

    def _leaf(self, leaf: Any) -> Any:
        annotation = leaf.getLogicalTypeAnnotation()
        if annotation is None or not _REFUSED.fullmatch(str(annotation.toString())):
            return leaf
        return self._schema.PrimitiveType(
            leaf.getRepetition(), leaf.getPrimitiveTypeName(), leaf.getTypeLength(), leaf.getName()
        )
