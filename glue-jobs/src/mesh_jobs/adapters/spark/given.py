"""Rows given by a person, typed: what users' unit tests begin with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pyspark.sql import types as t

from mesh_jobs.adapters.given_rows import fields_of
from mesh_jobs.adapters.source_files import misfit_reason
from mesh_jobs.adapters.spark.casts import strict_cast
from mesh_jobs.adapters.spark.rows import ARRIVAL, FILE, ROW, Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name, spark_type, sql_type, text
from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.table import Field, Nested, Type


def rows_of(session: Session, fields: Sequence[Field] | None, rows: Sequence[Mapping[str, Any]]) -> Rows:
    """Raises BadRequest naming row and column of what does not fit, or of a column that is not there."""
    fields = fields_of(fields, rows)
    columns = [ROW, *(f"c{i}" for i in range(len(fields)))]
    # Literals are evaluated while Spark plans: no job is needed for them.
    values = [
        f"({n}L, {', '.join(_literal(row.get(f.name), f.type) for f in fields)})" if fields else f"({n}L)"
        for n, row in enumerate(rows, 1)
    ]
    types = ["BIGINT", *("STRING" for _ in fields)]
    none = ", ".join(f"CAST(NULL AS {of}) AS {c}" for c, of in zip(columns, types, strict=True))
    given = (
        f"SELECT * FROM VALUES {', '.join(values)} AS t({', '.join(columns)})" if rows else f"SELECT {none} WHERE false"
    )
    casts = [strict_cast(f"c{i}", t.StringType(), f.type, f.format) for i, f in enumerate(fields)]
    tried = ", ".join(f"{cast.value} AS v{i}" for i, cast in enumerate(casts)) or "CAST(NULL AS STRING) AS v0"
    made = session.spark.sql(f"SELECT *, {tried} FROM ({given})")
    misfits = [
        f"CASE WHEN c{i} IS NOT NULL AND v{i} IS NULL THEN {i} END" for i, cast in enumerate(casts) if cast.fallible
    ]
    if misfits and rows:
        wrong = made.selectExpr(ROW, f"filter(array({', '.join(misfits)}), x -> x IS NOT NULL) AS wrong")
        bad = wrong.where("size(wrong) > 0").collect()
        if bad:
            i, number = min((found.wrong[0], found[ROW]) for found in bad)
            f, value = fields[i], rows[number - 1][fields[i].name]
            raise BadRequest(f"row {number}: {misfit_reason(f)}: received {_json(value)}", "correct the row")
    cells = [f"CAST(v{i} AS {sql_type(spark_type(f.type))}) AS {name(f.name)}" for i, f in enumerate(fields)]
    system = (f"CAST(NULL AS STRING) AS {FILE}", ROW, f"{ROW} AS {ARRIVAL}")
    frame = made.selectExpr(*(cells or ["v0 AS nothing"]), *system)
    return Rows(frame, traced=True)


def _literal(value: Any, type_: Type) -> str:
    """SQL of a value as a text, as JSON has it."""
    if value is None:
        return "CAST(NULL AS STRING)"
    if isinstance(type_, Nested) or isinstance(value, list | dict):
        return text(_json(value))
    if isinstance(value, bool):
        return text("true" if value else "false")
    return text(_printed(value) if isinstance(value, float) else str(value))


def _json(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))


def _printed(number: float) -> str:
    """A number as JavaScript prints it, with a fraction if it has no exponent."""
    if number != number or abs(number) == float("inf"):
        return json.dumps(number)
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        digits = format(Decimal(repr(number)), "f")
        return digits if "." in digits else f"{digits}.0"
    head, _, exponent = repr(number).partition("e")
    return f"{head}e{int(exponent)}"
