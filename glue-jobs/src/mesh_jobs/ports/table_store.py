"""Where tables live: Iceberg through a catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import TableName


@dataclass(frozen=True)
class Pointer:
    """What a catalogue entry points at: one metadata file, and its current snapshot (None: no rows yet)."""

    table: TableName
    metadata_location: str
    snapshot_id: int | None
    run_id: str | None
    rows: int


@dataclass(frozen=True)
class Swap:
    """One compare-and-swap of a published pointer."""

    table: TableName
    expected: str
    new: str


class TableStore(Protocol):
    """Catalogue operations; rows are written by an engine."""

    def ensure(self, table: Table) -> Pointer:
        """Creates the published table of the plan, or evolves it in place: expand only, forward only, by column id.
        Raises SchemaConflict naming the column and the change. An older schema than the table's changes nothing."""
        ...

    def current(self, table: TableName) -> Pointer | None:
        """Where a table stands now; None when there is none."""
        ...

    def open_candidate(self, published: TableName, internal_database: str, run_id: str) -> Pointer:
        """Registers the published table's current metadata under the run id; the same one when it is there already."""
        ...

    def publish(self, swaps: Sequence[Swap]) -> None:
        """All pointers or none; a swap already done is done. Raises PublishConflict when a pointer is neither."""
        ...

    def drop_candidates(self, internal_database: str, run_id: str) -> None:
        """Forgets a run's candidates without touching files."""
        ...

    def drop(self, table: TableName) -> None:
        """Forgets an internal table; its files go with maintenance."""
        ...

    def remove_leftovers(self, finished_runs: Sequence[str]) -> int:
        """Deletes files of these runs that no table's metadata refers to; the number of files."""
        ...
