"""What is left behind runs goes, and not before it may."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from disk_mesh import PUBLISHED, QUARANTINE, DiskMesh, a_plan

from mesh_jobs.adapters.iceberg import leftovers
from mesh_jobs.adapters.iceberg.reachable import live_files
from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.rollback import Rollback
from mesh_jobs.domain.plan import Plan
from support.faults import Died
from support.plans import orders_document
from support.two_products import unreachable

PLAN = a_plan()


def renamed() -> Plan:
    """The same pipeline, whose bronze and silver have other names."""
    doc = orders_document()
    raw, clean, orders, _ = doc["tables"]
    columns = [{**c, "type": "string"} if c["name"] == "amount" else c for c in orders["columns"]]
    tables = [raw, clean, {**orders, "from": ["shop"], "columns": columns}]
    text = json.dumps({**doc, "tables": tables})
    return plan_from_json(json.loads(text.replace("orders_raw", "landed").replace("orders_clean", "cleaned")))


def names(mesh: DiskMesh) -> set[str]:
    entries = SqliteCatalog(mesh.state).entries("sales_internal")
    return {entry.table.table.removeprefix("orders_v1__") for entry in entries}


def files_below(mesh: DiskMesh, table: str) -> list[str]:
    return [str(p) for p in (mesh.state / "warehouse").rglob("*") if p.is_file() and f"__{table}" in str(p)]


def day(mesh: DiskMesh, plan: Plan, n: int, amount: str = "10.00") -> Any:
    mesh.later(hours=23)
    mesh.land(plan, n * 10, amount=amount)
    return mesh.run(plan, "full")


def test_tables_that_left_the_pipeline_stay_as_long_as_a_rollback_reaches_and_their_quarantine_as_any(
    passing: DiskMesh,
) -> None:
    mesh = passing
    mesh.land(PLAN, 0, amount="ten")
    mesh.run(PLAN, "init")
    mesh.land(PLAN, 10)
    mesh.run(PLAN, "full")
    assert names(mesh) >= {"orders_raw", "orders_clean__quarantine"}
    for n in range(2, 7):
        assert day(mesh, renamed(), n).state == "published"
        assert "orders_raw" in names(mesh), f"day {n}: the run before the change can be gone back to"
    for n in range(7, 9):
        assert day(mesh, renamed(), n).state == "published"
    assert "orders_raw" not in names(mesh)
    assert len(mesh.rows(QUARANTINE)) == 6, "rows that were set aside are kept as long as ever"
    mesh.later(days=31)
    assert day(mesh, renamed(), 40).state == "published"
    assert "orders_clean__quarantine" not in names(mesh)
    assert files_below(mesh, "orders_raw") + files_below(mesh, "orders_clean") == []
    assert unreachable(mesh.state) == []


def test_who_dies_when_they_have_no_name_any_more_leaves_no_file_of_them(
    passing: DiskMesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    mesh = passing
    mesh.land(PLAN, 0)
    mesh.run(PLAN, "init")
    day(mesh, renamed(), 1)
    mesh.later(days=7)
    mesh.land(PLAN, 90)

    def dies(*_: Any) -> int:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(leftovers, "_remove", dies)
        with pytest.raises(Died):
            mesh.run(renamed(), "full")
    assert ("orders_raw" in names(mesh), len(files_below(mesh, "orders_raw")) > 0) == (False, True)
    mesh.run(renamed(), "full")
    assert files_below(mesh, "orders_raw") == []


def test_rows_leave_the_quarantine_of_a_product_that_is_only_rejected(passing: DiskMesh) -> None:
    mesh = passing
    mesh.land(PLAN, 0, amount="ten")
    mesh.run(PLAN, "init")
    assert {r["_mesh_run_id"][:4] for r in mesh.rows(QUARANTINE)} == {"init"}
    mesh.later(days=31)
    broken = mesh.state / "landing" / "sales" / "orders-v1" / "shop" / "bad.csv"
    broken.write_text("order_id,amount,email,updated_at\no1,1,a@shoply.example,yesterday\n")
    assert mesh.run(PLAN, "full").state == "failed"
    assert mesh.rows(QUARANTINE) == []


def test_what_a_rollback_took_away_can_be_read_for_a_day_by_who_has_begun(passing: DiskMesh) -> None:
    mesh = passing
    mesh.land(PLAN, 0)
    first = mesh.run(PLAN, "init").certificate
    mesh.land(PLAN, 10)
    mesh.run(PLAN, "full")
    mesh.later(days=4)
    undone = files_of(mesh)
    assert first is not None
    with mesh.outside(PLAN) as outside:
        Rollback(outside, "somebody", lambda: "0000")(PLAN, first["certificateId"])
    broken = mesh.state / "landing" / "sales" / "orders-v1" / "shop" / "bad.csv"
    broken.write_text("order_id,amount,email,updated_at\no1,1,a@shoply.example,yesterday\n")
    assert mesh.run(PLAN, "full").state == "failed"
    assert there(undone) == undone, "a run that failed swept what is older than some days"
    broken.unlink()
    assert mesh.run(PLAN, "full").state == "published"
    assert there(undone) == undone, "the first publication of a day"
    mesh.later(days=1, hours=2)
    mesh.land(PLAN, 20)
    assert mesh.run(PLAN, "full").state == "published"
    assert len(there(undone)) < len(undone)
    assert unreachable(mesh.state) == []


def files_of(mesh: DiskMesh) -> list[str]:
    """Data files that a reader of what is published now opens."""
    snapshot = mesh.metadata(PUBLISHED)["snapshots"][-1]
    return [file.path for file in live_files(snapshot)]


def there(files: list[str]) -> list[str]:
    return [file for file in files if os.path.exists(file.removeprefix("file://"))]
