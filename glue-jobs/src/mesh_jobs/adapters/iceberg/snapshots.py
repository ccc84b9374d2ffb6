"""Snapshots: PyIceberg reads and writes the manifests; what is in them is decided here, so that any change of a table's
files is exactly one snapshot."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import (
    DataFile as ManifestDataFile,
)
from pyiceberg.manifest import (
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    read_manifest_list,
    write_manifest,
    write_manifest_list,
)
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.typedef import Record
from pyiceberg.types import PrimitiveType

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.evolution import Json
from mesh_jobs.adapters.iceberg.files import DataFile
from mesh_jobs.adapters.iceberg.local_io import LocalIO
from mesh_jobs.adapters.iceberg.parquet import FileStatistics, bound_bytes, inspect, partition_of, value_of

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


def data_files(metadata: md.Metadata, snapshot: Json, schema_id: int | None = None) -> list[DataFile]:
    """The live files of a snapshot, with bounds by the column names of a schema; by default the snapshot's own."""
    schema = _schema(metadata, snapshot["schema-id"] if schema_id is None else schema_id)
    kinds = {f.field_id: (f.name, f.field_type) for f in schema.fields if isinstance(f.field_type, PrimitiveType)}
    found: list[DataFile] = []
    for manifest in _manifests(snapshot):
        for entry in manifest.fetch_manifest_entry(_IO):
            found.append(_described(entry.data_file, kinds))
    return found


def paths(metadata: md.Metadata) -> set[str]:
    """Every file that reading any snapshot needs: manifest lists, manifests and live data."""
    found: set[str] = set()
    seen: set[str] = set()
    for snapshot in metadata.get("snapshots", []):
        found.add(snapshot["manifest-list"])
        for manifest in _manifests(snapshot):
            if manifest.manifest_path in seen:
                continue
            seen.add(manifest.manifest_path)
            found.add(manifest.manifest_path)
            found.update(e.data_file.file_path for e in manifest.fetch_manifest_entry(_IO))
    return found


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
            output_file=_IO.new_output(manifest_list),
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
        files = [f for f in (inspect(path, schema) for path in self.change.add) if f.rows]
        if not files:
            return []
        kinds = {i: _schema(self.metadata).find_field(i).field_type for i in files[0].leaves}
        entries = []
        for found in files:
            self.added.count(found.rows, found.size)
            data_file = _manifest_file(found, partition_of(found, spec, schema), kinds)
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
        for manifest in _manifests(self.parent):
            if wanted is not None and not wanted - gone:
                kept.append(manifest)
                continue
            entries = manifest.fetch_manifest_entry(_IO)
            leaving = [e for e in entries if wanted is None or e.data_file.file_path in wanted]
            if not leaving:
                kept += [manifest] if entries else []
                continue
            gone.update(e.data_file.file_path for e in leaving)
            for entry in leaving:
                self.removed.count(entry.data_file.record_count, entry.data_file.file_size_in_bytes)
            staying = [e for e in entries if e not in leaving]
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
        entries = [e for m in small for e in m.fetch_manifest_entry(_IO)]
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
            schema=_schema_for(self.metadata, spec),
            output_file=_IO.new_output(location),
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


def _manifest_file(found: FileStatistics, partition: tuple[Any, ...], kinds: Mapping[int, Any]) -> ManifestDataFile:
    leaves = found.leaves.values()
    lower = {leaf.field_id: bound_bytes(kinds[leaf.field_id], leaf, upper=False) for leaf in leaves}
    upper = {leaf.field_id: bound_bytes(kinds[leaf.field_id], leaf, upper=True) for leaf in leaves}
    return ManifestDataFile.from_args(
        content=DataFileContent.DATA,
        file_path=found.path,
        file_format=FileFormat.PARQUET,
        partition=Record(*partition),
        record_count=found.rows,
        file_size_in_bytes=found.size,
        column_sizes={leaf.field_id: leaf.size for leaf in leaves},
        value_counts={leaf.field_id: leaf.values for leaf in leaves},
        null_value_counts={leaf.field_id: leaf.nulls for leaf in leaves if leaf.nulls is not None},
        nan_value_counts={},
        lower_bounds={i: b for i, b in lower.items() if b is not None},
        upper_bounds={i: b for i, b in upper.items() if b is not None},
        key_metadata=None,
        split_offsets=found.split_offsets,
        equality_ids=None,
        sort_order_id=None,
    )


def _described(found: ManifestDataFile, kinds: Mapping[int, tuple[str, PrimitiveType]]) -> DataFile:
    def bounds(raw: Mapping[int, bytes] | None) -> dict[str, Any]:
        values = {
            kinds[i][0]: value_of(str(kinds[i][1]), from_bytes(kinds[i][1], b))
            for i, b in (raw or {}).items()
            if i in kinds
        }
        return {name: value for name, value in values.items() if value is not None}

    nulls = {kinds[i][0]: n for i, n in (found.null_value_counts or {}).items() if i in kinds}
    return DataFile(
        path=md.local(found.file_path),
        rows=found.record_count,
        size=found.file_size_in_bytes,
        partition=tuple(found.partition[i] for i in range(len(found.partition))),
        lower=bounds(found.lower_bounds),
        upper=bounds(found.upper_bounds),
        nulls=nulls,
    )


def _manifests(snapshot: Json) -> list[ManifestFile]:
    found = list(read_manifest_list(_IO.new_input(snapshot["manifest-list"])))
    if any(manifest.content == ManifestContent.DELETES for manifest in found):
        raise ValueError(f"{snapshot['manifest-list']}: row-level deletes of another writer cannot be read")
    return found


def _schema(metadata: md.Metadata, schema_id: int | None = None) -> Schema:
    wanted = metadata["current-schema-id"] if schema_id is None else schema_id
    return Schema.model_validate(next(s for s in metadata["schemas"] if s["schema-id"] == wanted))


def _schema_for(metadata: md.Metadata, spec: PartitionSpec) -> Schema:
    """The current schema, or the newest one that still has the columns an older spec was made of."""
    sources = {f.source_id for f in spec.fields}
    current = metadata["current-schema-id"]
    newest_first = sorted(metadata["schemas"], key=lambda s: (s["schema-id"] == current, s["schema-id"]), reverse=True)
    fitting = next(s for s in newest_first if sources <= {f["id"] for f in s["fields"]})
    return Schema.model_validate(fitting)


_IO = LocalIO()
