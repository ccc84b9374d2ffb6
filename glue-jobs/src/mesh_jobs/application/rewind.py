"""Internal tables between runs: they are what the last published run left, whatever happened since."""

from __future__ import annotations

from collections.abc import Mapping

from mesh_jobs.application.outside import Outside
from mesh_jobs.application.run import Run
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.steps import PINS, REWOUND, ROLLBACK
from mesh_jobs.ports.table_store import Swap


def kept_between_runs(plan: Plan) -> tuple[TableName, ...]:
    """Internal tables that a later run builds on."""
    names: list[TableName] = []
    for table in plan.tables:
        if table.persist and not table.published:
            names.append(table.physical)
        if table.primary_key and (table.persist or table.published):
            names.append(table.tombstones)
    return tuple(dict.fromkeys(names))


def pins(run: Run) -> dict[str, str]:
    """Where each internal table stands now."""
    found = {}
    for name in kept_between_runs(run.plan):
        pointer = run.outside.tables.current(name)
        if pointer is not None:
            found[str(name)] = pointer.metadata_location
    return found


def rewind(run: Run) -> None:
    """Internal tables begin where the run left them whose rows are published, if any run since then ended otherwise or
    was rolled back: a delta must not build on rows that are not certified. Happens once in a run."""
    if run.done(REWOUND) is not None:
        return
    product = run.plan.product
    undone: list[str] = []
    if _left_since(run, product.key, product.major):
        undone = take_back(run.outside, run.plan, run.last_step(PINS) or {})
    run.remember(REWOUND, undone)


def take_back(outside: Outside, plan: Plan, pinned: Mapping[str, str]) -> list[str]:
    """Points internal tables at what is pinned, and forgets those that are not; names of what moved."""
    moved = []
    for name in kept_between_runs(plan):
        pointer = outside.tables.current(name)
        wanted = pinned.get(str(name))
        if pointer is None or pointer.metadata_location == wanted:
            continue
        if wanted is None:
            outside.tables.drop(name)
        else:
            outside.tables.publish([Swap(name, pointer.metadata_location, wanted)])
        moved.append(str(name))
    return moved


def _left_since(run: Run, product: str, major: int) -> bool:
    for record in run.outside.log.runs(product, major):
        if record.run_id == run.run_id:
            continue
        if record.state == "published":
            # A rollback points published tables back, and leaves internal ones to the run that builds on them.
            return ROLLBACK in record.steps
        if record.state in ("failed", "rejected"):
            return True
    return False
