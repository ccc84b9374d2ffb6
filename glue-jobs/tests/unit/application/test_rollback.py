"""Going back to an earlier certificate, and what later runs make of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mesh_jobs.application.history import history, last_standing
from mesh_jobs.application.look import status
from mesh_jobs.application.publish import Publish
from mesh_jobs.application.rollback import Rollback
from mesh_jobs.application.run import RunRequest
from mesh_jobs.application.run_product import RunProduct
from mesh_jobs.domain.errors import Busy, CannotGoBack, MeshError
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import Lock, RunRecord
from mesh_jobs.ports.steps import ROLLBACK
from mesh_jobs.ports.table_store import Swap
from support.memory import START, MemoryMesh, replaced
from support.plans import orders_plan
from support.runs import HEAD, O1, O2, PLAN, changed_document, ids

KEY = ("dp_sales_orders", 1)
#: Replaces o1 and is what somebody is sorry for.
WRONG = "o1,99.00,a@x.org,2030-01-01T05:00:00Z\n"
O3 = "o3,30.00,c@x.org,2030-01-01T06:00:00Z\n"


def two_runs() -> tuple[MemoryMesh, str, str]:
    """A mesh that published twice, and both certificates."""
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + O2)
    first = mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + WRONG)
    second = mesh.run(PLAN)
    mesh.later(hours=1)
    assert first.certificate is not None
    assert second.certificate is not None
    return mesh, first.certificate["certificateId"], second.certificate["certificateId"]


def roll_back(mesh: MemoryMesh, certificate: str, plan: Plan = PLAN, **ports: Any) -> dict[str, Any]:
    return Rollback(replaced(mesh.outside(), **ports), "somebody", lambda: "0000")(plan, certificate)


def amounts(mesh: MemoryMesh) -> dict[str, str]:
    return {r["order_id"]: str(r["amount"]) for r in mesh.rows("sales", "orders_v1")}


def test_consumers_read_the_rows_and_the_certificate_of_the_earlier_run_in_every_table() -> None:
    mesh, first, second = two_runs()
    before = mesh.rows("sales", "totals_v1")
    assert amounts(mesh)["o1"] == "99.00"
    done = roll_back(mesh, first)
    assert amounts(mesh) == {"o1": "10.00", "o2": "20.00"}
    assert mesh.rows("sales", "totals_v1") == before
    assert (done["certificate"]["certificateId"], done["from"]) == (first, second)
    shown = status(mesh.log, KEY[0], None, 1, mesh.clock.now(), mesh.wall)
    assert shown["certificate"]["certificateId"] == first
    assert shown["lastCertified"]["runId"] == done["certificate"]["runId"]
    assert (shown["state"], shown["lastRun"]["mode"]) == ("published", "rollback")


@pytest.mark.parametrize("mode", ["delta", "full"])
def test_the_next_run_ends_as_if_the_undone_one_had_never_been(mode: str) -> None:
    mesh, first, _ = two_runs()
    roll_back(mesh, first)
    mesh.later(hours=1)
    mesh.land(PLAN, "3.csv", HEAD + O3)
    mesh.run(PLAN, mode)
    other = MemoryMesh()
    other.land(PLAN, "1.csv", HEAD + O1 + O2)
    other.run(PLAN)
    other.later(hours=3)
    other.land(PLAN, "2.csv", HEAD + WRONG)
    other.land(PLAN, "3.csv", HEAD + O3)
    other.run(PLAN, mode)
    for database, table in (
        ("sales", "orders_v1"),
        ("sales", "totals_v1"),
        ("sales_internal", "orders_v1__orders_raw"),
    ):
        assert mesh.rows(database, table) == other.rows(database, table)
    assert mesh.log.watermarks(*KEY) == other.log.watermarks(*KEY)


def test_what_only_the_undone_run_had_read_is_not_there_when_its_input_is_gone() -> None:
    mesh, first, _ = two_runs()
    roll_back(mesh, first)
    mesh.raw.take_away(PLAN.product, "shop", "2.csv")
    mesh.land(PLAN, "3.csv", HEAD + O3)
    mesh.later(hours=1)
    mesh.run(PLAN, "delta")
    assert amounts(mesh) == {"o1": "10.00", "o2": "20.00", "o3": "30.00"}


def test_a_delta_without_news_leaves_the_rollback_as_it_is() -> None:
    mesh, first, _ = two_runs()
    roll_back(mesh, first)
    mesh.raw.take_away(PLAN.product, "shop", "2.csv")
    mesh.later(hours=1)
    assert mesh.run(PLAN, "delta").state == "skipped"
    assert amounts(mesh)["o1"] == "10.00"


def test_a_failed_run_after_a_rollback_changes_nothing_and_the_one_after_it_is_right() -> None:
    mesh, first, _ = two_runs()
    roll_back(mesh, first)
    mesh.later(hours=1)
    mesh.land(PLAN, "3.csv", HEAD + ",1,a@x.org,2030-01-01T06:00:00Z\n")
    assert mesh.run(PLAN, "delta").state in ("failed", "rejected")
    assert amounts(mesh) == {"o1": "10.00", "o2": "20.00"}
    mesh.raw.take_away(PLAN.product, "shop", "3.csv")
    mesh.later(hours=1)
    assert mesh.run(PLAN, "delta").state == "published"
    assert amounts(mesh)["o1"] == "99.00", "2.csv is still there, and is read again"


def test_one_can_go_back_further_and_a_certificate_that_was_taken_back_is_gone() -> None:
    mesh, first, second = two_runs()
    mesh.land(PLAN, "3.csv", HEAD + O3)
    mesh.run(PLAN)
    mesh.later(hours=1)
    roll_back(mesh, second)
    assert amounts(mesh) == {"o1": "99.00", "o2": "20.00"}
    mesh.later(hours=1)
    roll_back(mesh, first)
    assert ids(mesh) == ["o1", "o2"]
    with pytest.raises(CannotGoBack, match=f"certificate {second} .* was undone by a rollback"):
        roll_back(mesh, second)
    found = last_standing(mesh.log, *KEY)
    assert found is not None
    assert (found.certificate or {})["certificateId"] == first


def test_what_is_not_certified_or_stands_already_is_refused_and_nothing_changes() -> None:
    mesh, first, second = two_runs()
    mesh.land(PLAN, "3.csv", HEAD + ",1,a@x.org,2030-01-01T06:00:00Z\n")
    failed = mesh.run(changed_document({"orders_raw": {"checks": []}}), "full")
    rejected = (failed.certificate or {}).get("certificateId")
    assert failed.state == "rejected"
    assert rejected is not None
    before = mesh.state()
    for asked, why in (
        ("nothing", "does not exist"),
        (second, "is what is published now"),
        (rejected, "is a rejection: only what was certified is published"),
    ):
        with pytest.raises(CannotGoBack, match=why) as raised:
            roll_back(mesh, asked)
        assert first in (raised.value.remedy or ""), "it says to which one could go back"
    assert mesh.state() == before


def test_a_certificate_of_another_contract_is_refused() -> None:
    mesh, first, _ = two_runs()
    document = orders_plan()
    other = Plan(**{**vars(document), "contract_digest": "sha256:" + "f" * 64})
    with pytest.raises(CannotGoBack, match="a different contract from the one that is in force"):
        roll_back(mesh, first, other)


def test_a_certificate_whose_snapshot_is_no_longer_kept_is_refused() -> None:
    mesh, first, _ = two_runs()
    current = mesh.tables.version(PLAN.published[0].physical)
    assert current is not None
    mesh.tables._point(
        PLAN.published[0].physical, type(current)(current.snapshots[-1:], current.columns, current.contract)
    )
    with pytest.raises(CannotGoBack, match=r"sales.orders_v1 no longer keeps what run .* certified") as raised:
        roll_back(mesh, first)
    assert "mesh replay" in (raised.value.remedy or "")


def test_a_product_that_is_being_run_is_left_alone() -> None:
    mesh, first, _ = two_runs()
    mesh.log.acquire(*KEY, "a run", mesh.wall.now())
    with pytest.raises(Busy):
        roll_back(mesh, first)


class _Dies:
    """A run log whose process dies right after, or right before, it has done something."""

    def __init__(self, log: Any, at: str, when: str) -> None:
        self._log, self._at, self._when = log, at, when

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._log, name)
        if name != self._at:
            return act

        def dying(lock: Lock, *args: Any) -> Any:
            if self._when == "after":
                act(lock, *args)
            raise MeshError("killed")

        return dying


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", ["begin", "certify", "commit"])
def test_a_rollback_that_died_is_whole_or_not_there_for_the_next_run(at: str, when: str) -> None:
    mesh, first, _ = two_runs()
    with pytest.raises(MeshError, match="killed"):
        roll_back(mesh, first, log=_Dies(mesh.log, at, when))
    mesh.later(hours=1)
    mesh.raw.take_away(PLAN.product, "shop", "2.csv")
    mesh.land(PLAN, "3.csv", HEAD + O3)
    mesh.run(PLAN, "delta")
    committed = (at, when) == ("commit", "after")
    assert amounts(mesh) == {"o1": "10.00" if committed else "99.00", "o2": "20.00", "o3": "30.00"}
    assert all(r.state not in ("running", "certified", "publishing") for r in mesh.log.runs(*KEY))


def test_the_history_counts_a_rollback_as_old_data_from_then_on() -> None:
    mesh, first, _ = two_runs()
    roll_back(mesh, first)
    found = history(mesh.log, *KEY, START - timedelta(days=1), START + timedelta(days=1))
    assert [(p["at"], p["rollback"]) for p in found["published"]] == [
        ("2030-01-01T06:00:00Z", False),
        ("2030-01-01T07:00:00Z", False),
        ("2030-01-01T08:00:00Z", True),
    ]
    assert found["published"][2]["newest"] == found["published"][0]["newest"]


def test_a_rollback_is_announced_as_one() -> None:
    mesh, first, _ = two_runs()
    done = roll_back(mesh, first)
    told = mesh.announcer.events[-1]
    assert (told["type"], told["id"], told["runId"]) == (
        "product.rolledBack",
        done["runId"],
        done["certificate"]["runId"],
    )


def test_what_a_publisher_undoes_leaves_no_candidate_behind() -> None:
    """On AWS jobs build, a publisher publishes and rolls back, and the next run puts candidates away."""
    mesh = MemoryMesh()

    def published_elsewhere(run_id: str) -> RunRecord:
        for until in ("built", "certified"):
            RunProduct(mesh.outside(), f"execution of {run_id}")(PLAN, RunRequest(None, run_id), until)
        swaps = [(TableName(*s["table"]), s["expected"], s["new"]) for s in recorded(run_id).steps["outcome"]["swaps"]]
        return commit(run_id, [Swap(*s) for s in swaps])

    def recorded(run_id: str) -> RunRecord:
        found = mesh.log.find(*KEY, run_id)
        assert found is not None
        return found

    def commit(run_id: str, swaps: list[Swap]) -> RunRecord:
        lock = mesh.log.acquire(*KEY, "publisher", mesh.wall.now())
        mesh.log.commit(lock, run_id, swaps)
        Publish()(mesh.outside(), lock, recorded(run_id))
        mesh.log.release(lock)
        mesh.later(hours=1)
        return recorded(run_id)

    def candidates() -> set[str]:
        return {n.table.rpartition("__")[2] for n in mesh.tables.names if "__candidate__" in n.table}

    mesh.land(PLAN, "1.csv", HEAD + O1 + O2)
    first = published_elsewhere("r1")
    mesh.land(PLAN, "2.csv", HEAD + WRONG)
    second = published_elsewhere("r2")
    assert candidates() == {"r2"}

    assert first.certificate is not None
    back = {t["table"]: t["metadataLocation"] for t in first.certificate["tables"]}
    tables = {t.physical: t.name for t in PLAN.published}
    swaps = [TableName(*s["table"]) for s in second.steps["outcome"]["swaps"]]
    lock = mesh.log.acquire(*KEY, "publisher", mesh.wall.now())
    steps = {ROLLBACK: {"certificateId": "c", "runId": "r1", "from": "r2"}, "cleaned": True}
    steps["outcome"] = {"watermarks": {}, "events": []}
    mesh.log.begin(lock, "rollback-1", ROLLBACK, first.plan_digest, mesh.clock.now(), steps)
    mesh.log.certify(lock, "rollback-1", first.certificate)
    mesh.log.release(lock)
    commit("rollback-1", [Swap(t, current(mesh, t), back[tables[t]]) for t in swaps])
    assert ids(mesh) == ["o1", "o2"]

    mesh.land(PLAN, "3.csv", HEAD + O3)
    published_elsewhere("r3")
    assert candidates() == {"r3"}


def current(mesh: MemoryMesh, table: TableName) -> str:
    pointer = mesh.tables.current(table)
    assert pointer is not None
    return pointer.metadata_location
