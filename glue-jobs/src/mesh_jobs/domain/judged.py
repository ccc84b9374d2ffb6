"""By what rows were judged when they came. A delta leaves most of what is published as it is, so under another plan it
has to know what these rows were never asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from mesh_jobs.domain.plan import Plan, QualityRule, Table
from mesh_jobs.domain.table import Column, Masking

#: How little is left of a value. A hash and a token tell the same: who has the same value.
_LEFT: dict[Masking, int] = {"none": 0, "truncate": 1, "hash": 2, "tokenise": 2, "redact": 3, "nullify": 3}


def judgement(plan: Plan, before: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """How published columns are masked, by their ids, and what checks ask, as JSON for the record of a run. A column
    that the plan leaves out stays as it was `before`: its rows do."""
    masked = {**before.get("masked", {}), **{_key(t, c): c.masking for t, c in _columns(plan)}}
    return {"masked": masked, "checks": {c.id: _asked(c) for t in plan.tables for c in t.checks}}


def masked_otherwise(before: Mapping[str, Any], plan: Plan) -> list[str]:
    """Published columns that were masked in another way, as `table.column`; a column that is new has no rows yet."""
    return [_shown(t, c) for t, c, _ in _remasked(before, plan)]


def masked_more(before: Mapping[str, Any], plan: Plan) -> dict[str, list[str]]:
    """By table, the published columns that showed more of their values, as `table.column`."""
    found: dict[str, list[str]] = {}
    for table, column, masking in _remasked(before, plan):
        if _LEFT[masking] < _LEFT[column.masking]:
            found.setdefault(table.name, []).append(_shown(table, column))
    return found


def keys_masked_otherwise(before: Mapping[str, Any], plan: Plan) -> dict[str, list[str]]:
    """By table, the columns of its primary key that were masked in another way, as `table.column`: a key that is stored
    cannot be told from one that comes."""
    found: dict[str, list[str]] = {}
    for table, column, _ in _remasked(before, plan):
        if column.name.lower() in {k.lower() for k in table.primary_key}:
            found.setdefault(table.name, []).append(_shown(table, column))
    return found


def to_make_anew(before: Mapping[str, Any], plan: Plan) -> set[str]:
    """Published tables whose stored rows are masked otherwise, or cannot answer a new check."""
    unasked = {t.name for t in plan.published if any(not can_answer(t, c) for c in new_checks(before, t))}
    return unasked | {t.name for t, _, _ in _remasked(before, plan)}


def new_checks(before: Mapping[str, Any], table: Table) -> list[QualityRule]:
    """Checks of a table that ask, or demand, something else than before, or are new."""
    known: Mapping[str, str] = before.get("checks", {})
    return [c for c in table.checks if known.get(c.id) != _asked(c)]


def unanswerable(before: Mapping[str, Any], plan: Plan) -> list[QualityRule]:
    """New checks that published rows cannot answer."""
    return [c for t in plan.published for c in new_checks(before, t) if not can_answer(t, c)]


def can_answer(table: Table, check: QualityRule) -> bool:
    """Whether a table's stored rows can be asked: a check of rows is about values before they are masked."""
    return check.scope != "row" or {c.lower() for c in table.masks}.isdisjoint(c.lower() for c in check.columns)


def _remasked(before: Mapping[str, Any], plan: Plan) -> Iterator[tuple[Table, Column, Masking]]:
    """Published columns that were masked in another way, and in which."""
    known: Mapping[str, Masking] = before.get("masked", {})
    for table, column in _columns(plan):
        masking = known.get(_key(table, column), column.masking)
        if masking != column.masking:
            yield table, column, masking


def _columns(plan: Plan) -> Iterator[tuple[Table, Column]]:
    """Those that are not masked as well, to be told from new ones."""
    return ((t, c) for t in plan.published for c in t.columns or ())


def _key(table: Table, column: Column) -> str:
    """A column that is renamed keeps its id, and its rows."""
    return f"{table.name}.{column.id}"


def _shown(table: Table, column: Column) -> str:
    return f"{table.name}.{column.name}"


def _asked(check: QualityRule) -> str:
    """All that the answer and what follows from it depend on."""
    what = (check.metric, check.scope, check.columns, sorted(check.arguments.items()), check.query, check.reference)
    demanded = (check.operator, check.threshold, check.unit, check.severity, check.action)
    return hashlib.sha256(repr((what, demanded)).encode()).hexdigest()[:16]
