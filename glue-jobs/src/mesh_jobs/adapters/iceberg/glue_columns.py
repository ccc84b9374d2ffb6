"""A table's columns as Glue shows them, which is what Lake Formation grants on and Athena lists. The same as Iceberg's:
https://github.com/apache/iceberg/blob/main/aws/src/main/java/org/apache/iceberg/aws/glue/IcebergToGlueConverter.java"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.evolution import Json

#: Of a column's comment, in Glue's model.
_COMMENT = 255
_NAMES = {
    "long": "bigint",
    "time": "string",
    "uuid": "string",
    "timestamptz": "timestamp",
}


def columns(metadata: md.Metadata, before: Iterable[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """The current columns, then those of older schemas, marked so; `before` has comments made by hand."""
    comments = {c["Name"]: c["Comment"] for c in reversed(list(before)) if c.get("Comment")}
    current = metadata["current-schema-id"]
    schemas = sorted(metadata["schemas"], key=lambda s: s["schema-id"] != current)
    made: dict[str, dict[str, Any]] = {}
    for schema in schemas:
        for field in schema["fields"]:
            if field["name"] not in made:
                made[field["name"]] = _column(field, schema["schema-id"] == current, comments)
    return list(made.values())


def _column(field: Json, is_current: bool, comments: Mapping[str, str]) -> dict[str, Any]:
    column: dict[str, Any] = {
        "Name": field["name"],
        "Type": _type(field["type"]),
        "Parameters": {
            "iceberg.field.id": str(field["id"]),
            "iceberg.field.optional": str(not field["required"]).lower(),
            "iceberg.field.current": str(is_current).lower(),
        },
    }
    if comment := field.get("doc") or comments.get(field["name"]):
        column["Comment"] = comment[:_COMMENT]
    return column


def _type(kind: Any) -> str:
    if isinstance(kind, str):
        return "binary" if kind.startswith("fixed") else _NAMES.get(kind, kind.replace(" ", ""))
    match kind["type"]:
        case "list":
            return f"array<{_type(kind['element'])}>"
        case "map":
            return f"map<{_type(kind['key'])},{_type(kind['value'])}>"
        case _:
            return "struct<" + ",".join(f"{f['name']}:{_type(f['type'])}" for f in kind["fields"]) + ">"
