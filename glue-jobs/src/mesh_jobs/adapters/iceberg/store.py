"""Candidates, pointers and what is left over."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.catalog import WORKING, Catalog, Entry, load
from mesh_jobs.adapters.iceberg.deployed import as_deployed, not_deployed
from mesh_jobs.adapters.iceberg.evolution import NEW_MAJOR, Shape, escaped, evolve
from mesh_jobs.adapters.iceberg.leftovers import erase, remove_leftovers
from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog
from mesh_jobs.adapters.iceberg.storage import storage
from mesh_jobs.domain.contract_version import older
from mesh_jobs.domain.errors import SchemaConflict
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.retention import Retention
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.table_store import Pointer, Swap

_CANDIDATE = "__candidate__"


class CatalogTableStore:
    """TableStore over any catalogue. Where a deployment makes published tables, `alters_schemas` is False: then a plan
    that needs more than what is deployed is a SchemaConflict."""

    def __init__(self, catalog: Catalog, alters_schemas: bool = True) -> None:
        self._catalog = catalog
        self._alters_schemas = alters_schemas

    def current(self, table: TableName) -> Pointer | None:
        found = load(self._catalog, table)
        return _pointer(*found) if found else None

    def open_candidate(self, table: Table, internal_database: str, run_id: str, contract_version: str) -> Pointer:
        name = candidate_name(table, internal_database, run_id)
        found = load(self._catalog, name)
        if found is None:
            published = self._catalog.find(table.physical)
            if published is None and not self._alters_schemas:
                raise not_deployed(table.physical)
            location = published.location if published else self._first(table, run_id, contract_version)
            found = Entry(name, self._catalog.register(name, location)), md.read(location)
        entry, before = found
        after = _evolved(table, before, entry.location, contract_version)
        if after is not None and not self._alters_schemas:
            after = as_deployed(table.physical, before, after)
        if after is None:
            return _pointer(entry, before)
        location = md.next_location(after, entry.location, run_id)
        md.write(after, location)
        self._catalog.move(name, entry.location, location)
        return _pointer(Entry(name, location), after)

    def publish(self, swaps: Sequence[Swap]) -> None:
        self._catalog.publish(swaps)

    def can_go_back(self, table: TableName, location: str) -> bool:
        found = load(self._catalog, table)
        if found is None or not storage(location).exists(location):
            return False
        entry, now = found
        wanted = md.current_snapshot(md.read(location))
        if entry.location == location or wanted is None:
            return True
        # A table that went back itself lists what was forgotten since.
        return md.snapshot(now, wanted["snapshot-id"]) is not None and storage(location).exists(wanted["manifest-list"])

    def drop_candidates(self, internal_database: str, run_id: str, tables: Sequence[Table] | None = None) -> None:
        made = {candidate_name(t, internal_database, run_id) for t in tables or ()}
        written = made.union(*((t.physical, t.quarantine, t.tombstones) for t in tables or ()))
        worked_on = tuple(f"{t.table}{WORKING}" for t in written)
        for entry in self._catalog.entries(internal_database):
            name = entry.table.table
            is_candidate = entry.table in made or (tables is None and name.endswith(_CANDIDATE + _slug(run_id)))
            if is_candidate or name.startswith(worked_on):
                self._catalog.forget(entry.table)

    def drop(self, table: TableName) -> None:
        self._catalog.forget(table)

    def internal(self, database: str, beginning: str) -> list[TableName]:
        names = [entry.table for entry in self._catalog.entries(database) if entry.table.table.startswith(beginning)]
        return [name for name in names if _CANDIDATE not in name.table and WORKING not in name.table]

    def erase(self, tables: Sequence[TableName]) -> int:
        return erase(self._catalog, tables)

    def remove_leftovers(
        self,
        finished_runs: Sequence[str],
        tables: Sequence[TableName] | None = None,
        since: datetime | None = None,
        keep: Sequence[str] = (),
    ) -> int:
        return remove_leftovers(self._catalog, finished_runs, tables, since, keep)

    def forget_snapshots(self, table: TableName, run_id: str, keep: Retention) -> int:
        found = load(self._catalog, table)
        if found is None:
            return 0
        entry, before = found
        after = md.following(before, entry.location)
        gone = md.forget_snapshots(after, keep)
        if gone:
            location = md.next_location(after, entry.location, run_id)
            md.write(after, location)
            self._catalog.move(table, entry.location, location)
        return gone

    def fold(self, candidate: TableName, run_id: str, published: str | None) -> int:
        found = load(self._catalog, candidate)
        if found is None:
            return 0
        entry, before = found
        known = set() if published is None else {s["snapshot-id"] for s in md.read(published).get("snapshots", [])}
        gone = {s["snapshot-id"] for s in before.get("snapshots", [])} - known - md.named(before)
        if gone:
            after = md.following(before, entry.location)
            md.drop_snapshots(after, gone)
            location = md.next_location(after, entry.location, run_id)
            md.write(after, location)
            self._catalog.move(candidate, entry.location, location)
        return len(gone)

    def _first(self, table: Table, run_id: str, contract_version: str) -> str:
        """Metadata of a table that nobody can read yet: the candidate is its only name until it is published."""
        empty = md.new(self._catalog.location(table.physical))
        made = _evolved(table, empty, None, contract_version)
        assert made is not None
        location = md.next_location(made, None, run_id)
        md.write(made, location)
        return location


class SqliteTableStore(CatalogTableStore):
    """The table store of a laptop, on `<state>/catalog.db` and `<state>/warehouse`."""

    def __init__(self, state: Path) -> None:
        super().__init__(SqliteCatalog(state))
        self._state = state

    def open_candidate(self, table: Table, internal_database: str, run_id: str, contract_version: str) -> Pointer:
        try:
            return super().open_candidate(table, internal_database, run_id, contract_version)
        except SchemaConflict as conflict:
            # Who drafts a contract changes its types, and nobody reads the tables of a laptop.
            anew = f"or start over here: rm -r {self._state}/catalog.db {self._state}/warehouse, then --mode init"
            raise SchemaConflict(str(conflict), f"{conflict.remedy}; {anew}") from None


def candidate_name(table: Table, internal_database: str, run_id: str) -> TableName:
    """The name under which a run builds what is to be published."""
    return TableName(internal_database, f"{table.own}{_CANDIDATE}{_slug(run_id)}")


def _slug(run_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", run_id).lower()


def _pointer(entry: Entry, metadata: md.Metadata) -> Pointer:
    snapshot = md.current_snapshot(metadata)
    return Pointer(
        table=entry.table,
        metadata_location=entry.location,
        snapshot_id=snapshot["snapshot-id"] if snapshot else None,
        run_id=snapshot["summary"].get(md.RUN_ID) if snapshot else None,
        rows=md.rows(snapshot),
    )


def _evolved(table: Table, before: md.Metadata, location: str | None, contract_version: str) -> md.Metadata | None:
    """The metadata with the plan's columns; None when nothing changes, or the plan is older than the table."""
    known = before["properties"].get(md.CONTRACT_VERSION)
    if known is not None and older(contract_version, known):
        return None
    if table.columns is None:
        raise ValueError(f"{table.name} is published and has no columns in the plan")
    has_rows = md.rows(md.current_snapshot(before)) > 0
    try:
        shape = evolve(md.shape(before), table.columns, has_rows=has_rows)
        key = _key(table, before)
    except SchemaConflict as conflict:
        title = f"{table.physical} cannot become contract version {contract_version} (it has {known}):"
        lines = "\n".join(f"  {line}" for line in str(conflict).splitlines())
        raise SchemaConflict(f"{title}\n{lines}", conflict.remedy) from None
    after = md.following(before, location)
    md.set_shape(after, shape, _identifier(shape, key))
    md.set_partitions(after, table.partition_by)
    after["properties"] |= {md.CONTRACT_VERSION: contract_version, md.PRIMARY_KEY: json.dumps(key)}
    return None if location is not None and md.same(before, after) else after


def _key(table: Table, before: md.Metadata) -> list[str]:
    """The primary key by column id: a key may be added, and its columns renamed, but not changed."""
    ids = {column.name: column.id for column in table.columns or ()}
    key = [ids[name] for name in table.primary_key]
    was = json.loads(before["properties"].get(md.PRIMARY_KEY, "[]"))
    if was and was != key:
        raise SchemaConflict(f"the primary key is ({', '.join(was)}) and would become ({', '.join(key)})", NEW_MAJOR)
    return key


def _identifier(shape: Shape, key: Sequence[str]) -> list[int]:
    """Iceberg's identifier fields: all of the key, if each of its columns may be one."""
    ids = shape.ids()
    by_id = {f["id"]: f for f in shape.fields}
    wanted = [by_id[ids[escaped(column)]] for column in key]
    fit = all(f["required"] and isinstance(f["type"], str) and f["type"] not in ("float", "double") for f in wanted)
    return [f["id"] for f in wanted] if fit else []
