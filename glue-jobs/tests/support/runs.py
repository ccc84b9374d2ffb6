"""The product that tests run in memory, rows of it, and what they ask of its runs."""

from __future__ import annotations

import copy
from typing import Any

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.plan import Plan
from support.memory import MemoryMesh
from support.plans import orders_document, orders_plan

HEAD = "order_id,amount,email,updated_at\n"
O1 = "o1,10.00,a@x.org,2030-01-01T00:00:00Z\n"
O2 = "o2,20.00,b@x.org,2030-01-01T01:00:00Z\n"
PLAN = orders_plan()


def ids(mesh: MemoryMesh, name: str = "orders_v1", database: str = "sales") -> list[str]:
    return sorted(r["order_id"] for r in mesh.rows(database, name))


def reports(mesh: MemoryMesh, report: Any) -> dict[str, Any]:
    return {t.table: t for t in report.tables}


def changed_document(changes: dict[str, dict[str, Any]]) -> Plan:
    doc = copy.deepcopy(orders_document())
    for t in doc["tables"]:
        t.update(changes.get(t["name"], {}))
    return plan_from_json(doc)
