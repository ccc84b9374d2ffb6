"""Executions of a deployed state machine, brought to one state after another, where each is stopped or runs out of time.

A run is built once for many states: whoever is brought to the next state goes on with what the one before left.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from product import Product

Fault = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A state, and how an execution gets to it."""

    state: str
    #: What goes wrong on the way.
    faults: tuple[Fault, ...] = ()
    #: States that it is held at on the way, and what happens meanwhile.
    through: tuple[tuple[str, Callable[[], None]], ...] = ()
    #: What happens once it is there.
    arrived: Callable[[], None] | None = None
    #: Another execution has the lock.
    busy: bool = False

    @property
    def held_at(self) -> list[str]:
        return [*(state for state, _ in self.through), self.state]


@dataclass
class Walk:
    """What is asked for once, and the executions that work on it one after the other."""

    product: Product
    #: Database and name of the published table.
    table: tuple[str, str]
    request: dict[str, Any] = field(default_factory=lambda: {"mode": "full"})

    def __post_init__(self) -> None:
        self.run_id = f"walk-{uuid.uuid4().hex[:12]}"
        self.before = self.product.published(*self.table)[0]
        self.executions: list[str] = []
        self._other: str | None = None
        self._faults: dict[str, list[Fault]] = {}

    # --- going --------------------------------------------------------------------------------------------------------

    def begin(self, step: Step) -> str:
        """Another execution of the same request, on its way to the state."""
        name = f"{self.run_id}-{len(self.executions)}"
        self._makes_busy(step.busy)
        self._wants(name, {"state": step.held_at[0], "hold": True}, *step.faults)
        arn = self.product.start({**self.request, "runId": self.run_id}, name)
        self.executions.append(arn)
        return arn

    def go_on(self, arn: str, step: Step) -> None:
        """The same execution, redriven, on its way to the state."""
        self._makes_busy(step.busy)
        self._wants(_name(arn), {"state": step.held_at[0], "hold": True}, *step.faults)
        self.product.redrive(arn)

    def arrive(self, arn: str, step: Step) -> None:
        """Held at the state."""
        for (state, happens), following in zip(step.through, step.held_at[1:], strict=True):
            self.product.comes_to(arn, state)
            happens()
            self._wants(_name(arn), {"state": following, "hold": True}, *step.faults)
        self.product.comes_to(arn, step.state)
        if step.arrived is not None:
            step.arrived()

    def stop(self, arn: str) -> None:
        self.product.stop(arn)
        assert self.product.ended(arn, "ABORTED")["cause"] == "somebody stopped it"

    def time_out(self, arn: str, step: Step) -> None:
        self._wants(_name(arn), {"state": step.state, "timeOut": True})
        assert self.product.ended(arn, "TIMED_OUT")["error"] == "States.Timeout"

    def is_out(self) -> bool:
        """Whether consumers read what was asked for: a publisher that is at work when its execution stops goes on."""
        return self.product.published(*self.table)[0] == self.run_id

    def has_the_lock(self, arn: str) -> bool:
        return self.product.owner() == arn

    def end(self) -> None:
        """Nothing of it is at work any more, whatever became of it."""
        for arn in (*self.executions, self._other):
            if arn is not None and self.product.described(arn)["status"] == "RUNNING":
                self.product.stop(arn)
        self.product.mesh.faults()

    def _makes_busy(self, busy: bool) -> None:
        if busy == (self._other is not None):
            return
        if self._other is not None:
            other, self._other = self._other, None
            self.stop(other)
            self.product.until(lambda: self.product.owner() != other, "the lock is given back", other)
            return
        name = f"{self.run_id}-other-{uuid.uuid4().hex[:4]}"
        self._wants(name, {"state": "Resume", "hold": True})
        self._other = self.product.start({"mode": "full", "runId": name}, name)
        self.product.comes_to(self._other, "Resume")

    def _wants(self, name: str, *faults: Fault) -> None:
        """From now on of this execution, beside those of others."""
        self._faults[name] = [{**fault, "execution": name} for fault in faults]
        self.product.mesh.faults(*(fault for each in self._faults.values() for fault in each))

    # --- what has to hold -----------------------------------------------------------------------------------------------

    def keeps_others_out(self) -> None:
        """A delta has nothing to do while somebody has the lock."""
        skipped = self.product.start({"mode": "delta"})
        self.product.ended(skipped, "SUCCEEDED")
        assert self.product.last_entered(skipped) == "Skipped"

    def is_left(self, arn: str) -> None:
        """It has no lock, nothing of it is at work, and what consumers read is what they read before, or is certified."""
        self.product.until(lambda: not self.has_the_lock(arn), "the lock is given back", arn)
        self.product.until(lambda: self.product.jobs_at_work() == [], "jobs have ended", arn)
        state = self.product.record(self.run_id).get("state")
        read = self.product.published(*self.table)[0]
        assert read in (self.before, self.run_id)
        assert state in (("publishing", "published") if read == self.run_id else (None, "running", "failed", "certified", "publishing"))

    def is_published(self) -> None:
        """Once, and by nobody else."""
        self.product.until(lambda: self.product.owner() is None, "the lock is free", self.executions[-1])
        assert self.product.record(self.run_id)["state"] == "published"
        assert self.product.published(*self.table)[0] == self.run_id
        assert self.product.runs().count(self.run_id) == 1

    def is_done(self, arn: str, ends: str = "SUCCEEDED") -> None:
        """Redriven once more, with nothing in its way."""
        self._makes_busy(False)
        self.product.mesh.faults()
        self.product.redrive(arn)
        self.product.ended(arn, ends)


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
