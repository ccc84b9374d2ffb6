"""Whether what consumers rely on kept its shape since the last certificate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mesh_jobs.domain.table import Column, ListType, MapType, StructType, Type, shown, widens

#: Words of `type_text` that people write otherwise; before a colon they are names of members.
_WORDS = re.compile(r"\b(list|long|timestamptz|timestamp)\b(?!:)")


@dataclass(frozen=True)
class SchemaChange:
    """One difference between two versions of a promise. A breaking one needs a new major version."""

    table: str
    text: str
    breaking: bool


def type_text(kind: Type) -> str:
    """A type as promises keep it, to be compared."""
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
                text = f"column {new['name']}: {_shown(old['type'])} became {_shown(new['type'])}"
                found.append(SchemaChange(table, text, not _widens(old["type"], new["type"])))
            if new["required"] != old["required"]:
                text = f"column {new['name']} became {'required' if new['required'] else 'optional'}"
                found.append(SchemaChange(table, text, bool(new["required"])))
        found += [SchemaChange(table, f"column {c['name']} added", False) for c in now.values()]
    found += [SchemaChange(table, "table added", False) for table in after if before and table not in before]
    return tuple(found)


def _shown(text: str) -> str:
    """A type that a promise has kept, as people write it."""
    words = _WORDS.sub(lambda word: "array" if word[0] == "list" else shown(word[0]), text)
    return words.replace(", ", ",").replace(": ", ":")


def _widens(old: str, new: str) -> bool:
    # Nested types grow inside; the table store refused what would narrow before anything was built.
    return widens(old, new) or (old[:5] in ("list<", "map<", "struc") and new[:5] == old[:5])
