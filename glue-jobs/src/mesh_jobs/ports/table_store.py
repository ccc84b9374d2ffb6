"""Where tables live: Iceberg through a catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.retention import Retention
from mesh_jobs.domain.table import TableName

#: Who put a file where no table has it may still be at it: as long as Iceberg's own clean-up waits
#: (https://iceberg.apache.org/docs/1.10.0/maintenance/#delete-orphan-files).
STRANGERS_STAY = timedelta(days=3)


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
    """One compare-and-swap of a pointer. `expected` is None where nothing was published yet: then the entry is made."""

    table: TableName
    expected: str | None
    new: str


class TableStore(Protocol):
    """Catalogue operations; rows are written by an engine."""

    def current(self, table: TableName) -> Pointer | None:
        """Where a table stands now; None when there is none."""
        ...

    def open_candidate(self, table: Table, internal_database: str, run_id: str, contract_version: str) -> Pointer:
        """Registers the published table's metadata under the run id, and evolves it there to the plan's columns:
        expand only, forward only, by column id. Where nothing is published it starts empty. The same one when it is
        there already. Raises SchemaConflict naming the column and the change; columns of an older contract version
        than the table's change nothing. Nothing of this is visible to consumers."""
        ...

    def publish(self, swaps: Sequence[Swap]) -> None:
        """Points tables at new metadata: all or none where the catalogue can, else one after the other. A swap already
        done is done. Raises PublishConflict when a pointer is neither. Also takes an internal table back to metadata
        it had before."""
        ...

    def can_go_back(self, table: TableName, location: str) -> bool:
        """Whether metadata that a table had before can be pointed at again: it is there, and the table still keeps the
        snapshot that it stands at, so no file of it has been put away."""
        ...

    def drop_candidates(self, internal_database: str, run_id: str, tables: Sequence[Table] | None = None) -> None:
        """Forgets a run's candidates of these tables, without touching files, and what else an engine made names for
        while it worked on them: nobody else may be at work on them. Runs of other products may have the same id, so
        only without tables all candidates of that id go."""
        ...

    def drop(self, table: TableName) -> None:
        """Forgets an internal table; its files go with maintenance."""
        ...

    def internal(self, database: str, beginning: str) -> list[TableName]:
        """Tables whose names begin so, but for candidates and what engines work on."""
        ...

    def erase(self, tables: Sequence[TableName]) -> int:
        """Forgets internal tables and deletes all of their files that no other name can reach; how many. Nobody may be
        at work on them. Doing it again changes nothing."""
        ...

    def remove_leftovers(
        self,
        finished_runs: Sequence[str],
        tables: Sequence[TableName] | None = None,
        since: datetime | None = None,
        keep: Sequence[str] = (),
    ) -> int:
        """Deletes files that no name in the catalogue can reach, be it in an older snapshot, nor metadata to `keep`
        that a name pointed at before; how many. In the folders of these tables: those that these runs wrote; those that
        name no run, if they were written `since` then, when the runs were on; and any other once it is older than
        STRANGERS_STAY. Without tables: in all folders, but only what these runs wrote."""
        ...

    def forget_snapshots(self, table: TableName, run_id: str, keep: Retention) -> int:
        """Drops snapshots of an internal table or a candidate that are not kept any longer, at most once a day unless
        only the current one is, and never that; how many. Their files are leftovers then."""
        ...

    def fold(self, candidate: TableName, run_id: str, published: str | None) -> int:
        """Drops the snapshots of a candidate that are neither in the metadata that is `published` nor the current one;
        how many. Nobody could read them yet, so no time is left in which they were current."""
        ...
