"""Which keys a table's rules leave distinct, so that what they have just told apart is not counted again."""

from __future__ import annotations

from collections.abc import Collection

from mesh_jobs.domain import rules as r
from mesh_jobs.domain.plan import QualityRule, Table
from mesh_jobs.domain.row_versions import written

#: Columns of a key, in lower case.
Key = frozenset[str]


def distinct_keys(table: Table, recast: Collection[str]) -> frozenset[Key]:
    """Keys of which no two good rows have the same: a rule took out all but one row of each, and nothing has changed
    their values since. `recast` are the columns that were cast to what is promised in the end. Rows with an incomplete
    key are not compared, neither by these rules nor by a check."""
    found: set[Key] = set()
    for rule in table.rules:
        match rule:
            case r.Deduplicate() | r.Upsert():
                found.add(_key(rule.by))
            case r.Rename():
                new = {old.lower(): name.lower() for old, name in rule.columns}
                found = {frozenset(new.get(c, c) for c in key) for key in found}
            case r.Join() | r.Aggregate() | r.Union() | r.Sql():
                found = set()
            case _:
                found = {key for key in found if not key & written(rule)}
    changed = _key([*recast, *table.masks])
    return frozenset(key for key in found if not key & changed)


def answers(keys: Collection[Key], check: QualityRule) -> bool:
    """Whether a check asks for repeats that cannot be, since these keys are distinct."""
    return check.metric == "duplicateValues" and any(key <= _key(check.columns) for key in keys)


def _key(columns: Collection[str]) -> Key:
    return frozenset(c.lower() for c in columns)
