"""Files that no table is made of: what a dead or rejected run left behind, what old snapshots had, what an engine wrote
on its way. What any name in the catalogue can still reach stays."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.catalog import Catalog
from mesh_jobs.adapters.iceberg.storage import Stored, each, is_remote, plain, storage
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.table_store import STRANGERS_STAY

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
#: Of our writers: the run's id is in the name.
_OURS = (
    re.compile(rf"(?:tmp_)?(?P<run>.+)-{_UUID}(?:[-_]\d+)?\.parquet(?:\.tmp)?"),
    re.compile(rf"\d+-(?P<run>.+)-{_UUID}\.metadata\.json"),
    re.compile(rf"snap-\d+-\d+-(?P<run>.+)-{_UUID}\.avro"),
    re.compile(rf"(?P<run>.+)-{_UUID}-m\d+\.avro"),
)
#: Of Iceberg's own, which name no run: OutputFileFactory, SnapshotProducer and BaseMetastoreTableOperations in
#: https://github.com/apache/iceberg/tree/apache-iceberg-1.10.0/core/src/main/java/org/apache/iceberg
_NAMELESS = re.compile(
    rf"\d{{5,}}-\d+-{_UUID}(?:-\d+)+(?:-deletes)?\.parquet|{_UUID}-m\d+\.avro|snap-\d+-\d+-{_UUID}\.avro"
    rf"|\d{{5,}}-{_UUID}\.metadata\.json"
)
#: S3's clock and a job's are no further apart.
_CLOCKS_DIFFER = timedelta(minutes=10)


def remove_leftovers(
    catalog: Catalog,
    runs: Sequence[str],
    tables: Sequence[TableName] | None = None,
    since: datetime | None = None,
    keep: Sequence[str] = (),
) -> int:
    """See TableStore.remove_leftovers."""
    if not runs and tables is None:
        return 0
    folders = _folders(catalog.warehouse) if tables is None else _of_tables(catalog, tables)
    everything = tables is not None
    now, wanted = datetime.now(UTC), set(runs)
    ours_since = None if since is None else since - _CLOCKS_DIFFER

    def may_go(file: Stored) -> bool:
        if _written_by(wanted, file.location):
            return True
        return everything and (now - file.modified > STRANGERS_STAY or _is_nameless(file, ours_since))

    return _remove(catalog, folders, may_go, keep)


def erase(catalog: Catalog, tables: Sequence[TableName]) -> int:
    """See TableStore.erase."""
    folders = _of_tables(catalog, tables)
    for table in tables:
        catalog.forget(table)
    return _remove(catalog, folders, lambda file: True, ())


def _remove(catalog: Catalog, folders: set[str], may_go: Callable[[Stored], bool], keep: Sequence[str]) -> int:
    """Deletes files that may go and that nothing reaches; how many."""
    gone: list[str] = []

    def look(folder: str) -> tuple[str, list[str]]:
        return folder, [file.location for file in _files(folder) if may_go(file)]

    looked = each(look, sorted(folders), is_remote(catalog.warehouse))
    found = {folder: files for folder, files in looked if files}
    # Names are looked at after files: what was made in between is reached.
    reachable = _reachable(catalog, set(found), keep) if found else {}
    for folder, files in found.items():
        if (needed := reachable[folder]) is not None:
            gone += [path for path in files if path not in needed and _checked(path) not in needed]
    # Whoever dies in the middle leaves no snapshot that looks whole and is not.
    gone.sort(key=lambda path: not os.path.basename(path).startswith("snap-"))
    storage(catalog.warehouse).delete(gone)
    return len(gone)


def _files(folder: str) -> Iterator[Stored]:
    """All files of a table's folder."""
    for part in ("data", "metadata"):
        yield from storage(folder).walk(f"{folder}/{part}")


def _written_by(runs: set[str], path: str) -> bool:
    name = os.path.basename(path)
    return any((m := pattern.fullmatch(name)) and m["run"] in runs for pattern in _OURS)


def _is_nameless(file: Stored, since: datetime | None) -> bool:
    """Whether a file that names no run was written since then: one that was not is another writer's."""
    if since is None or file.modified < since:
        return False
    return _NAMELESS.fullmatch(os.path.basename(_checked(file.location))) is not None


def _checked(path: str) -> str:
    """Beside each file on a disk Hadoop's file system keeps one with its checksum: this is the file's own name."""
    folder, name = os.path.split(path)
    return f"{folder}/{name[1:-4]}" if name.startswith(".") and name.endswith(".crc") else path


def _folders(warehouse: str) -> set[str]:
    there = storage(warehouse)
    return {
        f"{warehouse}/{database}/{table}"
        for database in there.folders(warehouse)
        for table in there.folders(f"{warehouse}/{database}")
    }


def _of_tables(catalog: Catalog, tables: Sequence[TableName]) -> set[str]:
    own = {entry.table: entry.folder for entry in catalog.entries()}
    return {_own(catalog, table, own.get(table)) for table in tables}


def _own(catalog: Catalog, table: TableName, folder: str | None) -> str:
    """Where a table's files are: as the catalogue has it, else where a table of that name would be."""
    return plain(folder or catalog.location(table)).rstrip("/")


def _reachable(catalog: Catalog, folders: set[str], keep: Sequence[str]) -> dict[str, set[str] | None]:
    """For each folder what the names whose tables live there can reach, and metadata to keep; None where a name that
    belongs to the folder has its files elsewhere: then this is a copy of what the catalogue speaks of, and nothing is
    known about it."""
    from mesh_jobs.adapters.iceberg.reachable import Gone, reachable

    found: dict[str, set[str] | None] = {folder: set() for folder in folders}
    by_place = {_place(folder): folder for folder in folders}
    # Names of a folder have most manifests in common. What these list is spelled as their place is.
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for entry in catalog.entries():
        own = _own(catalog, entry.table, entry.folder)
        if own not in folders and entry.folder is not None and _place(entry.folder) not in by_place:
            continue
        metadata = md.read(entry.location)
        folder = by_place.get(_place(metadata["location"]))
        if own in folders and folder != own:
            found[own] = None
        if folder is not None and (needed := found[folder]) is not None:
            place = plain(metadata["location"])
            needed |= {_below(folder, path, place) for path in reachable(entry.location, metadata, seen[place])}
    for location in keep:
        if not storage(location).exists(location):
            continue
        metadata = md.read(location)
        folder, place = by_place.get(_place(metadata["location"])), plain(metadata["location"])
        if folder is not None and (needed := found[folder]) is not None:
            # What is put away in part already is nobody's to read.
            with suppress(Gone):
                needed |= {_below(folder, path, place) for path in reachable(location, metadata, set(seen[place]))}
    return found


def _place(location: str) -> str:
    """The same for each way to write where a folder is."""
    return plain(location) if is_remote(location) else os.path.realpath(plain(location))


def _below(folder: str, path: str, location: str) -> str:
    """A file's path as it is found by walking through the folder."""
    return folder + path[len(location) :] if path.startswith(f"{location}/") else path
