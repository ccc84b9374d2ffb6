"""How runs end that somebody else left, or that are not published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_jobs.application.history import last_standing
from mesh_jobs.application.outside import Outside
from mesh_jobs.application.publish import Publish
from mesh_jobs.application.put_away import put_away, put_away_given_up
from mesh_jobs.application.rewind import take_back
from mesh_jobs.application.run import Run
from mesh_jobs.domain.plan import Plan
from mesh_jobs.ports.run_log import Lock, RunRecord, RunState
from mesh_jobs.ports.steps import CLEANED, ENDING, PINS


def give_up(
    outside: Outside,
    plan: Plan,
    lock: Lock,
    record: RunRecord,
    state: RunState,
    why: str,
    certificate: dict[str, Any] | None = None,
) -> None:
    """Ends a run that is not published, and leaves nothing of it to be read: candidates, internal tables, files."""
    ending = {"state": state, "message": why, "certificate": certificate}
    outside.log.step(lock, record.run_id, ENDING, ending)
    finish_giving_up(outside, plan, lock, record, ending)


def finish_giving_up(outside: Outside, plan: Plan, lock: Lock, record: RunRecord, ending: Mapping[str, Any]) -> None:
    """All of it can be done again, so a process that died in the middle is finished forward."""
    # Candidates go first: were the record to end first, a crash in between would leave them readable for ever.
    _take_back_all(outside, plan, record)
    now = outside.clock.now()
    outside.log.end(lock, record.run_id, ending["state"], ending["message"], ending["certificate"], now)
    put_away_given_up(outside, plan, record)


def put_away_stopped(outside: Outside, plan: Plan, lock: Lock, record: RunRecord) -> None:
    """What a run has made that was ended from outside, by somebody who could only say so."""
    _take_back_all(outside, plan, record)
    put_away_given_up(outside, plan, record)
    outside.log.step(lock, record.run_id, CLEANED, True)


def _take_back_all(outside: Outside, plan: Plan, record: RunRecord) -> None:
    """Candidates go, internal tables stand where the last published run left them."""
    outside.tables.drop_candidates(plan.internal_database, record.run_id, plan.tables)
    last = last_standing(outside.log, plan.product.key, plan.product.major)
    take_back(outside, plan, {} if last is None else last.steps.get(PINS) or {})


def end_unfinished(outside: Outside, plan: Plan, lock: Lock, record: RunRecord, why: str) -> None:
    """A run that somebody else left: one that is being published goes forward, any other is given up."""
    if record.state in ("publishing", "published"):
        end_publishing(outside, plan, lock, record)
    elif record.stopped:
        put_away_stopped(outside, plan, lock, record)
    else:
        give_up(outside, plan, lock, record, "failed", why)


def end_publishing(outside: Outside, plan: Plan, lock: Lock, record: RunRecord) -> None:
    """A run that was committed to publishing is brought to its end, whatever is asked for now."""
    run = Run(plan, outside, lock, record, True, None, dict(record.steps))
    if record.state == "publishing":
        Publish()(outside, lock, record)
        outside.progress.warn(f"run {record.run_id} was interrupted while publishing: it is published now")
        run.reread()
    put_away(run)
