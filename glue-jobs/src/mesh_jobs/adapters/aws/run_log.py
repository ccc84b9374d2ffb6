"""The run log in DynamoDB. How it lies there: layout.py."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from mesh_jobs.adapters.aws import layout
from mesh_jobs.adapters.aws.dynamo import Change, Check, ConditionFailed, DynamoTable, Item, Put, Value, When
from mesh_jobs.adapters.aws.locks import DynamoLocks, fenced, lock_key, mine
from mesh_jobs.adapters.aws.run_records import RunRecords
from mesh_jobs.ports.run_log import Lock, RunRecord, RunState
from mesh_jobs.ports.table_store import Swap

#: Announcements of one run are few; their numbers follow the order of runs.
_EVENTS_PER_RUN = 1000
_NEW = When("attribute_not_exists(#pk)")


class DynamoRunLog(DynamoLocks):
    """Every change of a run is one transaction that looks at lock and fence first. A product's log is written by who
    holds its lock alone, so what is read under it stays true until the transaction, or the transaction is refused.

    `announces` is the product whose outbox this process empties."""

    def __init__(self, table: DynamoTable, lease: timedelta, announces: tuple[str, int]) -> None:
        super().__init__(table, lease)
        self._announces = announces
        self._places: dict[tuple[str, int, str], Item] = {}

    # -- runs --

    def begin(
        self, lock: Lock, run_id: str, mode: str, plan_digest: str, now: datetime, steps: dict[str, Any]
    ) -> RunRecord:
        began, if_mine = self._held(lock.product, lock.major).get("runs", 0), mine(lock)
        sequence, generation = began + 1, secrets.token_hex(4)
        self._put_steps(lock, sequence, generation, steps)
        counted = "attribute_not_exists(#runs)" if began == 0 else "#runs = :began"
        head: dict[str, Value | None] = {
            "product": lock.product,
            "major": lock.major,
            "runId": run_id,
            "mode": mode,
            "state": "running",
            "planDigest": plan_digest,
            "startedAt": layout.text(now),
            "fence": lock.fence,
            "generation": generation,
        }
        before = {"began": began} if began else {}
        try:
            self._table.transact(
                [
                    Change(
                        lock_key(lock),
                        {"runs": sequence},
                        When(f"{if_mine.text} AND {counted}", {**if_mine.values, **before}),
                    ),
                    Put(
                        _key(lock, layout.id_key(run_id)),
                        {"sequence": sequence, "runId": run_id, "generation": generation},
                        _NEW,
                    ),
                    Put(_key(lock, layout.run_key(sequence)), head, _NEW),
                ]
            )
        except ConditionFailed as refused:
            if 0 in refused.positions:
                self._assert_mine(lock)
            found = self.find(lock.product, lock.major, run_id)
            # Only who holds the lock begins runs, so without one of this id the lock has just been lost.
            if found is None:
                raise fenced(lock) from None
            return found
        return self._found(lock, run_id)

    def reopen(self, lock: Lock, run_id: str, steps: dict[str, Any]) -> RunRecord:
        self._forget_place(lock, run_id)
        place = self._place(lock, run_id)
        sequence, generation = place["sequence"], secrets.token_hex(4)
        # Steps of a generation that the run does not name cannot be seen, so they may be written one by one.
        self._put_steps(lock, sequence, generation, steps)
        gone = layout.packed("certificate", None, sequence, "")
        cleared = {**dict.fromkeys(gone.attributes), "endedAt": None, "message": None}
        reopened = self._write(
            lock,
            Change(
                _key(lock, layout.run_key(sequence)),
                {"state": "running", "generation": generation, **cleared},
                _in_state("failed"),
            ),
            Put(_key(lock, layout.id_key(run_id)), {"sequence": sequence, "runId": run_id, "generation": generation}),
        )
        self._forget_place(lock, run_id)
        self._forget_steps(lock, sequence, place["generation"] if reopened else generation)
        return self._found(lock, run_id)

    def step(self, lock: Lock, run_id: str, name: str, result: Any) -> None:
        place = self._place(lock, run_id)
        sequence = place["sequence"]
        key = _key(lock, layout.step_key(sequence, place["generation"], name))
        made = layout.packed("result", result, sequence, key[1])
        self._put_parts(lock, made)
        if self._write(lock, None, Put(key, made.attributes, _NEW)):
            return
        before = self._table.get(key)
        self._write(lock, None, Put(key, made.attributes))
        for part in set(layout.parts_of("result", before, sequence)) - set(made.parts):
            self._table.delete(_key(lock, part))

    def certify(self, lock: Lock, run_id: str, certificate: dict[str, Any]) -> None:
        self._end(lock, run_id, ("running",), {"state": "certified", "fence": lock.fence}, certificate)

    def commit(self, lock: Lock, run_id: str, swaps: Sequence[Swap]) -> None:
        sequence = self._place(lock, run_id)["sequence"]
        told = [
            {"database": s.table.database, "table": s.table.table, "expected": s.expected, "new": s.new} for s in swaps
        ]
        made = layout.packed("swaps", told, sequence, "swaps")
        self._put_parts(lock, made)
        to = {"state": "publishing", "fence": lock.fence, **made.attributes}
        self._write(lock, Change(_key(lock, layout.run_key(sequence)), to, _in_state("certified")))

    def published(
        self,
        lock: Lock,
        run_id: str,
        watermarks: Mapping[str, str | None],
        events: Sequence[dict[str, Any]],
        now: datetime,
    ) -> None:
        sequence = self._place(lock, run_id)["sequence"]
        merged = {**self.watermarks(lock.product, lock.major), **watermarks}
        marks = {source: value for source, value in merged.items() if value is not None}
        self._write(
            lock,
            Change(
                _key(lock, layout.run_key(sequence)),
                {"state": "published", "endedAt": layout.text(now)},
                _in_state("publishing"),
            ),
            Put(_key(lock, layout.PUBLISHED), {"sequence": sequence, "runId": run_id}),
            Put(_key(lock, layout.WATERMARKS), {"values": json.dumps(marks, ensure_ascii=False)}),
            *(
                Put(_key(lock, layout.outbox_key(sequence * _EVENTS_PER_RUN + n)), {"event": json.dumps(event)})
                for n, event in enumerate(events)
            ),
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
        to = {"state": state, "message": message, "endedAt": layout.text(now)}
        self._end(lock, run_id, ("running", "certified"), to, certificate)

    def _end(
        self,
        lock: Lock,
        run_id: str,
        states: tuple[str, ...],
        to: Mapping[str, Value | None],
        certificate: dict[str, Any] | None,
    ) -> None:
        sequence = self._place(lock, run_id)["sequence"]
        made = layout.packed("certificate", certificate, sequence, "certificate")
        self._put_parts(lock, made)
        attributes = made.attributes if certificate is not None else dict.fromkeys(made.attributes)
        self._write(lock, Change(_key(lock, layout.run_key(sequence)), {**to, **attributes}, _in_state(*states)))

    # -- writing --

    def _write(self, lock: Lock, change: Change | None, *more: Put) -> bool:
        """All at once, if the lock is mine and the run is where it has to be; whether it was. Raises Fenced."""
        changes: list[Change | Put | Check] = [Check(lock_key(lock), mine(lock))]
        changes += [change] if change else []
        try:
            self._table.transact([*changes, *more])
        except ConditionFailed as refused:
            if 0 in refused.positions:
                raise fenced(lock) from None
            return False
        return True

    def _put_steps(self, lock: Lock, sequence: int, generation: str, steps: Mapping[str, Any]) -> None:
        for name, result in steps.items():
            key = _key(lock, layout.step_key(sequence, generation, name))
            made = layout.packed("result", result, sequence, key[1])
            self._put_parts(lock, made)
            self._table.put(key, made.attributes)

    def _put_parts(self, lock: Lock, made: layout.Packed) -> None:
        for sort, body in made.parts.items():
            self._table.put(_key(lock, sort), {"body": body})

    def _forget_steps(self, lock: Lock, sequence: int, generation: str) -> None:
        prefix = layout.step_key(sequence, generation, "")
        for item in list(self._table.query(layout.partition(lock.product, lock.major), prefix)):
            self._table.delete((item["pk"], item["sk"]))
            for part in layout.parts_of("result", item, sequence):
                self._table.delete((item["pk"], part))

    def _place(self, lock: Lock, run_id: str) -> Item:
        """Where a run lies; only who holds the lock gives it another one."""
        run = (lock.product, lock.major, run_id)
        if run not in self._places:
            found = self._table.get(_key(lock, layout.id_key(run_id)))
            if found is None:
                raise KeyError(f"{lock.product} v{lock.major} has no run {run_id}")
            self._places[run] = found
        return self._places[run]

    def _forget_place(self, lock: Lock, run_id: str) -> None:
        self._places.pop((lock.product, lock.major, run_id), None)

    def _found(self, lock: Lock, run_id: str) -> RunRecord:
        found = self.find(lock.product, lock.major, run_id)
        if found is None:
            raise KeyError(f"{lock.product} v{lock.major} has no run {run_id}")
        return found

    # -- reading --

    def find(self, product: str, major: int, run_id: str) -> RunRecord | None:
        return self._records(product, major).find(run_id)

    def runs(self, product: str, major: int, limit: int | None = None) -> Sequence[RunRecord]:
        found = self._records(product, major).newest_first()
        return found if limit is None else found[:limit]

    def last_published(self, product: str, major: int) -> RunRecord | None:
        return self._records(product, major).last_published()

    def watermarks(self, product: str, major: int) -> dict[str, str]:
        found = self._table.get(layout.key_of(product, major, layout.WATERMARKS))
        return {} if found is None else dict(json.loads(found["values"]))

    def outbox(self) -> Sequence[tuple[int, dict[str, Any]]]:
        waiting = self._table.query(layout.partition(*self._announces), layout.OUTBOX)
        return [(int(item["sk"].removeprefix(layout.OUTBOX)), json.loads(item["event"])) for item in waiting]

    def delivered(self, sequence: int) -> None:
        self._table.delete(layout.key_of(*self._announces, layout.outbox_key(sequence)))

    def _records(self, product: str, major: int) -> RunRecords:
        return RunRecords(self._table, product, major)


class HandedRunLog(DynamoRunLog):
    """Under a lock that the state machine took and gives back: the run goes on under its owner and fence."""

    def __init__(self, table: DynamoTable, lease: timedelta, announces: tuple[str, int], fence: int) -> None:
        super().__init__(table, lease, announces)
        self._fence = fence

    def acquire(self, product: str, major: int, owner: str, now: datetime) -> Lock:
        """Raises Fenced when the lock is no longer what was handed over."""
        lock = Lock(product, major, owner, self._fence, now + self._lease)
        self.renew(lock, now)
        return lock

    def release(self, lock: Lock) -> None:
        """Who took the lock gives it back."""


def _in_state(*states: str) -> When:
    named = {f"was{n}": state for n, state in enumerate(states)}
    return When(f"#state IN ({', '.join(f':{n}' for n in named)})", named)


def _key(lock: Lock, sort: str) -> tuple[str, str]:
    return layout.key_of(lock.product, lock.major, sort)
