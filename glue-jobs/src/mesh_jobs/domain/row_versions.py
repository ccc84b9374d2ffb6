"""Which of two rows of one key is newer, for those that are not there at the same time: one stored, one merged now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mesh_jobs.domain import rules as r
from mesh_jobs.domain.plan import Table


@dataclass(frozen=True)
class Versioned:
    """Rows that were de-duplicated by a key, the one with the greatest value of a column kept. `column` is None when
    that value is not there any more. Names are in lower case."""

    key: frozenset[str]
    column: str | None

    def kept_by(self, table: Table) -> str | None:
        """The table's column of that value, if the table can tell by it which of its rows is newer."""
        if self.column is None or self.key != {k.lower() for k in table.primary_key}:
            return None
        if table.columns is None:
            return self.column
        return next((c.name for c in table.columns if c.name.lower() == self.column and c.masking == "none"), None)


def versioned(table: Table, before: Versioned | None) -> Versioned | None:
    """How a table's rules leave rows that came as `before`; None where no rule asks which row is newer."""
    found = before
    for rule in table.rules:
        match rule:
            case r.Deduplicate() if rule.latest is not None:
                column = rule.latest.lower()
                same = found is None or found.column == column
                found = Versioned(frozenset(k.lower() for k in rule.by), column if same else None)
            case r.Rename() if found is not None:
                new = {old.lower(): name.lower() for old, name in rule.columns}
                found = Versioned(frozenset(new.get(k, k) for k in found.key), _renamed(found.column, new))
            case _ if found is not None and found.column in written(rule):
                found = replace(found, column=None)
    return found


def _renamed(column: str | None, new: Mapping[str, str]) -> str | None:
    return None if column is None else new.get(column, column)


def written(rule: r.TransformationRule) -> set[str]:
    """Columns that have other values after a rule, in lower case."""
    match rule:
        case r.Cast():
            return {f.name.lower() for f in rule.columns}
        case r.Trim() | r.Lower() | r.Upper() | r.Hash() | r.Redact():
            return {c.lower() for c in rule.columns}
        case r.Derive() | r.FillNull():
            return {c.lower() for c, _ in rule.columns}
        case r.MapValues():
            return {rule.column.lower()}
    return set()
