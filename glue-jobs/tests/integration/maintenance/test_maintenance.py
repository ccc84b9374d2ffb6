"""Tables that are run again and again stay quick to read, and what is not promised any more goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from disk_mesh import BRONZE, PUBLISHED, QUARANTINE, START, DiskMesh, a_plan, its_own_time

from mesh_jobs.application.history import standing
from mesh_jobs.application.outside import Outside
from mesh_jobs.application.rollback import Rollback, described, possible
from mesh_jobs.domain.errors import CannotGoBack
from mesh_jobs.domain.plan import Plan
from support.plans import check, orders_document
from support.two_products import unreachable

PLAN = a_plan()
FEW = check("orders", "rowCount", [], operator="mustBeLessThan", threshold=[14], severity="critical", scope="aggregate")


def promising(days: int) -> Plan:
    return a_plan(sla={**orders_document()["sla"], "retentionSeconds": days * 86_400})


def deltas(mesh: DiskMesh, plan: Plan, n: int, first: int = 1) -> list[Any]:
    """An init where nothing was run, then deltas, each with orders of its own."""
    reports = []
    for i in range(first, first + n):
        mesh.land(plan, i * 10)
        reports.append(mesh.run(plan, "delta"))
        assert reports[-1].state == "published"
    return reports


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[DiskMesh, list[Any]]:
    """A mesh after four deltas, to begin from again and again, and their reports."""
    mesh = DiskMesh(tmp_path_factory.mktemp("mesh"))
    with its_own_time(mesh):
        reports = deltas(mesh, PLAN, 4)
    mesh.save()
    return mesh, reports


@pytest.fixture
def four(saved: tuple[DiskMesh, list[Any]]) -> Iterator[DiskMesh]:
    """After four deltas; the fifth makes few files of many."""
    mesh = DiskMesh(saved[0].root)
    mesh.restore(START + timedelta(hours=4))
    with its_own_time(mesh):
        yield mesh


def test_five_deltas_leave_one_file_which_is_what_was_certified_and_what_comes_after_builds_on_it(
    four: DiskMesh, saved: tuple[DiskMesh, list[Any]]
) -> None:
    mesh, before = four, saved[1]
    (last,) = deltas(mesh, PLAN, 1, first=5)
    assert [r.maintenance for r in before] == [()] * 4
    done = {m["table"]: (m["files"], m["into"], m["forgotten"]) for m in last.maintenance}
    assert done == {"orders_raw": (5, 1, 0), "orders": (5, 1, 0)}
    assert last.to_json()["maintenance"] == list(last.maintenance)
    assert [e["table"] for e in mesh.progress.events if e["step"] == "maintain"] == ["orders_raw", "orders"]
    assert (mesh.files(PUBLISHED), mesh.files(BRONZE)) == (1, 1)
    assert len(mesh.rows(PUBLISHED)) == 15
    certified = next(t for t in last.certificate["tables"] if t["table"] == "orders")
    assert certified["rows"] == 15
    assert int(certified["snapshotId"]) == mesh.metadata(PUBLISHED)["current-snapshot-id"]
    assert certified["metadataLocation"] == mesh.tables.location(PUBLISHED)
    assert mesh.runs_of(PUBLISHED)[-2:] == [(before[-1].run_id, ""), (last.run_id, "compact")], "and nothing between"

    again = deltas(mesh, PLAN, 4, first=6)
    assert [r.maintenance for r in again] == [()] * 4, "today it was done"
    assert (mesh.files(PUBLISHED), mesh.files(BRONZE)) == (5, 5)
    assert len(mesh.rows(PUBLISHED)) == 27
    mesh.land(PLAN, 10, amount="11.00")
    changed = mesh.run(PLAN, "delta")
    assert changed.certificate["verdict"] == "certified"
    assert sorted({r["amount"] for r in mesh.rows(PUBLISHED)}) == ["10.00", "11.00"]
    assert len(mesh.rows(PUBLISHED)) == 27


def test_a_rejected_run_takes_its_compaction_along(four: DiskMesh) -> None:
    mesh, strict = four, a_plan(checks=[FEW])
    pinned, published, rows = mesh.tables.location(BRONZE), mesh.tables.location(PUBLISHED), mesh.rows(BRONZE)
    mesh.land(strict, 50)
    report = mesh.run(strict, "delta")
    assert report.state == "rejected"
    assert [m["table"] for m in report.maintenance] == ["orders_raw", "orders"]
    assert mesh.tables.location(BRONZE) == pinned
    assert mesh.tables.location(PUBLISHED) == published
    assert mesh.rows(BRONZE) == rows
    assert unreachable(mesh.state) == []


@pytest.mark.ci
def test_what_a_contract_promises_for_two_days_is_gone_on_the_third(passing: DiskMesh) -> None:
    mesh, plan = passing, promising(2)
    mesh.land(plan, 0, amount="ten")
    mesh.run(plan, "init")
    for day in range(1, 5):
        mesh.land(plan, day * 10)
        mesh.later(days=1)
        assert mesh.run(plan, "delta").state == "published"
        made = [run for run, _ in mesh.runs_of(PUBLISHED)]
        assert made[0].startswith("init" if day < 3 else f"delta-2030010{day - 1}"), "two days after the next one came"
        assert len(mesh.runs_of(BRONZE)) <= 4
    assert unreachable(mesh.state) == []
    assert len(mesh.rows(PUBLISHED)) == 15


@pytest.mark.ci
def test_years_thin_out_and_each_kept_state_can_still_be_read(passing: DiskMesh) -> None:
    mesh, plan = passing, promising(5 * 365)
    deltas(mesh, plan, 2)
    mesh.later(days=20)
    deltas(mesh, plan, 1, first=3)
    runs = [run for run, _ in mesh.runs_of(PUBLISHED)]
    assert [run[:14] for run in runs] == ["delta-20300101", "delta-20300121"], "of a day long ago its last one"
    table = _pyiceberg(mesh)
    counts = [table.scan(snapshot_id=s.snapshot_id).to_arrow().num_rows for s in table.snapshots()]
    assert counts == [6, 9]


@pytest.mark.ci
def test_a_longer_retention_makes_no_longer_rollback_and_only_what_can_be_gone_back_to_is_shown(
    passing: DiskMesh,
) -> None:
    mesh, plan = passing, promising(60)
    certificates = []
    for day in range(9):
        certificates += [r.certificate["certificateId"] for r in deltas(mesh, plan, 1, first=day + 1)]
        mesh.later(hours=23)
    assert len({run for run, _ in mesh.runs_of(PUBLISHED)}) > 7, "published tables keep all"
    with mesh.outside(plan) as outside:
        line = list(standing(outside.log, plan.product.key, plan.product.major))
        shown = [one["certificateId"] for one in described(possible(outside.tables, plan, line))]
        assert shown == certificates[: 9 - len(shown) - 1 : -1]
        assert 5 <= len(shown) <= 7
        roll_back = Rollback(outside, "somebody", lambda: "0000")
        for refused in certificates[: 9 - len(shown)]:
            with pytest.raises(CannotGoBack, match="no longer keeps") as raised:
                roll_back(plan, refused)
            assert refused not in (raised.value.remedy or "")
        assert roll_back(plan, shown[-1])["certificate"]["certificateId"] == shown[-1]


def test_rows_that_left_the_quarantine_are_in_none_of_its_files(passing: DiskMesh) -> None:
    mesh = passing
    mesh.land(PLAN, 0, amount="ten")
    mesh.run(PLAN, "init")
    assert len(mesh.rows(QUARANTINE)) == 3
    mesh.later(days=31)
    mesh.land(PLAN, 10, amount="eleven")
    mesh.run(PLAN, "delta")
    assert {r["_mesh_run_id"][:14] for r in mesh.rows(QUARANTINE)} == {"delta-20300201"}
    assert len(mesh.metadata(QUARANTINE)["snapshots"]) == 1
    data = [p for p in mesh.state.rglob("*.parquet") if QUARANTINE.table in str(p)]
    assert len(data) == 1
    assert unreachable(mesh.state) == []


def test_maintenance_that_fails_is_said_and_the_run_is_published(four: DiskMesh) -> None:
    mesh = four
    mesh.land(PLAN, 50)

    class Broken:
        def __init__(self, engine: Any) -> None:
            self._engine = engine

        def __getattr__(self, name: str) -> Any:
            return getattr(self._engine, name)

        def compact(self, *_: Any) -> Any:
            raise RuntimeError("a value that nobody may see")

    def broken(outside: Outside) -> Outside:
        return replace(outside, engine=Broken(outside.engine))

    report = mesh.run(PLAN, "delta", broken)
    assert (report.state, report.maintenance) == ("published", ())
    assert mesh.progress.warnings == [
        "table orders_raw could not be maintained, a later run tries again: RuntimeError",
        "table orders could not be maintained, a later run tries again: RuntimeError",
    ]
    assert mesh.files(PUBLISHED) == 5
    (again,) = deltas(mesh, PLAN, 1, first=6)
    assert {m["files"] for m in again.maintenance} == {6}


def _pyiceberg(mesh: DiskMesh) -> Any:
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog("mesh", uri=f"sqlite:///{mesh.state}/catalog.db", warehouse=str(mesh.state / "warehouse"))
    return catalog.load_table(str(PUBLISHED))
