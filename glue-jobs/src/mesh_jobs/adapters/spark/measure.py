"""Checks over whole tables: everything that one scan can tell in one scan, keys in one more, queries as written."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from mesh_jobs.adapters.spark.figures import answers
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.measuring import number_of, plan_measuring
from mesh_jobs.domain.plan import QualityRule, Table
from mesh_jobs.domain.quality import Measurement


def measure_stored(
    session: Session, table: Table, stored: Rows, checks: Sequence[QualityRule]
) -> tuple[Measurement, ...]:
    """Measures checks of any kind. Raises BadInput for a query that fails."""
    known = {f.name.lower(): f.dataType for f in stored.frame.schema}
    types = {x: known[x.lower()] for c in checks for x in c.columns}
    plan = plan_measuring(checks)
    (rows,), found = answers(session, stored.frame, types, plan, more=[F.count(F.lit(1))])
    queried = {c.id: _number(session, table, stored, c) for c in plan.queries}
    return plan.measurements(rows, {**found, **queried})


def _number(session: Session, table: Table, stored: Rows, check: QualityRule) -> float | None:
    view = session.view(stored.frame.select(*(F.col(name(f.name)) for f in stored.fields)), "checked")
    text = (check.query or "").replace("${table}", view).strip().removesuffix(";")
    # The table is known by its own name as well, inside this query alone.
    within = f"WITH {name(table.name)} AS (SELECT * FROM {view}) SELECT * FROM (\n{text}\n)"
    try:
        found = session.spark.sql(within).head()
    except PySparkException as error:
        said = "" if table.protected else f": {str(error).splitlines()[0]}"
        raise BadInput(f"table {table.name}: check {check.id} cannot be computed{said}", "correct its query") from error
    return number_of(found[0] if found else None, table, check)
