"""The transformation rules of plan.json as the domain's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_jobs.domain.rules import (
    Aggregate,
    Cast,
    Deduplicate,
    Derive,
    FillNull,
    Filter,
    Hash,
    Join,
    Lower,
    MapValues,
    Redact,
    Rename,
    Sql,
    TransformationRule,
    Trim,
    Union,
    Upper,
    Upsert,
)
from mesh_jobs.domain.table import Field, type_from_json

Json = Mapping[str, Any]


def field_from_json(value: Json) -> Field:
    return Field(value["name"], type_from_json(value["type"]), value.get("format"))


def rule_from_json(value: Json) -> TransformationRule:
    """Raises KeyError for a kind that these jobs do not know."""
    ident = value["id"]
    match value["kind"]:
        case "rename":
            return Rename(ident, tuple((c["from"], c["to"]) for c in value["columns"]))
        case "cast":
            return Cast(ident, tuple(field_from_json(c) for c in value["columns"]), value["onFail"])
        case "trim":
            return Trim(ident, tuple(value["columns"]))
        case "lower":
            return Lower(ident, tuple(value["columns"]))
        case "upper":
            return Upper(ident, tuple(value["columns"]))
        case "hash":
            return Hash(ident, tuple(value["columns"]))
        case "redact":
            return Redact(ident, tuple(value["columns"]))
        case "deduplicate":
            return Deduplicate(ident, tuple(value["by"]), value["latest"])
        case "filter":
            return Filter(ident, value["where"], value["reason"])
        case "derive":
            return Derive(ident, tuple((c["name"], c["expression"]) for c in value["columns"]))
        case "fillNull":
            return FillNull(ident, tuple((c["name"], c["value"]) for c in value["columns"]))
        case "mapValues":
            pairs = tuple((v["from"], v["to"]) for v in value["values"])
            return MapValues(ident, value["column"], pairs, value["otherwise"])
        case "join":
            select = value["select"]
            return Join(
                ident,
                value["with"],
                value["how"],
                tuple((o["left"], o["right"]) for o in value["on"]),
                None if select is None else tuple((s["from"], s["to"]) for s in select),
            )
        case "aggregate":
            return Aggregate(ident, tuple(value["by"]), tuple((m["name"], m["expression"]) for m in value["measures"]))
        case "union":
            return Union(ident, tuple(value["with"]))
        case "upsert":
            return Upsert(ident, tuple(value["by"]))
        case "sql":
            return Sql(ident, value["text"], value["path"])
    raise KeyError(value["kind"])
