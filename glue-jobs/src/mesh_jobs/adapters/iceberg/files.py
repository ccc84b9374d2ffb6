"""The seam between an engine that reads and writes Parquet files and the tables that are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.table import Column, Field, ListType, MapType, StructType, TableName, Type

#: Where a field is inside its column: ('element', 'sku') in a list of structs; () is the column itself.
NestedPath = tuple[str, ...]


@dataclass(frozen=True)
class StoredColumn:
    """A column as the table has it. `column_id` is the contract's identity for it: a plan that is older than the table
    finds its column under another name. `nested` has the field ids of what is inside a list, map or struct."""

    field_id: int
    column_id: str
    name: str
    type: Type
    required: bool
    nested: Mapping[NestedPath, int] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredSchema:
    """What files of a table must hold: these columns in this order with exactly these types and field ids. With
    `widened`, older files may have an int where there is a long today."""

    columns: tuple[StoredColumn, ...]
    partition_by: tuple[Partition, ...]
    widened: bool = False

    def by_id(self) -> dict[str, StoredColumn]:
        """Columns by the contract's identity."""
        return {column.column_id: column for column in self.columns}


@dataclass(frozen=True)
class DataFile:
    """One file of a snapshot. Bounds enclose the values, but text may be shortened to 16 characters (the upper bound
    then is greater than any value); a column without a bound is absent. Values are Python's: int, float, Decimal, str,
    bool, date, datetime (aware for timestamptz). `partition` has one value per partition field, as Iceberg keeps it:
    days, months and years since 1970 are int."""

    path: str
    rows: int
    size: int
    partition: tuple[Any, ...]
    lower: Mapping[str, Any]
    upper: Mapping[str, Any]
    nulls: Mapping[str, int]


@dataclass(frozen=True)
class Committed:
    """One snapshot. `summary` has the properties given with the commit, under the names given."""

    snapshot_id: int
    metadata_location: str
    rows_total: int
    rows_added: int
    rows_removed: int
    summary: Mapping[str, str]


class IcebergTables(Protocol):
    """Tables as an engine sees them. Every commit makes exactly one snapshot and happens once per run id and step: a
    second one gives back what the first did and ignores its files.

    Files are named `<run id>-<uuid>.parquet` (DuckDB: FILENAME_PATTERN `<run id>-{uuid}`), lie below `data_folder`, in
    any sub-folder, and carry the table's field ids (DuckDB: FIELD_IDS). A file belongs to one partition, which is
    found from its statistics.
    """

    def schema(self, table: TableName, snapshot_id: int | None = None) -> StoredSchema | None:
        """The table's schema now, or as it was when a snapshot was made; None when there is no such table."""
        ...

    def snapshot_id(self, table: TableName) -> int | None:
        """The snapshot that the table has now; None without one, and when there is no such table."""
        ...

    def ensure(
        self,
        table: TableName,
        columns: Sequence[Column | Field],
        partition_by: Sequence[Partition] = (),
        *,
        replace: bool,
        run_id: str | None = None,
    ) -> StoredSchema:
        """Creates an internal table or gives it these columns; never for a published one or its candidate. With
        `replace` any schema will do, as all rows are about to be replaced; without it the table only expands. Raises
        SchemaConflict. Internal columns are all optional."""
        ...

    def location(self, table: TableName) -> str | None:
        """The metadata file that a table's name points at now; None when there is no such table."""
        ...

    def to_replace(self, table: TableName, run_id: str) -> AbstractContextManager[str]:
        """Metadata in a file that another writer may begin from to replace all rows: the table's own. Where files are
        parted by a column that is gone, which Iceberg's Java cannot take out, it is the same without snapshots, and the
        file is only there for a while."""
        ...

    def adopt(
        self,
        table: TableName,
        run_id: str,
        base: str,
        made: str,
        summary: Mapping[str, str] | None = None,
        step: str = "",
    ) -> Committed:
        """Makes the table what another writer made of it: `made` is metadata with exactly one snapshot that is not in
        `base`, where the table must still point. The snapshot gets the run id and the summary, in metadata of our own.
        Raises ValueError when `made` was not made from `base`, and CommitConflict when the table has moved on."""
        ...

    def data_folder(self, table: TableName) -> str:
        """Where new files go; made when it is not there."""
        ...

    def files(self, table: TableName, snapshot_id: int | None = None) -> Sequence[DataFile]:
        """The files of a snapshot under the column names of its schema, or of the current one under the current names;
        empty for a table without rows."""
        ...

    def committed(self, table: TableName, run_id: str, step: str = "") -> Committed | None:
        """What this run has committed to the table under that step, if it has."""
        ...

    def commit_replace(
        self,
        table: TableName,
        run_id: str,
        files: Sequence[str],
        summary: Mapping[str, str] | None = None,
        step: str = "",
    ) -> Committed:
        """These files take the place of all that are there. No files: the table is empty afterwards."""
        ...

    def commit_append(
        self,
        table: TableName,
        run_id: str,
        files: Sequence[str],
        summary: Mapping[str, str] | None = None,
        step: str = "",
    ) -> Committed:
        """These files are added."""
        ...

    def commit_rewrite(
        self,
        table: TableName,
        run_id: str,
        remove: Sequence[str],
        add: Sequence[str],
        summary: Mapping[str, str] | None = None,
        step: str = "",
        same_rows: bool = False,
    ) -> Committed:
        """Some files give way to others: a merge, or the same rows in other files. Raises ValueError when one to remove
        is not in the table."""
        ...

    def small_files(self, table: TableName) -> Sequence[str]:
        """Paths of the files that are worth writing anew, since a partition has many that are small."""
        ...


def field_ids(schema: StoredSchema) -> str:
    """The schema's field ids as the value of DuckDB's COPY option FIELD_IDS."""
    return "{" + ", ".join(f"{_quoted(c.name)}: {_ids(c.type, c.field_id, c.nested, ())}" for c in schema.columns) + "}"


def _ids(kind: Type, own: int, nested: Mapping[NestedPath, int], path: NestedPath) -> str:
    inside: list[tuple[str, Type]] = []
    match kind:
        case ListType(element):
            inside = [("element", element)]
        case MapType(key, value):
            inside = [("key", key), ("value", value)]
        case StructType(fields):
            inside = list(fields)
        case str():
            return str(own)
    children = (f"{_quoted(name)}: {_ids(of, nested[(*path, name)], nested, (*path, name))}" for name, of in inside)
    return f"{{__duckdb_field_id: {own}, {', '.join(children)}}}"


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
