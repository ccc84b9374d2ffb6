"""What somebody wants to go wrong, to see what a product makes of it: `faults.json` in the folder of the local AWS.

    [{"service": "glue", "operation": "UpdateTable", "where": {"DatabaseName": "sales"}, "error": "InternalServiceException"},
     {"state": "Build", "execution": "…", "error": "States.TaskFailed", "message": "…"},
     {"state": "Publish", "hold": true}, {"state": "Publish", "timeOut": true}]

An operation answers the error. A task of a state machine fails with it; a state is held before it does anything, or the
execution's time is over there. It is read whenever something may go wrong, so that a fault begins and ends with the file.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mesh_local_aws import hooks
from mesh_local_aws.refusal import Document, Refused

#: Of whose operations an answer may be replaced.
SERVICES = ("athena", "dynamodb", "events", "glue", "kms", "logs", "secretsmanager", "ssm", "states")
_LOOK_SECONDS = 0.05
#: How often a file that is only half there is looked at.
_LOOKS_AT_HALF = 20


@dataclass(frozen=True)
class Fault:
    service: str | None = None
    operation: str | None = None
    #: Members of the request, as boto3 takes them.
    where: Document = field(default_factory=dict)
    state: str | None = None
    #: A name; every execution without.
    execution: str | None = None
    hold: bool = False
    timeOut: bool = False
    error: str | None = None
    message: str = "a fault that was asked for"


def install() -> None:
    for service in SERVICES:
        hooks.around(service, _refusing(service))


def _refusing(service: str) -> hooks.Around:
    async def handle(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
        for fault in _wanted():
            if (fault.service, fault.operation) == (service, operation) and fault.where.items() <= _flat(asked).items():
                raise Refused(fault.error or "InternalServiceException", fault.message)
        return await proceed(asked)

    return handle


def _flat(asked: Document) -> dict[str, Any]:
    return {key: value for key, value in asked.items() if isinstance(value, str | int | bool)}


def of_state(state: str, execution: str) -> Fault | None:
    return next((fault for fault in _wanted() if fault.state == state and fault.execution in (None, execution)), None)


def hold(state: str, execution: str, is_over: Callable[[], bool]) -> None:
    """Waits as long as somebody wants the execution held there, and it has not ended."""
    while (fault := of_state(state, execution)) is not None and fault.hold and not is_over():
        time.sleep(_LOOK_SECONDS)


def _wanted() -> list[Fault]:
    path = os.environ.get("MESH_FAULTS")
    if not path:
        return []
    looks = _LOOKS_AT_HALF
    while True:
        try:
            return [Fault(**each) for each in json.loads(Path(path).read_text(encoding="utf-8"))]
        except FileNotFoundError:
            return []
        except json.JSONDecodeError:
            # Somebody is at it: a file is empty before it is written.
            looks -= 1
            if looks == 0:
                raise
            time.sleep(_LOOK_SECONDS)
