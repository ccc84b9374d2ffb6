"""Names, types and columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

Masking = Literal["hash", "tokenise", "truncate", "redact", "nullify", "none"]
#: Made with the masking key: equal values stay equal, and nobody without the key can try values out.
KEYED: tuple[Masking, ...] = ("hash", "tokenise")
Classification = Literal["public", "internal", "confidential", "restricted"]


@dataclass(frozen=True)
class TableName:
    """Database and table, as the catalogue knows them."""

    database: str
    table: str

    def __str__(self) -> str:
        return f"{self.database}.{self.table}"


@dataclass(frozen=True)
class ListType:
    element: Type


@dataclass(frozen=True)
class MapType:
    key: Type
    value: Type


@dataclass(frozen=True)
class StructType:
    fields: tuple[tuple[str, Type], ...]


Nested = ListType | MapType | StructType
#: A primitive by its Iceberg name, e.g. `long` or `decimal(12, 2)`, or a nested type.
Type = str | Nested

_SHOWN = {"long": "bigint", "timestamp": "timestamp_ntz", "timestamptz": "timestamp"}
_WIDER = {("int", "long"), ("float", "double")}
_DECIMAL = re.compile(r"decimal\((\d+), ?(\d+)\)")


def decimal_of(type_: Type | None) -> tuple[int, int] | None:
    """The digits of a decimal, and how many of them are behind the point; None for another type."""
    found = _DECIMAL.fullmatch(type_) if isinstance(type_, str) else None
    return (int(found[1]), int(found[2])) if found else None


def widens(old: str, new: str) -> bool:
    """Whether every value of a primitive type is one of the other, and files of it are read as such."""
    a, b = decimal_of(old), decimal_of(new)
    return (old, new) in _WIDER or old == new or (a is not None and b is not None and a[1] == b[1] and a[0] <= b[0])


def shown(type_: Type) -> str:
    """A type as people write it in a contract."""
    if isinstance(type_, ListType):
        return f"array<{shown(type_.element)}>"
    if isinstance(type_, MapType):
        return f"map<{shown(type_.key)},{shown(type_.value)}>"
    if isinstance(type_, StructType):
        return "struct<" + ",".join(f"{_quoted(n)}:{shown(t)}" for n, t in type_.fields) + ">"
    return _SHOWN.get(type_, type_.replace(" ", ""))


def _quoted(member: str) -> str:
    return member if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", member) else f"`{member.replace('`', '``')}`"


def type_from_json(value: Any) -> Type:
    """A type as plans and records of runs have it."""
    if isinstance(value, str):
        return value
    match value["kind"]:
        case "list":
            return ListType(type_from_json(value["element"]))
        case "map":
            return MapType(type_from_json(value["key"]), type_from_json(value["value"]))
        case "struct":
            return StructType(tuple((f["name"], type_from_json(f["type"])) for f in value["fields"]))
    raise KeyError(value["kind"])


def type_to_json(type_: Type) -> Any:
    """What `type_from_json` reads."""
    if isinstance(type_, ListType):
        return {"kind": "list", "element": type_to_json(type_.element)}
    if isinstance(type_, MapType):
        return {"kind": "map", "key": type_to_json(type_.key), "value": type_to_json(type_.value)}
    if isinstance(type_, StructType):
        return {"kind": "struct", "fields": [{"name": n, "type": type_to_json(t)} for n, t in type_.fields]}
    return type_


@dataclass(frozen=True)
class Field:
    """A column without identity: of a source or an internal table. `format` reads dates in text, e.g. dd/MM/yyyy."""

    name: str
    type: Type
    format: str | None = None


@dataclass(frozen=True)
class Column:
    """A promised column. `id` is its identity: the same id under a new name is a rename."""

    id: str
    name: str
    type: Type
    required: bool = False
    classification: Classification = "internal"
    masking: Masking = "none"
    description: str | None = None
