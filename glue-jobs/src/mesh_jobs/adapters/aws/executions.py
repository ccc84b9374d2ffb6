"""Runs of a state machine, watched from outside."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mesh_jobs.adapters.aws.failures import OF_A_PERSON, speaking
from mesh_jobs.ports.announcer import Progress

#: Step Functions takes many more calls a second; a person sees no difference.
_LOOKS_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class Ended:
    """How an execution ended. `last` is the state that it was in."""

    status: str
    error: str
    cause: str
    last: str


class StateMachine:
    def __init__(self, states: Any, arn: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._states, self._arn, self._sleep = states, arn, sleep

    def start(self, asked: Mapping[str, str]) -> str:
        """The ARN of an execution. Raises AwsFailed."""
        with speaking(f"starting {self._arn}", OF_A_PERSON):
            started = self._states.start_execution(stateMachineArn=self._arn, input=json.dumps(asked))
        return str(started["executionArn"])

    def follow(self, execution: str, progress: Progress) -> Ended:
        """Until it has ended. Tells which state begins, and how long each task took."""
        told, began, last = 0, {}, ""
        while True:
            with speaking(f"looking at {execution}", OF_A_PERSON):
                found = self._states.describe_execution(executionArn=execution)
                events = self._events_after(execution, told)
            for event in events:
                match event:
                    case {"stateEnteredEventDetails": {"name": name}}:
                        began[name], last = event["timestamp"], name
                        progress.report({"step": name})
                    case {"stateExitedEventDetails": {"name": name}, "type": "TaskStateExited"}:
                        progress.report({"step": name, "seconds": _seconds(began.get(name), event["timestamp"])})
                told = event["id"]
            if found["status"] != "RUNNING":
                return Ended(found["status"], found.get("error", ""), found.get("cause", ""), last)
            self._sleep(_LOOKS_EVERY_SECONDS)

    def _events_after(self, execution: str, last: int) -> list[Mapping[str, Any]]:
        """Those with a higher id, in their order: what was read is not read again at each look."""
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=execution, reverseOrder=True)
        newest_first = (event for page in pages for event in page["events"])
        return list(itertools.takewhile(lambda event: event["id"] > last, newest_first))[::-1]


def _seconds(began: datetime | None, ended: datetime) -> float:
    return 0.0 if began is None else round((ended - began).total_seconds(), 3)
