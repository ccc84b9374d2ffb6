"""Once a day rows leave quarantines, and tables go that no pipeline has any more."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from mesh_jobs.adapters.inmemory.tables import Version
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.rollback import Rollback
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import Saved
from support.memory import MemoryMesh
from support.plans import check, orders_document
from support.runs import HEAD, O1, O2, PLAN, changed_document

QUARANTINE = TableName("sales_internal", "orders_v1__orders_clean__quarantine")
RAW = TableName("sales_internal", "orders_v1__orders_raw")
TOMBSTONES = TableName("sales_internal", "orders_v1__orders_raw__tombstones")
NEVER = check("orders", "rowCount", [], operator="mustBeGreaterThan", threshold=[1000], action="abort_workflow")
REJECTED = changed_document({"orders": {"checks": [NEVER]}})


@pytest.fixture
def mesh() -> MemoryMesh:
    """One row was put aside."""
    made = MemoryMesh()
    made.land(PLAN, "1.csv", HEAD + O1 + "o9,ten,x@x.org,2030-01-01T00:00:00Z\n")
    assert made.run(PLAN).state == "published"
    assert len(aside(made)) == 1
    return made


def aside(mesh: MemoryMesh) -> list[dict[str, Any]]:
    return mesh.rows(QUARANTINE.database, QUARANTINE.table)


def lands(mesh: MemoryMesh, n: int) -> None:
    mesh.land(PLAN, f"n{n}.csv", HEAD + O2.replace("o2", f"n{n}"))


def test_a_product_that_has_nothing_new_loses_old_rows_of_its_quarantine(mesh: MemoryMesh) -> None:
    for day in range(31):
        assert aside(mesh), f"day {day}"
        mesh.later(days=1)
        assert mesh.run(PLAN, "delta").state == "skipped"
    assert aside(mesh) == []


def test_so_does_one_that_is_rejected_after_a_run_of_the_day_that_was_skipped(mesh: MemoryMesh) -> None:
    for day in range(32):
        mesh.later(hours=20)
        assert mesh.run(PLAN, "delta").state == "skipped"
        mesh.later(hours=4)
        lands(mesh, day)
        assert mesh.run(REJECTED, "delta").state == "rejected"
        mesh.raw.take_away(PLAN.product, "shop", f"n{day}.csv")
    assert min(r["_mesh_at"] for r in aside(mesh)) >= mesh.clock.now() - timedelta(days=31)


def test_a_rollback_puts_nothing_away_so_the_run_after_it_does(mesh: MemoryMesh) -> None:
    first = mesh.log.runs("dp_sales_orders", 1)[0].certificate
    assert first is not None
    mesh.later(hours=1)
    lands(mesh, 2)
    assert mesh.run(PLAN, "full").state == "published"
    mesh.later(days=31)
    Rollback(mesh.outside(), "somebody", lambda: "0000")(PLAN, first["certificateId"])
    mesh.later(hours=1)
    assert mesh.run(REJECTED, "full").state == "rejected"
    assert min(r["_mesh_at"] for r in aside(mesh)) == mesh.clock.now()


def test_a_skipped_run_ends_as_such_when_rows_cannot_leave(mesh: MemoryMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> None:
        raise OSError("the disk is gone")

    mesh.later(days=31)
    monkeypatch.setattr(mesh.tables, "forget_snapshots", gone)
    assert mesh.run(PLAN, "delta").state == "skipped"
    assert any("stay until a later run" in w for w in mesh.progress.warnings)


def without_bronze() -> Plan:
    """The same pipeline, which does not keep bronze."""
    doc = copy.deepcopy(orders_document())
    doc["tables"][0] |= {"persist": False, "incremental": False}
    return plan_from_json(doc)


def test_a_table_that_is_not_kept_any_longer_goes_once_no_rollback_needs_it(mesh: MemoryMesh) -> None:
    mesh.later(hours=1)
    mesh.raw.take_away(PLAN.product, "shop", "1.csv")
    lands(mesh, 1)
    assert mesh.run(PLAN, "full").state == "published"
    assert {RAW, TOMBSTONES} <= mesh.tables.names.keys()
    for day in range(1, 8):
        mesh.later(days=1)
        assert mesh.run(without_bronze(), "full").state == "published"
        assert (RAW in mesh.tables.names) == (TOMBSTONES in mesh.tables.names) == (day < 7), f"day {day}"


def test_a_quarantine_that_nobody_has_written_stays_for_the_run_that_will(mesh: MemoryMesh) -> None:
    """A deployment has made it, and the next run still has the older plan."""
    made = TableName("sales_internal", "orders_v1__orders_new__quarantine")
    mesh.tables.names[made], mesh.tables.versions["as deployed"] = "as deployed", Version()
    written = TableName("sales_internal", "orders_v1__orders_old__quarantine")
    mesh.tables.write(written, [], "full-1", Saved(0, 0, 0, 0, None))
    mesh.later(days=1)
    lands(mesh, 1)
    assert mesh.run(PLAN, "full").state == "published"
    assert (made in mesh.tables.names, written in mesh.tables.names) == (True, False)


def test_what_there_is_of_the_product_is_listed_once(mesh: MemoryMesh, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = []
    internal = mesh.tables.internal
    monkeypatch.setattr(mesh.tables, "internal", lambda *of: listed.append(of) or internal(*of))
    mesh.later(days=1)
    lands(mesh, 1)
    assert mesh.run(PLAN, "full").state == "published"
    assert len(listed) == 1
    mesh.later(hours=1)
    assert mesh.run(PLAN, "full").state == "published"
    assert len(listed) == 1, "nothing is put away that needs it"
    mesh.later(days=1)
    assert mesh.run(REJECTED, "full").state == "rejected"
    assert len(listed) == 2
