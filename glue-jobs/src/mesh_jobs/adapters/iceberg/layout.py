"""Which files of a table are worth writing anew: many small ones cost each reader more than one large one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.reachable import LiveFile, live_files

#: Large enough for scans to be quick, small enough for a merge to rewrite little.
TARGET_FILE_SIZE = 256 * 2**20
#: What is smaller than a third of that is small; fewer than five of a partition are not worth a rewrite, as for
#: Iceberg's own (`min-input-files`, https://iceberg.apache.org/docs/1.10.0/spark-procedures/#rewrite_data_files).
_SMALL, _MANY = TARGET_FILE_SIZE // 3, 5
_REWRITE = "replace"


def small_files(metadata: md.Metadata) -> list[str]:
    """Paths of the small files of partitions that have many. None on a day on which the table was compacted already:
    the rows of one hour would be written twenty-four times."""
    snapshot = md.current_snapshot(metadata)
    if snapshot is None or int(snapshot["summary"].get("total-data-files", _MANY)) < _MANY:
        return []
    today = md.day(metadata["last-updated-ms"])
    rewritten = (s["timestamp-ms"] for s in metadata["snapshots"] if s["summary"].get("operation") == _REWRITE)
    if any(md.day(at) == today for at in rewritten):
        return []
    return many_small(live_files(snapshot))


def many_small(files: Sequence[LiveFile]) -> list[str]:
    """The small files of each partition that has many of them."""
    by_partition: defaultdict[tuple[Any, ...], list[str]] = defaultdict(list)
    for file in files:
        if file.size < _SMALL:
            by_partition[file.partition].append(file.path)
    return [path for paths in by_partition.values() if len(paths) >= _MANY for path in paths]
