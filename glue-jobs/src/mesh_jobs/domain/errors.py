"""Errors for the person: the data, the contract or the moment is at fault, not the code."""

from __future__ import annotations

import errno

#: What comes of a run that has failed when it is started again. Only one that was killed goes on where it stopped.
AGAIN = "start the run again: under the same id it keeps what it has read and rebuilds the rest"
#: The lever for a job that is too small.
GROW = "raise `size` in the pipeline and deploy it: that is what a job's workers come from"


class MeshError(Exception):
    """Base of all that a person can act on. `code` is stable; `remedy` says what to do."""

    code = "mesh"

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy


def said(error: BaseException) -> str:
    """What may be told of an error: our own words; of another's exception only what it is called, since its words may
    quote data."""
    return str(error) if isinstance(error, MeshError) else type(error).__name__


class BadInput(MeshError):
    """The data of a source does not fit: names file, row and column, never a protected value."""

    code = "bad-input"


class RuleFailed(MeshError):
    """A rule with the action abort_workflow did not hold."""

    code = "rule-failed"


class SchemaConflict(MeshError):
    """A table would have to narrow, drop or go back."""

    code = "schema-conflict"


class PublishConflict(MeshError):
    """A published pointer is neither what the run expected nor what it made."""

    code = "publish-conflict"


class CannotGoBack(MeshError):
    """An earlier certificate cannot be published again."""

    code = "cannot-go-back"


class Busy(MeshError):
    """Another run of the product holds the lock."""

    code = "busy"


class Fenced(MeshError):
    """This run lost its lock to a later one and must stop."""

    code = "fenced"


class StaleInput(MeshError):
    """Another product's certified data is older than maxAge, or not there."""

    code = "stale-input"


class ConservationBroken(MeshError):
    """Rows in are not rows out plus quarantined plus removed: a fault of ours, and nothing is published."""

    code = "conservation"


class CatalogueFailed(MeshError):
    """The catalogue of tables and runs could not be read or changed, for a reason of its own."""

    code = "catalogue"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}; what was certified before is untouched",
            f"fix what keeps the catalogue from working and {AGAIN}; if it was publishing, that is finished",
        )


class DiskFull(MeshError):
    """No room for what a run writes."""

    code = "disk-full"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what}: the disk is full; what was certified before is untouched",
            f"here, free some disk space; on Glue, {GROW}; then {AGAIN}",
        )


def disk_is_full(error: BaseException) -> bool:
    """Whether an error, or one it came from, says that there is no room: the operating system's, SQLite's, DuckDB's and
    Java's have only the words in common."""
    seen: BaseException | None = error
    for _ in range(20):
        if seen is None:
            return False
        full = isinstance(seen, OSError) and seen.errno in (errno.ENOSPC, errno.EDQUOT)
        if full or isinstance(seen, DiskFull) or any(words in str(seen) for words in _FULL):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


_FULL = ("No space left on device", "database or disk is full", "Disk quota exceeded")


class OutOfReach(MeshError):
    """A file, a permission, or the way to them is missing: neither the data nor a rule is at fault."""

    code = "out-of-reach"


class EngineFailed(MeshError):
    """What computes the rows failed for a reason of its own: neither the data nor a rule is known to be at fault."""

    code = "engine"

    def __init__(self, what: str, why: str) -> None:
        super().__init__(
            f"{what}: {why}; what was certified before is untouched",
            f"{AGAIN}; if it fails there again, report it with what the engine's own log says",
        )


class OutOfMemory(MeshError):
    """The machine was too small for the data."""

    code = "out-of-memory"


class PlanTooNew(MeshError):
    """The plan was made by a newer version."""

    code = "plan-too-new"


class BadRequest(MeshError):
    """What was asked for cannot be done: a mode the pipeline does not have, a run that is not there."""

    code = "bad-request"
