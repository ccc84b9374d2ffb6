"""Which columns a join compares and takes over. The same on every engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.rules import Join


def compared(table: str, rule: Join, theirs: Sequence[str]) -> list[str]:
    """The other side's keys as they are written there. Raises BadInput for one that is not."""
    known = {c.lower(): c for c in theirs}
    for _, key in rule.on:
        if key.lower() not in known:
            raise BadInput(f"table {table}: rule {rule.id}: {rule.with_} has no column {key}", "correct `on`")
    return [known[key.lower()] for _, key in rule.on]


def taken_over(table: str, rule: Join, ours: Iterable[str], theirs: Sequence[str]) -> list[tuple[str, str]]:
    """The other side's columns, as they are written there, with their names in the result. Raises BadInput for one that
    is not there, and for a name that both sides have."""
    known, mine = {c.lower(): c for c in theirs}, {c.lower() for c in ours}
    keys = {b.lower() for _, b in rule.on}
    wanted = rule.select if rule.select is not None else [(c, c) for c in theirs if c.lower() not in keys]
    for column, new in wanted:
        if column.lower() not in known:
            raise BadInput(f"table {table}: rule {rule.id}: {rule.with_} has no column {column}", "correct `select`")
        if new.lower() in mine:
            raise BadInput(
                f"table {table}: rule {rule.id}: both sides have a column {new}",
                f"give it another name, e.g. select: {{{column}: {rule.with_}_{column}}}",
            )
    return [(known[column.lower()], new) for column, new in wanted]
