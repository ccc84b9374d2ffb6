"""Internal tables between runs: they are what the last published run left, whatever happened since."""

from __future__ import annotations

from mesh_jobs.application.run import Run
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import TableName
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
    """Takes back what runs that failed or were rejected since the last publication did to internal tables: a delta must
    not build on rows that were never certified. Does nothing when there was no such run, and happens once in a run."""
    if run.done("rewound") is not None:
        return
    product = run.plan.product
    before: dict[str, str] = run.last_step("pins") or {}
    undone = []
    if _failed_since(run, product.id, product.major):
        for name in kept_between_runs(run.plan):
            pointer = run.outside.tables.current(name)
            wanted = before.get(str(name))
            if pointer is None or pointer.metadata_location == wanted:
                continue
            if wanted is None:
                run.outside.tables.drop(name)
            else:
                run.outside.tables.publish([Swap(name, pointer.metadata_location, wanted)])
            undone.append(str(name))
    run.remember("rewound", undone)


def _failed_since(run: Run, product: str, major: int) -> bool:
    for record in run.outside.log.runs(product, major):
        if record.run_id == run.run_id:
            continue
        if record.state == "published":
            return False
        if record.state in ("failed", "rejected"):
            return True
    return False
