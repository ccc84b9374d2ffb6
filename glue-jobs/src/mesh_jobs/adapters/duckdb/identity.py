"""Columns of a plan in a stored table: one older than the table finds them under newer names, by their ids."""

from __future__ import annotations

from mesh_jobs.adapters.duckdb.session import PLACE, Relation, Session
from mesh_jobs.adapters.duckdb.types import name
from mesh_jobs.adapters.iceberg.files import StoredSchema
from mesh_jobs.domain.plan import Table


def stored_name(table: Table, schema: StoredSchema, column: str) -> str:
    """What the stored table calls a column of the plan."""
    ids = {c.name.lower(): c.id for c in table.columns or ()} if table.published else {}
    own = schema.by_id().get(ids.get(column.lower(), ""))
    return own.name if own is not None else column


def stored_key(table: Table, schema: StoredSchema) -> tuple[str, ...]:
    """The primary key as the stored table calls it."""
    return tuple(stored_name(table, schema, k) for k in table.primary_key)


def as_planned(session: Session, table: Table, schema: StoredSchema, stored: Relation) -> Relation:
    """A stored table under the names of the plan; a column whose name the plan gives to another one is left out."""
    ours = {stored_name(table, schema, c.name): c.name for c in table.columns or ()}
    if all(old == new for old, new in ours.items()):
        return stored
    taken = {new.lower() for new in ours.values()}
    cells = [f"{name(c)} AS {name(ours.get(c, c))}" for c, _ in stored.columns if c in ours or c.lower() not in taken]
    cells += [PLACE] if stored.placed else []
    query = f"SELECT {', '.join(cells)} FROM {stored.at}"
    return session.relation(query, size=stored.size, placed=stored.placed)
