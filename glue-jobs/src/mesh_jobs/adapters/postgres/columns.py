"""The columns of a table: their types here, and how each is written into CSV so that no digit is lost."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from mesh_jobs.adapters.postgres.wire import Row, Wire
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.table import Field, ListType, Type, shown

#: Domains are their base type; `element` is the type of an array's elements; `bits` is the modifier of numeric(p,s).
_COLUMNS = """
WITH RECURSIVE typed AS (
  SELECT a.attnum, a.attname, a.atttypmod AS modifier,
    t.oid, t.typname, t.typtype, t.typbasetype, t.typtypmod, t.typelem, t.typcategory
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  WHERE a.attrelid = {table} AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT d.attnum, d.attname, CASE WHEN d.typtypmod >= 0 THEN d.typtypmod ELSE d.modifier END,
    t.oid, t.typname, t.typtype, t.typbasetype, t.typtypmod, t.typelem, t.typcategory
  FROM typed d JOIN pg_catalog.pg_type t ON t.oid = d.typbasetype WHERE d.typtype = 'd'
)
SELECT c.attname, c.typname, c.modifier, e.typname, pg_catalog.has_column_privilege({table}, c.attnum, 'SELECT')
FROM typed c LEFT JOIN pg_catalog.pg_type e ON e.oid = c.typelem AND c.typcategory = 'A'
WHERE c.typtype <> 'd' ORDER BY c.attnum
"""
_TYPES: dict[str, Type] = {
    "bool": "boolean",
    **dict.fromkeys(("int2", "int4"), "int"),
    **dict.fromkeys(("int8", "oid"), "long"),
    "float4": "float",
    "float8": "double",
    "date": "date",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
}
_TEXTS = ("text", "varchar", "bpchar", "name", "citext")
#: Digits that Iceberg's decimal has at most: https://iceberg.apache.org/spec/#primitive-types
_DIGITS = 38


@dataclass(frozen=True)
class SourceColumn:
    """A column of the table, `type` None where no exact type is known without being told."""

    name: str
    theirs: str
    type: Type | None
    sql: str
    readable: bool

    @property
    def is_text(self) -> bool:
        return self.theirs in _TEXTS


def columns_of(wire: Wire, table: str) -> list[SourceColumn]:
    """`table` is SQL of its OID."""
    return [_column(row) for row in wire.query(_COLUMNS.format(table=table))]


def chosen(source: FileSource, table: str, there: Sequence[SourceColumn]) -> list[tuple[SourceColumn, Field]]:
    """What is read: the declared columns, or all. Raises BadInput for one that is not there, may not be read, or would
    not arrive exactly."""
    if source.fields is None:
        pairs = [(c, Field(c.name, _undeclared(source, table, c))) for c in there]
    else:
        pairs = [(_named(source, table, f.name, there), f) for f in source.fields]
    for column, field in pairs:
        why = _inexact(column, field.type)
        if why is not None:
            raise BadInput(f"source {source.name}: {table}.{column.name} is {column.theirs}; {why[0]}", why[1])
        if not column.readable:
            raise BadInput(
                f"source {source.name}: {table}.{column.name} may not be read by the connection's user",
                f"GRANT SELECT ({quoted(column.name)}) ON {table}, or declare the columns that may be read",
            )
    return pairs


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text in SQL, whatever standard_conforming_strings is."""
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"


def _column(row: Row) -> SourceColumn:
    name, theirs, modifier, element, readable = row
    assert name is not None
    assert theirs is not None
    shown_as, type_ = theirs, _type(theirs, int(modifier or -1))
    sql = quoted(name)
    if element is not None:
        # Arrays have as many dimensions as each value likes; JSON keeps them apart.
        shown_as, inner = f"{element}[]", _type(element, int(modifier or -1))
        type_ = None if inner is None else ListType(inner)
        sql = f"pg_catalog.to_json({sql})"
    elif theirs == "bool":
        sql = f"{sql}::pg_catalog.text"
    elif theirs == "money":
        # Alone it is written with the currency and the commas of the server's locale.
        sql, type_ = f"{sql}::pg_catalog.numeric", "decimal(19, 2)"
    return SourceColumn(name, shown_as, type_, sql, readable == "t")


def _type(theirs: str, modifier: int) -> Type | None:
    """The exact type; text for all that has no other, such as uuid, json, inet, time, interval, enums and ranges."""
    if theirs == "numeric":
        digits, scale = (modifier - 4) >> 16, (modifier - 4) & 0x7FF
        # From PostgreSQL 15 a scale may be negative (its 11 bits are a complement) or above the precision.
        scale = scale - 2048 if scale > 1024 else scale
        return f"decimal({digits}, {scale})" if modifier >= 4 and 0 <= scale <= digits <= _DIGITS else None
    if theirs == "bytea":
        return None
    return _TYPES.get(theirs, "string")


def _undeclared(source: FileSource, table: str, column: SourceColumn) -> Type:
    if column.type is not None:
        return column.type
    example = "string" if "bytea" in column.theirs else '"decimal(18,4)"'
    why = (
        "bytes come as text, hexadecimal after \\x"
        if "bytea" in column.theirs
        else "it does not say how many digits it has"
    )
    raise BadInput(
        f"source {source.name}: {table}.{column.name} is {column.theirs}: {why}",
        f"declare the columns of sources.{source.name} in the pipeline, this one e.g. as {column.name}: {example}",
    )


def _named(source: FileSource, table: str, name: str, there: Sequence[SourceColumn]) -> SourceColumn:
    found = [c for c in there if c.name == name] or [c for c in there if c.name.lower() == name.lower()]
    if len(found) == 1:
        return found[0]
    near = difflib.get_close_matches(name, [c.name for c in there], 1)
    listed = ", ".join(c.name for c in there[:12]) + (", …" if len(there) > 12 else "")
    raise BadInput(
        f"source {source.name}: {table} has no column {name}; it has {listed}",
        (f"did you mean {near[0]}? " if near else "") + f"correct sources.{source.name}.columns in the pipeline",
    )


def _inexact(column: SourceColumn, wanted: Type) -> tuple[str, str] | None:
    """Why no value of a column is what is declared, and what to do; what depends on the value is found by row."""
    if wanted == "binary" or (isinstance(wanted, ListType) and wanted.element == "binary"):
        return (
            "bytes cannot be read as binary",
            "declare it as string: it comes as \\x and hexadecimal digits, two for each byte",
        )
    if column.theirs == "timestamptz" and wanted == "timestamp":
        return (
            f"read as {shown(wanted)}, it would lose its zone",
            "declare it as timestamp, which is a point in time, whatever the zone",
        )
    return None
