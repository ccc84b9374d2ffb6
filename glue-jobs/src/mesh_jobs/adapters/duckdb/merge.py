"""Which files a set of changed keys touches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from mesh_jobs.adapters.duckdb.session import PLACE, Session
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
        f"SEMI JOIN (SELECT {names(key)} FROM {changed}) AS changed ON {same('old', 'changed', key)}"
    )
    return [by_path[path] for (path,) in found]


def _possible(
    session: Session, schema: StoredSchema, files: Sequence[DataFile], key: tuple[str, ...], changed: str
) -> list[DataFile]:
    types = {c.name.lower(): duckdb_type(c.type) for c in schema.columns}
    parts = [f"min({name(k)})::VARCHAR, max({name(k)})::VARCHAR, count({name(k)})" for k in key]
    rows, *bounds = session.one(f"SELECT count(*), {', '.join(parts)} FROM {changed}")
    if not rows:
        return []
    out = []
    for file in files:
        conditions = []
        for i, k in enumerate(key):
            low, high = file.lower.get(k), file.upper.get(k)
            least, most, known = bounds[3 * i : 3 * i + 3]
            type_ = types[k.lower()]
            # A null is within no bounds, so a part of the key that has some tells nothing; nor is NaN, which bounds
            # leave out.
            told = type_ not in ("BLOB", "DOUBLE", "FLOAT") and _comparable(low)
            if known == rows and low is not None and high is not None and told:
                mine = [f"CAST({text(str(b))} AS {type_})" for b in (least, most)]
                theirs = [f"CAST({text(str(b))} AS {type_})" for b in (low, high)]
                conditions.append(f"{mine[1]} >= {theirs[0]} AND {mine[0]} <= {theirs[1]}")
        if not conditions or session.one(f"SELECT {' AND '.join(conditions)}")[0]:
            out.append(file)
    return out


def same(one: str, other: str, columns: Sequence[str]) -> str:
    """A condition under which two rows agree; null is the same as null."""
    return " AND ".join(f"{one}.{name(c)} IS NOT DISTINCT FROM {other}.{name(c)}" for c in columns)


def complete(key: Sequence[str]) -> str:
    """A condition under which a row has an identity."""
    return " AND ".join(f"{name(k)} IS NOT NULL" for k in key)


def older_rows(
    session: Session,
    schema: StoredSchema,
    touched: Sequence[DataFile],
    key: tuple[str, ...],
    version: str,
    changed: str,
) -> str:
    """A table of the places of changed rows that are older than the stored row of their key. Null is older than any
    value; of two that are equally new the changed one, which came later, is the newer."""
    known = next(c.name for c in schema.columns if c.name.lower() == version.lower())
    own = ", ".join(f"{name(k)} AS _mesh_k{i}" for i, k in enumerate(key))
    on = " AND ".join(f"_mesh_k{i} = {name(k)}" for i, k in enumerate(key))
    stored = f"(SELECT {own}, {name(known)} AS _mesh_stored FROM ({scan(schema, touched)})) AS stored"
    older = session.fresh("older")
    session.run(
        f"CREATE TEMP TABLE {older} AS SELECT DISTINCT {PLACE} FROM {changed} JOIN {stored} ON {on} "
        f"WHERE _mesh_stored > {name(known)} OR ({name(known)} IS NULL AND _mesh_stored IS NOT NULL)"
    )
    return older


def without_changed(
    session: Session, schema: StoredSchema, touched: Sequence[DataFile], key: tuple[str, ...], changed: str
) -> str:
    """A query of the rows of files that stay beside `changed`. A row with an incomplete key has no identity that
    another could share, so it only makes way for a row that is the same in every column: itself, read again."""
    by_key = f"(SELECT {names(key)} FROM {changed}) AS changed USING ({names(key)})"
    kept = f"SELECT * FROM ({scan(schema, touched)}) AS old ANTI JOIN {by_key}"
    incomplete = f"FROM {changed} WHERE NOT ({complete(key)})"
    if not session.one(f"SELECT count(*) {incomplete}")[0]:
        return kept
    columns = [c.name for c in schema.columns]
    again = f"(SELECT {names(columns)} {incomplete}) AS again"
    return f"SELECT * FROM ({kept}) AS old ANTI JOIN {again} ON {same('old', 'again', columns)}"


def _comparable(value: object) -> bool:
    return isinstance(value, int | float | Decimal | str | date | datetime)
