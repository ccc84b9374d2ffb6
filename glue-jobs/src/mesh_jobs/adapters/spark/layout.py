"""How many files rows are written to: few, of a good size, without shuffling what is large."""

from __future__ import annotations

from pyspark.sql import DataFrame

from mesh_jobs.adapters.spark.session import Session

#: Large enough for scans to be quick, small enough for a merge to rewrite little.
FILE_SIZE = 256 * 2**20
#: Moving this much between tasks costs less than the files that it saves.
_SMALL = 64 * 2**20
#: What Spark says of rows whose size it does not know: spark.sql.defaultSizeInBytes.
_UNKNOWN = 2**63 - 1


def shaped(session: Session, frame: DataFrame, partitioned: bool) -> DataFrame:
    """The same rows in as many tasks as there shall be files, and never fewer than the session can work on. Rows of a
    partitioned table are left to Iceberg, which brings those of a partition together."""
    if partitioned:
        return frame
    size = _size(frame)
    if size < _SMALL or size == _UNKNOWN:
        return frame.hint("rebalance")
    return frame.coalesce(max(session.cores(), -(-size // FILE_SIZE)))


def _size(frame: DataFrame) -> int:
    """Bytes, as Spark's planner has them: of files read, of rows kept in memory."""
    plan = frame._jdf.queryExecution().optimizedPlan()
    return int(str(plan.stats().sizeInBytes()))
