"""How many files rows are written to: few, of a good size, without shuffling what is large."""

from __future__ import annotations

from pyspark.sql import DataFrame

from mesh_jobs.adapters.iceberg.layout import TARGET_FILE_SIZE
from mesh_jobs.adapters.spark.session import UNKNOWN_SIZE, Session, size_of, size_of_leaves

#: Moving this much between tasks costs less than the files that it saves.
_SMALL = 64 * 2**20
#: This much is computed and written before other tasks would have begun.
_TINY = 2**20
#: The driver keeps a record of each task. Of more rows than so many files hold, a task writes several.
_MOST = 100_000


def shaped(session: Session, frame: DataFrame, partitioned: bool) -> DataFrame:
    """The same rows in as many tasks as there shall be files, and never fewer than the session can work on, but for
    rows so few that one does. Rows of a partitioned table are left to Iceberg, which brings those of a partition
    together."""
    if partitioned:
        return frame
    most = size_of(frame)
    if most < _TINY:
        return frame.coalesce(1)
    # What a join makes is mostly as large as what it reads: a row of one side finds few of the other. Where it is more,
    # tasks write several files each; were the product of both sides believed, each task would write a small one.
    read = size_of_leaves(frame)
    size = min(most, read)
    if size < _SMALL or read >= UNKNOWN_SIZE:
        # Parts of a good size are then made of what there is, whatever was thought of it.
        return frame.hint("rebalance")
    return frame.coalesce(min(_MOST, max(session.cores(), -(-size // TARGET_FILE_SIZE))))
