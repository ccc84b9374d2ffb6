"""Maintain: tables that a run has written stay quick to read, and keep for as long as was promised what they were.

This comes before certification: what is certified, published and pinned is then the table as it is kept, and no pointer
moves outside of a run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from mesh_jobs.application.lease import Lease
from mesh_jobs.application.run import Run, TableReport
from mesh_jobs.application.tombstones import forget_unmasked_keys
from mesh_jobs.domain.errors import BadInput, Fenced, said
from mesh_jobs.domain.retention import CURRENT_ONLY, Retention, retention
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.steps import MAINTAINED, UNMASKED, candidate_step


def maintain(run: Run, reports: Sequence[TableReport], candidates: Mapping[str, TableName], lease: Lease) -> None:
    """Compacts what was written and forgets old snapshots of it. What fails there is said, and never fails the run.
    What would stay readable fails it: values that are masked from now on, and states a candidate passed through."""
    if run.done(MAINTAINED) is not None or _is_rejected(run, reports):
        return
    _forget_unmasked(run, candidates, lease)
    done = []
    for name, table, keep in _written(run, reports, candidates):
        lease.check()
        done.append(_maintain(run, name, table, keep))
    _fold(run, candidates)
    run.remember(MAINTAINED, [d for d in done if d is not None])


def _forget_unmasked(run: Run, candidates: Mapping[str, TableName], lease: Lease) -> None:
    """A snapshot from before a column was masked shows its values by time travel, for as long as it is kept: it goes at
    once, whatever retention was promised, and however much somebody is reading it."""
    masked = run.masked_more()
    if not masked or run.done(UNMASKED) is not None:
        return
    for name, columns in masked.items():
        lease.check()
        if name not in candidates:
            raise BadInput(
                f"{', '.join(columns)}: masked more strictly than before, and this run does not build {name}",
                "start a run in mode full",
            )
        forgotten = run.outside.tables.forget_snapshots(candidates[name], run.run_id, CURRENT_ONLY)
        run.outside.progress.warn(
            f"{', '.join(columns)}: masked more strictly than before, so {name} can no longer be read as it was "
            f"before; older snapshots forgotten: {forgotten}"
        )
        forget_unmasked_keys(run, name, columns)
    run.remember(UNMASKED, list(masked))


def _fold(run: Run, candidates: Mapping[str, TableName]) -> None:
    """What is certified is the state that a candidate ends with. Those on the way there, of earlier batches of a replay
    and from before a compaction, would be published with it, for whoever reads a table as it was."""
    for name, candidate in candidates.items():
        run.outside.tables.fold(candidate, run.run_id, run.steps[candidate_step(name)]["expected"])


def _maintain(run: Run, name: str, table: TableName, keep: Retention) -> dict[str, Any] | None:
    """What was done to one table; None when there was nothing to do."""
    began, outside = time.monotonic(), run.outside
    try:
        compacted = outside.engine.compact(table, run.run_id)
        forgotten = outside.tables.forget_snapshots(table, run.run_id, keep)
    except Fenced:
        raise
    except Exception as error:
        outside.progress.warn(f"table {name} could not be maintained, a later run tries again: {said(error)}")
        return None
    if compacted is None and not forgotten:
        return None
    files = {} if compacted is None else {"files": compacted.files, "into": compacted.into}
    found = {"table": name, **files, "forgotten": forgotten, "seconds": round(time.monotonic() - began, 3)}
    outside.progress.report({"step": "maintain", **found})
    return found


def _written(
    run: Run, reports: Sequence[TableReport], candidates: Mapping[str, TableName]
) -> list[tuple[str, TableName, Retention]]:
    """What this run has written: its name for people, where it is, and how long snapshots stay there."""
    built = {r.table for r in reports if r.snapshot_id is not None}
    promised = run.plan.sla.retention_seconds
    found: list[tuple[str, TableName, Retention]] = []
    for table in run.plan.tables:
        if table.name not in built:
            continue
        keep = retention(promised, published=table.published)
        found.append((table.name, candidates.get(table.name, table.physical), keep))
        if table.primary_key and run.outside.tables.current(table.tombstones) is not None:
            found.append((f"{table.name} (tombstones)", table.tombstones, retention(promised, published=False)))
    return found


def _is_rejected(run: Run, reports: Sequence[TableReport]) -> bool:
    """Whether it is known by now that nothing of this will be kept."""
    tables = {t.name: t for t in run.plan.published}
    return any(r.table in tables and r.blocked(tables[r.table]) for r in reports)
