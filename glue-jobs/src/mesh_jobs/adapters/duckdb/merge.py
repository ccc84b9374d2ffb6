"""Which files a set of changed keys touches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.adapters.duckdb.stored import scan
from mesh_jobs.adapters.duckdb.types import duckdb_type, name, names, text
from mesh_jobs.adapters.iceberg.files import DataFile, StoredSchema


def touched_files(
    session: Session, schema: StoredSchema, files: Sequence[DataFile], key: tuple[str, ...], changed: str
) -> list[DataFile]:
    """The files that hold a row whose key is among those of `changed`: first those whose bounds leave it possible,
    then, of these, those where it is so."""
    possible = _possible(session, schema, files, key, changed)
    if not possible:
        return []
    by_path = {f.path: f for f in possible}
    found = session.all(
        f"SELECT DISTINCT filename FROM ({scan(schema, possible, ', filename')}) AS old "
        f"SEMI JOIN (SELECT {names(key)} FROM {changed}) AS changed USING ({names(key)})"
    )
    return [by_path[path] for (path,) in found]


def _possible(
    session: Session, schema: StoredSchema, files: Sequence[DataFile], key: tuple[str, ...], changed: str
) -> list[DataFile]:
    types = {c.name.lower(): duckdb_type(c.type) for c in schema.columns}
    bounds = session.one(
        f"SELECT {', '.join(f'min({name(k)})::VARCHAR, max({name(k)})::VARCHAR' for k in key)} FROM {changed}"
    )
    if bounds[0] is None:
        return []
    out = []
    for file in files:
        conditions = []
        for i, k in enumerate(key):
            low, high = file.lower.get(k), file.upper.get(k)
            type_ = types[k.lower()]
            if low is not None and high is not None and _comparable(low) and type_ != "BLOB":
                mine = [f"CAST({text(str(b))} AS {type_})" for b in (bounds[2 * i], bounds[2 * i + 1])]
                theirs = [f"CAST({text(str(b))} AS {type_})" for b in (low, high)]
                conditions.append(f"{mine[1]} >= {theirs[0]} AND {mine[0]} <= {theirs[1]}")
        if not conditions or session.one(f"SELECT {' AND '.join(conditions)}")[0]:
            out.append(file)
    return out


def _comparable(value: object) -> bool:
    return isinstance(value, int | float | Decimal | str | date | datetime)
