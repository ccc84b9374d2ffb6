"""A table as a session sees it: in one snapshot, in parts of like size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mesh_jobs.adapters.postgres.columns import SourceColumn, chosen, columns_of, literal, quoted
from mesh_jobs.adapters.postgres.wire import ServerError, Wire
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import FileSource
from mesh_jobs.domain.table import Field

#: A part is about 64 MB of the table, and a page of it 8 KB, as PostgreSQL is built everywhere.
_PAGES_OF_A_PART = 8192
#: Ranges of row addresses are scanned as such since PostgreSQL 14; before, each would read the whole table.
_RANGES_SINCE = 140000
#: What a transaction is begun with. A session that waits for the others must not be ended for being idle.
_BEGIN = (
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {snapshot}SET LOCAL idle_in_transaction_session_timeout = 0; "
    "SET LOCAL statement_timeout = 0; SET LOCAL extra_float_digits = 3; SET LOCAL intervalstyle = iso_8601; "
    "SET LOCAL bytea_output = hex"
)


@dataclass(frozen=True)
class Reading:
    """What has to be read: one COPY for each part, all of them in the snapshot."""

    snapshot: str | None
    copies: tuple[str, ...]
    fields: tuple[Field, ...]


def begin(wire: Wire, snapshot: str | None = None) -> None:
    """Opens a transaction that reads, in the snapshot of another session where one is named; it lasts until the session
    ends."""
    wire.query(_BEGIN.format(snapshot=f"SET TRANSACTION SNAPSHOT {literal(snapshot)}; " if snapshot else ""))


def looked_at(wire: Wire, source: FileSource, table: str, since: str | None) -> Reading:
    """Begins the transaction that holds the snapshot. Raises BadInput, ServerError."""
    begin(wire)
    oid = _oid(wire, source, table)
    kind, pages = wire.query(
        f"SELECT relkind, pg_catalog.pg_relation_size(oid) / 8192 FROM pg_catalog.pg_class WHERE oid = {oid}"
    )[0]
    there = columns_of(wire, oid)
    pairs = chosen(source, table, there)
    name = wire.query(f"SELECT {oid}::pg_catalog.regclass")[0][0]
    cells = ", ".join(f"{column.sql} AS {quoted(field.name)}" for column, field in pairs)
    conditions = [] if since is None else [_changed(source, since, there)]
    ranges: Sequence[str | None] = [None]
    if not conditions and kind in ("r", "m") and int(wire.query("SHOW server_version_num")[0][0] or 0) >= _RANGES_SINCE:
        ranges = _ranges(int(pages or 0))
    copies = []
    for part in ranges:
        where = " AND ".join([*conditions, *([] if part is None else [part])])
        query = f"SELECT {cells} FROM {name}{f' WHERE {where}' if where else ''}"
        copies.append(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER true)")
    snapshot = wire.query("SELECT pg_catalog.pg_export_snapshot()")[0][0] if len(copies) > 1 else None
    return Reading(snapshot, tuple(copies), tuple(field for _, field in pairs))


def _oid(wire: Wire, source: FileSource, table: str) -> str:
    name = table if '"' in table else ".".join(map(quoted, table.split(".")))
    try:
        found = wire.query(f"SELECT {literal(name)}::pg_catalog.regclass::pg_catalog.oid")[0][0]
    except ServerError as error:
        if error.state not in ("42P01", "3F000", "42602", "42601", "0A000"):
            raise
        raise BadInput(
            f"source {source.name}: the database has no table {table}",
            f"correct sources.{source.name}.jdbc.table in the pipeline: schema.table, in upper and lower case as it is",
        ) from None
    assert found is not None
    return found


def _ranges(pages: int) -> list[str | None]:
    """Row addresses by the page, so that parts are alike however keys are distributed; the last is open, since a table
    grows while it is read, and rows of the snapshot may be on pages that are younger than it."""
    bounds = list(range(0, max(pages, 1), _PAGES_OF_A_PART))
    if len(bounds) == 1:
        return [None]
    upper = [f" AND ctid < '({b},0)'" for b in bounds[1:]] + [""]
    return [f"ctid >= '({low},0)'{high}" for low, high in zip(bounds, upper, strict=True)]


def _changed(source: FileSource, since: str, there: Sequence[SourceColumn]) -> str:
    """As the engines compare: a row without the value cannot be compared, and is read again."""
    assert source.watermark is not None
    wanted = source.watermark.column
    column = next(c for c in there if c.name == wanted or c.name.lower() == wanted.lower())
    order = ' COLLATE "C"' if column.is_text else ""
    return f"({quoted(column.name)} >= {literal(since)}{order} OR {quoted(column.name)} IS NULL)"
