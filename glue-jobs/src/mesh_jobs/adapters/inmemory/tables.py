"""Tables as immutable versions with names pointing at them, as Iceberg has metadata files and a catalogue."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mesh_jobs.domain.contract_version import older
from mesh_jobs.domain.errors import PublishConflict, SchemaConflict
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.retention import Retention
from mesh_jobs.domain.stability import changes, schema_of
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import Saved
from mesh_jobs.ports.table_store import Pointer, Swap

Row = Mapping[str, Any]

_CANDIDATE = "__candidate__"


@dataclass(frozen=True)
class Snapshot:
    id: int
    rows: tuple[Row, ...]
    run_id: str
    saved: Saved


@dataclass(frozen=True)
class Version:
    """What one metadata file says: the history of a table up to a point."""

    snapshots: tuple[Snapshot, ...] = ()
    columns: tuple[dict[str, Any], ...] | None = None
    contract: str | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.snapshots[-1].rows if self.snapshots else ()


class MemoryTableStore:
    """Names point at locations, locations hold versions. Locations are never forgotten, names are."""

    def __init__(self) -> None:
        self.names: dict[TableName, str] = {}
        self.versions: dict[str, Version] = {}
        self.swept: list[str] = []
        self._next = itertools.count(1)

    # -- what an engine does --

    def version(self, table: TableName) -> Version | None:
        location = self.names.get(table)
        return None if location is None else self.versions[location]

    def write(self, table: TableName, rows: Sequence[Row], run_id: str, saved: Saved) -> Saved:
        """One more snapshot; once per run id."""
        before = self.version(table) or Version()
        done = next((s.saved for s in before.snapshots if s.run_id == run_id), None)
        if done is not None:
            return done
        number = next(self._next)
        kept = replace(saved, snapshot_id=number, rows_total=len(rows))
        snapshot = Snapshot(number, tuple(dict(r) for r in rows), run_id, kept)
        self._point(table, replace(before, snapshots=(*before.snapshots, snapshot)))
        return kept

    def committed(self, table: TableName, run_id: str) -> Saved | None:
        found = self.version(table)
        return None if found is None else next((s.saved for s in found.snapshots if s.run_id == run_id), None)

    def _point(self, table: TableName, version: Version) -> None:
        location = f"{table}/{next(self._next)}"
        self.versions[location] = version
        self.names[table] = location

    # -- the port --

    def current(self, table: TableName) -> Pointer | None:
        version = self.version(table)
        if version is None:
            return None
        last = version.snapshots[-1] if version.snapshots else None
        return Pointer(
            table, self.names[table], last.id if last else None, last.run_id if last else None, len(version.rows)
        )

    def open_candidate(self, table: Table, internal_database: str, run_id: str, contract_version: str) -> Pointer:
        name = TableName(internal_database, table.own + _candidate_of(run_id))
        if name not in self.names:
            published = self.version(table.physical)
            if published is None:
                self._point(name, Version())
            else:
                self.names[name] = self.names[table.physical]
        version = self.versions[self.names[name]]
        columns = schema_of(table.columns or ())
        if version.contract is not None and older(contract_version, version.contract):
            columns = list(version.columns or ())
            contract_version = version.contract
        if version.columns is not None:
            for change in changes({table.name: version.columns}, {table.name: columns}):
                if change.breaking:
                    raise SchemaConflict(f"{table.physical}: {change.text}", "release it as a new major version")
        if (version.columns, version.contract) != (tuple(columns), contract_version):
            self._point(name, replace(version, columns=tuple(columns), contract=contract_version))
        found = self.current(name)
        assert found is not None
        return found

    def publish(self, swaps: Sequence[Swap]) -> None:
        for swap in swaps:
            found = self.names.get(swap.table)
            if found not in (swap.expected, swap.new):
                raise PublishConflict(f"{swap.table} points at {found}, not at {swap.expected}", "start the run again")
        for swap in swaps:
            self.names[swap.table] = swap.new

    def can_go_back(self, table: TableName, location: str) -> bool:
        now, then = self.version(table), self.versions.get(location)
        if now is None or then is None:
            return False
        return not then.snapshots or then.snapshots[-1].id in {s.id for s in now.snapshots}

    def drop_candidates(self, internal_database: str, run_id: str, tables: Sequence[Table] | None = None) -> None:
        ending = _candidate_of(run_id)
        for name in [n for n in self.names if n.table.endswith(ending)]:
            if tables is None or name.table.removesuffix(ending) in {t.own for t in tables}:
                del self.names[name]

    def drop(self, table: TableName) -> None:
        self.names.pop(table, None)

    def internal(self, database: str, beginning: str) -> list[TableName]:
        names = [name for name in self.names if name.database == database and name.table.startswith(beginning)]
        return [name for name in names if _CANDIDATE not in name.table]

    def erase(self, tables: Sequence[TableName]) -> int:
        for table in tables:
            self.drop(table)
        return 0

    def remove_leftovers(
        self,
        finished_runs: Sequence[str],
        tables: Sequence[TableName] | None = None,
        since: datetime | None = None,
        keep: Sequence[str] = (),
    ) -> int:
        self.swept += finished_runs
        return 0

    def forget_snapshots(self, table: TableName, run_id: str, keep: Retention) -> int:
        """Of these snapshots nobody knows the time: the current one stays where no other is wanted."""
        version = self.version(table)
        gone = 0 if version is None or keep.every else len(version.snapshots[:-1])
        if version is not None and gone:
            self._point(table, replace(version, snapshots=version.snapshots[-1:]))
        return gone

    def fold(self, candidate: TableName, run_id: str, published: str | None) -> int:
        version = self.version(candidate)
        if version is None:
            return 0
        known = set() if published is None else {s.id for s in self.versions[published].snapshots}
        stay = tuple(s for s in version.snapshots[:-1] if s.id in known) + version.snapshots[-1:]
        gone = len(version.snapshots) - len(stay)
        if gone:
            self._point(candidate, replace(version, snapshots=stay))
        return gone


def _candidate_of(run_id: str) -> str:
    """What the names of a run's candidates end with."""
    return _CANDIDATE + "".join(c if c.isalnum() else "_" for c in run_id).lower()
