"""What is remembered between runs: the lock, runs and their steps, watermarks, certificates, announcements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from mesh_jobs.ports.steps import CLEANED, STOPPED
from mesh_jobs.ports.table_store import Swap

RunState = Literal["running", "certified", "publishing", "published", "rejected", "failed", "skipped"]

#: A run in one of these states goes on when it is started again.
UNFINISHED: tuple[RunState, ...] = ("running", "certified", "publishing")


@dataclass(frozen=True)
class RunRecord:
    """One run of one product, as far as it came. `steps` are the results of what is done, by name: see ports.steps."""

    product: str
    major: int
    run_id: str
    mode: str
    state: RunState
    plan_digest: str
    started_at: datetime
    ended_at: datetime | None
    steps: dict[str, Any] = field(default_factory=dict)
    swaps: tuple[Swap, ...] = ()
    certificate: dict[str, Any] | None = None
    message: str | None = None

    @property
    def unfinished(self) -> bool:
        """Whether something of it is left to do: it was interrupted, or what it made is not put away yet, since it was
        published or stopped from outside."""
        left = self.state == "published" or self.stopped
        return self.state in UNFINISHED or (left and not self.steps.get(CLEANED))

    @property
    def stopped(self) -> bool:
        """Whether it was ended by somebody who could not put away what it had made."""
        return self.state == "failed" and bool(self.steps.get(STOPPED))


@dataclass(frozen=True)
class Lock:
    """Who may run a product. Each acquisition raises the fence."""

    product: str
    major: int
    owner: str
    fence: int
    lease_until: datetime


class RunLog(Protocol):
    """Durable, transactional, safe against a process that dies at any line. Times of locks are real time; times of runs
    are the run's own."""

    def acquire(self, product: str, major: int, owner: str, now: datetime) -> Lock:
        """Takes the lock if it is free, expired, mine, or its owner is known to be dead. Raises Busy, which names the
        owner and since when."""
        ...

    def renew(self, lock: Lock, now: datetime) -> None:
        """Extends the lease. Raises Fenced when another owner has it now."""
        ...

    def release(self, lock: Lock) -> None:
        """Gives the lock back if owner and fence are mine."""
        ...

    def holder(self, product: str, major: int, now: datetime) -> Lock | None:
        """Who holds the lock now; None when a run could start."""
        ...

    def begin(
        self, lock: Lock, run_id: str, mode: str, plan_digest: str, now: datetime, steps: dict[str, Any]
    ) -> RunRecord:
        """Records a new run with what is known of it, or gives back the one that has this id. Raises Fenced."""
        ...

    def reopen(self, lock: Lock, run_id: str, steps: dict[str, Any]) -> RunRecord:
        """failed → running: tried again, with these steps behind it and nothing else of the first try: no certificate,
        no message, no end. Raises Fenced."""
        ...

    def step(self, lock: Lock, run_id: str, name: str, result: Any) -> None:
        """Remembers that a step is done, and its result (JSON). Raises Fenced."""
        ...

    def certify(self, lock: Lock, run_id: str, certificate: dict[str, Any]) -> None:
        """running → certified, with the certificate. Raises Fenced."""
        ...

    def commit(self, lock: Lock, run_id: str, swaps: Sequence[Swap]) -> None:
        """certified → publishing, in one transaction with lock and fence. From here only forward."""
        ...

    def published(
        self,
        lock: Lock,
        run_id: str,
        watermarks: Mapping[str, str | None],
        events: Sequence[dict[str, Any]],
        now: datetime,
    ) -> None:
        """publishing → published, watermarks and outbox events in one transaction; a watermark of None is forgotten.
        Doing it again changes nothing."""
        ...

    def end(
        self,
        lock: Lock,
        run_id: str,
        state: RunState,
        message: str | None,
        certificate: dict[str, Any] | None,
        now: datetime,
    ) -> None:
        """A run that did not publish: rejected, failed or skipped. One in `publishing` only goes forward and stays."""
        ...

    def find(self, product: str, major: int, run_id: str) -> RunRecord | None: ...

    def runs(self, product: str, major: int, limit: int | None = None) -> Sequence[RunRecord]:
        """Newest first."""
        ...

    def last_published(self, product: str, major: int) -> RunRecord | None: ...

    def watermarks(self, product: str, major: int) -> dict[str, str]: ...

    def outbox(self) -> Sequence[tuple[int, dict[str, Any]]]:
        """Announcements not yet delivered, oldest first."""
        ...

    def delivered(self, sequence: int) -> None: ...
