"""Which of Java's errors say that a file, a permission or the way to them is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mesh_jobs.adapters.reach import Obstacle, obstacle_of_status, out_of_reach
from mesh_jobs.domain.errors import OutOfReach

#: Names of classes without their packages: Java, Hadoop, Iceberg and AWS have the same words for the same things.
_OBSTACLES: dict[str, Obstacle] = {
    "FileNotFoundException": "missing",
    "NoSuchFileException": "missing",
    "NotFoundException": "missing",
    "NoSuchKeyException": "missing",
    "NoSuchBucketException": "missing",
    "EntityNotFoundException": "missing",
    "AccessControlException": "denied",
    "AccessDeniedException": "denied",
    "ForbiddenException": "denied",
    "NotAuthorizedException": "denied",
    "NoAuthWithAWSException": "no credentials",
    "ApiCallAttemptTimeoutException": "unreachable",
    "ApiCallTimeoutException": "unreachable",
    "ConnectException": "unreachable",
    "ConnectTimeoutException": "unreachable",
    "HttpHostConnectException": "unreachable",
    "NoRouteToHostException": "unreachable",
    "SdkClientException": "unreachable",
    "SocketException": "unreachable",
    "SocketTimeoutException": "unreachable",
    "SSLHandshakeException": "unreachable",
    "UnknownHostException": "unreachable",
    "ThrottlingException": "busy",
}
_OF_AWS = ("software.amazon.awssdk.", "com.amazonaws.")
_STATUS = re.compile(r"Status Code: (\d{3})")
#: How the driver quotes the error of a task whose own error did not come along.
_OF_TASK = re.compile(r"\(TID \d+\) \([^)]*\): ([\w.$]+)(?:: ([^\n]*))?")


def outside(what: str, chain: Sequence[tuple[str, str]], named: bool = False) -> OutOfReach | None:
    """The error in words, from the classes and messages of it and its causes; None when it is of another kind. `named`:
    only when the obstacle has a name, not when reading just failed."""
    found = [(_obstacle(c, said), c, said) for c, said in (*chain, *_of_tasks(chain))]
    # The cause knows better than what came of it, and a name of its own says more than that something failed.
    told = sorted((x for x in reversed(found) if x[0]), key=lambda x: x[0] == "failed")
    if not told or (named and told[0][0] == "failed"):
        return None
    obstacle, java_class, said = told[0]
    assert obstacle is not None
    host = re.match(r"[\w.-]+", said) if java_class.endswith(".UnknownHostException") else None
    return out_of_reach(what, obstacle, said, host[0] if host else None)


def innermost(chain: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The class and message of what all else came of."""
    *_, last = (*chain, *_of_tasks(chain))
    return last


def _of_tasks(chain: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(c, said) for _, message in chain for c, said in _OF_TASK.findall(message)]


def _obstacle(java_class: str, said: str) -> Obstacle | None:
    name = java_class.rpartition(".")[2]
    status = _STATUS.search(said)
    if name == "FileNotFoundException" and "(Permission denied)" in said:
        return "denied"
    if name == "SdkClientException" and "credentials" in said:
        return "no credentials"
    if name in _OBSTACLES:
        return _OBSTACLES[name]
    if java_class.startswith(_OF_AWS):
        return obstacle_of_status(int(status[1])) if status else "failed"
    return "failed" if name.endswith("IOException") else None
