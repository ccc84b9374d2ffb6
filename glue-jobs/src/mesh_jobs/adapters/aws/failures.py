"""Errors of AWS in words: what was tried, what AWS said, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from mesh_jobs.adapters.reach import BUSY
from mesh_jobs.domain.errors import AGAIN, MeshError

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "403", "UnauthorizedOperation"})
_MISSING = frozenset(
    {
        "404",
        "EntityNotFoundException",
        "NoSuchBucket",
        "NoSuchKey",
        "NotFound",
        "ResourceNotFoundException",
    }
)
_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflict",
        "TransactionInProgressException",
    }
)


class AwsFailed(MeshError):
    """AWS did not do what a run needs: a permission, a resource, or AWS itself is missing."""

    code = "aws"


def code_of(error: ClientError) -> str:
    """The service's word for what went wrong; a status where there is none."""
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def is_missing(error: ClientError) -> bool:
    return code_of(error) in _MISSING


def is_throttled(code: str) -> bool:
    return code in _THROTTLED


#: What a job may do is for its role to say.
_OF_A_JOB = "allow {operation} for the job's role, and the key behind it; docs/guides/job.md lists what a job needs"
#: From outside it is for whoever asks.
OF_A_PERSON = "you need {operation}; what a role lacks here it also lacks on AWS"


@contextmanager
def speaking(doing: str, denied: str = _OF_A_JOB) -> Iterator[None]:
    """Raises AwsFailed for what comes from AWS or the way to it. `doing` is what was tried on what, `denied` what to do
    where it was not allowed."""
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        said = str(error.response.get("Error", {}).get("Message", "")).strip()
        raise AwsFailed(
            f"{doing}: {code}{': ' + said if said else ''}", _remedy(code, error.operation_name, denied)
        ) from error
    except (NoCredentialsError, NoRegionError) as error:
        remedy = "set AWS_REGION, and credentials as for any AWS command"
        raise AwsFailed(f"{doing}: {error}", remedy) from error
    except BotoCoreError as error:
        remedy = f"check the network (endpoints, security groups), then {AGAIN}"
        raise AwsFailed(f"{doing}: {type(error).__name__}", remedy) from error


def _remedy(code: str, operation: str, denied: str) -> str:
    if code in _DENIED:
        return denied.format(operation=operation)
    if code in _MISSING:
        return "compare the job's arguments with what is deployed"
    if is_throttled(code):
        return f"{BUSY}; later, {AGAIN}"
    return AGAIN
