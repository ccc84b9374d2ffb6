"""How runs end that are not published, and what is put away after those that are."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mesh_jobs.application.history import last_standing
from mesh_jobs.application.outside import Outside
from mesh_jobs.application.publish import Publish
from mesh_jobs.application.rewind import take_back
from mesh_jobs.application.run import Run
from mesh_jobs.domain.errors import MeshError
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.retention import CURRENT_ONLY
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import Lock, RunRecord, RunState

#: The step that says when a run really began, whatever its own time is: that of its files is real.
BEGAN = "began"


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
    outside.log.step(lock, record.run_id, "ending", ending)
    finish_giving_up(outside, plan, lock, record, ending)


def finish_giving_up(outside: Outside, plan: Plan, lock: Lock, record: RunRecord, ending: Mapping[str, Any]) -> None:
    """All of it can be done again, so a process that died in the middle is finished forward."""
    # Candidates go first: were the record to end first, a crash in between would leave them readable for ever.
    _take_back_all(outside, plan, record)
    now = outside.clock.now()
    outside.log.end(lock, record.run_id, ending["state"], ending["message"], ending["certificate"], now)
    _remove_files_of(outside, plan, record)


def put_away_stopped(outside: Outside, plan: Plan, lock: Lock, record: RunRecord) -> None:
    """What a run has made that was ended from outside, by somebody who could only say so."""
    _take_back_all(outside, plan, record)
    _remove_files_of(outside, plan, record)
    outside.log.step(lock, record.run_id, "cleaned", True)


def _take_back_all(outside: Outside, plan: Plan, record: RunRecord) -> None:
    """Candidates go, internal tables stand where the last published run left them."""
    outside.tables.drop_candidates(plan.internal_database, record.run_id, _tables_of(plan))
    last = last_standing(outside.log, plan.product.key, plan.product.major)
    take_back(outside, plan, {} if last is None else last.steps.get("pins") or {})


def _remove_files_of(outside: Outside, plan: Plan, record: RunRecord) -> None:
    """What an ended run wrote and no table is made of. What fails is said; the first run of a day tries again."""
    try:
        outside.tables.remove_leftovers(_effects(record), _tables_of(plan), _began(record))
    except Exception as error:
        outside.progress.warn(f"files of run {record.run_id} stay until a later run: {type(error).__name__}")


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


def put_away(run: Run) -> None:
    """What a published run no longer needs. What fails here is said, is tried again by the next run, and never fails
    this one. Where somebody else publishes, the next run does it for the one before."""
    try:
        run.outside.tables.drop_candidates(run.plan.internal_database, run.run_id, _tables_of(run.plan))
        if not run.done("cleaned"):
            _forget_old_quarantine(run)
            _remove_leftovers(run)
            run.remember("cleaned", True)
    except Exception as error:
        why = str(error) if isinstance(error, MeshError) else type(error).__name__
        run.outside.progress.warn(f"published, but cleaning up was not finished; the next run does it: {why}")


def _remove_leftovers(run: Run) -> None:
    """Files that no table refers to: of runs since the last publication, since a run that went through at once left
    none; once a day of all ended runs, since snapshots expire. Only this product's tables are looked at: a run of
    another may have the same id, and be at work. Files that name no run are taken for ours as far back as runs have
    left something."""
    product = run.plan.product
    runs = _effects(run.record) if run.resumed or _first_of_the_day(run) else []
    starts = [_began(run.record)] if run.resumed else []
    since_published = True
    for record in run.outside.log.runs(product.key, product.major):
        if record.run_id == run.run_id:
            continue
        since_published = since_published and record.state != "published"
        if not since_published and not _first_of_the_day(run):
            break
        if not record.unfinished:
            runs += _effects(record)
            starts += [_began(record)] if since_published else []
    if not runs:
        return
    began = time.monotonic()
    since = min((at for at in starts if at is not None), default=None)
    gone = run.outside.tables.remove_leftovers(runs, _tables_of(run.plan), since)
    if gone:
        seconds = round(time.monotonic() - began, 3)
        run.outside.progress.report({"step": "clean", "files": gone, "seconds": seconds})


def _began(record: RunRecord) -> datetime | None:
    at = record.steps.get(BEGAN)
    return None if at is None else datetime.fromisoformat(at)


def _tables_of(plan: Plan) -> tuple[TableName, ...]:
    names = [name for t in plan.tables for name in (t.physical, t.quarantine, t.tombstones)]
    return tuple(dict.fromkeys(names))


def _first_of_the_day(run: Run) -> bool:
    last = run.last or _published_before(run)
    return last is not None and last.started_at.date() != run.now.date()


def _published_before(run: Run) -> RunRecord | None:
    """The publication before this run's own, for one that was interrupted after it."""
    if run.record.state != "published":
        return None
    runs = run.outside.log.runs(run.plan.product.key, run.plan.product.major)
    earlier = (r for r in runs if r.state == "published" and r.started_at < run.record.started_at)
    return next(earlier, None)


def _effects(record: RunRecord) -> list[str]:
    """The names under which a run writes: its id, and one more for each earlier batch of a replay."""
    return [record.run_id, *(f"{record.run_id}.{n}" for n in range(record.steps.get("batches", 1) - 1))]


def _forget_old_quarantine(run: Run) -> None:
    """Once a day is often enough. Rows that are gone are in no older snapshot either: nobody reads a quarantine as it
    was."""
    if not _first_of_the_day(run):
        return
    before = datetime.fromtimestamp(run.now.timestamp() - run.plan.quarantine_days * 86400, UTC)
    for name in dict.fromkeys(t.quarantine for t in run.plan.tables):
        if run.outside.tables.current(name) is not None:
            run.outside.engine.expire(name, "_mesh_at", before)
            run.outside.engine.compact(name, run.run_id)
            run.outside.tables.forget_snapshots(name, run.run_id, CURRENT_ONLY)
