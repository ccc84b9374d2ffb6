"""DuckDB's errors in words for a person, without a value that is protected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from mesh_jobs.adapters.reach import Obstacle, obstacle_of_status, out_of_reach
from mesh_jobs.domain.errors import GROW, BadInput, DiskFull, EngineFailed, MeshError, OutOfMemory, disk_is_full

#: What DuckDB says when a file cannot be had, in the order of asking; what else it says of files is `failed`.
_OBSTACLES: tuple[tuple[re.Pattern[str], Obstacle], ...] = (
    (re.compile(r"No such file|No files found|does not exist"), "missing"),
    (re.compile(r"Permission denied|Access Denied|Forbidden"), "denied"),
    (re.compile(r"resolve host|[Cc]onnect|timed? ?out|Timeout"), "unreachable"),
)
#: What a query or a value is the cause of; all else is DuckDB's own fault, or the machine's.
_OF_THE_RULE = (duckdb.DataError, duckdb.ProgrammingError, duckdb.NotSupportedError, duckdb.IntegrityError)
_CORRECT = "correct the rule or its expression, or filter such rows out first"


def spoken(what: str, error: duckdb.Error, silent: bool, remedy: str = _CORRECT) -> MeshError:
    """What failed, and DuckDB's reason unless it might hold a value; `silent` when there are protected columns. The
    remedy is for what a query or a value causes."""
    outside = _kept_away(what, error)
    if outside is not None:
        return outside
    if isinstance(error, duckdb.OutOfMemoryException):
        return OutOfMemory(
            f"{what}: there was not enough memory and disk space",
            f"here, free some disk space, or run this product on the Spark engine; on Glue, {GROW}",
        )
    reason = str(error).split("\n", 1)[0].split(": ", 1)[-1]
    if not isinstance(error, _OF_THE_RULE):
        words = "" if silent else f" ({reason})"
        return EngineFailed(what, f"DuckDB failed with {type(error).__name__}{words}")
    # A binder looks at names and types, never at values.
    if silent and not isinstance(error, duckdb.BinderException | duckdb.CatalogException):
        reason = "an expression failed on a value; it is not shown, as columns may be protected"
    return BadInput(f"{what}: {reason}", remedy)


def _kept_away(what: str, error: duckdb.Error) -> MeshError | None:
    """The error in words if a file is missing, may not be read or cannot be reached; None for all else."""
    if not isinstance(error, duckdb.IOException):
        return None
    if disk_is_full(error):
        return DiskFull(what)
    said = str(error)
    status = getattr(error, "status_code", 0)
    found: list[Obstacle] = [obstacle for words, obstacle in _OBSTACLES if words.search(said)]
    if status:
        found = [obstacle_of_status(status)]
    return out_of_reach(what, found[0] if found else "failed", said)


@contextmanager
def speaking(what: str, silent: bool, remedy: str = _CORRECT) -> Iterator[None]:
    """Everything is computed late, so any step may meet a value that does not fit."""
    try:
        yield
    except duckdb.Error as error:
        raise spoken(what, error, silent, remedy) from error
