"""By what rows were judged when they came. A delta leaves most of what is published as it is, so under another plan it
has to know what these rows were never asked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from mesh_jobs.domain.plan import Plan, QualityRule, Table


def judgement(plan: Plan) -> dict[str, dict[str, str]]:
    """How published columns are masked and what checks ask, as JSON for the record of a run."""
    return {"masked": _maskings(plan), "checks": {c.id: _asked(c) for t in plan.tables for c in t.checks}}


def masked_otherwise(before: Mapping[str, Any], plan: Plan) -> list[str]:
    """Published columns that were masked in another way, as `table.column`; a column that is new has no rows yet."""
    known: Mapping[str, str] = before.get("masked", {})
    return [name for name, masking in _maskings(plan).items() if known.get(name, masking) != masking]


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


def _maskings(plan: Plan) -> dict[str, str]:
    """Of those that are not masked as well, to be told from new ones."""
    return {f"{t.name}.{c.name}": c.masking for t in plan.published for c in t.columns or ()}


def _asked(check: QualityRule) -> str:
    """All that the answer and what follows from it depend on."""
    what = (check.metric, check.scope, check.columns, sorted(check.arguments.items()), check.query, check.reference)
    demanded = (check.operator, check.threshold, check.unit, check.severity, check.action)
    return hashlib.sha256(repr((what, demanded)).encode()).hexdigest()[:16]
