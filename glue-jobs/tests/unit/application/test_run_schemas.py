"""What a run does about a schema that is not the one that is published."""

from __future__ import annotations

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from support.memory import MemoryMesh
from support.plans import column, orders_document
from support.runs import HEAD, O1, O2, PLAN, ids


def test_a_schema_that_breaks_consumers_is_refused() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    doc = orders_document()
    gold = next(t for t in doc["tables"] if t["name"] == "orders")
    gold["columns"] = [c for c in gold["columns"] if c["name"] != "amount"]
    mesh.later(hours=1)
    report = mesh.run(plan_from_json(doc))
    assert (report.state, report.code) == ("failed", "schema-conflict")
    assert "column amount removed" in (report.message or "")


VERSIONS = [("1.1.0", "1.0.0"), ("1.1.0", "1.1.0-rc.1"), ("1.1.0-rc.2", "1.1.0-rc.1")]


@pytest.mark.parametrize(("newer", "older"), VERSIONS)
def test_a_rollback_to_an_older_contract_succeeds_and_changes_no_promise(newer: str, older: str) -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    old, doc = orders_document(), orders_document()
    old["product"]["version"], doc["product"]["version"] = older, newer
    gold = next(t for t in doc["tables"] if t["name"] == "orders")
    gold["columns"].append(column("note"))
    assert mesh.run(plan_from_json(doc)).state == "published"
    for _ in range(2):
        mesh.later(hours=1)
        back = mesh.run(plan_from_json(old), "full")
        assert back.certificate is not None
        assert (back.state, back.certificate["stability"]) == ("published", {"changes": [], "passed": True})
    mesh.later(hours=1)
    again = mesh.run(plan_from_json(doc), "full")
    assert again.certificate is not None
    assert again.certificate["stability"]["changes"] == []


def test_a_product_does_not_publish_over_the_table_of_another() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    doc = orders_document()
    doc["product"]["id"] = "dp_sales_other"
    other = plan_from_json(doc)
    mesh.land(other, "1.csv", HEAD + O2)
    report = mesh.run(other)
    assert (report.state, report.code) == ("failed", "schema-conflict")
    assert report.message == ("sales.orders_v1 is published by another product; dp_sales_other cannot publish over it")
    assert ids(mesh) == ["o1"]
    mesh.later(hours=1)
    assert mesh.run(PLAN, "full").state == "published"
