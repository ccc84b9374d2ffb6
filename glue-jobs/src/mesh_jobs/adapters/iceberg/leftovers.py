"""Files that a dead or rejected run left behind. A run's id is in the name of each file it writes, so nothing else is
ever looked at; and what any name in the catalogue can still reach stays."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.catalog import Catalog
from mesh_jobs.adapters.iceberg.storage import plain, storage
from mesh_jobs.domain.table import TableName

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_DATA = (re.compile(rf"(?:tmp_)?(?P<run>.+)-{_UUID}(?:[-_]\d+)?\.parquet(?:\.tmp)?"),)
_METADATA = (
    re.compile(rf"\d+-(?P<run>.+)-{_UUID}\.metadata\.json"),
    re.compile(rf"snap-\d+-\d+-(?P<run>.+)-{_UUID}\.avro"),
    re.compile(rf"(?P<run>.+)-{_UUID}-m\d+\.avro"),
)


def remove_leftovers(catalog: Catalog, runs: Sequence[str], tables: Sequence[TableName] | None = None) -> int:
    """Deletes files of these runs, in the folders of these tables (None: all), that no registered table refers to; how
    many. The runs must have ended: a file that is written but not yet committed looks like one left behind."""
    if not runs:
        return 0
    wanted = set(runs)
    folders = _folders(catalog.warehouse) if tables is None else {catalog.location(table) for table in tables}
    found = {folder: paths for folder in sorted(folders) if (paths := _written_by(wanted, folder))}
    if not found:
        return 0
    referenced = _referenced(catalog, set(found))
    gone = [path for paths in found.values() for path in paths if path not in referenced]
    storage(catalog.warehouse).delete(gone)
    return len(gone)


def _written_by(runs: set[str], folder: str) -> list[str]:
    found: list[str] = []
    for part, patterns in (("data", _DATA), ("metadata", _METADATA)):
        for stored in storage(folder).walk(f"{folder}/{part}"):
            name = os.path.basename(stored.location)
            if any((m := pattern.fullmatch(name)) and m["run"] in runs for pattern in patterns):
                found.append(stored.location)
    return found


def _folders(warehouse: str) -> set[str]:
    there = storage(warehouse)
    return {
        f"{warehouse}/{database}/{table}"
        for database in there.folders(warehouse)
        for table in there.folders(f"{warehouse}/{database}")
    }


def _referenced(catalog: Catalog, folders: set[str]) -> set[str]:
    """Everything that the names whose tables live in these folders can reach, their older metadata files included."""
    from mesh_jobs.adapters.iceberg.manifests import paths

    found: set[str] = set()
    for entry in catalog.entries():
        if entry.folder is not None and plain(entry.folder) not in folders:
            continue
        metadata = md.read(entry.location)
        if plain(metadata["location"]) not in folders:
            continue
        found.add(entry.location)
        found |= md.history(metadata) | paths(metadata)
    return {plain(location) for location in found}
