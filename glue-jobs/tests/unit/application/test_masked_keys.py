"""A key is masked otherwise than before: no row counts as vanished for that, and no tombstone shows it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from mesh_jobs.adapters.inmemory.tables import MemoryTableStore
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import TableName
from support.memory import MemoryMesh
from support.plans import orders_document
from support.runs import HEAD, O1, O2

TOMBSTONES = TableName("sales_internal", "orders_v1__orders__tombstones")
O3 = "o3,30.00,c@x.org,2030-01-01T05:00:00Z\n"


def by_email(masking: str, **orders: Any) -> Plan:
    """The orders, whose key is the e-mail, published so; nothing protects it but what masks it."""
    doc = copy.deepcopy(orders_document())
    raw, clean, table, _ = doc["tables"]
    raw["rules"] = [{"kind": "upsert", "id": "orders_raw.0.upsert", "by": ["email"]}]
    clean["rules"] = []
    for t in (raw, clean, table):
        t["primaryKey"] = ["email"]
    table["columns"][2]["masking"] = masking
    table["protected"] = [] if masking == "none" else [{"name": "email", "masking": masking}]
    table.update(orders)
    return plan_from_json(doc)


def published(plan: Plan) -> MemoryMesh:
    """A mesh that has published b@x.org, and of which a@x.org vanished."""
    mesh = MemoryMesh()
    mesh.land(plan, "1.csv", HEAD + O1 + O2)
    assert mesh.run(plan).state == "published"
    assert full(mesh, plan, O2)["vanished"] == 1
    return mesh


def full(mesh: MemoryMesh, plan: Plan, rows: str) -> dict[str, Any]:
    """A full run over these rows alone, and what it says of the orders."""
    mesh.later(hours=1)
    mesh.land(plan, "1.csv", HEAD + rows)
    report = mesh.run(plan, "full")
    assert report.state == "published", report.message
    return next(t.counts() for t in report.tables if t.table == "orders")


def buried(mesh: MemoryMesh) -> list[set[str]]:
    """The e-mails in every snapshot of the tombstones that can be read."""
    version = mesh.tables.version(TOMBSTONES)
    return [] if version is None else [{r["email"] for r in s.rows} for s in version.snapshots]


@pytest.mark.parametrize(("before", "after"), [("none", "hash"), ("hash", "none"), ("hash", "tokenise")])
def test_no_key_vanishes_for_being_masked_otherwise(before: str, after: str) -> None:
    mesh = published(by_email(before))
    was = buried(mesh)
    assert full(mesh, by_email(after), O2 + O3)["vanished"] == 0
    assert mesh.progress.warnings[0] == (
        "orders.email: a key that is masked differently than before, so this run does not report which rows of orders "
        "vanished"
    )
    assert buried(mesh) in ([set()], was)
    assert full(mesh, by_email(after), O3)["vanished"] == 1, "from then on they are told"
    assert len(buried(mesh)[-1] - was[-1]) == 1


def test_keys_that_vanished_in_the_clear_are_forgotten_with_the_run_that_masks_them() -> None:
    mesh = published(by_email("none"))
    assert buried(mesh) == [{"a@x.org"}]
    full(mesh, by_email("hash"), O2)
    assert buried(mesh) == [set()]
    assert mesh.progress.warnings[-1] == (
        "orders.email: masked more strictly than before, so keys of orders that vanished before are forgotten: 1"
    )


@pytest.mark.parametrize(("before", "after"), [("hash", "none"), ("hash", "tokenise")])
def test_keys_that_vanished_stay_where_they_show_no_more_than_what_is_published(before: str, after: str) -> None:
    mesh = published(by_email(before))
    was = buried(mesh)
    full(mesh, by_email(after), O2)
    assert buried(mesh) == was


def by_id(masking: str) -> Plan:
    """The same orders with another key."""
    plan = by_email(masking)
    return replace(plan, tables=tuple(replace(t, primary_key=t.primary_key and ("order_id",)) for t in plan.tables))


def test_a_column_that_was_the_key_is_forgotten_too() -> None:
    mesh = published(by_email("none"))
    full(mesh, by_id("none"), O2)
    full(mesh, by_id("hash"), O2)
    assert buried(mesh) == [set()]


def test_keys_without_what_is_masked_are_remembered() -> None:
    mesh = published(by_id("none"))
    full(mesh, by_id("hash"), O2)
    version = mesh.tables.version(TOMBSTONES)
    assert version is not None
    assert [r["order_id"] for r in version.rows] == ["o1"]


def test_a_run_that_fails_leaves_the_tombstones_as_they_were() -> None:
    class Full(MemoryTableStore):
        def fold(self, candidate: TableName, run_id: str, published: str | None) -> int:
            raise OSError("the disk is full")

    mesh = published(by_email("none"))
    stubborn = Full()
    stubborn.names, stubborn.versions = mesh.tables.names, mesh.tables.versions
    mesh.tables = stubborn
    mesh.later(hours=1)
    with pytest.raises(OSError, match="the disk is full"):
        mesh.run(by_email("hash"), "full")
    assert buried(mesh) == [{"a@x.org"}]
