"""The run log as dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mesh_jobs.adapters.inmemory.copies import copied
from mesh_jobs.domain.errors import Busy, Fenced
from mesh_jobs.ports.run_log import Lock, RunRecord, RunState
from mesh_jobs.ports.table_store import Swap


class MemoryRunLog:
    """`dead` names owners that are known to be gone."""

    def __init__(self, lease: timedelta = timedelta(minutes=2)) -> None:
        self.dead: set[str] = set()
        self._lease = lease
        self._locks: dict[tuple[str, int], Lock | int] = {}
        self._runs: list[RunRecord] = []
        self._watermarks: dict[tuple[str, int], dict[str, str]] = {}
        self._outbox: list[dict[str, Any]] = []
        self._delivered: set[int] = set()

    def acquire(self, product: str, major: int, owner: str, now: datetime) -> Lock:
        held = self._locks.get((product, major), 0)
        if isinstance(held, Lock):
            if held.owner != owner and held.lease_until > now and held.owner not in self.dead:
                raise Busy(f"{product} v{major} is being run by {held.owner} since {held.lease_until - self._lease}")
            held = held.fence
        lock = Lock(product, major, owner, held + 1, now + self._lease)
        self._locks[(product, major)] = lock
        return lock

    def renew(self, lock: Lock, now: datetime) -> None:
        self._fenced(lock)
        self._locks[(lock.product, lock.major)] = replace(lock, lease_until=now + self._lease)

    def release(self, lock: Lock) -> None:
        held = self._locks.get((lock.product, lock.major))
        if isinstance(held, Lock) and (held.owner, held.fence) == (lock.owner, lock.fence):
            self._locks[(lock.product, lock.major)] = held.fence

    def holder(self, product: str, major: int, now: datetime) -> Lock | None:
        held = self._locks.get((product, major))
        if not isinstance(held, Lock) or held.lease_until <= now or held.owner in self.dead:
            return None
        return held

    def _fenced(self, lock: Lock) -> None:
        held = self._locks.get((lock.product, lock.major))
        if not isinstance(held, Lock) or (held.owner, held.fence) != (lock.owner, lock.fence):
            raise Fenced(f"this run of {lock.product} v{lock.major} lost its lock to another run and stops")

    def begin(
        self, lock: Lock, run_id: str, mode: str, plan_digest: str, now: datetime, steps: dict[str, Any]
    ) -> RunRecord:
        self._fenced(lock)
        known = self.find(lock.product, lock.major, run_id)
        if known is None:
            known = RunRecord(
                lock.product,
                lock.major,
                run_id,
                mode,
                "running",
                plan_digest,
                now,
                None,
                copied(steps),
            )
            self._runs.append(known)
        return copied(known)

    def reopen(self, lock: Lock, run_id: str, steps: dict[str, Any]) -> RunRecord:
        fresh = {"ended_at": None, "message": None, "certificate": None, "steps": copied(steps)}
        self._change(lock, run_id, ("failed",), state="running", **fresh)
        return copied(self._runs[self._index(lock, run_id)])

    def step(self, lock: Lock, run_id: str, name: str, result: Any) -> None:
        self._fenced(lock)
        n = self._index(lock, run_id)
        self._runs[n] = replace(self._runs[n], steps={**self._runs[n].steps, name: copied(result)})

    def certify(self, lock: Lock, run_id: str, certificate: dict[str, Any]) -> None:
        self._change(lock, run_id, ("running",), state="certified", certificate=copied(certificate))

    def commit(self, lock: Lock, run_id: str, swaps: Sequence[Swap]) -> None:
        self._change(lock, run_id, ("certified",), state="publishing", swaps=tuple(swaps))

    def published(
        self,
        lock: Lock,
        run_id: str,
        watermarks: Mapping[str, str | None],
        events: Sequence[dict[str, Any]],
        now: datetime,
    ) -> None:
        if self._change(lock, run_id, ("publishing",), state="published", ended_at=now):
            marks = {**self.watermarks(lock.product, lock.major), **watermarks}
            known = {source: value for source, value in marks.items() if value is not None}
            self._watermarks[(lock.product, lock.major)] = known
            self._outbox += copied(list(events))

    def end(
        self,
        lock: Lock,
        run_id: str,
        state: RunState,
        message: str | None,
        certificate: dict[str, Any] | None,
        now: datetime,
    ) -> None:
        kept = copied(certificate)
        self._change(
            lock, run_id, ("running", "certified"), state=state, message=message, certificate=kept, ended_at=now
        )

    def _change(self, lock: Lock, run_id: str, states: tuple[RunState, ...], **changes: Any) -> bool:
        self._fenced(lock)
        n = self._index(lock, run_id)
        if self._runs[n].state not in states:
            return False
        self._runs[n] = replace(self._runs[n], **changes)
        return True

    def _index(self, lock: Lock, run_id: str) -> int:
        key = (lock.product, lock.major, run_id)
        return next(n for n, r in enumerate(self._runs) if (r.product, r.major, r.run_id) == key)

    def find(self, product: str, major: int, run_id: str) -> RunRecord | None:
        found = next((r for r in self._runs if (r.product, r.major, r.run_id) == (product, major, run_id)), None)
        return copied(found)

    def runs(self, product: str, major: int, limit: int | None = None) -> Sequence[RunRecord]:
        found = [r for r in reversed(self._runs) if (r.product, r.major) == (product, major)]
        return copied(found[:limit])

    def last_published(self, product: str, major: int) -> RunRecord | None:
        found = (r for r in reversed(self._runs) if (r.product, r.major) == (product, major))
        return copied(next((r for r in found if r.state == "published"), None))

    def watermarks(self, product: str, major: int) -> dict[str, str]:
        return dict(self._watermarks.get((product, major), {}))

    def outbox(self) -> Sequence[tuple[int, dict[str, Any]]]:
        return [(n, copied(e)) for n, e in enumerate(self._outbox) if n not in self._delivered]

    def delivered(self, sequence: int) -> None:
        self._delivered.add(sequence)
