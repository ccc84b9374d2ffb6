"""Iceberg tables for an engine that writes Parquet itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.catalog import Catalog, CommitConflict, Entry, load
from mesh_jobs.adapters.iceberg.evolution import REBUILD, Json, Shape, reshape
from mesh_jobs.adapters.iceberg.files import Committed, DataFile, StoredSchema
from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog
from mesh_jobs.adapters.iceberg.storage import is_remote, plain, storage
from mesh_jobs.domain.errors import BadInput, SchemaConflict
from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.table import Column, Field, TableName


class CatalogTables:
    """IcebergTables over any catalogue, on a disk or in S3. See files.IcebergTables for what each operation
    promises."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def schema(self, table: TableName, snapshot_id: int | None = None) -> StoredSchema | None:
        found = load(self._catalog, table)
        if found is None:
            return None
        metadata = found[1]
        if snapshot_id is None:
            return md.stored_schema(metadata)
        return md.stored_schema(metadata, _snapshot(table, metadata, snapshot_id)["schema-id"])

    def snapshot_id(self, table: TableName) -> int | None:
        found = load(self._catalog, table)
        current = md.current_snapshot(found[1]) if found else None
        return current["snapshot-id"] if current else None

    def ensure(
        self,
        table: TableName,
        columns: Sequence[Column | Field],
        partition_by: Sequence[Partition] = (),
        *,
        replace: bool,
        run_id: str | None = None,
    ) -> StoredSchema:
        found = load(self._catalog, table)
        before = found[1] if found else md.new(self._catalog.location(table))
        previous = found[0].location if found else None
        after = md.following(before, previous)
        try:
            shape = reshape(md.shape(before), columns, replace=replace)
            if not replace:
                _keeps_partitions(before, shape)
            md.set_shape(after, shape)
        except SchemaConflict as conflict:
            lines = "\n".join(f"  {line}" for line in str(conflict).splitlines())
            raise SchemaConflict(f"the internal table {table} keeps its rows:\n{lines}", conflict.remedy) from None
        md.set_partitions(after, partition_by)
        if previous is not None and md.same(before, after):
            return md.stored_schema(before)
        location = md.next_location(after, previous, run_id)
        md.write(after, location)
        if previous is not None:
            self._catalog.move(table, previous, location)
        elif self._catalog.register(table, location) != location:
            # Somebody made it at the same time: it is there now, and is given these columns.
            return self.ensure(table, columns, partition_by, replace=replace, run_id=run_id)
        return md.stored_schema(after)

    def data_folder(self, table: TableName) -> str:
        folder = f"{plain(self._existing(table)['location'])}/data"
        storage(folder).prepare(folder)
        return folder

    def files(self, table: TableName, snapshot_id: int | None = None) -> Sequence[DataFile]:
        metadata = self._existing(table)
        snapshot = md.current_snapshot(metadata) if snapshot_id is None else _snapshot(table, metadata, snapshot_id)
        if snapshot is None:
            return ()
        from mesh_jobs.adapters.iceberg.manifests import data_files

        return data_files(metadata, snapshot, metadata["current-schema-id"] if snapshot_id is None else None)

    def committed(self, table: TableName, run_id: str, step: str = "") -> Committed | None:
        found = load(self._catalog, table)
        return _done(found[1], found[0].location, run_id, step) if found else None

    def commit_replace(
        self,
        table: TableName,
        run_id: str,
        files: Sequence[str],
        summary: Mapping[str, str] | None = None,
        step: str = "",
    ) -> Committed:
        return self._commit(table, run_id, "overwrite", files, None, summary, step)

    def commit_append(
        self,
        table: TableName,
        run_id: str,
        files: Sequence[str],
        summary: Mapping[str, str] | None = None,
        step: str = "",
    ) -> Committed:
        return self._commit(table, run_id, "append", files, (), summary, step)

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
        operation = "replace" if same_rows else "overwrite" if add else "delete"
        return self._commit(table, run_id, operation, add, remove, summary, step)

    def small_files(self, table: TableName) -> Sequence[str]:
        from mesh_jobs.adapters.iceberg.layout import small_files

        return small_files(self._existing(table))

    def location(self, table: TableName) -> str | None:
        found = self._catalog.find(table)
        return found.location if found else None

    @contextmanager
    def to_replace(self, table: TableName, run_id: str) -> Iterator[str]:
        entry, metadata = self._found(table)
        if not md.lost_partitions(metadata):
            yield entry.location
            return
        location = md.next_location(metadata, entry.location, run_id)
        md.write(md.without_snapshots(metadata), location)
        try:
            yield location
        finally:
            storage(location).delete([location])

    def adopt(
        self,
        table: TableName,
        run_id: str,
        base: str,
        made: str,
        summary: Mapping[str, str] | None = None,
        step: str = "",
    ) -> Committed:
        if done := self.committed(table, run_id, step):
            return done
        before, after = md.read(base), md.read(made)
        snapshot = md.current_snapshot(after)
        old = {s["snapshot-id"] for s in before.get("snapshots", [])}
        new = [s for s in after.get("snapshots", []) if s["snapshot-id"] not in old]
        if snapshot is None or [s["snapshot-id"] for s in new] != [snapshot["snapshot-id"]]:
            raise ValueError(f"{made} is not {base} with one snapshot more")
        # The file of the other writer is not in the history: nothing ever pointed at it.
        after = md.following(before, base)
        follows = {"parent-snapshot-id": p["snapshot-id"]} if (p := md.current_snapshot(before)) else {}
        md.add_snapshot(after, follows | snapshot)
        md.label_snapshot(after, snapshot["snapshot-id"], _labels(before, run_id, summary, step))
        location = md.next_location(after, base, run_id)
        md.write(after, location)
        moved = self._moved(table, base, location, after, run_id, step)
        storage(made).delete([made])
        return moved

    def _commit(
        self,
        table: TableName,
        run_id: str,
        operation: str,
        add: Sequence[str],
        remove: Sequence[str] | None,
        summary: Mapping[str, str] | None,
        step: str,
    ) -> Committed:
        from mesh_jobs.adapters.iceberg.snapshots import Change, make_snapshot

        entry, before = self._found(table)
        if done := _done(before, entry.location, run_id, step):
            return done
        _below(before["location"], add)
        properties = _labels(before, run_id, summary, step)
        after = md.following(before, entry.location)
        md.add_snapshot(after, make_snapshot(after, Change(operation, add, remove, run_id, properties)))
        location = md.next_location(after, entry.location, run_id)
        md.write(after, location)
        return self._moved(table, entry.location, location, after, run_id, step)

    def _moved(
        self, table: TableName, expected: str, location: str, after: md.Metadata, run_id: str, step: str
    ) -> Committed:
        try:
            self._catalog.move(table, expected, location)
        except CommitConflict:
            # Another process may have finished this very commit; any other change is a real conflict.
            if done := self.committed(table, run_id, step):
                return done
            raise
        done = _done(after, location, run_id, step)
        assert done is not None
        return done

    def _existing(self, table: TableName) -> md.Metadata:
        return self._found(table)[1]

    def _found(self, table: TableName) -> tuple[Entry, md.Metadata]:
        found = load(self._catalog, table)
        if found is None:
            raise ValueError(f"no table {table}")
        return found


class LocalTables(CatalogTables):
    """The tables of a laptop: a catalogue and a warehouse below the local state."""

    def __init__(self, state: Path) -> None:
        super().__init__(SqliteCatalog(state))


def _keeps_partitions(before: md.Metadata, shape: Shape) -> None:
    """Raises SchemaConflict where files stay that are parted by a column that goes: Spark could not take them out."""
    stay = {f["id"] for f in shape.fields}
    gone = {f["id"]: f["name"] for f in md.fields(before) if f["id"] not in stay}
    parted = {f["source-id"] for spec in before["partition-specs"] for f in spec["fields"]}
    if problems := [
        f"its files are partitioned by column {gone[i]}, which is gone" for i in sorted(gone.keys() & parted)
    ]:
        raise SchemaConflict("\n".join(problems), REBUILD)


def _labels(before: md.Metadata, run_id: str, summary: Mapping[str, str] | None, step: str) -> dict[str, str]:
    """What a snapshot of ours says of itself."""
    labels = {**(summary or {}), md.RUN_ID: run_id, **({md.STEP: step} if step else {})}
    if version := before["properties"].get(md.CONTRACT_VERSION):
        labels[md.CONTRACT_VERSION] = version
    return labels


def _done(metadata: md.Metadata, location: str, run_id: str, step: str) -> Committed | None:
    """What a run committed, found in the history of the current snapshot."""
    by_id = {s["snapshot-id"]: s for s in metadata.get("snapshots", [])}
    snapshot = md.current_snapshot(metadata)
    while snapshot is not None:
        summary = snapshot["summary"]
        if summary.get(md.RUN_ID) == run_id and summary.get(md.STEP, "") == step:
            return Committed(
                snapshot_id=snapshot["snapshot-id"],
                metadata_location=location,
                rows_total=md.rows(snapshot),
                rows_added=int(summary.get("added-records", 0)),
                rows_removed=int(summary.get("deleted-records", 0)),
                summary=summary,
            )
        snapshot = by_id.get(snapshot.get("parent-snapshot-id"))
    return None


def _snapshot(table: TableName, metadata: md.Metadata, snapshot_id: int) -> Json:
    found = md.snapshot(metadata, snapshot_id)
    if found is None:
        raise BadInput(
            f"{table} no longer has snapshot {snapshot_id}: its state at that point is no longer kept",
            "start a new run, or replay from a later one; the retention in its contract says how long "
            "snapshots are kept",
        )
    return found


def _below(location: str, files: Sequence[str]) -> None:
    """Leftovers are looked for where a table lives, so all of its files must be there."""
    real = plain if is_remote(location) else _real
    folder = real(location) + "/"
    for path in files:
        if not real(path).startswith(folder):
            raise ValueError(f"{path} is outside {folder}, the table's folder")


def _real(location: str) -> str:
    return os.path.realpath(plain(location))
