"""Executions of the deployed state machine, stopped, timed out, redriven and doubled at every state that it has."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from deployment import Deployment
from product import Product

pytestmark = pytest.mark.soak

#: A run whose execution is no more.
GONE = {"step": "build", "run-id": "gone", "owner": "gone", "fence": "0", "mode": "full"}
FAILS = {"error": "States.TaskFailed", "message": "a job that fails"}


@dataclass(frozen=True)
class Way:
    """How an execution gets to a state that not each of them enters."""

    given: dict[str, Any] | None = None
    faults: tuple[dict[str, Any], ...] = ()
    #: Another execution has the lock, and keeps it until this one waits for it or leaves.
    held: bool = False
    #: A job of somebody who had the lock before is at work.
    evicts: bool = False
    ends: str = "SUCCEEDED"
    #: No run begins.
    nothing: bool = False


DELTA = {"mode": "delta"}
TABLE = ("sales", "orders_v1")
WAYS = {
    "Bad request": Way({"mode": "weekly"}, ends="FAILED", nothing=True),
    "Busy": Way(held=True),
    "Wait for the lock": Way(held=True),
    "Skip": Way(DELTA, held=True, nothing=True),
    "Skipped": Way(DELTA, held=True, nothing=True),
    "Wait for jobs to stop": Way(evicts=True),
    "Redriven?": Way(faults=({"state": "Build", **FAILS},)),
    "Fail the run": Way(faults=({"state": "Build", **FAILS},)),
    "Failed": Way(faults=({"state": "Build", **FAILS},)),
    "Tell of the failure": Way(faults=({"state": "Build", **FAILS}, {"state": "Fail the run", **FAILS})),
    "Tell of the outbox": Way(faults=({"state": "Announce", **FAILS},)),
}
ORDINARY = Way()


@pytest.fixture(autouse=True)
def _no_faults(mesh: Deployment) -> Iterator[None]:
    yield
    mesh.faults()


class Walk:
    """One execution, held at a state."""

    def __init__(self, product: Product, state: str) -> None:
        self.product, self.state, self.way = product, state, WAYS.get(state, ORDINARY)
        self.run_id = f"walk-{uuid.uuid4().hex[:12]}"
        self.before = product.published(*TABLE)
        self.other = self._other() if self.way.held else None
        if self.way.evicts:
            arguments = {f"--mesh-{name}": value for name, value in GONE.items()}
            product.mesh.client("glue", product.account).start_job_run(JobName=f"mesh-{product.name}-etl", Arguments=arguments)
        self.wants({"hold": True})
        self.given = {"mode": "full", "runId": self.run_id, **(self.way.given or {})}
        self.arn = product.start(self.given, self.run_id)
        product.comes_to(self.arn, state)

    def _other(self) -> str:
        name = f"{self.run_id}-other"
        self.wants({"state": "Resume", "execution": name, "hold": True}, only=True)
        other = self.product.start({"mode": "full", "runId": name}, name)
        self.product.comes_to(other, "Resume")
        return other

    def wants(self, *faults: dict[str, Any], only: bool = False) -> None:
        """Faults at the state, beside those that lead to it."""
        mine = [{"state": self.state, "execution": self.run_id, **fault} for fault in faults]
        ways = [] if only else [{**fault, "execution": self.run_id} for fault in self.way.faults]
        held = [{"state": "Resume", "execution": f"{self.run_id}-other", "hold": True}] if self.way.held and not only else []
        self.product.mesh.faults(*mine, *ways, *held)

    def is_left(self) -> None:
        """Nobody has its lock, nothing of it is at work, and what consumers read is what they have read before, or certified."""
        product = self.product
        product.until(lambda: product.owner() != self.arn, "the lock is given back", self.arn)
        product.until(lambda: product.mesh.jobs_at_work(product.account, product.name) == [], "jobs have ended", self.arn)
        said = product.record(self.run_id)
        run, _ = product.published(*TABLE)
        assert run in (self.before[0], self.run_id, f"{self.run_id}-other"), said
        if run == self.run_id:
            assert said["state"] in ("publishing", "published"), said
        else:
            assert said.get("state") in (None, "running", "failed", "publishing", "published"), said

    def is_done(self) -> None:
        """It goes on, and ends as it would have."""
        product = self.product
        product.mesh.faults()
        product.redrive(self.arn)
        if self.other is not None:
            product.ended(self.other, "SUCCEEDED")
        product.ended(self.arn, self.way.ends)
        product.until(lambda: product.owner() is None, "the lock is free", self.arn)
        if self.way.nothing:
            assert product.record(self.run_id) == {}
            return
        assert product.record(self.run_id)["state"] == "published"
        assert product.published(*TABLE)[0] == self.run_id
        assert product.runs().count(self.run_id) == 1


def stopped_at(orders: Product, state: str) -> None:
    walk = Walk(orders, state)
    if orders.owner() == walk.arn:
        skipped = orders.start(DELTA)
        orders.ended(skipped, "SUCCEEDED")
        assert orders.entered(skipped)[-1] == "Skipped"
    orders.stop(walk.arn)
    assert orders.ended(walk.arn, "ABORTED")["cause"] == "somebody stopped it"
    walk.is_left()
    walk.is_done()


def timed_out_at(orders: Product, state: str) -> None:
    walk = Walk(orders, state)
    # At least once is what schedules promise: the same request, while the first is at work.
    twin = orders.start(walk.given) if orders.owner() == walk.arn else None
    if twin is not None:
        orders.comes_to(twin, "Wait for the lock")
    walk.wants({"timeOut": True})
    assert orders.ended(walk.arn, "TIMED_OUT")["error"] == "States.Timeout"
    if twin is None:
        walk.is_left()
    else:
        orders.ended(twin, walk.way.ends)
        assert orders.record(walk.run_id)["state"] == "published"
    walk.is_done()


def test_stopped_at_every_state_it_leaves_all_sound_and_goes_on_when_redriven(orders: Product, subtests: pytest.Subtests) -> None:
    for state in orders.definition():
        with subtests.test(state=state):
            stopped_at(orders, state)


def test_timed_out_at_every_state_its_twin_goes_on_with_the_run_and_so_does_a_redrive(orders: Product, subtests: pytest.Subtests) -> None:
    for state in orders.definition():
        with subtests.test(state=state):
            timed_out_at(orders, state)


def test_a_run_that_failed_goes_on_when_its_execution_is_redriven(mesh: Deployment, orders: Product) -> None:
    run_id = f"walk-{uuid.uuid4().hex[:12]}"
    mesh.faults({"state": "Certify", "execution": run_id, **FAILS})
    arn = orders.start({"mode": "full", "runId": run_id}, run_id)
    found = orders.ended(arn, "FAILED")
    assert (found["error"], found["redriveStatus"]) == ("RunFailed", "REDRIVABLE")
    assert f"run {run_id} failed: " in found["cause"]
    assert orders.record(run_id)["state"] == "failed"
    mesh.faults()
    orders.redrive(arn)
    orders.ended(arn, "SUCCEEDED")
    assert (orders.record(run_id)["state"], orders.published(*TABLE)[0]) == ("published", run_id)


def test_every_way_leads_to_a_state_that_there_is(orders: Product) -> None:
    assert set(WAYS) <= set(orders.definition())
