"""Whether what consumers rely on kept its shape since the last certificate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mesh_jobs.domain.table import Column, ListType, MapType, StructType, Type

_WIDER = {("int", "long"), ("float", "double")}
_DECIMAL = re.compile(r"decimal\((\d+), (\d+)\)")


@dataclass(frozen=True)
class SchemaChange:
    """One difference between two versions of a promise. A breaking one needs a new major version."""

    table: str
    text: str
    breaking: bool


def type_text(kind: Type) -> str:
    """A type as one comparable text."""
    match kind:
        case ListType(element):
            return f"list<{type_text(element)}>"
        case MapType(key, value):
            return f"map<{type_text(key)}, {type_text(value)}>"
        case StructType(fields):
            return f"struct<{', '.join(f'{n}: {type_text(t)}' for n, t in fields)}>"
    return str(kind)


def schema_of(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """A promise in JSON, to compare the next one with."""
    return [{"id": c.id, "name": c.name, "type": type_text(c.type), "required": c.required} for c in columns]


def is_older(version: str, other: str) -> bool:
    """Whether a semantic version comes before another; what follows the three numbers does not count."""

    def numbers(text: str) -> tuple[int, ...]:
        return tuple(int(n) for n in re.findall(r"\d+", text.partition("-")[0].partition("+")[0])[:3])

    return numbers(version) < numbers(other)


def changes(
    before: Mapping[str, Sequence[Mapping[str, Any]]], after: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[SchemaChange, ...]:
    """Differences by column identity, table by table; nothing when there was no promise before."""
    found: list[SchemaChange] = []
    for table, columns in before.items():
        if table not in after:
            found.append(SchemaChange(table, "table removed", True))
            continue
        now = {c["id"]: c for c in after[table]}
        for old in columns:
            new = now.pop(old["id"], None)
            if new is None:
                found.append(SchemaChange(table, f"column {old['name']} removed", True))
                continue
            if new["name"] != old["name"]:
                found.append(SchemaChange(table, f"column {old['name']} renamed to {new['name']}", False))
            if new["type"] != old["type"]:
                text = f"column {new['name']}: {old['type']} became {new['type']}"
                found.append(SchemaChange(table, text, not _widens(old["type"], new["type"])))
            if new["required"] != old["required"]:
                text = f"column {new['name']} became {'required' if new['required'] else 'optional'}"
                found.append(SchemaChange(table, text, bool(new["required"])))
        found += [SchemaChange(table, f"column {c['name']} added", False) for c in now.values()]
    found += [SchemaChange(table, "table added", False) for table in after if before and table not in before]
    return tuple(found)


def _widens(old: str, new: str) -> bool:
    if (old, new) in _WIDER:
        return True
    a, b = _DECIMAL.fullmatch(old), _DECIMAL.fullmatch(new)
    if a and b:
        return a[2] == b[2] and int(b[1]) >= int(a[1])
    # Nested types grow inside; the table store refused what would narrow before anything was built.
    return old[:5] in ("list<", "map<", "struc") and new[:5] == old[:5]
