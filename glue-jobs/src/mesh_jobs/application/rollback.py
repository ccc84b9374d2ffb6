"""Rollback: an earlier certificate is what consumers read again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

from mesh_jobs.application.ending import end_unfinished
from mesh_jobs.application.history import standing
from mesh_jobs.application.lease import held
from mesh_jobs.application.outside import Outside
from mesh_jobs.application.publish import Publish, published_event
from mesh_jobs.application.run import new_run_id
from mesh_jobs.domain.certificate import iso
from mesh_jobs.domain.errors import CannotGoBack
from mesh_jobs.domain.judged import masked_otherwise
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import Lock, RunRecord
from mesh_jobs.ports.steps import CLEANED, JUDGED, OUTCOME, PINS, ROLLBACK
from mesh_jobs.ports.table_store import Swap, TableStore

_REPLAY = "fix what was wrong and start a new run, or build it again from raw input: mesh replay"


class Rollback:
    """Points the published tables back at what an earlier run had certified, as a run that builds nothing: it takes the
    lock, is committed before it publishes and only goes forward then. The next run begins where that earlier run had
    ended: with its internal tables and watermarks, and with the input that came after it."""

    def __init__(self, outside: Outside, owner: str, token: Callable[[], str] = lambda: secrets.token_hex(2)) -> None:
        self._outside, self._owner, self._token = outside, owner, token

    def __call__(self, plan: Plan, certificate_id: str) -> dict[str, Any]:
        """What is published now. Raises CannotGoBack, which says why not, and Busy; then nothing has changed."""
        began, product = time.monotonic(), plan.product
        with held(self._outside, product, self._owner) as lock:
            record = self._roll_back(plan, lock, certificate_id)
        Publish().announce(self._outside)
        return {
            "product": product.id,
            "major": product.major,
            "runId": record.run_id,
            "from": record.steps[ROLLBACK]["from"],
            "certificate": record.certificate,
            "seconds": round(time.monotonic() - began, 3),
        }

    def _roll_back(self, plan: Plan, lock: Lock, certificate_id: str) -> RunRecord:
        log, product = self._outside.log, plan.product
        for unfinished in [r for r in log.runs(product.key, product.major) if r.unfinished]:
            why = "interrupted, and the product was rolled back instead"
            end_unfinished(self._outside, plan, lock, unfinished, why)
        line = list(standing(log, product.key, product.major))
        target = self._target(plan, line, certificate_id)
        certificate: dict[str, Any] = target.certificate or {}
        swaps = _swaps(self._outside.tables, plan, target, line[0])
        now = self._outside.clock.now()
        run_id = new_run_id(ROLLBACK, now, self._token())
        event = published_event(product, certificate)
        steps = {
            ROLLBACK: {
                "certificateId": certificate_id,
                "runId": target.run_id,
                "from": (line[0].certificate or {}).get("certificateId"),
            },
            OUTCOME: {
                "watermarks": self._watermarks(plan, line[line.index(target) :]),
                "events": [{**event, "type": "product.rolledBack", "id": run_id, "time": iso(now)}],
            },
            # It has made nothing that would have to be put away.
            CLEANED: True,
        }
        log.begin(lock, run_id, ROLLBACK, target.plan_digest, now, steps)
        log.certify(lock, run_id, certificate)
        log.commit(lock, run_id, swaps)
        committed = log.find(product.key, product.major, run_id)
        assert committed is not None
        Publish()(self._outside, lock, committed)
        return committed

    def _target(self, plan: Plan, line: list[RunRecord], certificate_id: str) -> RunRecord:
        """The run that was certified so, if what is published now was built on it."""
        product = plan.product
        name = f"certificate {certificate_id} of {product.id} v{product.major}"
        found = next((r for r in line if (r.certificate or {}).get("certificateId") == certificate_id), None)
        if found is None:
            raise CannotGoBack(f"{name} {self._why_not(plan, certificate_id)}", self._listed(plan, line))
        if found is line[0]:
            raise CannotGoBack(f"{name} is what is published now", self._listed(plan, line))
        return found

    def _why_not(self, plan: Plan, certificate_id: str) -> str:
        for record in self._outside.log.runs(plan.product.key, plan.product.major):
            if (record.certificate or {}).get("certificateId") != certificate_id:
                continue
            if record.state == "rejected":
                return "is a rejection: only what was certified is published"
            return f"was undone by a rollback: nothing of run {record.run_id} is in the tables any more"
        return "does not exist"

    def _listed(self, plan: Plan, line: list[RunRecord]) -> str:
        earlier = described(possible(self._outside.tables, plan, line))[1:6]
        if not earlier:
            return "there is no earlier certificate to go back to"
        return "\n".join(["choose one of:", *(f"{c['certificateId']} of {c['issuedAt']}" for c in earlier)])

    def _watermarks(self, plan: Plan, line: list[RunRecord]) -> dict[str, str | None]:
        """Those of the runs that stand; sources that only later ones have read have none."""
        known = self._outside.log.watermarks(plan.product.key, plan.product.major)
        marks: dict[str, str | None] = dict.fromkeys(known)
        for record in reversed(line):
            marks |= record.steps[OUTCOME]["watermarks"]
        return marks


def possible(tables: TableStore, plan: Plan, line: Iterable[RunRecord]) -> list[RunRecord]:
    """Of the runs that what is published now is made of, newest first: that one, and those whose certificates can be
    gone back to."""
    found = list(line)
    return found[:1] + [record for record in found[1:] if _can_go_back(tables, plan, record, found[0])]


def described(records: Iterable[RunRecord]) -> list[dict[str, Any]]:
    """Certificates, as a person chooses among them."""
    return [
        {
            "certificateId": certificate["certificateId"],
            "runId": record.run_id,
            "issuedAt": certificate["issuedAt"],
            "verdict": certificate["verdict"],
            "score": certificate["score"],
            "rows": sum(t["rows"] for t in certificate["tables"]),
        }
        for record in records
        if (certificate := record.certificate) is not None
    ]


def _can_go_back(tables: TableStore, plan: Plan, target: RunRecord, last: RunRecord) -> bool:
    try:
        _swaps(tables, plan, target, last)
    except CannotGoBack:
        return False
    return True


def _swaps(tables: TableStore, plan: Plan, target: RunRecord, last: RunRecord) -> list[Swap]:
    """From where each table stands to what was certified of it, under the contract in force; an internal table has to
    be kept as well. Raises CannotGoBack."""
    certificate: dict[str, Any] = target.certificate or {}
    if certificate["contractDigest"] != plan.contract_digest:
        raise CannotGoBack(
            f"certificate {certificate['certificateId']} of {plan.product.id} v{plan.product.major} is of a different "
            "contract from the one that is in force, which may promise columns that it lacks",
            f"put the contract back as it was in version {certificate['version']}, then roll back",
        )
    otherwise = masked_otherwise(target.steps.get(JUDGED) or {}, plan)
    if otherwise:
        raise CannotGoBack(
            f"certificate {certificate['certificateId']} of {plan.product.id} v{plan.product.major} published "
            f"{', '.join(otherwise)} masked differently from now",
            "start a new run, or put the class of the columns, and of the domain, back as it was, then roll back",
        )
    certified = {t["table"]: t["metadataLocation"] for t in certificate["tables"]}
    swaps = []
    for table in plan.published:
        location = certified.get(table.name)
        now = tables.current(table.physical)
        if location is None or now is None or not tables.can_go_back(table.physical, location):
            raise CannotGoBack(f"{table.physical} no longer keeps what run {target.run_id} certified", _REPLAY)
        swaps.append(Swap(table.physical, now.metadata_location, location))
    pinned: dict[str, str] = target.steps.get(PINS) or {}
    standing_now: dict[str, str] = last.steps.get(PINS) or {}
    for name, location in pinned.items():
        if name in standing_now and not tables.can_go_back(TableName(*name.split(".", 1)), location):
            raise CannotGoBack(
                f"{name} no longer keeps what run {target.run_id} left, and the next run would build on it", _REPLAY
            )
    return swaps
