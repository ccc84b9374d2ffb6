"""Rows given by a person, before an engine types them: what users' unit tests begin with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.table import Field, ListType, StructType, Type

_DAY, _TIME = r"\d{4}-\d\d-\d\d", r"[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
_TIMES: tuple[tuple[Type, re.Pattern[str]], ...] = (
    ("date", re.compile(_DAY)),
    ("timestamptz", re.compile(_DAY + _TIME + r"(Z|[+-]\d\d:\d\d)")),
    ("timestamp", re.compile(_DAY + _TIME)),
)


def fields_of(fields: Sequence[Field] | None, rows: Sequence[Mapping[str, Any]]) -> Sequence[Field]:
    """The columns as declared, or as the values tell. Raises BadRequest naming a row's column that is not there."""
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
    return fields


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
