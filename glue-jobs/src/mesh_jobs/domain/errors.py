"""Errors for the person: the data, the contract or the moment is at fault, not the code."""

from __future__ import annotations


class MeshError(Exception):
    """Base of all that a person can act on. `code` is stable; `remedy` says what to do."""

    code = "mesh"

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy


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


class PlanTooNew(MeshError):
    """The plan was made by a newer version."""

    code = "plan-too-new"


class BadRequest(MeshError):
    """What was asked for cannot be done: a mode the pipeline does not have, a run that is not there."""

    code = "bad-request"
