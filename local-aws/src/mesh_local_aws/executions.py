"""Executions of state machines: how each has ended, who hears of it, and how it begins again.
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime

from ministack.core import responses
from ministack.services import eventbridge, stepfunctions

from mesh_local_aws import hooks
from mesh_local_aws.refusal import Document, Refused

#: "The execution event history count is less than 24,999."
_MOST_EVENTS = 24_999
#: What is longer is left out of the event that EventBridge gets.
_LONGEST_TOLD = 248 * 1024


@dataclass(frozen=True)
class Attempt:
    """From the start of an execution, or from a redrive, to its end."""

    execution: Document
    number: int

    @property
    def is_over(self) -> bool:
        status: str = self.execution["status"]
        return status != "RUNNING" or self.execution["redriveCount"] != self.number

    @property
    def ending(self) -> str | None:
        """The status that it ended with."""
        found: str | None = self.execution.get("endings", {}).get(str(self.number))
        return found


_watchers: list[Callable[[Document], None]] = []
_ending = threading.Lock()


def watch(told: Callable[[Document], None]) -> None:
    """`told` hears of each change of an execution's status."""
    _watchers.append(told)


def find(arn: str) -> Document:
    """Raises Refused where this account has no such execution."""
    found: Document | None = stepfunctions._executions.get(arn)
    if found is None:
        raise Refused("ExecutionDoesNotExist", f"there is no execution {arn}")
    return found


def started_before(asked: Document) -> Document | None:
    """What is asked for under the name and with the input of an execution that runs is that one."""
    arn = f"{asked['stateMachineArn'].replace(':stateMachine:', ':execution:')}:{asked.get('name', '')}"
    found = stepfunctions._executions.get(arn)
    if found is None or found["status"] != "RUNNING" or found["input"] != asked.get("input", "{}"):
        return None
    return {"executionArn": arn, "startDate": found["startDate"]}


def stop(arn: str, error: str | None, cause: str | None) -> str:
    """When it ended. One that has ended already stays as it ended."""
    found = find(arn)
    end(found, "ABORTED", error, cause)
    return str(found["stopDate"])


def redrive(arn: str, token: str | None) -> str:
    """Goes on from the state that did not succeed, with the input and the variables that it had. When that was asked."""
    found = find(arn)
    if token is not None and found.get("redriveToken") == token:
        return str(found["redriveDate"])
    reason = why_not_redrivable(found)
    if reason is not None:
        raise Refused("ExecutionNotRedrivable", reason)
    found.update(
        status="RUNNING", stopDate=None, error=None, cause=None, output=None, redriveToken=token,
        redriveCount=found.get("redriveCount", 0) + 1, redriveDate=responses.now_iso(),
    )  # fmt: skip
    stepfunctions._add_event(found, "ExecutionRedriven", {"executionRedrivenEventDetails": {"redriveCount": found["redriveCount"]}})
    tell(found)
    threading.Thread(target=copy_context().run, args=(stepfunctions._run_execution, arn), daemon=True, name=arn).start()
    return str(found["redriveDate"])


def why_not_redrivable(execution: Document) -> str | None:
    if execution["status"] in ("RUNNING", "SUCCEEDED"):
        return f"Execution is {execution['status']} and cannot be redriven"
    return "Execution history event limit exceeded" if len(execution["events"]) >= _MOST_EVENTS else None


def redrives(execution: Document) -> Document:
    """What is told of redrives wherever an execution is described."""
    reason = why_not_redrivable(execution)
    return {
        "redriveCount": execution.get("redriveCount", 0),
        "redriveDate": execution.get("redriveDate"),
        "redriveStatus": "REDRIVABLE" if reason is None else "NOT_REDRIVABLE",
        "redriveStatusReason": reason,
    }


def tell(execution: Document) -> None:
    """On the default bus: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html"""
    given, answered = execution["input"], execution["output"] if execution["status"] == "SUCCEEDED" else None
    length = len(json.dumps(answered or ""))
    detail = {
        **{key: execution[key] for key in ("executionArn", "stateMachineArn", "name", "status")},
        "startDate": _milliseconds(execution["startDate"]),
        "stopDate": _milliseconds(execution.get("stopDate")),
        **_told("input", given, length + len(json.dumps(given))),
        **_told("output", answered, length),
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        **redrives(execution),
        "redriveDate": _milliseconds(execution.get("redriveDate")),
        "error": execution.get("error"),
        "cause": execution.get("cause"),
    }
    if not execution.get("sync"):
        entry = {
            "Source": "aws.states", "DetailType": "Step Functions Execution Status Change",
            "Detail": json.dumps(detail), "Resources": [execution["executionArn"]],
        }  # fmt: skip
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    for told in _watchers:
        told(execution)


def _told(what: str, text: str | None, length: int) -> Document:
    if text is None:
        return {what: None, f"{what}Details": None}
    included = length <= _LONGEST_TOLD
    return {what: text if included else None, f"{what}Details": {"included": included}}


def _milliseconds(moment: str | None) -> int | None:
    return None if moment is None else int(datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp() * 1000)


def end(execution: Document, status: str, error: str | None = None, cause: str | None = None, output: str | None = None) -> None:
    """The first end counts: what was stopped or timed out stays so, however the state that it was in ends."""
    with _ending:
        if execution["status"] != "RUNNING":
            return
        execution.update(status=status, stopDate=responses.now_iso(), error=error, cause=cause, output=output)
        execution.setdefault("endings", {})[str(execution.get("redriveCount", 0))] = status
    event, details = {
        "SUCCEEDED": ("ExecutionSucceeded", {"output": output}),
        "FAILED": ("ExecutionFailed", {"error": error, "cause": cause}),
        "ABORTED": ("ExecutionAborted", {"error": error, "cause": cause}),
        "TIMED_OUT": ("ExecutionTimedOut", {"error": error, "cause": cause}),
    }[status]
    known = {key: value for key, value in details.items() if value is not None}
    stepfunctions._add_event(execution, event, {f"{event[0].lower()}{event[1:]}EventDetails": known})
    tell(execution)


def end_those_cut_short() -> None:
    """Executions that the emulator has ended because the process did, when what was kept was read: EventBridge has yet to hear of
    them, and the lock of a run is given back then."""
    for (account, region, _), found in list(stepfunctions._executions._data.items()):
        endings, attempt = found.setdefault("endings", {}), str(found.get("redriveCount", 0))
        if found["status"] == "FAILED" and attempt not in endings:
            endings[attempt] = "FAILED"
            with hooks.acting(account, region):
                tell(found)
