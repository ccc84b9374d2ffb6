"""What keeps an engine from its files and tables, in the same words for every engine."""

from __future__ import annotations

import re
from typing import Literal

from mesh_jobs.domain.errors import AGAIN, OutOfReach

Obstacle = Literal["missing", "denied", "no credentials", "unreachable", "busy", "failed"]

BUSY = "AWS was too busy, even after repeated retries"
_SAID = {
    "missing": "{at} is not there",
    "denied": "access to {at} was denied",
    "no credentials": "there are no credentials for AWS",
    "unreachable": "{at} could not be reached",
    "busy": BUSY,
    "failed": "{at} could not be read or written",
}
_REMEDY = {
    "missing": "restore it, or rebuild the table it belongs to in mode full",
    "denied": "allow it for whoever runs this: on AWS, for the job's role, and the key behind it;"
    " docs/guides/job.md lists what a job needs",
    "no credentials": "set AWS_REGION, and credentials as for any AWS command",
    "unreachable": f"check the network (endpoints, security groups), then {AGAIN}",
    "busy": f"later, {AGAIN}",
    "failed": f"check the storage behind it, then {AGAIN}",
}
#: A path or URI, without what a signed one has at its end.
_PLACE = re.compile(r"(?<![\w/:])(?:[a-z][a-z0-9]*:)?/+[^\s\"'(),?]+")
#: A folder of a partition is named by a value of its rows.
_PARTITION = re.compile(r"(?<=/)[^/=]+=[^/]*(?=/)")


def out_of_reach(what: str, obstacle: Obstacle, said: str, host: str | None = None) -> OutOfReach:
    """`said` is the library's message, of which only the place is shown."""
    place = _PLACE.search(said)
    at = host or (_PARTITION.sub("…", place[0].rstrip(".:;")) if place else "a file or a table that it needs")
    return OutOfReach(f"{what}: {_SAID[obstacle].format(at=at)}", _REMEDY[obstacle])


def not_had(what: str, error: Exception) -> OutOfReach | None:
    """The error of the operating system in words, if a file is gone or may not be read; None for all else."""
    if isinstance(error, FileNotFoundError):
        return out_of_reach(what, "missing", f" {error.filename}")
    if isinstance(error, PermissionError):
        return out_of_reach(what, "denied", f" {error.filename}")
    return None


def obstacle_of_status(status: int) -> Obstacle:
    """What an HTTP status of AWS means."""
    if status in (401, 403):
        return "denied"
    if status == 404:
        return "missing"
    return "busy" if status in (429, 503) else "failed"
