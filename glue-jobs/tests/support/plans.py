"""Plans for tests, as the documents TypeScript writes."""

from __future__ import annotations

from typing import Any

from mesh_jobs.adapters.plan_json import PLAN_VERSION, plan_from_json
from mesh_jobs.domain.plan import Plan

DIGEST = "sha256:" + "0" * 64
CSV = {
    "format": "csv",
    "delimiter": ",",
    "quote": '"',
    "escape": '"',
    "header": True,
    "encoding": "utf-8",
    "nullValues": ["NA"],
}


def field(name: str, kind: Any = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


def column(name: str, kind: Any = "string", **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "name": name,
        "type": kind,
        "required": False,
        "classification": "internal",
        "masking": "none",
        **more,
    }


def source(name: str, fields: list[dict[str, Any]] | None, **more: Any) -> dict[str, Any]:
    return {
        "kind": "files",
        "name": name,
        "primaryKey": [],
        "watermark": None,
        "fields": fields,
        "onBadRecord": "abort",
        "path": f"{name}/",
        "sample": None,
        "file": CSV,
        **more,
    }


def check(table: str, metric: str, columns: list[str], **more: Any) -> dict[str, Any]:
    return {
        "id": f"{table}.{'_'.join(columns) or '*'}.{metric}",
        "title": f"{metric} of {', '.join(columns) or 'the table'}",
        "origin": {"from": "contract", "path": "schema[0]"},
        "metric": metric,
        "scope": "aggregate" if metric in ("rowCount", "sql") else "row",
        "columns": columns,
        "arguments": {},
        "query": None,
        "operator": "mustBe",
        "threshold": [0],
        "unit": "rows",
        "severity": "critical",
        "action": "alert",
        "dimension": None,
        **more,
    }


def table(name: str, layer: str, inputs: list[str], entity: str = "orders", **more: Any) -> dict[str, Any]:
    published = more.pop("published", layer == "gold")
    return {
        "name": name,
        "layer": layer,
        "published": published,
        "database": "sales" if published else "sales_internal",
        "table": f"{name}_v1" if published else f"{entity}_v1__{name}",
        "quarantine": f"{entity}_v1__{name}__quarantine",
        "tombstones": f"{entity}_v1__{name}__tombstones",
        "from": inputs,
        "columns": None,
        "protected": [],
        "primaryKey": [],
        "partitionBy": [],
        "rules": [],
        "checks": [],
        "persist": published,
        "incremental": False,
        "refreshOn": ["init", "full", "delta"],
        **more,
    }


def document(
    sources: list[dict[str, Any]],
    tables: list[dict[str, Any]],
    modes: tuple[str, ...] = ("init", "full"),
    entity: str = "orders",
    **more: Any,
) -> dict[str, Any]:
    return {
        "planVersion": PLAN_VERSION,
        "generator": "cdk-data-mesh test",
        "product": {
            "id": f"dp_sales_{entity}",
            "name": "Orders",
            "domain": "sales",
            "entity": entity,
            "version": "1.0.0",
            "major": 1,
            "status": "active",
            "owner": "orders-owner@shoply.com",
            "description": None,
        },
        "environment": None,
        "databases": {"published": "sales", "internal": "sales_internal"},
        "digests": {"contract": DIGEST, "pipeline": None, "sql": []},
        "engine": {"local": "duckdb", "aws": "spark", "why": "unset"},
        "size": {"rows": None, "perRun": None},
        "modes": list(modes),
        "sources": sources,
        "tables": tables,
        "sla": {
            "freshnessSeconds": 21600,
            "freshnessColumn": None,
            "availabilityPercent": None,
            "retentionSeconds": None,
        },
        "quarantineDays": 30,
        "signoff": {"required": [], "valid": [], "problems": []},
        "catalogue": {
            "title": "Orders",
            "description": None,
            "tags": [],
            "links": [],
            "terms": [],
            "sampleQueries": [],
        },
        "schedule": {"full": None, "delta": None, "timezone": "UTC"},
        **more,
    }


def orders_document(**changes: Any) -> dict[str, Any]:
    """Bronze keeps rows between runs, silver cleans them without being kept, gold is promised; with a quarantine, a
    removal and a protected column. A second published table is an aggregate of the first's input."""
    fields = [field("order_id"), field("amount"), field("email"), field("updated_at", "timestamptz")]
    columns = [
        column("order_id", required=True),
        column("amount", "decimal(12, 2)"),
        column("email", classification="confidential", masking="hash"),
        column("updated_at", "timestamptz"),
    ]
    protected = [{"name": "email", "masking": "hash"}]
    tables = [
        table(
            "orders_raw",
            "bronze",
            ["shop"],
            primaryKey=["order_id"],
            persist=True,
            incremental=True,
            protected=protected,
            rules=[{"kind": "upsert", "id": "orders_raw.0.upsert", "by": ["order_id"]}],
            checks=[check("orders_raw", "nullValues", ["order_id"], action="abort_workflow")],
        ),
        table(
            "orders_clean",
            "silver",
            ["orders_raw"],
            primaryKey=["order_id"],
            incremental=True,
            protected=protected,
            rules=[
                {
                    "kind": "cast",
                    "id": "orders_clean.0.cast",
                    "columns": [field("amount", "decimal(12, 2)")],
                    "onFail": "quarantine",
                },
                {"kind": "filter", "id": "orders_clean.1.filter", "where": "amount >= 0", "reason": "a refund"},
            ],
        ),
        table(
            "orders",
            "gold",
            ["orders_clean"],
            columns=columns,
            primaryKey=["order_id"],
            incremental=True,
            protected=protected,
            checks=[
                check("orders", "nullValues", ["order_id"], action="abort_workflow"),
                check("orders", "duplicateValues", ["order_id"], scope="aggregate", action="abort_workflow"),
                check("orders", "rowCount", [], operator="mustBeGreaterThan", severity="warning"),
            ],
        ),
        table(
            "totals",
            "gold",
            ["orders_raw"],
            columns=[column("orders", "long"), column("last")],
            rules=[
                {
                    "kind": "aggregate",
                    "id": "totals.0.aggregate",
                    "by": [],
                    "measures": [
                        {"name": "orders", "expression": "count(*)"},
                        {"name": "last", "expression": "max(order_id)"},
                    ],
                }
            ],
        ),
    ]
    shop = source("shop", fields, primaryKey=["order_id"], watermark={"column": "updated_at", "overlapSeconds": 3600})
    return {**document([shop], tables, ("init", "full", "delta")), **changes}


def orders_plan(**changes: Any) -> Plan:
    return plan_from_json(orders_document(**changes))
