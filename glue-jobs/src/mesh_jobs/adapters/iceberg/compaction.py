"""What both engines say of a compaction, and hold it to."""

from __future__ import annotations

from mesh_jobs.adapters.iceberg.files import Committed
from mesh_jobs.domain.errors import ConservationBroken
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import Compacted

#: The step of a run under which its compactions are committed, and how many files there were before.
STEP = "compact"
BEFORE = "mesh.files-before"


def done_before(made: Committed) -> Compacted:
    """What a commit says it did."""
    return Compacted(int(made.summary[BEFORE]), int(made.summary.get("added-data-files", 0)), made.rows_added)


def assert_same(table: TableName, before: tuple[int, int], after: tuple[int, int]) -> None:
    """Holds the number of rows and the sum of their hashes against each other. Raises ConservationBroken."""
    if before == after:
        return
    what = f"{before[0]} rows became {after[0]}" if before[0] != after[0] else f"{before[0]} rows changed"
    raise ConservationBroken(f"{table}: {what} as small files were rewritten; the table stays as it is")
