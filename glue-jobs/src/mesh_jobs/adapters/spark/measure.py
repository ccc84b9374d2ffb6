"""Checks over whole tables: everything that one scan can tell in one scan, queries that are totals among it; keys in
one more; other queries as they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors.exceptions.captured import CapturedException
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import DataType

from mesh_jobs.adapters.spark.failures import speaking
from mesh_jobs.adapters.spark.figures import answers, orphans, seconds_of_newest
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.totals import total_of
from mesh_jobs.adapters.spark.types import name
from mesh_jobs.domain.measuring import CHECKED, Measuring, number_of, plan_measuring
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
    figures = {c.id: seconds_of_newest(c.columns[0]) for c in plan.freshness}
    totals = _totals(session, table, stored, plan.queries)
    try:
        rows, values, counted = _scan(session, stored, types, plan, figures | totals)
    except (CapturedException, Py4JJavaError):
        if not totals:
            raise
        # One of the queries fails, perhaps. Each on its own says which it is and why.
        totals = {}
        rows, values, counted = _scan(session, stored, types, plan, figures)
    found = values | counted
    for c in plan.references:
        assert c.reference is not None
        other = others[c.reference.name].frame
        found[c.id] = orphans(session, stored.frame, c.columns, other, c.reference.columns)
    for c in plan.queries:
        found[c.id] = number_of(values[c.id], table, c) if c.id in totals else _number(session, table, stored, c)
    return plan.measurements(rows, found)


def _scan(
    session: Session, stored: Rows, types: Mapping[str, DataType], plan: Measuring, figures: Mapping[str, Column]
) -> tuple[int, dict[str, Any], dict[str, int]]:
    """How many rows there are, the figures of them, and failing rows."""
    (rows, *values), counted = answers(session, stored.frame, types, plan, more=[F.count(F.lit(1)), *figures.values()])
    return rows, dict(zip(figures, values, strict=True)), counted


def _totals(session: Session, table: Table, stored: Rows, checks: Sequence[QualityRule]) -> dict[str, Column]:
    columns = [f.name for f in stored.fields]
    found = {c.id: total_of(session, _query(c, CHECKED), (CHECKED, table.name), columns) for c in checks}
    return {id: total for id, total in found.items() if total is not None}


def _number(session: Session, table: Table, stored: Rows, check: QualityRule) -> float | None:
    view = session.view(stored.frame.select(*(F.col(name(f.name)) for f in stored.fields)), "checked")
    # The table is known by its own name as well, inside this query alone.
    within = f"WITH {name(table.name)} AS (SELECT * FROM {view}) SELECT * FROM (\n{_query(check, view)}\n)"
    with speaking(f"table {table.name}: check {check.id}", bool(table.protected)):
        found = session.spark.sql(within).head()
    return number_of(found[0] if found else None, table, check)


def _query(check: QualityRule, table: str) -> str:
    """What a check asks of a table of this name."""
    return (check.query or "").replace("${table}", table).strip().removesuffix(";")
