"""Snapshots: PyIceberg reads and writes the manifests; what is in them is decided here, so that any change of a table's
files is exactly one snapshot."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pyiceberg.manifest import DataFile as ManifestDataFile
from pyiceberg.manifest import ManifestEntry, ManifestEntryStatus, ManifestFile, write_manifest, write_manifest_list
from pyiceberg.partitioning import PartitionSpec

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.evolution import Json
from mesh_jobs.adapters.iceberg.manifests import (
    IO,
    entries_of,
    manifest_entry_file,
    manifests_of,
    schema_for,
    schema_of,
)
from mesh_jobs.adapters.iceberg.parquet import inspect, partition_of
from mesh_jobs.adapters.iceberg.storage import each, is_remote

#: Manifests of appends are folded into one when there are this many; a quarantine gets one with every run.
_FOLD_AT = 50
_CODEC: Literal["deflate"] = "deflate"


@dataclass(frozen=True)
class Change:
    """What a commit does to the files of a table. `remove` None takes all that are there."""

    operation: str
    add: Sequence[str]
    remove: Sequence[str] | None
    run_id: str
    summary: Mapping[str, str]


@dataclass
class _Totals:
    files: int = 0
    rows: int = 0
    size: int = 0

    def count(self, rows: int, size: int) -> None:
        self.files += 1
        self.rows += rows
        self.size += size


def make_snapshot(metadata: md.Metadata, change: Change) -> Json:
    """Writes the manifests of a change and gives the snapshot's entry in the metadata. Raises WrongFile for a file that
    does not fit the table and ValueError for one to remove that is not there."""
    return _Producer(metadata, change).make()


class _Producer:
    def __init__(self, metadata: md.Metadata, change: Change) -> None:
        self.metadata = metadata
        self.change = change
        self.parent = md.current_snapshot(metadata)
        self.snapshot_id = uuid.uuid4().int >> 65
        self.sequence = metadata["last-sequence-number"] + 1
        self.name = f"{change.run_id}-{uuid.uuid4()}"
        self.folder = f"{metadata['location']}/metadata"
        self.written = 0
        self.added, self.removed = _Totals(), _Totals()

    def make(self) -> Json:
        manifests = self._kept() + self._added()
        manifest_list = f"{self.folder}/snap-{self.snapshot_id}-0-{self.name}.avro"
        with write_manifest_list(
            format_version=2,
            output_file=IO.new_output(manifest_list),
            snapshot_id=self.snapshot_id,
            parent_snapshot_id=self.parent["snapshot-id"] if self.parent else None,
            sequence_number=self.sequence,
            avro_compression=_CODEC,
        ) as writer:
            if manifests:
                writer.add_manifests(manifests)
        made: Json = {
            "snapshot-id": self.snapshot_id,
            "sequence-number": self.sequence,
            "timestamp-ms": max(time.time_ns() // 1_000_000, self.metadata["last-updated-ms"]),
            "manifest-list": manifest_list,
            "summary": self._summary(),
            "schema-id": self.metadata["current-schema-id"],
        }
        if self.parent:
            made["parent-snapshot-id"] = self.parent["snapshot-id"]
        return made

    def _added(self) -> list[ManifestFile]:
        schema, spec = md.stored_schema(self.metadata), md.spec(self.metadata)
        far = is_remote(self.metadata["location"])
        files = [f for f in each(lambda path: inspect(path, schema), self.change.add, far) if f.rows]
        if not files:
            return []
        kinds = {i: schema_of(self.metadata).find_field(i).field_type for i in files[0].leaves}
        entries = []
        for found in files:
            self.added.count(found.rows, found.size)
            data_file = manifest_entry_file(found, partition_of(found, spec, schema), kinds)
            entries.append(self._entry(ManifestEntryStatus.ADDED, data_file))
        return [self._write(entries, spec["spec-id"])]

    def _kept(self) -> list[ManifestFile]:
        """The parent's manifests; those that lose files are written anew, with the files marked as deleted."""
        if self.parent is None:
            self._all_found(set())
            return []
        wanted = None if self.change.remove is None else set(self.change.remove)
        kept: list[ManifestFile] = []
        gone: set[str] = set()
        for manifest in manifests_of(self.parent):
            if wanted is not None and not wanted - gone:
                kept.append(manifest)
                continue
            entries = entries_of(manifest)
            leaving = [e for e in entries if wanted is None or e.data_file.file_path in wanted]
            if not leaving:
                kept += [manifest] if entries else []
                continue
            names = {e.data_file.file_path for e in leaving}
            gone |= names
            for entry in leaving:
                self.removed.count(entry.data_file.record_count, entry.data_file.file_size_in_bytes)
            staying = [e for e in entries if e.data_file.file_path not in names]
            rewritten = [self._again(ManifestEntryStatus.EXISTING, e) for e in staying]
            rewritten += [self._again(ManifestEntryStatus.DELETED, e) for e in leaving]
            kept.append(self._write(rewritten, manifest.partition_spec_id))
        self._all_found(gone)
        return self._folded([m for m in kept if m.has_added_files() or m.has_existing_files() or m.deleted_files_count])

    def _all_found(self, gone: set[str]) -> None:
        if missing := set(self.change.remove or ()) - gone:
            raise ValueError(f"not in the table, so they cannot be removed: {', '.join(sorted(missing))}")

    def _folded(self, manifests: list[ManifestFile]) -> list[ManifestFile]:
        """Many small manifests as one, so that reading stays fast after a thousand appends."""
        live = [m for m in manifests if m.has_added_files() or m.has_existing_files()]
        spec_id = self.metadata["default-spec-id"]
        small = [m for m in live if m.partition_spec_id == spec_id and m.added_snapshot_id != self.snapshot_id]
        if len(small) < _FOLD_AT:
            return [m for m in manifests if m in live or m.added_snapshot_id == self.snapshot_id]
        entries = [e for m in small for e in entries_of(m)]
        one = self._write([self._again(ManifestEntryStatus.EXISTING, e) for e in entries], spec_id)
        return [m for m in manifests if m not in small and (m in live or m.added_snapshot_id == self.snapshot_id)] + [
            one
        ]

    def _again(self, status: ManifestEntryStatus, entry: ManifestEntry) -> ManifestEntry:
        return ManifestEntry.from_args(
            status=status,
            snapshot_id=self.snapshot_id if status == ManifestEntryStatus.DELETED else entry.snapshot_id,
            sequence_number=entry.sequence_number,
            file_sequence_number=entry.file_sequence_number,
            data_file=entry.data_file,
        )

    def _entry(self, status: ManifestEntryStatus, data_file: ManifestDataFile) -> ManifestEntry:
        return ManifestEntry.from_args(
            status=status,
            snapshot_id=self.snapshot_id,
            sequence_number=None,
            file_sequence_number=None,
            data_file=data_file,
        )

    def _write(self, entries: Sequence[ManifestEntry], spec_id: int) -> ManifestFile:
        location = f"{self.folder}/{self.name}-m{self.written}.avro"
        self.written += 1
        spec = PartitionSpec.model_validate(md.spec(self.metadata, spec_id))
        with write_manifest(
            format_version=2,
            spec=spec,
            schema=schema_for(self.metadata, spec),
            output_file=IO.new_output(location),
            snapshot_id=self.snapshot_id,
            avro_compression=_CODEC,
        ) as writer:
            for entry in entries:
                writer.add_entry(entry)
        return writer.to_manifest_file()

    def _summary(self) -> dict[str, str]:
        before = self.parent["summary"] if self.parent else {}

        def total(key: str, plus: int, minus: int) -> str:
            return str(int(before.get(key, 0)) + plus - minus)

        figures = {
            "added-data-files": self.added.files,
            "added-records": self.added.rows,
            "added-files-size": self.added.size,
            "deleted-data-files": self.removed.files,
            "deleted-records": self.removed.rows,
            "removed-files-size": self.removed.size,
        }
        return {
            "operation": self.change.operation,
            **{key: str(value) for key, value in figures.items() if value},
            "total-records": total("total-records", self.added.rows, self.removed.rows),
            "total-data-files": total("total-data-files", self.added.files, self.removed.files),
            "total-files-size": total("total-files-size", self.added.size, self.removed.size),
            "total-delete-files": "0",
            "total-position-deletes": "0",
            "total-equality-deletes": "0",
            **self.change.summary,
        }
