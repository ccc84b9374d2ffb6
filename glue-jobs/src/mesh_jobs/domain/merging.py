"""Which tables a delta may merge, so that it ends as a full run over the same input would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.row_versions import Versioned, versioned
from mesh_jobs.domain.rules import Cast, Filter, Join, MapValues, Union


def only_mergeable(tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables, `incremental` only where merging is right. A row that a rule takes out now may have passed in an
    older version: merging good rows alone would leave that version in the table. And a row may come after a newer one
    of its key: only a table that kept what makes it newer can tell. So a table where it is otherwise, and all that is
    computed from it, is computed anew from all its input."""
    merged: dict[str, bool] = {}
    found: dict[str, Versioned | None] = {}
    version: dict[str, str | None] = {}
    for table in tables:
        name = table.name
        follows = all(merged.get(n, True) for n in inputs_of(table))
        rows = found[name] = versioned(table, found.get(table.inputs[0]))
        version[name] = None if rows is None else rows.kept_by(table)
        told = rows is None or version[name] is not None
        merged[name] = table.incremental and follows and told and not takes_rows_out(table)
    return tuple(replace(t, incremental=merged[t.name], version=version[t.name]) for t in tables)


def takes_rows_out(table: Table) -> bool:
    """Whether a key may be in the input and not in the output."""
    for rule in table.rules:
        match rule:
            case Filter():
                return True
            case MapValues() if rule.otherwise in ("remove", "quarantine"):
                return True
            case Cast() if rule.on_fail == "quarantine":
                return True
    return any(c.action == "quarantine_rows" for c in table.checks)


def inputs_of(table: Table) -> tuple[str, ...]:
    """Names of the sources and tables whose rows go into a table."""
    names = list(table.inputs)
    for rule in table.rules:
        if isinstance(rule, Join):
            names.append(rule.with_)
        elif isinstance(rule, Union):
            names += rule.with_
    return tuple(dict.fromkeys(names))


def needs_all(tables: Sequence[Table], table: Table) -> bool:
    """Whether a delta computes the table from all rows: because it cannot be merged, or, where it is not kept, because
    one that reads it cannot."""
    if not table.incremental:
        return True
    if table.persist or table.published:
        return False
    return any(needs_all(tables, user) for user in tables if table.name in inputs_of(user))
