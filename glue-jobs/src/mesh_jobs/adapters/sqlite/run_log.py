"""The run log on SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from mesh_jobs.adapters.owner import describe, is_dead
from mesh_jobs.adapters.sqlite.database import Database
from mesh_jobs.adapters.sqlite.run_records import RunRecords
from mesh_jobs.domain.errors import Busy, Fenced
from mesh_jobs.ports.run_log import Lock, RunRecord, RunState
from mesh_jobs.ports.table_store import Swap


class SqliteRunLog:
    """Every change of a run is one transaction that looks at lock and fence first. A lock of a dead process is free at
    once, any other when its lease has expired."""

    def __init__(
        self, database: Database, lease: timedelta = timedelta(minutes=2), is_dead: Callable[[str], bool] = is_dead
    ) -> None:
        self._db, self._lease, self._is_dead = database, lease, is_dead

    # -- the lock --

    def acquire(self, product: str, major: int, owner: str, now: datetime) -> Lock:
        with self._db.transaction() as db:
            row = db.execute(
                "SELECT owner, fence, since, lease_until FROM mesh_locks WHERE product = ? AND major = ?",
                (product, major),
            ).fetchone()
            holder = None if row is None else row[0]
            if holder not in (None, owner) and datetime.fromisoformat(row[3]) > now and not self._is_dead(holder):
                raise Busy(
                    f"{product} v{major} is being run by {describe(holder)} since {row[2]}",
                    "wait until it ends, or stop it; mesh status shows it",
                )
            fence, until = (0 if row is None else row[1]) + 1, now + self._lease
            db.execute(
                "INSERT OR REPLACE INTO mesh_locks (product, major, owner, fence, since, lease_until) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (product, major, owner, fence, _text(now), _text(until)),
            )
            return Lock(product, major, owner, fence, until)

    def renew(self, lock: Lock, now: datetime) -> None:
        with self._db.transaction() as db:
            self._fenced(db, lock)
            db.execute(
                "UPDATE mesh_locks SET lease_until = ? WHERE product = ? AND major = ?",
                (_text(now + self._lease), lock.product, lock.major),
            )

    def release(self, lock: Lock) -> None:
        with self._db.transaction() as db:
            db.execute(
                "UPDATE mesh_locks SET owner = NULL, since = NULL, lease_until = NULL "
                "WHERE product = ? AND major = ? AND owner = ? AND fence = ?",
                (lock.product, lock.major, lock.owner, lock.fence),
            )

    def holder(self, product: str, major: int, now: datetime) -> Lock | None:
        held = "SELECT owner, fence, lease_until FROM mesh_locks WHERE product = ? AND major = ? AND owner IS NOT NULL"
        for owner, fence, until in self._db.read(held, product, major):
            if datetime.fromisoformat(until) > now and not self._is_dead(owner):
                return Lock(product, major, owner, fence, datetime.fromisoformat(until))
        return None

    def _fenced(self, db: sqlite3.Connection, lock: Lock) -> None:
        row = db.execute(
            "SELECT owner, fence FROM mesh_locks WHERE product = ? AND major = ?", (lock.product, lock.major)
        ).fetchone()
        if row is None or tuple(row) != (lock.owner, lock.fence):
            raise Fenced(
                f"this run of {lock.product} v{lock.major} lost its lock to another run and stops",
                "nothing is lost: the other run continues",
            )

    # -- runs --

    def begin(
        self, lock: Lock, run_id: str, mode: str, plan_digest: str, now: datetime, steps: dict[str, Any]
    ) -> RunRecord:
        with self._db.transaction() as db:
            self._fenced(db, lock)
            inserted = db.execute(
                "INSERT OR IGNORE INTO mesh_runs (product, major, run_id, mode, state, plan_digest, started_at, fence) "
                "VALUES (?, ?, ?, ?, 'running', ?, ?, ?)",
                (lock.product, lock.major, run_id, mode, plan_digest, _text(now), lock.fence),
            ).rowcount
            if inserted:
                self._put_steps(db, self._sequence(db, lock, run_id), steps)
            return self._one(lock, run_id)

    def reopen(self, lock: Lock, run_id: str, steps: dict[str, Any]) -> RunRecord:
        with self._db.transaction() as db:
            self._fenced(db, lock)
            run = self._sequence(db, lock, run_id)
            changed = db.execute(
                "UPDATE mesh_runs SET state = 'running', ended_at = NULL, message = NULL, certificate = NULL "
                "WHERE sequence = ? AND state = 'failed'",
                (run,),
            ).rowcount
            if changed:
                db.execute("DELETE FROM mesh_steps WHERE run = ?", (run,))
                self._put_steps(db, run, steps)
            return self._one(lock, run_id)

    def step(self, lock: Lock, run_id: str, name: str, result: Any) -> None:
        with self._db.transaction() as db:
            self._fenced(db, lock)
            self._put_steps(db, self._sequence(db, lock, run_id), {name: result})

    def certify(self, lock: Lock, run_id: str, certificate: dict[str, Any]) -> None:
        with self._db.transaction() as db:
            self._fenced(db, lock)
            db.execute(
                "UPDATE mesh_runs SET state = 'certified', certificate = ?, fence = ? "
                "WHERE product = ? AND major = ? AND run_id = ? AND state = 'running'",
                (json.dumps(certificate), lock.fence, lock.product, lock.major, run_id),
            )

    def commit(self, lock: Lock, run_id: str, swaps: Sequence[Swap]) -> None:
        with self._db.transaction() as db:
            self._fenced(db, lock)
            text = json.dumps([[s.table.database, s.table.table, s.expected, s.new] for s in swaps])
            db.execute(
                "UPDATE mesh_runs SET state = 'publishing', swaps = ?, fence = ? "
                "WHERE product = ? AND major = ? AND run_id = ? AND state = 'certified'",
                (text, lock.fence, lock.product, lock.major, run_id),
            )

    def published(
        self,
        lock: Lock,
        run_id: str,
        watermarks: Mapping[str, str | None],
        events: Sequence[dict[str, Any]],
        now: datetime,
    ) -> None:
        with self._db.transaction() as db:
            self.record_published(db, lock, run_id, watermarks, events, now)

    def record_published(
        self,
        db: sqlite3.Connection,
        lock: Lock,
        run_id: str,
        watermarks: Mapping[str, str | None],
        events: Sequence[dict[str, Any]],
        now: datetime,
    ) -> None:
        """The same inside a transaction that does more, such as swapping the pointers."""
        self._fenced(db, lock)
        changed = db.execute(
            "UPDATE mesh_runs SET state = 'published', ended_at = ? "
            "WHERE product = ? AND major = ? AND run_id = ? AND state = 'publishing'",
            (_text(now), lock.product, lock.major, run_id),
        ).rowcount
        if not changed:
            return
        db.executemany(
            "INSERT INTO mesh_watermarks VALUES (?, ?, ?, ?) "
            "ON CONFLICT (product, major, source) DO UPDATE SET value = excluded.value",
            [(lock.product, lock.major, source, value) for source, value in watermarks.items() if value is not None],
        )
        db.executemany(
            "DELETE FROM mesh_watermarks WHERE product = ? AND major = ? AND source = ?",
            [(lock.product, lock.major, source) for source, value in watermarks.items() if value is None],
        )
        run = self._sequence(db, lock, run_id)
        db.executemany(
            "INSERT OR IGNORE INTO mesh_outbox (run, position, event) VALUES (?, ?, ?)",
            [(run, n, json.dumps(event)) for n, event in enumerate(events)],
        )

    def end(
        self,
        lock: Lock,
        run_id: str,
        state: RunState,
        message: str | None,
        certificate: dict[str, Any] | None,
        now: datetime,
    ) -> None:
        with self._db.transaction() as db:
            self._fenced(db, lock)
            db.execute(
                "UPDATE mesh_runs SET state = ?, message = ?, certificate = ?, ended_at = ? "
                "WHERE product = ? AND major = ? AND run_id = ? AND state IN ('running', 'certified')",
                (
                    state,
                    message,
                    None if certificate is None else json.dumps(certificate),
                    _text(now),
                    lock.product,
                    lock.major,
                    run_id,
                ),
            )

    # -- reading --

    def find(self, product: str, major: int, run_id: str) -> RunRecord | None:
        return RunRecords(self._db, product, major).find(run_id)

    def runs(self, product: str, major: int, limit: int | None = None) -> Sequence[RunRecord]:
        found = RunRecords(self._db, product, major).newest_first()
        return found if limit is None else found[:limit]

    def last_published(self, product: str, major: int) -> RunRecord | None:
        return RunRecords(self._db, product, major).last_published()

    def watermarks(self, product: str, major: int) -> dict[str, str]:
        known = "SELECT source, value FROM mesh_watermarks WHERE product = ? AND major = ?"
        return dict(self._db.read(known, product, major))

    def outbox(self) -> Sequence[tuple[int, dict[str, Any]]]:
        waiting = "SELECT sequence, event FROM mesh_outbox WHERE delivered = 0 ORDER BY sequence"
        return [(sequence, json.loads(event)) for sequence, event in self._db.read(waiting)]

    def delivered(self, sequence: int) -> None:
        with self._db.transaction() as db:
            db.execute("UPDATE mesh_outbox SET delivered = 1 WHERE sequence = ?", (sequence,))

    def _one(self, lock: Lock, run_id: str) -> RunRecord:
        found = self.find(lock.product, lock.major, run_id)
        assert found is not None
        return found

    def _sequence(self, db: sqlite3.Connection, lock: Lock, run_id: str) -> int:
        row = db.execute(
            "SELECT sequence FROM mesh_runs WHERE product = ? AND major = ? AND run_id = ?",
            (lock.product, lock.major, run_id),
        ).fetchone()
        return int(row[0])

    def _put_steps(self, db: sqlite3.Connection, run: int, steps: dict[str, Any]) -> None:
        db.executemany(
            "INSERT INTO mesh_steps VALUES (?, ?, ?) ON CONFLICT (run, name) DO UPDATE SET result = excluded.result",
            [(run, name, json.dumps(result)) for name, result in steps.items()],
        )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
