"""The plan's types and DuckDB's, and how to write names and texts in SQL."""

from __future__ import annotations

import re

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.table import ListType, MapType, StructType, Type, decimal_of

_TO_DUCKDB = {
    "boolean": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
    "string": "VARCHAR",
    "binary": "BLOB",
}

#: Types that DuckDB has and Iceberg has not, and what is stored instead. Nothing is lost on the way.
_STORED_AS = {
    "TINYINT": "INTEGER",
    "SMALLINT": "INTEGER",
    "UTINYINT": "INTEGER",
    "USMALLINT": "INTEGER",
    "UINTEGER": "BIGINT",
    "UBIGINT": "DECIMAL(20,0)",
    "HUGEINT": "BIGINT",
    "UHUGEINT": "DECIMAL(38,0)",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP",
    "TIME WITH TIME ZONE": "TIME",
    "UUID": "VARCHAR",
    "JSON": "VARCHAR",
    '"NULL"': "VARCHAR",
    "NULL": "VARCHAR",
}


def name(text: str) -> str:
    """An identifier, quoted."""
    return '"' + text.replace('"', '""') + '"'


def names(columns: tuple[str, ...] | list[str]) -> str:
    """Identifiers, quoted and separated by commas."""
    return ", ".join(name(c) for c in columns)


def text(value: str) -> str:
    """A text literal."""
    return "'" + value.replace("'", "''") + "'"


#: A folder named env=prod is no column; DuckDB alone would let it overwrite one.
NOT_FROM_FOLDERS = "hive_partitioning = false"


def json_path(member: str) -> str:
    """Where a member of a JSON object is."""
    return '$."' + member.replace('"', '\\"') + '"'


def literal(value: str | int | float | bool | None) -> str:
    """A literal of a value from the plan."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value!r}::DOUBLE"
    return text(value)


def duckdb_type(type_: Type) -> str:
    """The plan's type as DuckDB writes it."""
    if isinstance(type_, ListType):
        return f"{duckdb_type(type_.element)}[]"
    if isinstance(type_, MapType):
        return f"MAP({duckdb_type(type_.key)}, {duckdb_type(type_.value)})"
    if isinstance(type_, StructType):
        return "STRUCT(" + ", ".join(f"{name(n)} {duckdb_type(t)}" for n, t in type_.fields) + ")"
    decimal = decimal_of(type_)
    return f"DECIMAL({decimal[0]},{decimal[1]})" if decimal else _TO_DUCKDB[type_]


def storable(type_: str) -> str:
    """The DuckDB type in which a column without a promise is stored; the type itself when Iceberg has it."""
    if type_.startswith("ENUM("):
        return "VARCHAR"
    if type_ in _STORED_AS:
        return _STORED_AS[type_]
    if type_.endswith("]"):
        return storable(type_[: type_.rindex("[")]) + "[]"
    for head in ("STRUCT(", "MAP("):
        if type_.startswith(head):
            parts = [_storable_part(p, head) for p in _split(type_[len(head) : -1])]
            return head + ", ".join(parts) + ")"
    return type_


def plan_type(type_: str) -> Type:
    """DuckDB's type in the plan's words. Only for storable types. Raises BadInput for one that Iceberg has not."""
    if type_.endswith("]"):
        return ListType(plan_type(type_[: type_.rindex("[")]))
    if type_.startswith("MAP("):
        key, value = _split(type_[4:-1])
        return MapType(plan_type(key), plan_type(value))
    if type_.startswith("STRUCT("):
        return StructType(tuple((n, plan_type(t)) for n, t in map(_member, _split(type_[7:-1]))))
    decimal = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", type_)
    if decimal:
        return f"decimal({decimal[1]}, {decimal[2]})"
    known = {v: k for k, v in _TO_DUCKDB.items()}
    if type_ not in known:
        raise BadInput(f"a column of type {type_} cannot be stored", "cast it in the pipeline")
    return known[type_]


def members(type_: str) -> list[tuple[str, str]]:
    """Names and types of a struct's members, or of a map's keys and values."""
    if type_.startswith("MAP("):
        return list(zip(("key", "value"), _split(type_[4:-1]), strict=True))
    return [_member(part) for part in _split(type_[7:-1])]


def _storable_part(part: str, head: str) -> str:
    if head == "MAP(":
        return storable(part)
    member, type_ = _member(part)
    return f"{name(member)} {storable(type_)}"


def _member(part: str) -> tuple[str, str]:
    if part.startswith('"'):
        end = re.match(r'"((?:[^"]|"")*)" ', part)
        assert end is not None
        return end[1].replace('""', '"'), part[end.end() :]
    head, _, rest = part.partition(" ")
    return head, rest


def _split(inside: str) -> list[str]:
    """Splits at the commas of the outermost level, outside of quoted names."""
    parts, depth, quoted, start = [], 0, False, 0
    for i, c in enumerate(inside):
        if c == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif c in "([":
            depth += 1
        elif c in ")]":
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(inside[start:i].strip())
            start = i + 1
    return [*parts, inside[start:].strip()]
