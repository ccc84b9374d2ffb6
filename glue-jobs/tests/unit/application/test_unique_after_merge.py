"""A merge into what is certified unique needs no count of the whole table, nor does what rules have just told apart;
and nothing else goes without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mesh_jobs.adapters.inmemory.engine import MemoryEngine
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.plan import Plan, QualityRule, Table
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import Dataset, Measurement
from support.memory import MemoryMesh
from support.plans import check, column, document, field, source, table

UNIQUE = "orders.order_id.duplicateValues"


DEDUPLICATED = {"kind": "deduplicate", "id": "d", "by": ["order_id"], "latest": "amount"}


def plan_with(*rules: dict[str, Any], **unique: Any) -> Plan:
    own = check("orders", "duplicateValues", ["order_id"], scope="aggregate", **unique)
    columns = [column("order_id", required=True), column("amount")]
    published = {"primaryKey": ["order_id"], "columns": columns, "checks": [own], "incremental": True, "rules": rules}
    orders = table("orders", "gold", ["shop"], **published)
    return plan_from_json(
        document([source("shop", [field("order_id"), field("amount")])], [orders], ("init", "full", "delta"))
    )


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rows whose keys were counted: of whole tables, or of what goes into them."""
    whole: list[str] = []
    measure = MemoryEngine.measure

    def spy(
        self: MemoryEngine, table: Table, stored: TableName | Dataset, checks: Sequence[QualityRule], *others: Any
    ) -> tuple[Measurement, ...]:
        if any(c.id == UNIQUE for c in checks):
            whole.append(table.name if isinstance(stored, TableName) else f"what goes into {table.name}")
        return measure(self, table, stored, checks, *others)

    monkeypatch.setattr(MemoryEngine, "measure", spy)
    return whole


def land(mesh: MemoryMesh, plan: Plan, name: str, *rows: str) -> None:
    mesh.later(minutes=1)
    mesh.land(plan, name, "order_id,amount\n" + "".join(f"{row}\n" for row in rows))


def unique_in(certificate: dict[str, Any] | None) -> dict[str, Any]:
    assert certificate is not None
    return next(c for c in certificate["checks"] if c["id"] == UNIQUE)


def test_a_delta_counts_the_keys_of_what_it_merges_and_speaks_of_the_whole_table(counted: list[str]) -> None:
    plan, mesh = plan_with(), MemoryMesh()
    land(mesh, plan, "1.csv", "a,1", "b,2", "c,3")
    mesh.run(plan)
    assert counted == ["orders"]
    land(mesh, plan, "2.csv", "b,20", "d,4")
    report = mesh.run(plan, "delta")
    assert (report.mode, report.state) == ("delta", "published")
    assert counted == ["orders", "what goes into orders"]
    found = unique_in(report.certificate)
    assert (found["rows"], found["failing"], found["passed"]) == (4, 0, True)
    assert [r["amount"] for r in mesh.rows("sales", "orders_v1")] == ["1", "20", "3", "4"]


def test_a_key_that_comes_twice_in_one_delta_is_found(counted: list[str]) -> None:
    plan, mesh = plan_with(), MemoryMesh()
    land(mesh, plan, "1.csv", "a,1")
    mesh.run(plan)
    land(mesh, plan, "2.csv", "b,2", "b,3")
    report = mesh.run(plan, "delta")
    assert report.state == "rejected"
    assert unique_in(report.certificate)["failing"] == 1


def test_what_was_published_with_duplicates_is_counted_as_a_whole(counted: list[str]) -> None:
    plan, mesh = plan_with(severity="warning"), MemoryMesh()
    land(mesh, plan, "1.csv", "a,1", "a,2")
    assert unique_in(mesh.run(plan).certificate)["failing"] == 1
    land(mesh, plan, "2.csv", "b,2")
    assert unique_in(mesh.run(plan, "delta").certificate)["failing"] == 1
    assert counted == ["orders", "orders"]


def test_another_plan_counts_the_whole_table(counted: list[str]) -> None:
    mesh = MemoryMesh()
    land(mesh, plan_with(), "1.csv", "a,1")
    mesh.run(plan_with())
    land(mesh, plan_with(), "2.csv", "b,2")
    changed = document(
        [source("shop", [field("order_id"), field("amount")])],
        [
            table(
                "orders",
                "gold",
                ["shop"],
                primaryKey=["order_id"],
                columns=[column("order_id", required=True), column("amount", description="In euro.")],
                checks=[check("orders", "duplicateValues", ["order_id"], scope="aggregate")],
                incremental=True,
            )
        ],
        ("init", "full", "delta"),
    )
    assert mesh.run(plan_from_json(changed), "delta").state == "published"
    assert counted == ["orders", "orders"]


def test_keys_that_a_rule_has_just_told_apart_are_not_counted_again(counted: list[str]) -> None:
    plan, mesh = plan_with(DEDUPLICATED), MemoryMesh()
    land(mesh, plan, "1.csv", "a,1", "a,2", "b,3")
    found = unique_in(mesh.run(plan).certificate)
    assert (found["rows"], found["failing"], found["passed"]) == (2, 0, True)
    land(mesh, plan, "2.csv", "b,4", "c,5", "c,6")
    report = mesh.run(plan, "delta")
    found = unique_in(report.certificate)
    assert (report.mode, found["rows"], found["failing"], found["passed"]) == ("delta", 3, 0, True)
    assert [r["amount"] for r in mesh.rows("sales", "orders_v1")] == ["2", "4", "6"]
    assert counted == []


def test_keys_that_a_later_rule_makes_alike_are_counted(counted: list[str]) -> None:
    plan, mesh = plan_with(DEDUPLICATED, {"kind": "lower", "id": "l", "columns": ["order_id"]}), MemoryMesh()
    land(mesh, plan, "1.csv", "a,1", "A,2")
    report = mesh.run(plan)
    assert (report.state, unique_in(report.certificate)["failing"]) == ("rejected", 1)
    assert counted == ["orders"]


def test_a_replay_of_several_batches_counts_the_whole_table(counted: list[str]) -> None:
    plan, mesh = plan_with(DEDUPLICATED), MemoryMesh()
    land(mesh, plan, "1.csv", "a,1", "b,2")
    first = mesh.run(plan)
    land(mesh, plan, "2.csv", "b,3", "c,4")
    mesh.run(plan, "delta")
    found = unique_in(mesh.run(plan, "full", replay_from=first.run_id).certificate)
    assert (found["rows"], found["failing"], counted) == (3, 0, ["orders"])
