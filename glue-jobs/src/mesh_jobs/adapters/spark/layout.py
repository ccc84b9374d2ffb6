"""How many files rows are written to: few, of a good size, without shuffling what is large."""

from __future__ import annotations

from pyspark.sql import DataFrame

from mesh_jobs.adapters.spark.session import UNKNOWN_SIZE, Session, size_of

#: Large enough for scans to be quick, small enough for a merge to rewrite little.
FILE_SIZE = 256 * 2**20
#: Moving this much between tasks costs less than the files that it saves.
_SMALL = 64 * 2**20
#: This much is computed and written before other tasks would have begun.
_TINY = 2**20


def shaped(session: Session, frame: DataFrame, partitioned: bool) -> DataFrame:
    """The same rows in as many tasks as there shall be files, and never fewer than the session can work on, but for
    rows so few that one does. Rows of a partitioned table are left to Iceberg, which brings those of a partition
    together."""
    if partitioned:
        return frame
    size = size_of(frame)
    if size < _TINY:
        return frame.coalesce(1)
    if size < _SMALL or size == UNKNOWN_SIZE:
        return frame.hint("rebalance")
    return frame.coalesce(max(session.cores(), -(-size // FILE_SIZE)))
