"""Checks over whole tables: everything that one scan can tell in one scan, keys and queries each in their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mesh_jobs.adapters.duckdb.checks import orphans, seconds_of_newest
from mesh_jobs.adapters.duckdb.failures import speaking
from mesh_jobs.adapters.duckdb.figures import answers
from mesh_jobs.adapters.duckdb.portable import translate_query
from mesh_jobs.adapters.duckdb.session import Relation, Session
from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.measuring import CHECKED, number_of, plan_measuring
from mesh_jobs.domain.plan import QualityRule, Table
from mesh_jobs.domain.quality import Measurement


def measure_stored(
    session: Session,
    table: Table,
    stored: Relation,
    checks: Sequence[QualityRule],
    others: Mapping[str, Relation] = MappingProxyType({}),
) -> tuple[Measurement, ...]:
    """Measures checks of any kind. Raises BadInput for a query that fails."""
    known = {c.lower(): t for c, t in stored.columns}
    types = {x: known[x.lower()] for c in checks for x in c.columns}
    plan = plan_measuring(checks)
    figures = ["count(*)", *(seconds_of_newest(c.columns[0]) for c in plan.freshness)]
    (rows, *newest), counted = answers(
        session, stored.at, stored.size, types, plan, more=figures, likely_key=table.primary_key
    )
    found: dict[str, float | None] = dict(counted)
    found.update(zip((c.id for c in plan.freshness), newest, strict=True))
    for c in plan.references:
        assert c.reference is not None
        other = others[c.reference.name].at
        found[c.id] = int(session.one(orphans(c.columns, stored.at, c.reference.columns, other))[0])
    found.update({c.id: _number(session, table, stored, c) for c in plan.queries})
    return plan.measurements(rows, found)


def _number(session: Session, table: Table, stored: Relation, check: QualityRule) -> float | None:
    what = f"table {table.name}: check {check.id}"
    text = (check.query or "").replace("${table}", CHECKED)
    try:
        names = (CHECKED, table.name)
        query = translate_query(text, dict.fromkeys(names, stored.at), dict.fromkeys(names, stored.types), exact=False)
    except SqlRefused as error:
        raise BadInput(f"{what}: {error}", error.remedy) from error
    with speaking(what, bool(table.protected)):
        row = session.first(query)
    return number_of(row[0] if row else None, table, check)
