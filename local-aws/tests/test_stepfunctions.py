"""Executions end as their state machine says, and stay as they ended."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import stepfunctions

from mesh_local_aws import hooks, server

MACHINE = "arn:aws:states:eu-west-1:222222222222:stateMachine:m"


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    server.install()
    with hooks.acting("222222222222", "eu-west-1"):
        yield
        stepfunctions._state_machines.pop(MACHINE, None)


def started(definition: dict[str, Any]) -> str:
    role = "arn:aws:iam::222222222222:role/r"
    machine = {"stateMachineArn": MACHINE, "name": "m", "definition": json.dumps(definition), "roleArn": role, "type": "STANDARD"}
    stepfunctions._state_machines[MACHINE] = machine
    status, _, body = stepfunctions._start_execution({"stateMachineArn": MACHINE, "input": "{}"})
    assert status == 200, body
    arn: str = json.loads(body)["executionArn"]
    return arn


def ended(arn: str) -> dict[str, Any]:
    for _ in range(100):
        found: dict[str, Any] = stepfunctions._executions[arn]
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.05)
    raise AssertionError("it runs still")


def test_an_execution_that_takes_too_long_is_timed_out() -> None:
    arn = started({"StartAt": "W", "TimeoutSeconds": 0.5, "States": {"W": {"Type": "Wait", "Seconds": 2, "End": True}}})
    found = ended(arn)
    assert (found["status"], found["error"]) == ("TIMED_OUT", "States.Timeout")
    assert found["events"][-1]["type"] == "ExecutionTimedOut"


def test_one_that_ends_in_time_is_left_alone() -> None:
    assert ended(started({"StartAt": "P", "TimeoutSeconds": 30, "States": {"P": {"Type": "Pass", "End": True}}}))["status"] == "SUCCEEDED"


def test_a_failure_does_not_undo_a_stop() -> None:
    found = {"status": "ABORTED"}
    stepfunctions._fail_execution(found, "States.TaskFailed", "its job was stopped")
    assert found == {"status": "ABORTED"}


def test_a_task_whose_role_does_not_trust_state_machines_fails() -> None:
    arn = started(
        {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": {}, "End": True}}}
    )
    found = ended(arn)
    assert found["status"] == "FAILED"
    assert "there is no such role" in found["cause"]
