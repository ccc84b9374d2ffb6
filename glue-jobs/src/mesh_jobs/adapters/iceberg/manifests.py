"""Manifests: what a snapshot says of its files, through PyIceberg's readers and types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile as ManifestDataFile
from pyiceberg.manifest import (
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestFile,
    read_manifest_list,
)
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.typedef import Record
from pyiceberg.types import PrimitiveType

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.evolution import Json
from mesh_jobs.adapters.iceberg.files import DataFile
from mesh_jobs.adapters.iceberg.parquet import FileStatistics, bound_bytes, value_of
from mesh_jobs.adapters.iceberg.pyiceberg_io import StoredFiles
from mesh_jobs.adapters.iceberg.storage import each, is_remote, plain
from mesh_jobs.domain.errors import BadInput

IO = StoredFiles()
#: Files of a manifest that is kept in memory, where each takes a few kilobytes.
_FEW = 200


def data_files(metadata: md.Metadata, snapshot: Json, schema_id: int | None = None) -> list[DataFile]:
    """The live files of a snapshot, with bounds by the column names of a schema; by default the snapshot's own."""
    schema = schema_of(metadata, snapshot["schema-id"] if schema_id is None else schema_id)
    kinds = {f.field_id: (f.name, f.field_type) for f in schema.fields if isinstance(f.field_type, PrimitiveType)}
    found: list[DataFile] = []
    far = is_remote(metadata["location"])
    for entries in each(entries_of, manifests_of(snapshot), far):
        found += [_described(entry.data_file, kinds) for entry in entries]
    return found


def entries_of(manifest: ManifestFile) -> Sequence[ManifestEntry]:
    """The live files of a manifest. They are everybody's: nobody changes them."""
    counts = (manifest.added_files_count, manifest.existing_files_count, manifest.deleted_files_count)
    return _remembered(manifest) if sum(count or 0 for count in counts) <= _FEW else _read(manifest)


@lru_cache(maxsize=64)
def _remembered(manifest: ManifestFile) -> Sequence[ManifestEntry]:
    """A manifest never changes, and a run looks at each of its tables' several times."""
    return _read(manifest)


def _read(manifest: ManifestFile) -> Sequence[ManifestEntry]:
    return tuple(manifest.fetch_manifest_entry(IO))


def manifests_of(snapshot: Json) -> list[ManifestFile]:
    """The manifests of a snapshot. Raises BadInput for row-level deletes, which another writer may have made: an engine
    that reads data files alone would bring the rows back."""
    found = list(read_manifest_list(IO.new_input(snapshot["manifest-list"])))
    if any(manifest.content == ManifestContent.DELETES for manifest in found):
        raise BadInput(
            f"{plain(snapshot['manifest-list'])}: another writer has deleted rows of this table "
            "without rewriting its files, and such deletes are not read here",
            "take the table back, with mesh rollback, to what was certified; or pause the product's schedule and, "
            "while no run is in progress, make that writer rewrite them, on Spark with CALL "
            "system.rewrite_data_files(table => …, options => map('delete-file-threshold', '1'))",
        )
    return found


def manifest_entry_file(
    found: FileStatistics, partition: tuple[Any, ...], kinds: Mapping[int, Any]
) -> ManifestDataFile:
    """A new file as a manifest describes it."""
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


def schema_of(metadata: md.Metadata, schema_id: int | None = None) -> Schema:
    """A schema of the table, by default the current one."""
    wanted = metadata["current-schema-id"] if schema_id is None else schema_id
    return Schema.model_validate(next(s for s in metadata["schemas"] if s["schema-id"] == wanted))


def schema_for(metadata: md.Metadata, spec: PartitionSpec) -> Schema:
    """The current schema, or the newest one that still has the columns an older spec was made of."""
    sources = {f.source_id for f in spec.fields}
    current = metadata["current-schema-id"]
    newest_first = sorted(metadata["schemas"], key=lambda s: (s["schema-id"] == current, s["schema-id"]), reverse=True)
    fitting = next(s for s in newest_first if sources <= {f["id"] for f in s["fields"]})
    return Schema.model_validate(fitting)


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
        path=plain(found.file_path),
        rows=found.record_count,
        size=found.file_size_in_bytes,
        partition=tuple(found.partition[i] for i in range(len(found.partition))),
        lower=bounds(found.lower_bounds),
        upper=bounds(found.upper_bounds),
        nulls=nulls,
    )
