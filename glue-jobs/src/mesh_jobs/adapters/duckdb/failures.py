"""DuckDB's errors in words for a person, without a value that is protected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from mesh_jobs.domain.errors import BadInput, MeshError


def spoken(what: str, error: duckdb.Error, silent: bool) -> MeshError:
    """What failed, and DuckDB's reason unless it might hold a value; `silent` when there are protected columns."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return BadInput(
            f"{what}: memory and disk were not enough", "free some disk space, or run this product on the Spark engine"
        )
    reason = str(error).split("\n", 1)[0].split(": ", 1)[-1]
    # A binder looks at names and types, never at values.
    if silent and not isinstance(error, duckdb.BinderException | duckdb.CatalogException):
        reason = "an expression failed on a value; it is not shown, as columns may be protected"
    return BadInput(f"{what}: {reason}", "correct the rule or its expression, or filter such rows out before")


@contextmanager
def speaking(what: str, silent: bool) -> Iterator[None]:
    """Everything is computed late, so any step may meet a value that does not fit."""
    try:
        yield
    except duckdb.Error as error:
        raise spoken(what, error, silent) from error
