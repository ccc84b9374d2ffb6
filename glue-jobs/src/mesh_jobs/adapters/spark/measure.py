"""Checks over whole tables: everything that one scan can tell in one scan, keys in one more, queries as written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pyspark.sql import functions as F

from mesh_jobs.adapters.spark.failures import speaking
from mesh_jobs.adapters.spark.figures import answers, orphans, seconds_of_newest
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name
from mesh_jobs.domain.measuring import number_of, plan_measuring
from mesh_jobs.domain.plan import QualityRule, Table
from mesh_jobs.domain.quality import Measurement


def measure_stored(
    session: Session,
    table: Table,
    stored: Rows,
    checks: Sequence[QualityRule],
    others: Mapping[str, Rows] = MappingProxyType({}),
) -> tuple[Measurement, ...]:
    """Measures checks of any kind. Raises BadInput for a query that fails."""
    known = {f.name.lower(): f.dataType for f in stored.frame.schema}
    types = {x: known[x.lower()] for c in checks for x in c.columns}
    plan = plan_measuring(checks)
    figures = [F.count(F.lit(1)), *(seconds_of_newest(c.columns[0]) for c in plan.freshness)]
    (rows, *newest), counted = answers(session, stored.frame, types, plan, more=figures)
    found: dict[str, float | None] = dict(counted)
    found.update(zip((c.id for c in plan.freshness), newest, strict=True))
    for c in plan.references:
        assert c.reference is not None
        other = others[c.reference.name].frame
        found[c.id] = orphans(session, stored.frame, c.columns, other, c.reference.columns)
    found.update({c.id: _number(session, table, stored, c) for c in plan.queries})
    return plan.measurements(rows, found)


def _number(session: Session, table: Table, stored: Rows, check: QualityRule) -> float | None:
    view = session.view(stored.frame.select(*(F.col(name(f.name)) for f in stored.fields)), "checked")
    text = (check.query or "").replace("${table}", view).strip().removesuffix(";")
    # The table is known by its own name as well, inside this query alone.
    within = f"WITH {name(table.name)} AS (SELECT * FROM {view}) SELECT * FROM (\n{text}\n)"
    with speaking(f"table {table.name}: check {check.id}", bool(table.protected)):
        found = session.spark.sql(within).head()
    return number_of(found[0] if found else None, table, check)
