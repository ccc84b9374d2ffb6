"""A catalogue, a warehouse, and DuckDB to write files with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from mesh_jobs.adapters.iceberg.files import Committed, field_ids
from mesh_jobs.adapters.iceberg.store import SqliteTableStore
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.domain.plan import Partition, Table
from mesh_jobs.domain.table import Column, TableName
from mesh_jobs.ports.table_store import Pointer, Swap

ORDERS = TableName("sales", "orders_v1")
BRONZE = TableName("sales_internal", "orders_v1__bronze")
INTERNAL = "sales_internal"


class Workbench:
    """What a run does with tables, in few words."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.store = SqliteTableStore(state)
        self.tables = LocalTables(state)

    def plan_table(
        self,
        columns: Sequence[Column],
        key: Sequence[str] = (),
        partition_by: Sequence[Partition] = (),
        physical: TableName = ORDERS,
    ) -> Table:
        return Table(
            name=physical.table,
            layer="gold",
            published=True,
            physical=physical,
            quarantine=TableName(INTERNAL, f"{physical.table}__quarantine"),
            tombstones=TableName(INTERNAL, f"{physical.table}__tombstones"),
            inputs=(),
            columns=tuple(columns),
            protected=(),
            primary_key=tuple(key),
            partition_by=tuple(partition_by),
            rules=(),
            checks=(),
            persist=True,
            incremental=False,
            refresh_on=("full",),
        )

    def write(
        self, table: TableName, run_id: str, sql: str, partition: str = "", field_ids_of: str | None = None
    ) -> list[str]:
        """Files of a run with the rows of a query, one per partition."""
        schema = self.tables.schema(table)
        assert schema is not None
        ids = field_ids(schema) if field_ids_of is None else field_ids_of
        options = (
            f"PARTITION_BY ({partition}), WRITE_PARTITION_COLUMNS true, OVERWRITE_OR_IGNORE true"
            if partition
            else "PER_THREAD_OUTPUT true, APPEND true"
        )
        folder = self.tables.data_folder(table)
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(
                f"COPY ({sql}) TO '{folder}' (FORMAT parquet, FILENAME_PATTERN '{run_id}-{{uuid}}', FIELD_IDS {ids},"
                f" RETURN_FILES true, {options})"
            )
            found = connection.fetchall()
        return list(found[0][1])

    def candidate(self, table: Table, run_id: str, version: str = "1.0.0") -> Pointer:
        return self.store.open_candidate(table, INTERNAL, run_id, version)

    def run(self, table: Table, run_id: str, sql: str, version: str = "1.0.0", partition: str = "") -> Committed:
        """A whole run of one table: candidate, rows, publish."""
        before = self.store.current(table.physical)
        candidate = self.candidate(table, run_id, version).table
        made = self.tables.commit_replace(candidate, run_id, self.write(candidate, run_id, sql, partition))
        self.store.publish([Swap(table.physical, before.metadata_location if before else None, made.metadata_location)])
        self.store.drop_candidates(INTERNAL, run_id)
        return made

    def pyiceberg(self) -> Any:
        """The same catalogue through PyIceberg's own implementation: an independent reader."""
        from pyiceberg.catalog.sql import SqlCatalog

        return SqlCatalog("mesh", uri=f"sqlite:///{self.state}/catalog.db", warehouse=str(self.state / "warehouse"))

    def rows(self, table: TableName, snapshot_id: int | None = None) -> list[dict[str, Any]]:
        """A table's rows as PyIceberg reads them, sorted."""
        scan = self.pyiceberg().load_table(str(table)).scan(snapshot_id=snapshot_id)
        return sorted(scan.to_arrow().to_pylist(), key=repr)
