"""A catalogue that is asked once where a run's own tables are."""

from __future__ import annotations

from collections.abc import Sequence

from mesh_jobs.adapters.iceberg.catalog import Catalog, Entry
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.table_store import Swap


class RememberingCatalog:
    """See catalog.Catalog. Names of one database that it has found it does not look up again: only who holds the lock
    of their product moves them, and a move begins at what is there. So a run that has lost the lock may read what was,
    and cannot commit to it."""

    def __init__(self, catalog: Catalog, database: str) -> None:
        self._catalog, self._database = catalog, database
        self._known: dict[TableName, Entry] = {}

    @property
    def warehouse(self) -> str:
        return self._catalog.warehouse

    def location(self, table: TableName) -> str:
        return self._catalog.location(table)

    def find(self, table: TableName) -> Entry | None:
        found = self._known.get(table) or self._catalog.find(table)
        if found is not None:
            self._remember(found)
        return found

    def entries(self, database: str | None = None) -> list[Entry]:
        return self._catalog.entries(database)

    def register(self, table: TableName, location: str) -> str:
        now = self._catalog.register(table, location)
        self._remember(Entry(table, now))
        return now

    def move(self, table: TableName, expected: str, new: str) -> None:
        # Whatever becomes of it: who is refused looks again.
        self._known.pop(table, None)
        self._catalog.move(table, expected, new)
        self._remember(Entry(table, new))

    def forget(self, table: TableName) -> None:
        self._known.pop(table, None)
        self._catalog.forget(table)

    def publish(self, swaps: Sequence[Swap]) -> None:
        for swap in swaps:
            self._known.pop(swap.table, None)
        self._catalog.publish(swaps)

    def _remember(self, entry: Entry) -> None:
        if entry.table.database == self._database:
            self._known[entry.table] = entry
