"""The catalogue of a laptop: which metadata file a name points at, in the tables that PyIceberg's SqlCatalog and
Iceberg's JdbcCatalog (schema V1) read. The standard library's sqlite3 spares SQLAlchemy's import and lets pointers and
our own records change in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from mesh_jobs.adapters.iceberg.catalog import CommitConflict, Entry, must_swap
from mesh_jobs.adapters.sqlite.database import connect, transaction
from mesh_jobs.adapters.sqlite.failures import speaking
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.table_store import Swap

NAME = "mesh"
_TABLES = """
CREATE TABLE IF NOT EXISTS iceberg_tables (
  catalog_name VARCHAR(255) NOT NULL, table_namespace VARCHAR(255) NOT NULL, table_name VARCHAR(255) NOT NULL,
  metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), iceberg_type VARCHAR(5),
  PRIMARY KEY (catalog_name, table_namespace, table_name));
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
  catalog_name VARCHAR(255) NOT NULL, namespace VARCHAR(255) NOT NULL, property_key VARCHAR(255) NOT NULL,
  property_value VARCHAR(1000) NOT NULL, PRIMARY KEY (catalog_name, namespace, property_key));
"""
_WHERE = "catalog_name = ? AND table_namespace = ? AND table_name = ?"


class SqliteCatalog:
    """See catalog.Catalog. Pointers in `<state>/catalog.db`, tables below `<state>/warehouse`."""

    def __init__(self, state: Path) -> None:
        self.file = state.absolute() / "catalog.db"
        self.warehouse = str(state.absolute() / "warehouse")

    def location(self, table: TableName) -> str:
        return f"{self.warehouse}/{table.database}/{table.table}"

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection outside any transaction, for a moment."""
        with speaking(self.file), closing(connect(self.file, _TABLES)) as connection:
            yield connection

    def find(self, table: TableName) -> Entry | None:
        with self.connection() as connection:
            location = _location(connection, table)
        return Entry(table, location) if location else None

    def entries(self, database: str | None = None) -> list[Entry]:
        with self.connection() as connection:
            rows = connection.execute(
                "SELECT table_namespace, table_name, metadata_location FROM iceberg_tables"
                " WHERE catalog_name = ? AND (? IS NULL OR table_namespace = ?) ORDER BY 1, 2",
                (NAME, database, database),
            ).fetchall()
        return [Entry(TableName(namespace, name), location) for namespace, name, location in rows if location]

    def register(self, table: TableName, location: str) -> str:
        with self.connection() as connection, transaction(connection):
            _insert(connection, table, location)
            found = _location(connection, table)
        assert found is not None
        return found

    def forget(self, table: TableName) -> None:
        with self.connection() as connection:
            connection.execute(f"DELETE FROM iceberg_tables WHERE {_WHERE}", (NAME, table.database, table.table))

    def move(self, table: TableName, expected: str, new: str) -> None:
        with self.connection() as connection:
            if not _update(connection, table, expected, new):
                raise CommitConflict.of(table)

    def publish(self, swaps: Sequence[Swap]) -> None:
        """All in one transaction. Raises PublishConflict, and then nothing has changed."""
        with self.connection() as connection, transaction(connection):
            swap_all(connection, swaps)


def swap_all(connection: sqlite3.Connection, swaps: Sequence[Swap]) -> None:
    """The swaps, within the caller's transaction; one already done is done. Raises PublishConflict."""
    for swap in swaps:
        if not must_swap(swap, _location(connection, swap.table)):
            continue
        if swap.expected is None:
            _insert(connection, swap.table, swap.new)
        else:
            _update(connection, swap.table, swap.expected, swap.new)


def _location(connection: sqlite3.Connection, table: TableName) -> str | None:
    row = connection.execute(
        f"SELECT metadata_location FROM iceberg_tables WHERE {_WHERE}", (NAME, table.database, table.table)
    ).fetchone()
    return row[0] if row else None


def _insert(connection: sqlite3.Connection, table: TableName, location: str) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO iceberg_namespace_properties VALUES (?, ?, 'exists', 'true')", (NAME, table.database)
    )
    connection.execute(
        "INSERT OR IGNORE INTO iceberg_tables VALUES (?, ?, ?, ?, NULL, 'TABLE')",
        (NAME, table.database, table.table, location),
    )


def _update(connection: sqlite3.Connection, table: TableName, expected: str, new: str) -> bool:
    changed = connection.execute(
        f"UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ?"
        f" WHERE {_WHERE} AND metadata_location = ?",
        (new, expected, NAME, table.database, table.table, expected),
    )
    return changed.rowcount == 1
