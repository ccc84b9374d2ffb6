"""The Glue Data Catalog as Iceberg's own GlueCatalog keeps it, so that Spark, Athena and Lake Formation see one table:
https://github.com/apache/iceberg/blob/main/aws/src/main/java/org/apache/iceberg/aws/glue/GlueTableOperations.java"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.catalog import CommitConflict, Entry, must_swap
from mesh_jobs.adapters.iceberg.glue_columns import columns
from mesh_jobs.domain.errors import MeshError, PublishConflict
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.table_store import Swap

_TYPE, _LOCATION, _PREVIOUS = "table_type", "metadata_location", "previous_metadata_location"
#: What an update takes over from the table as it is; all else of it is said anew or cannot be sent back.
_KEPT = ("Description", "Owner", "Retention")
#: After these the call may or may not have been carried out.
_UNSURE = ("InternalServiceException", "OperationTimeoutException", "ResourceNotReadyException", "500", "503")


class GlueCatalog:
    """See catalog.Catalog. `warehouse` is a folder in S3, and `databases` are those whose tables may lie in it: the
    product's published and internal ones."""

    def __init__(self, glue: Any, warehouse: str, databases: Sequence[str], catalog_id: str | None = None) -> None:
        self._glue = glue
        self._databases = tuple(dict.fromkeys(databases))
        self._where = {"CatalogId": catalog_id} if catalog_id else {}
        self.warehouse = warehouse.rstrip("/")

    def location(self, table: TableName) -> str:
        return f"{self.warehouse}/{table.database}/{table.table}"

    def find(self, table: TableName) -> Entry | None:
        found = self._table(table)
        return _entry(found) if found else None

    def entries(self, database: str | None = None) -> list[Entry]:
        wanted = self._databases if database is None else (database,)
        return [entry for name in wanted for found in self._tables(name) if (entry := _entry(found))]

    def register(self, table: TableName, location: str) -> str:
        wanted = _input(table, location, md.read(location), None)
        try:
            with _speaking(table, "glue:CreateTable"):
                self._glue.create_table(DatabaseName=table.database, TableInput=wanted, **self._where)
        except (ClientError, BotoCoreError) as error:
            if not _unsure(error) and _code(error) != "AlreadyExistsException":
                raise
            found = self.find(table)
            if found is None:
                raise
            return found.location
        return location

    def move(self, table: TableName, expected: str, new: str) -> None:
        if not self._moved(table, expected, new):
            raise CommitConflict.of(table)

    def forget(self, table: TableName) -> None:
        try:
            with _speaking(table, "glue:DeleteTable"):
                self._glue.delete_table(DatabaseName=table.database, Name=table.table, **self._where)
        except ClientError as error:
            if _code(error) != "EntityNotFoundException":
                raise

    def publish(self, swaps: Sequence[Swap]) -> None:
        """One after the other, as Glue changes one table at a time: none, if one of them cannot be done to begin with.
        What is done stays when a later one is overtaken after that."""
        left = []
        for swap in swaps:
            found = self.find(swap.table)
            if must_swap(swap, found.location if found else None):
                left.append(swap)
        for swap in left:
            done = (
                self.register(swap.table, swap.new) == swap.new
                if swap.expected is None
                else self._moved(swap.table, swap.expected, swap.new)
            )
            if not done:
                raise PublishConflict(
                    f"{swap.table} was changed while it was published",
                    "Start the product's run again; it starts from what is there now.",
                )

    def _moved(self, table: TableName, expected: str, new: str) -> bool:
        """Compare and swap by the version of the entry that was looked at; False when somebody else was there."""
        found = self._table(table)
        if found is None or _location(found) != expected:
            return False
        wanted = _input(table, new, md.read(new), found)
        try:
            with _speaking(table, "glue:UpdateTable"):
                self._glue.update_table(
                    DatabaseName=table.database,
                    TableInput=wanted,
                    VersionId=found["VersionId"],
                    # Glue keeps a limited number of old versions of an entry; Iceberg's metadata has the history.
                    SkipArchive=True,
                    **self._where,
                )
        except (ClientError, BotoCoreError) as error:
            if not _unsure(error) and _code(error) != "ConcurrentModificationException":
                raise
            # boto3 tries again by itself, and then meets the change of its own first attempt.
            after = self.find(table)
            if after is not None and after.location == new:
                return True
            if _unsure(error) and after is not None and after.location == expected:
                raise
            return False
        return True

    def _table(self, table: TableName) -> dict[str, Any] | None:
        try:
            with _speaking(table, "glue:GetTable"):
                found: dict[str, Any] = self._glue.get_table(
                    DatabaseName=table.database, Name=table.table, **self._where
                )["Table"]
        except ClientError as error:
            if _code(error) == "EntityNotFoundException":
                return None
            raise
        if _location(found) is None:
            raise MeshError(
                f"{table} is in the Glue Data Catalog, but is not an Iceberg table",
                "rename or remove it there, or give the product's table another name",
            )
        return found

    def _tables(self, database: str) -> Iterator[dict[str, Any]]:
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=database, **self._where)
        try:
            with _speaking(database, "glue:GetTables"):
                for page in pages:
                    yield from page["TableList"]
        except ClientError as error:
            if _code(error) != "EntityNotFoundException":
                raise


def _entry(found: dict[str, Any]) -> Entry | None:
    location = _location(found)
    if location is None:
        return None
    folder = found.get("StorageDescriptor", {}).get("Location")
    return Entry(TableName(found["DatabaseName"], found["Name"]), location, folder or None)


def _location(found: dict[str, Any]) -> str | None:
    parameters = found.get("Parameters", {})
    location: str | None = parameters.get(_LOCATION)
    return location if str(parameters.get(_TYPE, "")).upper() == "ICEBERG" else None


def _input(table: TableName, location: str, metadata: md.Metadata, found: dict[str, Any] | None) -> dict[str, Any]:
    before = found or {}
    parameters = {**before.get("Parameters", {}), _TYPE: "ICEBERG", _LOCATION: location}
    if found is not None:
        parameters[_PREVIOUS] = _location(found)
    return {
        **{key: before[key] for key in _KEPT if key in before},
        "Name": table.table,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
        "StorageDescriptor": {
            "Location": metadata["location"],
            "Columns": columns(metadata, before.get("StorageDescriptor", {}).get("Columns", ())),
        },
    }


@contextmanager
def _speaking(what: TableName | str, action: str) -> Iterator[None]:
    """What Glue refuses, in words for who runs the job."""
    try:
        yield
    except ClientError as error:
        if _code(error) == "AccessDeniedException":
            raise MeshError(
                f"the Glue Data Catalog refuses {action} on {what}",
                f"allow the job's role {action} there, and grant it the matching Lake Formation permissions",
            ) from None
        if _code(error) == "EntityNotFoundException" and action == "glue:CreateTable":
            raise MeshError(
                f"{what} cannot be created: its database is not in the Glue Data Catalog",
                "deploy the domain's foundation, which creates it",
            ) from None
        raise


def _code(error: Exception) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__


def _unsure(error: Exception) -> bool:
    return _code(error) in _UNSURE or (isinstance(error, BotoCoreError) and not _never_sent(error))


def _never_sent(error: BotoCoreError) -> bool:
    from botocore.exceptions import NoCredentialsError, ParamValidationError

    return isinstance(error, NoCredentialsError | ParamValidationError)
