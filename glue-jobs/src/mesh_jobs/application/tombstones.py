"""Tombstones where the masking of keys changes: no key that is there counts as gone, and none stays readable that is
masked from now on."""

from __future__ import annotations

from datetime import timedelta

from mesh_jobs.application.run import Run
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.retention import CURRENT_ONLY
from mesh_jobs.domain.table import TableName

_RUN, _AT = "_mesh_run_id", "_mesh_vanished_at"
#: Later than what any clock has written, and another moment in each run, which names the effect.
_LONG = timedelta(days=36500)


def tells_who_vanished(run: Run, table: Table, write: str) -> bool:
    """Whether stored keys are found among those that come; says so where they cannot be."""
    columns = run.keys_masked_otherwise(table)
    if columns and write == "replace":
        run.outside.progress.warn(
            f"{', '.join(columns)}: a key that is masked differently than before, so this run does not report which "
            f"rows of {table.name} vanished"
        )
    return not columns


def forget_unmasked_keys(run: Run, name: str, columns: list[str]) -> None:
    """Forgets the keys that vanished before, where they hold a column that is masked more from now on."""
    table = next(t for t in run.plan.tables if t.name == name)
    masked = {c.partition(".")[2].lower() for c in columns}
    if not _may_hold(run, table, masked):
        return
    forgotten = run.outside.engine.expire(table.tombstones, _AT, run.now + _LONG)
    run.outside.tables.forget_snapshots(table.tombstones, run.run_id, CURRENT_ONLY)
    if forgotten:
        run.outside.progress.warn(
            f"{', '.join(columns)}: masked more strictly than before, so keys of {name} that vanished before are "
            f"forgotten: {forgotten}"
        )


def _may_hold(run: Run, table: Table, masked: set[str]) -> bool:
    """Whether tombstones may hold one of the columns: as a part of the key, or of one that the table had before, of
    which nobody knows what it is called now."""
    if run.outside.tables.current(table.tombstones) is None:
        return False
    key = {k.lower() for k in table.primary_key}
    return not masked.isdisjoint(key) or bool(_columns(run, table.tombstones) - key - {_RUN, _AT})


def _columns(run: Run, tombstones: TableName) -> set[str]:
    engine = run.outside.engine
    return {c.lower() for row in engine.rows(engine.read_table(tombstones), 1) for c in row}
