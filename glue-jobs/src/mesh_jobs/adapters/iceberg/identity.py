"""Columns of a plan in a stored table: one older than the table finds them under newer names, by their ids."""

from __future__ import annotations

from collections.abc import Mapping

from mesh_jobs.adapters.iceberg.files import StoredColumn, StoredSchema
from mesh_jobs.domain.plan import Table


def stored_name(table: Table, schema: StoredSchema, column: str) -> str:
    """What the stored table calls a column of the plan."""
    ids = {c.name.lower(): c.id for c in table.columns or ()} if table.published else {}
    own = schema.by_id().get(ids.get(column.lower(), ""))
    return own.name if own is not None else column


def stored_key(table: Table, schema: StoredSchema) -> tuple[str, ...]:
    """The primary key as the stored table calls it."""
    return tuple(stored_name(table, schema, k) for k in table.primary_key)


def same_key(table: Table, one: StoredSchema, other: StoredSchema) -> bool:
    """Whether two schemas of a table have the primary key in the same columns: one whose type has changed, other than
    to a wider one, is a new column of that name."""
    ids = [{c.name.lower(): c.field_id for c in schema.columns} for schema in (one, other)]
    pairs = zip(stored_key(table, one), stored_key(table, other), strict=True)
    return all(ids[0].get(a.lower()) == ids[1].get(b.lower()) for a, b in pairs)


def planned_names(table: Table, schema: StoredSchema) -> Mapping[str, str]:
    """The plan's names of stored columns, by their stored names."""
    return {stored_name(table, schema, c.name): c.name for c in table.columns or ()}


def planned_name(table: Table, column: StoredColumn) -> str:
    """What the plan calls a stored column; empty for one that it does not know."""
    if not table.published or table.columns is None:
        return column.name
    return next((c.name for c in table.columns if c.id == column.column_id), "")
