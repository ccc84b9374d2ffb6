"""A delta under another plan than that of what is published: rows that it leaves as they are were judged by the old
one."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest

from mesh_jobs.adapters.inmemory.engine import MemoryEngine
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.rollback import Rollback
from mesh_jobs.domain.plan import Plan, QualityRule, Table
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import Measurement
from support.memory import MemoryMesh
from support.plans import check, orders_document
from support.runs import HEAD, O1, O2, PLAN, changed_document, ids

O3 = "o3,30.00,c@x.org,2030-01-01T05:00:00Z\n"
AT_LEAST_15 = check(
    "orders", "invalidValues", ["amount"], arguments={"minimum": 15}, operator="mustBeLessOrEqualTo", threshold=[0]
)
#: One of the rows that are published first is no fault.
LOOSE = {**AT_LEAST_15, "threshold": [1]}


def merging(*checks: dict[str, Any], **changes: Any) -> Plan:
    """The orders where deltas merge, as no rule takes rows out, with more checks; `changes` are those of tables."""
    doc = copy.deepcopy(orders_document())
    tables = {t["name"]: t for t in doc["tables"]}
    tables["orders_clean"]["rules"] = []
    tables["orders"]["checks"] += checks
    for name, of in changes.items():
        tables[name].update(of)
    plan = plan_from_json(doc)
    assert {t.name: t.incremental for t in plan.tables}["orders"]
    return plan


def published(plan: Plan) -> MemoryMesh:
    mesh = MemoryMesh()
    mesh.land(plan, "1.csv", HEAD + O1 + O2)
    assert mesh.run(plan).state == "published"
    mesh.later(hours=1)
    mesh.land(plan, "2.csv", HEAD + O3)
    return mesh


def of(report: Any, rule: str) -> dict[str, Any]:
    return next(c for c in report.certificate["checks"] if c["id"] == rule)


def test_a_new_check_is_asked_of_the_rows_that_stay() -> None:
    mesh = published(merging())
    report = mesh.run(merging(AT_LEAST_15), "delta")
    assert (report.mode, report.state) == ("delta", "rejected")
    found = of(report, AT_LEAST_15["id"])
    assert (found["rows"], found["failing"], found["passed"]) == (3, 1, False)
    assert ids(mesh) == ["o1", "o2"]
    assert mesh.progress.warnings[-1].endswith(
        "rows this delta does not touch stay as they were, and are checked by what is new"
    )


@pytest.mark.parametrize(
    "stricter", [{"threshold": [0]}, {"severity": "critical"}, {"arguments": {"minimum": 16}}, {"unit": "percent"}]
)
def test_a_check_that_demands_something_else_is_asked_again(stricter: dict[str, Any]) -> None:
    loose = {**LOOSE, "severity": "warning"}
    mesh = published(merging(loose))
    report = mesh.run(merging({**loose, **stricter}), "delta")
    assert of(report, loose["id"])["rows"] == 3


def test_a_check_that_asks_what_it_asked_before_is_about_the_rows_that_come() -> None:
    mesh = published(merging(LOOSE))
    changed = merging({**LOOSE, "title": "another title"}, totals={"refreshOn": ["full"]})
    report = mesh.run(changed, "delta")
    assert report.state == "published"
    assert of(report, AT_LEAST_15["id"])["rows"] == 1


def test_once_asked_of_all_rows_it_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    mesh = published(merging())
    assert mesh.run(merging(LOOSE), "delta").state == "published"
    mesh.later(hours=1)
    mesh.land(PLAN, "3.csv", HEAD + "o4,40.00,d@x.org,2030-01-01T06:00:00Z\n")
    whole: list[str] = []
    measure = MemoryEngine.measure

    def spy(
        self: MemoryEngine, table: Table, stored: Any, checks: Sequence[QualityRule], *others: Any
    ) -> tuple[Measurement, ...]:
        whole.extend(c.id for c in checks if isinstance(stored, TableName) and c.scope == "row")
        return measure(self, table, stored, checks, *others)

    monkeypatch.setattr(MemoryEngine, "measure", spy)
    report = mesh.run(merging(LOOSE), "delta")
    assert (report.state, of(report, LOOSE["id"])["rows"], whole) == ("published", 1, [])


def test_a_new_check_of_an_internal_table_stops_the_run() -> None:
    mesh = published(merging())
    strict = check(
        "orders_raw", "invalidValues", ["order_id"], arguments={"validValues": ["o2", "o3"]}, action="abort_workflow"
    )
    raw = next(t for t in orders_document()["tables"] if t["name"] == "orders_raw")
    report = mesh.run(merging(orders_raw={"checks": [*raw["checks"], strict]}), "delta")
    assert (report.state, ids(mesh)) == ("failed", ["o1", "o2"])
    assert "1 of 3 rows" in (report.message or "")


def test_a_check_that_masked_rows_cannot_answer_makes_the_run_full() -> None:
    mesh = published(merging())
    known = check("orders", "invalidValues", ["email"], arguments={"pattern": "^[^b]@"})
    report = mesh.run(merging(known), "delta")
    assert (report.mode, report.state, of(report, known["id"])["failing"]) == ("full", "rejected", 1)
    assert mesh.progress.warnings == [f"published rows are masked and cannot answer {known['id']}, so this run is full"]


def test_another_masking_makes_the_run_full() -> None:
    columns = copy.deepcopy(next(t for t in orders_document()["tables"] if t["name"] == "orders")["columns"])
    columns[1]["masking"] = "redact"
    mesh = published(merging())
    report = mesh.run(merging(orders={"columns": columns}), "delta")
    assert (report.mode, report.state) == ("full", "published")
    assert mesh.progress.warnings[0] == "orders.amount: masked differently than before, so this run is full"
    assert len({str(r["amount"]) for r in mesh.rows("sales", "orders_v1")}) == 1


@pytest.mark.parametrize(("most", "state"), [(5, "published"), (1, "rejected")])
@pytest.mark.parametrize("scope", ["row", "aggregate"])
def test_a_table_that_a_delta_leaves_alone_answers_new_checks_too(scope: str, most: int, state: str) -> None:
    mesh = published(merging(totals={"refreshOn": ["full"]}))
    mesh.run(merging(totals={"refreshOn": ["full"]}), "full")
    mesh.later(hours=1)
    mesh.land(PLAN, "3.csv", HEAD + "o4,40.00,d@x.org,2030-01-01T06:00:00Z\n")
    new = {
        "row": check("totals", "invalidValues", ["orders"], arguments={"maximum": most}),
        "aggregate": check("totals", "rowCount", [], operator="mustBeLessThan", threshold=[most]),
    }[scope]
    report = mesh.run(merging(totals={"refreshOn": ["full"], "checks": [new]}), "delta")
    assert (report.mode, report.state) == ("delta", state)
    assert of(report, new["id"])["passed"] is (state == "published")


def test_a_table_that_the_run_gone_back_to_did_not_keep_makes_a_delta_full() -> None:
    kept = changed_document({"orders_clean": {"persist": True, "rules": []}, "totals": {"from": ["orders_clean"]}})
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + O2)
    first = mesh.run(PLAN)
    assert first.certificate is not None
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + O3)
    mesh.run(kept, "delta")
    mesh.later(hours=1)
    Rollback(mesh.outside(), "somebody", lambda: "0000")(kept, first.certificate["certificateId"])
    mesh.later(hours=1)
    report = mesh.run(kept, "delta")
    assert (report.mode, report.state) == ("full", "published")
    assert mesh.progress.warnings[-1] == "there is no table orders_clean yet, so this run is full"
    assert [r["orders"] for r in mesh.rows("sales", "totals_v1")] == [3]


def test_a_table_that_somebody_has_dropped_is_not_begun_anew_by_a_delta() -> None:
    mesh = published(merging())
    mesh.tables.drop(TableName("sales_internal", "orders_v1__orders_raw"))
    report = mesh.run(merging(), "delta")
    assert report.state == "failed"
    assert "table sales_internal.orders_v1__orders_raw no longer exists" in (report.message or "")
    assert report.remedy == "start a run in mode full"
    mesh.later(hours=1)
    assert (mesh.run(merging(), "full").state, ids(mesh)) == ("published", ["o1", "o2", "o3"])
