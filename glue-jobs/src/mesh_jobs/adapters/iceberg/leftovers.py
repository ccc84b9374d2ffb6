"""Files that a dead or rejected run left behind. A run's id is in the name of each file it writes, so nothing else is
ever looked at; and what any name in the catalogue can still reach stays."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.catalog import SqliteCatalog
from mesh_jobs.domain.table import TableName

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_DATA = re.compile(rf"(?:tmp_)?(?P<run>.+)-{_UUID}(?:[-_]\d+)?\.parquet(?:\.tmp)?")
_METADATA = (
    re.compile(rf"\d+-(?P<run>.+)-{_UUID}\.metadata\.json"),
    re.compile(rf"snap-\d+-\d+-(?P<run>.+)-{_UUID}\.avro"),
    re.compile(rf"(?P<run>.+)-{_UUID}-m\d+\.avro"),
)


def remove_leftovers(catalog: SqliteCatalog, runs: Sequence[str], tables: Sequence[TableName] | None = None) -> int:
    """Deletes files of these runs, in the folders of these tables (None: all), that no registered table refers to; how
    many. The runs must have ended: a file that is written but not yet committed looks like one left behind."""
    if not runs:
        return 0
    wanted = set(runs)
    folders = _folders(str(catalog.warehouse)) if tables is None else {catalog.location(table) for table in tables}
    found = {folder: paths for folder in sorted(folders) if (paths := _written_by(wanted, folder))}
    if not found:
        return 0
    referenced = _referenced(catalog, set(found))
    gone = [path for paths in found.values() for path in paths if path not in referenced]
    for path in gone:
        os.unlink(path)
        _drop_empty(os.path.dirname(path))
    return len(gone)


def _drop_empty(folder: str) -> None:
    """A partition's folder that holds nothing any more goes too."""
    while os.path.basename(folder) not in ("data", "metadata"):
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)


def _written_by(runs: set[str], folder: str) -> list[str]:
    found: list[str] = []
    for inside, _, names in os.walk(f"{folder}/data"):
        found += [f"{inside}/{name}" for name in names if (m := _DATA.fullmatch(name)) and m["run"] in runs]
    for name in _names(f"{folder}/metadata"):
        if any((m := pattern.fullmatch(name)) and m["run"] in runs for pattern in _METADATA):
            found.append(f"{folder}/metadata/{name}")
    return found


def _folders(warehouse: str) -> set[str]:
    return {
        f"{warehouse}/{database}/{table}"
        for database in _names(warehouse)
        for table in _names(f"{warehouse}/{database}")
    }


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _referenced(catalog: SqliteCatalog, folders: set[str]) -> set[str]:
    """Everything that the names whose tables live in these folders can reach, their older metadata files included."""
    from mesh_jobs.adapters.iceberg.manifests import paths

    found: set[str] = set()
    for entry in catalog.entries():
        metadata = md.read(entry.location)
        if md.local(metadata["location"]) not in folders:
            continue
        found.add(entry.location)
        found |= md.history(metadata) | paths(metadata)
    return {md.local(location) for location in found}
