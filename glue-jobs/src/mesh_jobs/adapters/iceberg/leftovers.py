"""Files that a dead or rejected run left behind. A run's id is in the name of each file it writes, so nothing else is
ever looked at; and what any name in the catalogue can still reach stays."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.catalog import SqliteCatalog

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def remove_leftovers(catalog: SqliteCatalog, runs: Sequence[str]) -> int:
    """Deletes files of these runs that no registered table refers to; how many."""
    if not runs:
        return 0
    found = _written_by(str(catalog.warehouse), runs)
    if not found:
        return 0
    removed = 0
    # Names are read after the files: what is registered meanwhile is seen, and nobody writes for a finished run.
    referenced = _referenced(catalog, set(found))
    for paths in found.values():
        for path in paths:
            if path not in referenced:
                os.unlink(path)
                removed += 1
    return removed


def _written_by(warehouse: str, runs: Sequence[str]) -> dict[str, list[str]]:
    """Files by the folder of their table."""
    owner = "|".join(re.escape(run) for run in runs)
    data = re.compile(rf"(?:tmp_)?(?:{owner})-{_UUID}(?:[-_]\d+)?\.parquet(?:\.tmp)?")
    metadata = re.compile(
        rf"\d+-(?:{owner})-{_UUID}\.metadata\.json|(?:snap-\d+-\d+-)?(?:{owner})-{_UUID}(?:-m\d+)?\.avro"
    )
    found: dict[str, list[str]] = defaultdict(list)
    for table in _tables(warehouse):
        for folder, _, names in os.walk(f"{table}/data"):
            found[table] += [f"{folder}/{name}" for name in names if data.fullmatch(name)]
        for name in _names(f"{table}/metadata"):
            if metadata.fullmatch(name):
                found[table].append(f"{table}/metadata/{name}")
    return {table: paths for table, paths in found.items() if paths}


def _tables(warehouse: str) -> Iterator[str]:
    for database in _names(warehouse):
        for table in _names(f"{warehouse}/{database}"):
            yield f"{warehouse}/{database}/{table}"


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _referenced(catalog: SqliteCatalog, folders: set[str]) -> set[str]:
    """Everything that the names whose tables live in these folders can reach, their older metadata files included."""
    from mesh_jobs.adapters.iceberg.snapshots import paths

    found: set[str] = set()
    for entry in catalog.entries():
        metadata = md.read(entry.location)
        if md.local(metadata["location"]) not in folders:
            continue
        found.add(entry.location)
        found |= md.history(metadata) | paths(metadata)
    return {md.local(location) for location in found}
