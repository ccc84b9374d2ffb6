"""What is put away behind runs: files that no table has, old rows of quarantines, tables that left a pipeline."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from mesh_jobs.application.history import standing
from mesh_jobs.application.outside import Outside
from mesh_jobs.application.rewind import kept_between_runs
from mesh_jobs.application.run import Run
from mesh_jobs.domain.errors import said
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.quarantine import AT, ENDING
from mesh_jobs.domain.retention import CURRENT_ONLY, LEAST, retention
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import RunRecord
from mesh_jobs.ports.steps import BATCHES, BEGAN, CLEANED, ERASED, INTERRUPTED, PINS, ROLLBACK, UNMASKED
from mesh_jobs.ports.table_store import STRANGERS_STAY


def put_away(run: Run) -> None:
    """What a published run no longer needs. What fails here is said, is tried again by the next run, and never fails
    this one. Where somebody else publishes, the next run does it for the one before."""
    try:
        run.outside.tables.drop_candidates(run.plan.internal_database, run.run_id, run.plan.tables)
        if not run.done(CLEANED):
            daily = _first_of_the_day(run)
            runs, since = _to_sweep(run, daily)
            # The first publication of a day always sweeps, so nothing else is to do where nobody does.
            if runs:
                left = _left(run.outside, run.plan)
                if daily:
                    _expire_quarantines(run.outside, run.plan, run.record, left)
                    _erase_what_left(run, left)
                _remove_leftovers(run, runs, since, left)
            run.remember(CLEANED, True)
    except Exception as error:
        run.outside.progress.warn(f"published, but cleaning up was not finished; the next run does it: {said(error)}")


def put_away_given_up(outside: Outside, plan: Plan, record: RunRecord) -> None:
    """What an ended run wrote and no table is made of; old rows of quarantines, since a product may be rejected for
    long. What fails is said; the first run of a day tries again."""
    try:
        keep, left = _undone_lately(outside, plan), _left(outside, plan)
        outside.tables.remove_leftovers(_effects(record), _with_left(plan, left), _began(record), keep)
        if _first_of_the_day_at_all(outside, plan, record):
            _expire_quarantines(outside, plan, record, left)
    except Exception as error:
        outside.progress.warn(f"files of run {record.run_id} stay until a later run: {said(error)}")


def put_away_skipped(outside: Outside, plan: Plan, record: RunRecord) -> None:
    """Old rows of quarantines, behind a run that wrote nothing: a product may have nothing new for long. What fails is
    said; the first run of a day tries again."""
    try:
        if _first_of_the_day_at_all(outside, plan, record):
            _expire_quarantines(outside, plan, record, _left(outside, plan))
    except Exception as error:
        outside.progress.warn(f"old rows of quarantines stay until a later run: {said(error)}")


def tables_of(plan: Plan) -> tuple[TableName, ...]:
    """Every table that a run of the plan may write."""
    names = [name for t in plan.tables for name in (t.physical, t.quarantine, t.tombstones)]
    return tuple(dict.fromkeys(names))


def _to_sweep(run: Run, daily: bool) -> tuple[list[str], datetime | None]:
    """Whose files to look for that no table refers to, and since when such that name no run are taken for ours, which
    is as far back as runs have left something: of runs since the last publication, since a run that went through at
    once left none; once a day of all ended runs, since snapshots expire, and of all where values were in the clear that
    are masked now."""
    product, outside = run.plan.product, run.outside
    unmasked, interrupted = bool(run.done(UNMASKED)), bool(run.done(INTERRUPTED))
    every = unmasked or daily
    runs = _effects(run.record) if interrupted or every else []
    starts = [_began(run.record)] if interrupted else []
    since_published = True
    for record in outside.log.runs(product.key, product.major):
        if record.run_id == run.run_id:
            continue
        since_published = since_published and record.state != "published"
        if not since_published and not (every and _wrote_lately(outside, record)):
            break
        if not record.unfinished:
            runs += _effects(record)
            starts += [_began(record)] if since_published or unmasked else []
    return runs, min((at for at in starts if at is not None), default=None)


def _remove_leftovers(run: Run, runs: Sequence[str], since: datetime | None, left: Sequence[TableName]) -> None:
    """Only this product's tables are looked at: a run of another may have the same id, and be at work."""
    began, outside = time.monotonic(), run.outside
    keep = [] if run.done(UNMASKED) else _undone_lately(outside, run.plan)
    gone = outside.tables.remove_leftovers(runs, _with_left(run.plan, left), since, keep)
    if gone:
        seconds = round(time.monotonic() - began, 3)
        outside.progress.report({"step": "clean", "files": gone, "seconds": seconds})


def _wrote_lately(outside: Outside, record: RunRecord) -> bool:
    """Whether files of a run may be younger than what goes by its age alone."""
    began = _began(record)
    return began is None or outside.wall.now() - began < STRANGERS_STAY


def _undone_lately(outside: Outside, plan: Plan) -> list[str]:
    """Metadata of published tables that a rollback of the last day has taken back: who reads them must be able to
    end."""
    since = outside.clock.now() - timedelta(seconds=LEAST)
    undone: set[str] = set()
    found: list[str] = []
    for record in outside.log.runs(plan.product.key, plan.product.major):
        rollback, certificate = record.steps.get(ROLLBACK), record.certificate or {}
        if record.started_at >= since and rollback is not None and record.state in ("publishing", "published"):
            undone.add(rollback["from"])
        elif record.started_at < since and not undone:
            break
        elif certificate.get("certificateId") in undone:
            undone.remove(certificate["certificateId"])
            found += [t["metadataLocation"] for t in certificate["tables"] if t["metadataLocation"] is not None]
    return found


def _with_left(plan: Plan, left: Sequence[TableName]) -> list[TableName]:
    return list(dict.fromkeys([*tables_of(plan), *left]))


def _left(outside: Outside, plan: Plan) -> list[TableName]:
    """Internal tables of the product that are not in its plan any more, or that it does not keep any more."""
    known = {*kept_between_runs(plan), *(t.physical for t in plan.published), *(t.quarantine for t in plan.tables)}
    beginning = f"{plan.product.entity}_v{plan.product.major}__"
    return [name for name in outside.tables.internal(plan.internal_database, beginning) if name not in known]


def _erase_what_left(run: Run, left: Sequence[TableName]) -> None:
    """Tables that are in no state of the product which a rollback may go back to, and quarantines that have no rows any
    more."""
    names: list[str] | None = run.done(ERASED)
    if names is None:
        pinned = _within_reach(run)
        names = [str(name) for name in left if _is_of_no_use(run, name, pinned)]
        if names:
            # Who erases and dies goes on with the same ones: their files have no other name.
            run.remember(ERASED, names)
    if names:
        run.outside.tables.erase([TableName(*name.split(".", 1)) for name in names])


def _is_of_no_use(run: Run, name: TableName, pinned: set[str]) -> bool:
    if not name.table.endswith(ENDING):
        return str(name) not in pinned
    pointer = run.outside.tables.current(name)
    # One that nobody has written is of a newer pipeline, whose deployment has made it during this run.
    return pointer is not None and pointer.snapshot_id is not None and pointer.rows == 0


def _within_reach(run: Run) -> set[str]:
    """Internal tables of the states that a rollback may go back to: what is published, and what was until as long ago
    as internal tables keep what they were."""
    product, found = run.plan.product, set[str]()
    reach = timedelta(seconds=retention(run.plan.sla.retention_seconds, published=False).every)
    replaced = run.now
    for record in standing(run.outside.log, product.key, product.major):
        if run.now - replaced > reach:
            break
        found |= (record.steps.get(PINS) or {}).keys()
        replaced = record.started_at
    return found


def _expire_quarantines(outside: Outside, plan: Plan, record: RunRecord, left: Sequence[TableName]) -> None:
    """Once a day is often enough. Rows that are gone are in no older snapshot either: nobody reads a quarantine as it
    was."""
    before = datetime.fromtimestamp(record.started_at.timestamp() - plan.quarantine_days * 86400, UTC)
    quarantines = [name for name in left if name.table.endswith(ENDING)]
    for name in dict.fromkeys([*(t.quarantine for t in plan.tables), *quarantines]):
        if outside.tables.current(name) is not None:
            outside.engine.expire(name, AT, before)
            outside.engine.compact(name, record.run_id)
            outside.tables.forget_snapshots(name, record.run_id, CURRENT_ONLY)


def _first_of_the_day(run: Run) -> bool:
    """Whether it is the first publication of a day."""
    last = run.last or _published_before(run)
    return last is not None and last.started_at.date() != run.now.date()


def _first_of_the_day_at_all(outside: Outside, plan: Plan, record: RunRecord) -> bool:
    """Whether it is the first run of a day, however it ended. A rollback puts nothing away."""
    runs = (r for r in outside.log.runs(plan.product.key, plan.product.major) if ROLLBACK not in r.steps)
    last = next((r for r in runs if r.run_id != record.run_id and r.started_at <= record.started_at), None)
    return last is not None and last.started_at.date() != record.started_at.date()


def _published_before(run: Run) -> RunRecord | None:
    """The publication before this run's own, for one that was interrupted after it."""
    if run.record.state != "published":
        return None
    runs = run.outside.log.runs(run.plan.product.key, run.plan.product.major)
    earlier = (r for r in runs if r.state == "published" and r.started_at < run.record.started_at)
    return next(earlier, None)


def _began(record: RunRecord) -> datetime | None:
    at = record.steps.get(BEGAN)
    return None if at is None else datetime.fromisoformat(at)


def _effects(record: RunRecord) -> list[str]:
    """The names under which a run writes: its id, and one more for each earlier batch of a replay."""
    return [record.run_id, *(f"{record.run_id}.{n}" for n in range(record.steps.get(BATCHES, 1) - 1))]
