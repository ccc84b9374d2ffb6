"""A stored table under the names of a plan that is older than it."""

from __future__ import annotations

from mesh_jobs.adapters.duckdb.session import PLACE, Relation, Session
from mesh_jobs.adapters.duckdb.types import name
from mesh_jobs.adapters.iceberg.files import StoredSchema
from mesh_jobs.adapters.iceberg.identity import planned_names
from mesh_jobs.domain.plan import Table


def as_planned(session: Session, table: Table, schema: StoredSchema, stored: Relation) -> Relation:
    """A stored table under the names of the plan; a column whose name the plan gives to another one is left out."""
    ours = planned_names(table, schema)
    if all(old == new for old, new in ours.items()):
        return stored
    taken = {new.lower() for new in ours.values()}
    cells = [f"{name(c)} AS {name(ours.get(c, c))}" for c, _ in stored.columns if c in ours or c.lower() not in taken]
    cells += [PLACE] if stored.placed else []
    query = f"SELECT {', '.join(cells)} FROM {stored.at}"
    return session.relation(query, size=stored.size, placed=stored.placed)
