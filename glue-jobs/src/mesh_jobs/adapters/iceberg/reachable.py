"""What a table's metadata refers to, read without PyIceberg."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg import written_once
from mesh_jobs.adapters.iceberg.avro import NoAvro, records
from mesh_jobs.adapters.iceberg.evolution import Json
from mesh_jobs.adapters.iceberg.storage import plain
from mesh_jobs.domain.errors import MeshError

_DELETED, _DELETES = 2, 1
#: Statistics of each column, and where a file may be split: most of an entry, and read by nobody here
#: (https://iceberg.apache.org/spec/#data-file-fields).
_UNREAD = (108, 109, 110, 125, 128, 132, 137)


@dataclass(frozen=True)
class LiveFile:
    """A data file of a snapshot: where it is, its bytes, and the partition it belongs to."""

    path: str
    size: int
    partition: tuple[Any, ...]


def live_files(snapshot: Json) -> list[LiveFile]:
    """The data files of a snapshot."""
    return [
        LiveFile(
            plain(file["file_path"]),
            file["file_size_in_bytes"],
            (manifest["partition_spec_id"], *file["partition"].values()),
        )
        for manifest in _read(snapshot["manifest-list"])
        if manifest.get("content", 0) != _DELETES
        for file in _files(manifest)
    ]


def reachable(location: str, metadata: md.Metadata, seen: set[str]) -> set[str]:
    """Every file that is needed to read a table at any of its snapshots: its metadata file and those before it,
    manifest lists, manifests, data and delete files, statistics; but for what only manifests list that are `seen`, to
    which it adds. Metadata that a table went back to may list snapshots that were forgotten since: one that is neither
    the current one nor named is passed over when its manifest list is gone, as nobody can read it. Raises MeshError
    when anything else that says so cannot be read: what it refers to is not known then."""
    found = {location, *md.history(metadata)}
    for kind in ("statistics", "partition-statistics"):
        found |= {entry["statistics-path"] for entry in metadata.get(kind, [])}
    must_be_there = md.named(metadata)
    for snapshot in metadata.get("snapshots", []):
        found.add(snapshot["manifest-list"])
        try:
            manifests = list(_read(snapshot["manifest-list"]))
        except Gone:
            if snapshot["snapshot-id"] in must_be_there:
                raise
            continue
        for manifest in manifests:
            path = manifest["manifest_path"]
            if path not in seen:
                seen.add(path)
                found.add(path)
                found |= {file["file_path"] for file in _files(manifest)}
    return {plain(path) for path in found}


class Gone(MeshError):
    """A file that a table refers to is not there."""


def _files(manifest: Json) -> Iterator[Any]:
    """The live files that a manifest lists."""
    entries = _read(manifest["manifest_path"], manifest["manifest_length"])
    return (entry["data_file"] for entry in entries if entry["status"] != _DELETED)


def _read(location: str, size: int | None = None) -> Iterator[Any]:
    try:
        content = written_once.read(location)
        # One that ends between two blocks looks whole.
        if size is not None and len(content) != size:
            raise NoAvro(f"it has {len(content)} of {size} bytes")
        yield from records(content, _UNREAD)
    except FileNotFoundError:
        raise Gone(*_lost(location, "is not there")) from None
    except NoAvro as error:
        raise MeshError(*_lost(location, f"cannot be read: {error}")) from None


def _lost(location: str, how: str) -> tuple[str, str]:
    return (
        f"{plain(location)}, which says what a table is made of, {how}",
        "restore the file, or take the table back to an older snapshot",
    )
