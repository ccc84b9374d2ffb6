"""What a catalogue is: names, and the metadata file each points at."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.storage import storage
from mesh_jobs.domain.errors import Fenced, PublishConflict
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.table_store import Swap

#: Between a table's name and what tells one piece of work on it from another.
WORKING = "__work__"


class CommitConflict(Fenced):
    """Another writer moved the table between reading and committing: this run no longer holds its product's lock."""

    @classmethod
    def of(cls, table: TableName) -> CommitConflict:
        return cls(
            f"{table} was changed by another writer while this run was committing to it",
            "Start the product's run again once the other one has ended.",
        )


@dataclass(frozen=True)
class Entry:
    """A name and the metadata file it points at; `folder` is the table's, where the catalogue knows it."""

    table: TableName
    location: str
    folder: str | None = None


class Catalog(Protocol):
    """Names of tables. Metadata files never change, so a name that points at one says all."""

    @property
    def warehouse(self) -> str:
        """The folder below which tables live."""
        ...

    def location(self, table: TableName) -> str:
        """Where a table that is made under that name keeps its files."""
        ...

    def find(self, table: TableName) -> Entry | None:
        """Where a name points; None when there is no such name."""
        ...

    def entries(self, database: str | None = None) -> list[Entry]:
        """All names that may refer to files in the warehouse, or those of one database."""
        ...

    def register(self, table: TableName, location: str) -> str:
        """Makes a name point at metadata; a name that is there already keeps its own. Where it points now."""
        ...

    def move(self, table: TableName, expected: str, new: str) -> None:
        """Points a name at new metadata. Raises CommitConflict when it no longer points where it did."""
        ...

    def forget(self, table: TableName) -> None:
        """Removes a name, if it is there; its files stay."""
        ...

    def publish(self, swaps: Sequence[Swap]) -> None:
        """See TableStore.publish."""
        ...


def working_name(table: TableName) -> str:
    """A name for an engine to work on a table under, where nobody else looks; the same one never comes twice."""
    return f"{table.table}{WORKING}{uuid.uuid4().hex[:12]}"


def load(catalog: Catalog, table: TableName) -> tuple[Entry, md.Metadata] | None:
    """Where a name points, and what is there."""
    entry = catalog.find(table)
    return (entry, md.read(entry.location)) if entry else None


def must_swap(swap: Swap, found: str | None) -> bool:
    """Whether a swap is still to be done, given where its name points. Raises PublishConflict when it cannot be: a
    pointer only moves along one history, as a candidate that was opened before another run published is not newer."""
    if found == swap.new:
        return False
    if found != swap.expected:
        raise PublishConflict(
            f"{swap.table} points at {found or 'nothing'}; this run expected {swap.expected or 'nothing'}"
            f" and made {swap.new}",
            "Another run published in the meantime. Start the product's run again; it starts from what is there now.",
        )
    if swap.expected is None:
        return True
    if _came_from(swap.new, swap.expected) or _came_from(swap.expected, swap.new):
        return True
    raise PublishConflict(
        f"{swap.table}: {swap.new} was not made from {swap.expected}, which is published",
        "Another run published since this one began. Start the product's run again.",
    )


def _came_from(location: str, earlier: str) -> bool:
    """Whether one metadata file was made from another. A log has what snapshots need and the last hundred,
    and a replay may commit more often: the oldest in a log knows those before it."""
    while True:
        log = [entry["metadata-file"] for entry in md.read(location).get("metadata-log", [])]
        if earlier in log:
            return True
        if not log or not storage(log[0]).exists(log[0]):
            return False
        location = log[0]
