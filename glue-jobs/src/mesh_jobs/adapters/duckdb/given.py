"""Rows given by a person, typed: what users' unit tests begin with."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mesh_jobs.adapters.duckdb.casts import strict_cast
from mesh_jobs.adapters.duckdb.session import FILE, PLACE, ROW, Relation, Session
from mesh_jobs.adapters.duckdb.types import duckdb_type, name, text
from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.table import Field, ListType, StructType, Type, shown

_DAY, _TIME = r"\d{4}-\d\d-\d\d", r"[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
_TIMES: tuple[tuple[Type, re.Pattern[str]], ...] = (
    ("date", re.compile(_DAY)),
    ("timestamptz", re.compile(_DAY + _TIME + r"(Z|[+-]\d\d:\d\d)")),
    ("timestamp", re.compile(_DAY + _TIME)),
)


def relation_of(session: Session, fields: Sequence[Field] | None, rows: Sequence[Mapping[str, Any]]) -> Relation:
    """Raises BadRequest naming row and column of what does not fit, or of a column that is not there."""
    if fields is None:
        found = dict.fromkeys(c for row in rows for c in row)
        fields = [Field(c, inferred([row.get(c) for row in rows])) for c in found]
    known = {f.name for f in fields}
    for number, row in enumerate(rows, 1):
        for c in row:
            if c not in known:
                raise BadRequest(
                    f"row {number}: there is no column {c}; there are {', '.join(sorted(known))}", "correct the row"
                )
    at = session.fresh("given")
    session.run(f"CREATE TEMP TABLE {at} (_mesh_row BIGINT, j JSON)")
    for number, row in enumerate(rows, 1):
        session.db.execute(f"INSERT INTO {at} VALUES ($1, $2)", [number, json.dumps(row, default=str)])
    if not fields:
        return session.relation(
            f"SELECT NULL AS nothing, CAST(NULL AS VARCHAR) AS {FILE}, {ROW}, {ROW} AS {PLACE} FROM {at}",
            traced=True,
            placed=True,
        )
    cells = []
    for f in fields:
        value = f"json_extract(j, {text(_path(f.name))})"
        cast = strict_cast(value, "JSON", f.type, f.format)
        if cast.fallible:
            wrong = f"{value} IS NOT NULL AND json_type({value}) <> 'NULL' AND {cast.value} IS NULL"
            bad = session.db.execute(
                f"SELECT {ROW}, CAST({value} AS VARCHAR) FROM {at} WHERE {wrong} ORDER BY 1 LIMIT 1"
            ).fetchone()
            if bad:
                raise BadRequest(
                    f"row {bad[0]}: column {f.name} is not a {shown(f.type)}: received {bad[1]}", "correct the row"
                )
        cells.append(f"CAST({cast.value} AS {duckdb_type(f.type)}) AS {name(f.name)}")
    return session.relation(
        f"SELECT {', '.join(cells)}, CAST(NULL AS VARCHAR) AS {FILE}, {ROW}, {ROW} AS {PLACE} FROM {at}",
        traced=True,
        placed=True,
    )


def inferred(values: Sequence[Any]) -> Type:
    """The type of JSON values: the widest of theirs."""
    there = [v for v in values if v is not None]
    if there and all(isinstance(v, bool) for v in there):
        return "boolean"
    if there and all(isinstance(v, int) and not isinstance(v, bool) for v in there):
        return "long"
    if there and all(isinstance(v, int | float) and not isinstance(v, bool) for v in there):
        return "double"
    if there and all(isinstance(v, list) for v in there):
        return ListType(inferred([x for v in there for x in v]))
    if there and all(isinstance(v, dict) and v for v in there):
        members = dict.fromkeys(k for v in there for k in v)
        return StructType(tuple((m, inferred([v.get(m) for v in there])) for m in members))
    for type_, shape in _TIMES:
        if there and all(isinstance(v, str) and shape.fullmatch(v) for v in there):
            return type_
    return "string"


def _path(member: str) -> str:
    return '$."' + member.replace('"', '\\"') + '"'
