"""An execution as it is watched from outside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mesh_jobs.adapters.aws.executions import Ended, StateMachine

ENTERED = {
    "id": 1,
    "type": "TaskStateEntered",
    "timestamp": datetime(2030, 1, 1, 6, 0, 0, tzinfo=UTC),
    "stateEnteredEventDetails": {"name": "Build"},
}
EXITED = {
    "id": 2,
    "type": "TaskStateExited",
    "timestamp": datetime(2030, 1, 1, 6, 0, 9, tzinfo=UTC),
    "stateExitedEventDetails": {"name": "Build"},
}
FAILED = {
    "id": 3,
    "type": "FailStateEntered",
    "timestamp": datetime(2030, 1, 1, 6, 0, 9, tzinfo=UTC),
    "stateEnteredEventDetails": {"name": "Failed"},
}


class States:
    """An execution that has come one event further each time it is looked at."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events, self.looked, self.asked = events, 0, ""

    def start_execution(self, stateMachineArn: str, input: str) -> dict[str, str]:
        self.asked = input
        return {"executionArn": "execution"}

    def describe_execution(self, executionArn: str) -> dict[str, str]:
        self.looked += 1
        ended = {"status": "FAILED", "error": "Rejected", "cause": "a rule does not hold"}
        return ended if self.looked >= len(self.events) else {"status": "RUNNING"}

    def get_paginator(self, operation: str) -> States:
        assert operation == "get_execution_history"
        return self

    def paginate(self, executionArn: str, reverseOrder: bool) -> Iterator[dict[str, Any]]:
        assert reverseOrder
        yield from ({"events": [event]} for event in reversed(self.events[: self.looked]))


class Heard:
    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def report(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    def warn(self, message: str) -> None:
        raise AssertionError(message)


def test_it_tells_each_step_once_and_how_long_it_took_and_how_it_all_ended() -> None:
    states, heard = States(ENTERED, EXITED, FAILED), Heard()
    machine = StateMachine(states, "machine", sleep=lambda seconds: None)
    ended = machine.follow(machine.start({"mode": "full"}), heard)
    assert states.asked == '{"mode": "full"}'
    assert heard.events == [{"step": "Build"}, {"step": "Build", "seconds": 9.0}, {"step": "Failed"}]
    assert ended == Ended("FAILED", "Rejected", "a rule does not hold", "Failed")
