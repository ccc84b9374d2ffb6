"""Executions end as AWS ends them, stay as they ended, and go on from there when they are redriven."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ministack.app as app
import pytest
from ministack.services import eventbridge, iam, stepfunctions

from mesh_local_aws import hooks, server, walking

ACCOUNT = "222222222222"
MACHINE = f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:m"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
#: What tasks were asked, and what they answer: a value, or an error.
asked: list[Any] = []
answers: list[Any] = []


def _task(_: str, given: dict[str, Any]) -> dict[str, Any]:
    walking.before_a_call()
    asked.append(given)
    answer = answers.pop(0) if answers else 0
    if isinstance(answer, Exception):
        raise answer
    return {"said": answer}


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    server.install()
    hooks.task("arn:aws:states:::test:", _task)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MESH_FAULTS", str(tmp_path / "faults.json"))
    asked.clear()
    answers.clear()
    with hooks.acting(ACCOUNT, "eu-west-1"):
        iam._roles["r"] = {"RoleName": "r", "Arn": ROLE, "RoleId": "AROA", "AssumeRolePolicyDocument": json.dumps(TRUST)}
        yield
        stepfunctions._state_machines.pop(MACHINE, None)
        iam._roles.pop("r", None)


@pytest.fixture
def faults(tmp_path: Path) -> Any:
    def wanted(*each: dict[str, Any]) -> None:
        (tmp_path / "faults.json").write_text(json.dumps(each), encoding="utf-8")

    return wanted


def states(operation: str, **request: Any) -> dict[str, Any]:
    """As the API answers; AssertionError with its error."""
    body = json.dumps(request).encode()
    headers = {"x-amz-target": f"AWSStepFunctions.{operation}"}
    status, _, answered = asyncio.run(app.SERVICE_HANDLERS["states"]("POST", "/", headers, body, {}))
    found: dict[str, Any] = json.loads(answered)
    assert status == 200, found
    return found


def started(definition: dict[str, Any], given: str = "{}", **more: Any) -> str:
    machine = {"stateMachineArn": MACHINE, "name": "m", "definition": json.dumps(definition), "roleArn": ROLE, "type": "STANDARD"}
    stepfunctions._state_machines[MACHINE] = machine
    return str(states("StartExecution", stateMachineArn=MACHINE, input=given, **more)["executionArn"])


def until(holds: Any) -> None:
    for _ in range(400):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it does not come to that")


def ended(arn: str) -> dict[str, Any]:
    until(lambda: stepfunctions._executions[arn]["status"] != "RUNNING")
    return states("DescribeExecution", executionArn=arn)


def history(arn: str) -> list[str]:
    """Types of events, with the state where one was entered or left."""
    events = states("GetExecutionHistory", executionArn=arn, maxResults=1000)["events"]
    names = [next((value["name"] for key, value in event.items() if key.startswith("state")), "") for event in events]
    return [f"{event['type']} {name}".strip() for event, name in zip(events, names, strict=True)]


def entered(arn: str, name: str) -> bool:
    return any(line.endswith(f"StateEntered {name}") for line in history(arn))


def told(arn: str) -> list[dict[str, Any]]:
    return [json.loads(event["Detail"]) for event in eventbridge._events_log_list() if arn in event["Resources"]]


def test_an_execution_that_takes_too_long_is_timed_out() -> None:
    arn = started({"StartAt": "W", "TimeoutSeconds": 0.2, "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}})
    found = ended(arn)
    assert (found["status"], found["error"], found["redriveStatus"]) == ("TIMED_OUT", "States.Timeout", "REDRIVABLE")
    assert history(arn)[-1] == "ExecutionTimedOut"


def test_one_that_ends_in_time_is_left_alone() -> None:
    found = ended(started({"StartAt": "P", "TimeoutSeconds": 30, "States": {"P": {"Type": "Pass", "End": True}}}))
    assert (found["status"], found["redriveStatus"]) == ("SUCCEEDED", "NOT_REDRIVABLE")
    assert found["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"


def test_a_task_whose_role_does_not_trust_state_machines_fails() -> None:
    iam._roles.pop("r")
    found = ended(started(TASKS))
    assert found["status"] == "FAILED"
    assert "there is no such role" in found["cause"]


def task(name: str, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": "arn:aws:states:::test:say", "Arguments": {"by": name, "n": "{% $n %}"}, **more}


#: Every type of state that a data product has.
TASKS = {
    "QueryLanguage": "JSONata",
    "StartAt": "Count",
    "States": {
        "Count": {"Type": "Pass", "Assign": {"n": 1, "before": "{% $exists($n) %}"}, "Next": "First"},
        "First": task("First", Assign={"n": "{% $n + 1 %}"}, Next="Is it?"),
        "Is it?": {"Type": "Choice", "Choices": [{"Condition": "{% $n = 2 %}", "Next": "Rest"}], "Default": "Failed"},
        "Rest": {"Type": "Wait", "Seconds": 0, "Next": "Each"},
        "Each": {
            "Type": "Map", "Items": [10, 20], "MaxConcurrency": 1, "Next": "Last", "Assign": {"n": "{% $sum($states.result.said) %}"},
            "ItemProcessor": {
                "StartAt": "Take",
                "States": {
                    "Take": {"Type": "Pass", "Assign": {"n": "{% $states.input %}"}, "Next": "Round"},
                    "Round": task("Round", End=True),
                },
            },
        },
        "Last": task("Last", Next="Done"),
        "Done": {"Type": "Succeed"},
        "Failed": {"Type": "Fail", "Error": "NotTwo", "Cause": "{% 'n is ' & $string($n) %}"},
    },
}  # fmt: skip
ON_THE_WAY = ["Count", "First", "Is it?", "Rest", "Each", "Take", "Round", "Last", "Done"]
CALLS = [{"by": "First", "n": 1}, {"by": "Round", "n": 10}, {"by": "Round", "n": 20}, {"by": "Last", "n": 7}]


@pytest.mark.parametrize("name", ON_THE_WAY)
def test_what_was_stopped_and_timed_out_at_a_state_goes_on_there_with_its_variables(name: str, faults: Any) -> None:
    answers.extend([0, 3, 4])
    faults({"state": name, "hold": True})
    arn = started(TASKS)
    until(lambda: entered(arn, name))
    states("StopExecution", executionArn=arn, error="Enough", cause="somebody stopped it")
    found = ended(arn)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "Enough", "somebody stopped it")
    calls = len(asked)

    faults({"state": name, "timeOut": True})
    states("RedriveExecution", executionArn=arn)
    assert (ended(arn)["status"], len(asked)) == ("TIMED_OUT", calls)

    faults()
    states("RedriveExecution", executionArn=arn)
    found = ended(arn)
    assert (found["status"], found["redriveCount"]) == ("SUCCEEDED", 2)
    assert asked == CALLS
    lines = history(arn)
    assert [line for line in lines if line.startswith("Execution")] == [
        "ExecutionStarted", "ExecutionAborted", "ExecutionRedriven", "ExecutionTimedOut", "ExecutionRedriven", "ExecutionSucceeded",
    ]  # fmt: skip
    assert sum(line.endswith("StateEntered Last") for line in lines) == 1
    assert [(event["status"], event["redriveCount"], event["redriveStatus"]) for event in told(arn)] == [
        ("RUNNING", 0, "NOT_REDRIVABLE"), ("ABORTED", 0, "REDRIVABLE"), ("RUNNING", 1, "NOT_REDRIVABLE"),
        ("TIMED_OUT", 1, "REDRIVABLE"), ("RUNNING", 2, "NOT_REDRIVABLE"), ("SUCCEEDED", 2, "NOT_REDRIVABLE"),
    ]  # fmt: skip


def test_a_task_that_failed_is_tried_again_by_a_redrive_and_rounds_that_succeeded_are_not() -> None:
    answers.extend([0, 3, hooks.Refused("Busy", "not now"), 4])
    arn = started(TASKS)
    found = ended(arn)
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Busy", "not now")
    states("RedriveExecution", executionArn=arn)
    assert ended(arn)["status"] == "SUCCEEDED"
    assert asked == [*CALLS[:3], *CALLS[2:]]


def test_a_fail_state_only_fails_again() -> None:
    definition = {**TASKS, "States": {**TASKS["States"], "First": task("First", Next="Is it?")}}  # type: ignore[dict-item]
    arn = started(definition)
    assert ended(arn)["error"] == "NotTwo"
    states("RedriveExecution", executionArn=arn)
    assert ended(arn)["cause"] == "n is 1"
    assert history(arn)[-3:] == ["ExecutionRedriven", "FailStateEntered Failed", "ExecutionFailed"]
    assert len(asked) == 1


def test_variables_of_one_assign_do_not_see_each_other() -> None:
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "One",
        "States": {
            "One": {"Type": "Pass", "Assign": {"a": 1, "b": 2}, "Next": "Two"},
            "Two": {"Type": "Pass", "Assign": {"a": "{% $b %}", "b": "{% $a %}"}, "Next": "Three"},
            "Three": {"Type": "Pass", "Output": "{% [$a, $b] %}", "End": True},
        },
    }
    assert json.loads(ended(started(definition))["output"]) == [2, 1]


def test_what_succeeds_or_runs_cannot_be_redriven(faults: Any) -> None:
    faults({"state": "Last", "hold": True})
    arn = started(TASKS)
    with pytest.raises(AssertionError, match=r"ExecutionNotRedrivable.*Execution is RUNNING"):
        states("RedriveExecution", executionArn=arn)
    faults()
    ended(arn)
    with pytest.raises(AssertionError, match="Execution is SUCCEEDED and cannot be redriven"):
        states("RedriveExecution", executionArn=arn)
    with pytest.raises(AssertionError, match="ExecutionDoesNotExist"):
        states("RedriveExecution", executionArn=f"{arn}x")


def test_an_execution_started_twice_under_one_name_is_one(faults: Any) -> None:
    faults({"state": "First", "hold": True})
    arn = started(TASKS, name="once")
    assert started(TASKS, name="once") == arn
    with pytest.raises(AssertionError, match="ExecutionAlreadyExists"):
        started(TASKS, '{"other": 1}', name="once")
    faults()
    ended(arn)
    assert asked[0] == CALLS[0]
    stepfunctions._executions.pop(arn)


def test_a_state_fails_with_the_fault_that_is_wanted_there(faults: Any) -> None:
    faults({"state": "Last", "error": "Lambda.Unknown", "message": "gone"})
    found = ended(started(TASKS))
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Lambda.Unknown", "gone")
    assert asked == CALLS[:3]


def test_an_operation_answers_the_fault_that_is_wanted_of_it(faults: Any) -> None:
    faults({"service": "states", "operation": "ListStateMachines", "where": {"maxResults": 5}, "error": "ValidationException"})
    with pytest.raises(AssertionError, match="ValidationException"):
        states("ListStateMachines", maxResults=5)
    assert states("ListStateMachines", maxResults=6)["stateMachines"] == []
