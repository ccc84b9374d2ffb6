"""Checks over whole tables: everything that one scan can tell in one scan, keys in one more, queries as written."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from mesh_jobs.adapters.spark.figures import count_failing
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import QualityRule, Table
from mesh_jobs.ports.engine import Measurement


def measure_stored(
    session: Session, table: Table, stored: Rows, checks: Sequence[QualityRule]
) -> tuple[Measurement, ...]:
    """Measures checks of any kind. Raises BadInput for a query that fails."""
    known = {f.name.lower(): f.dataType for f in stored.frame.schema}
    types = {x: known[x.lower()] for c in checks for x in c.columns}
    counted = [c for c in checks if c.metric not in ("rowCount", "sql")]
    (rows,), found = count_failing(session, stored.frame, types, counted, more=[F.count(F.lit(1))])
    out: list[Measurement] = []
    for c in checks:
        match c.metric:
            case "rowCount":
                out.append(Measurement(c.id, rows, None, float(rows)))
            case "sql":
                out.append(Measurement(c.id, rows, None, _number(session, table, stored, c)))
            case _:
                out.append(Measurement(c.id, rows, found[c.id], None))
    return tuple(out)


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
    value = found[0] if found else None
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadInput(f"table {table.name}: check {check.id} does not give a number", "select one number") from None
