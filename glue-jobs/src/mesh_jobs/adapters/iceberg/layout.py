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
#: A run waits for its compaction: workers for a table of this size read so much twice and write it in minutes. Where
#: there is more, as in a table that somebody else has filled for years, it takes several days.
_AT_ONCE = 256 * 2**30
_REWRITE = "replace"


def small_files(metadata: md.Metadata) -> list[str]:
    """Paths of the small files of partitions that have many, as far as a run gets. None on a day on which the table was
    compacted already: the rows of one hour would be written twenty-four times."""
    snapshot = md.current_snapshot(metadata)
    if snapshot is None or int(snapshot["summary"].get("total-data-files", _MANY)) < _MANY:
        return []
    today = md.day(metadata["last-updated-ms"])
    rewritten = (s["timestamp-ms"] for s in metadata["snapshots"] if s["summary"].get("operation") == _REWRITE)
    if any(md.day(at) == today for at in rewritten):
        return []
    return many_small(live_files(snapshot))


def many_small(files: Sequence[LiveFile]) -> list[str]:
    """The small files of each partition that has many of them; of those with most, where that is too much at once."""
    by_partition: defaultdict[tuple[Any, ...], list[LiveFile]] = defaultdict(list)
    for file in files:
        if file.size < _SMALL:
            by_partition[file.partition].append(file)
    found: list[str] = []
    room = _AT_ONCE
    for small in sorted(by_partition.values(), key=len, reverse=True):
        for file in small if len(small) >= _MANY else ():
            room -= file.size
            if room < 0:
                return found
            found.append(file.path)
    return found
