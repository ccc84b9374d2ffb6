"""Rows given by a person, typed: what users' unit tests begin with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mesh_jobs.adapters.duckdb.casts import strict_cast
from mesh_jobs.adapters.duckdb.session import FILE, PLACE, ROW, Relation, Session
from mesh_jobs.adapters.duckdb.types import duckdb_type, json_path, name, text
from mesh_jobs.adapters.given_rows import fields_of
from mesh_jobs.adapters.source_files import misfit_reason
from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.table import Field


def relation_of(session: Session, fields: Sequence[Field] | None, rows: Sequence[Mapping[str, Any]]) -> Relation:
    """Raises BadRequest naming row and column of what does not fit, or of a column that is not there."""
    fields = fields_of(fields, rows)
    at = session.fresh("given")
    session.run(f"CREATE TEMP TABLE {at} (_mesh_row BIGINT, j JSON)")
    if rows:
        # As literals: for each parameter DuckDB looks for pandas, which jobs do not have.
        given = ", ".join(f"({number}, {text(json.dumps(row, default=str))})" for number, row in enumerate(rows, 1))
        session.run(f"INSERT INTO {at} VALUES {given}")
    if not fields:
        return session.relation(
            f"SELECT NULL AS nothing, CAST(NULL AS VARCHAR) AS {FILE}, {ROW}, {ROW} AS {PLACE} FROM {at}",
            traced=True,
            placed=True,
        )
    cells = []
    for f in fields:
        value = f"json_extract(j, {text(json_path(f.name))})"
        cast = strict_cast(value, "JSON", f.type, f.format)
        if cast.fallible:
            wrong = f"{value} IS NOT NULL AND json_type({value}) <> 'NULL' AND {cast.value} IS NULL"
            bad = session.first(f"SELECT {ROW}, CAST({value} AS VARCHAR) FROM {at} WHERE {wrong} ORDER BY 1 LIMIT 1")
            if bad:
                raise BadRequest(f"row {bad[0]}: {misfit_reason(f)}: received {bad[1]}", "correct the row")
        cells.append(f"CAST({cast.value} AS {duckdb_type(f.type)}) AS {name(f.name)}")
    return session.relation(
        f"SELECT {', '.join(cells)}, CAST(NULL AS VARCHAR) AS {FILE}, {ROW}, {ROW} AS {PLACE} FROM {at}",
        traced=True,
        placed=True,
    )
