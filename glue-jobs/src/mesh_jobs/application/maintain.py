"""Maintain: tables that a run has written stay quick to read, and keep for as long as was promised what they were.

This comes before certification: what is certified, published and pinned is then the table as it is kept, and no pointer
moves outside of a run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from mesh_jobs.application.lease import Lease
from mesh_jobs.application.run import Run, TableReport
from mesh_jobs.domain.errors import Fenced, MeshError
from mesh_jobs.domain.retention import Retention, retention
from mesh_jobs.domain.table import TableName


def maintain(run: Run, reports: Sequence[TableReport], candidates: Mapping[str, TableName], lease: Lease) -> None:
    """Compacts what was written and forgets old snapshots of it. What fails is said, and never fails the run."""
    if run.done("maintained") is not None or _is_rejected(run, reports):
        return
    done = []
    for name, table, keep in _written(run, reports, candidates):
        lease.check()
        done.append(_maintain(run, name, table, keep))
    run.remember("maintained", [d for d in done if d is not None])


def _maintain(run: Run, name: str, table: TableName, keep: Retention) -> dict[str, Any] | None:
    """What was done to one table; None when there was nothing to do."""
    began, outside = time.monotonic(), run.outside
    try:
        compacted = outside.engine.compact(table, run.run_id)
        forgotten = outside.tables.forget_snapshots(table, run.run_id, keep)
    except Fenced:
        raise
    except Exception as error:
        why = str(error) if isinstance(error, MeshError) else type(error).__name__
        outside.progress.warn(f"table {name} could not be maintained, a later run tries again: {why}")
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
    return any(r.blocks for report in reports if report.table in tables for r in report.results(tables[report.table]))
