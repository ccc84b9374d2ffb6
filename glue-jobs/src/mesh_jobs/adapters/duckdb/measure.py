"""Checks over whole tables: everything that one scan can tell in one scan, keys and queries each in their own."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from mesh_jobs.adapters.duckdb.figures import count_failing
from mesh_jobs.adapters.duckdb.portable import translate_query
from mesh_jobs.adapters.duckdb.session import Relation, Session
from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import QualityRule, Table
from mesh_jobs.ports.engine import Measurement

#: What ${table} stands for while a query is parsed.
PLACEHOLDER = "mesh_checked_table"


def measure_stored(
    session: Session, table: Table, stored: Relation, checks: Sequence[QualityRule]
) -> tuple[Measurement, ...]:
    """Measures checks of any kind. Raises BadInput for a query that fails."""
    known = {c.lower(): t for c, t in stored.columns}
    types = {x: known[x.lower()] for c in checks for x in c.columns}
    counted = [c for c in checks if c.metric not in ("rowCount", "sql")]
    (rows,), found = count_failing(
        session, stored.at, stored.size, types, counted, more=["count(*)"], likely_key=table.primary_key
    )
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


def _number(session: Session, table: Table, stored: Relation, check: QualityRule) -> float | None:
    text = (check.query or "").replace("${table}", PLACEHOLDER)
    try:
        names = (PLACEHOLDER, table.name)
        query = translate_query(text, dict.fromkeys(names, stored.at), dict.fromkeys(names, stored.types), exact=False)
        row = session.db.execute(query).fetchone()
    except duckdb.Error as error:
        said = "" if table.protected else f": {str(error).splitlines()[0].split(': ', 1)[-1]}"
        raise BadInput(f"table {table.name}: check {check.id} cannot be computed{said}", "correct its query") from error
    except SqlRefused as error:
        raise BadInput(f"table {table.name}: check {check.id}: {error}", error.remedy) from error
    value = row[0] if row else None
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadInput(f"table {table.name}: check {check.id} does not give a number", "select one number") from None
