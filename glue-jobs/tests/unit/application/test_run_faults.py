"""A run that is killed at any call of any port and started again ends as if it had run once."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import cache
from typing import cast

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.plan import Plan
from support.faults import Countdown, Died, mortal
from support.memory import MemoryMesh
from support.plans import check, field, orders_document, orders_plan

HEAD = "order_id,amount,email,updated_at\n"
FIRST = (
    HEAD
    + "o1,10.00,a@x.org,2030-01-01T00:00:00Z\no2,-5,b@x.org,2030-01-01T01:00:00Z\n"
    + "o3,ten,c@x.org,2030-01-01T02:00:00Z\n"
)
SECOND = HEAD + "o1,11.00,a@x.org,2030-01-01T05:00:00Z\no4,40,d@x.org,2030-01-01T06:00:00Z\n"
PLAN = orders_plan()


def first_run(mesh: MemoryMesh) -> None:
    mesh.land(PLAN, "1.csv", FIRST)


def after_init(mesh: MemoryMesh) -> None:
    first_run(mesh)
    mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", SECOND)


def with_vanished(mesh: MemoryMesh) -> None:
    after_init(mesh)
    mesh.raw.take_away(PLAN.product, "shop", "1.csv")


def after_rejection(mesh: MemoryMesh) -> None:
    """The last run was rejected with rows in bronze that nobody must build on."""
    after_init(mesh)
    mesh.land(PLAN, "3.csv", HEAD + ",1,e@x.org,2030-01-01T05:00:00Z\n")
    assert mesh.run(PLAN, "delta").state == "failed"
    mesh.raw.take_away(PLAN.product, "shop", "3.csv")
    mesh.later(hours=1)


def replayed(mesh: MemoryMesh) -> None:
    after_init(mesh)
    mesh.run(PLAN, "delta")
    mesh.later(hours=1)


SCENES: dict[str, tuple[Callable[[MemoryMesh], None], dict[str, str]]] = {
    "init": (first_run, {"mode": "init"}),
    "delta": (after_init, {"mode": "delta"}),
    "full with vanished rows": (with_vanished, {"mode": "full"}),
    "delta after a failed run": (after_rejection, {"mode": "delta"}),
    "failed": (after_init, {"mode": "delta"}),
    "rejected": (after_init, {"mode": "delta"}),
    "replay": (replayed, {"mode": "full", "replay_from": "init-20300101T060000Z-0000"}),
}


@cache
def plan_of(scene: str) -> Plan:
    """What a scene runs in the end: to be rejected it wants more rows than there are, to fail a number for a name."""
    doc = orders_document()
    gold = next(t for t in doc["tables"] if t["name"] == "orders")
    if scene == "failed":
        gold["rules"] = [{"kind": "cast", "id": "x", "columns": [field("order_id", "int")], "onFail": "abort"}]
    if scene == "rejected":
        gold["checks"] = [check("orders", "rowCount", [], operator="mustBeGreaterThan", threshold=[99])]
    return plan_from_json(doc)


@cache
def _prepared(scene: str) -> bytes:
    mesh = MemoryMesh()
    SCENES[scene][0](mesh)
    return pickle.dumps(mesh)


def prepared(scene: str) -> MemoryMesh:
    """The scene before its run, which begins it hundreds of times."""
    return cast(MemoryMesh, pickle.loads(_prepared(scene)))


def play(scene: str, countdown: Countdown | None = None) -> MemoryMesh:
    """The scene, then its run: once, or killed and then started again."""
    request, plan, mesh = SCENES[scene][1], plan_of(scene), prepared(scene)
    if countdown is not None:
        with pytest.raises(Died):
            mesh.run(plan, outside=mortal(mesh.outside(), countdown), **request)
        mesh.log.dead.add(f"process-{mesh.processes}")
    mesh.run(plan, **request)
    return mesh


#: One of each way to end and to begin; the soak has the rest of them.
SHORT = ("delta", "rejected", "replay")


@pytest.mark.parametrize("scene", [pytest.param(s, marks=() if s in SHORT else pytest.mark.soak) for s in SCENES])
def test_a_killed_run_that_is_started_again_ends_as_if_it_had_run_once(scene: str) -> None:
    request, counted, mesh = SCENES[scene][1], Countdown(None), prepared(scene)
    mesh.run(plan_of(scene), outside=mortal(mesh.outside(), counted), **request)
    expected = mesh.state()
    assert counted.calls > 30
    assert expected["runs"][0][2] == (scene if scene in ("failed", "rejected") else "published")

    # After a call nothing but memory changes before the next one, so to be killed before each is to be killed anywhere.
    for n, name in enumerate(counted.names, 1):
        if not name.startswith("log.release"):
            assert play(scene, Countdown(n)).state() == expected, f"killed before call {n}, {name}"


@pytest.mark.parametrize("scene", [pytest.param("init", marks=pytest.mark.soak), "delta"])
def test_a_run_that_is_killed_again_and_again_gets_through(scene: str) -> None:
    request, mesh = SCENES[scene][1], prepared(scene)
    for n in range(1, 200):
        try:
            mesh.run(PLAN, outside=mortal(mesh.outside(), Countdown(n)), **request)
            break
        except Died:
            mesh.log.dead.add(f"process-{mesh.processes}")
    assert mesh.state() == play(scene).state()


def test_what_consumers_read_only_ever_changes_to_certified_rows() -> None:
    """After a kill anywhere, before anything is started again, the published table is the old one or the new one."""
    before, after = prepared("delta"), play("delta")
    allowed = [before.rows("sales", "orders_v1"), after.rows("sales", "orders_v1")]
    seen = []
    for n in range(1, 200):
        mesh = prepared("delta")
        try:
            mesh.run(PLAN, "delta", outside=mortal(mesh.outside(), Countdown(n)))
        except Died:
            seen.append(mesh.rows("sales", "orders_v1"))
            assert seen[-1] in allowed, n
            continue
        break
    assert [allowed.index(s) for s in seen] == sorted(allowed.index(s) for s in seen)
    assert allowed[0] in seen
    assert allowed[1] in seen
