"""Names, types and columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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


#: A primitive by its Iceberg name, e.g. `long` or `decimal(12, 2)`, or a nested type.
Type = str | ListType | MapType | StructType


def shown(type_: Type) -> str:
    """A type as people write it in a pipeline."""
    if isinstance(type_, ListType):
        return f"array<{shown(type_.element)}>"
    if isinstance(type_, MapType):
        return f"map<{shown(type_.key)},{shown(type_.value)}>"
    if isinstance(type_, StructType):
        return "struct<" + ",".join(f"{n}:{shown(t)}" for n, t in type_.fields) + ">"
    return {"timestamp": "timestamp_ntz", "timestamptz": "timestamp"}.get(type_, type_.replace(" ", ""))


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
