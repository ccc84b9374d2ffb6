"""Executions of state machines, walked state by state: they end where they are stopped, and a redrive goes on from there.

What a state does is the emulator's; how an execution goes from one to the next, how it ends and begins again is said here.
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ministack.core import responses
from ministack.services import eventbridge, stepfunctions

from mesh_local_aws import faults, hooks
from mesh_local_aws.refusal import Document, Refused

#: "The execution event history count is less than 24,999."
_MOST_EVENTS = 24_999
#: What is longer is left out of the event that EventBridge gets.
_LONGEST_TOLD = 248 * 1024
_path: ContextVar[str] = ContextVar("path", default="")


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


class Over(BaseException):
    """What is left of an attempt that has ended goes no further. No Retry and no Catch sees it."""


_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)
_state: ContextVar[str] = ContextVar("state", default="")


def current() -> Attempt | None:
    """The attempt that the code below works for."""
    return _attempt.get()


def before_a_call() -> None:
    """Nothing is asked of a service for an execution that has ended. Raises the fault that somebody wants there."""
    attempt = _attempt.get()
    if attempt is None:
        return
    if attempt.is_over:
        raise Over
    wanted = faults.of_state(_state.get(), attempt.execution["name"])
    if wanted is not None and wanted.error is not None:
        raise stepfunctions._ExecutionError(wanted.error, wanted.message)


# --- records ---------------------------------------------------------------------------------------------------------

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
    _end(found, "ABORTED", error, cause)
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
    threading.Thread(target=copy_context().run, args=(run, arn), daemon=True, name=arn).start()
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


def _end(execution: Document, status: str, error: str | None = None, cause: str | None = None, output: str | None = None) -> None:
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


# --- walking ---------------------------------------------------------------------------------------------------------


def run(arn: str) -> None:
    """One attempt, to its end."""
    execution = find(arn)
    # A redrive uses the definition of the first attempt, whatever was deployed since.
    execution.setdefault("definition", hooks.machine_of(execution)["definition"])
    definition = json.loads(execution["definition"])
    attempt = Attempt(execution, execution.setdefault("redriveCount", 0))
    # It is started anew by a redrive.
    timer = _timer(attempt, definition.get("TimeoutSeconds"))
    _attempt.set(attempt)
    try:
        output = _walk("", definition["States"], definition["StartAt"], json.loads(execution["input"]), _context(execution, definition))
        _end(execution, "SUCCEEDED", output=json.dumps(output))
        del execution["frames"]
    except Over:
        return
    except stepfunctions._ExecutionError as error:
        _fail(attempt, error.error, error.cause)
    except Exception as error:
        hooks.log.exception("execution %s", arn)
        _fail(attempt, "States.Runtime", str(error))
    finally:
        if timer is not None:
            timer.cancel()


def _fail(attempt: Attempt, error: str, cause: str) -> None:
    if not attempt.is_over:
        _end(attempt.execution, "FAILED", error, cause)


def _timer(attempt: Attempt, seconds: float | None) -> threading.Timer | None:
    if seconds is None:
        return None

    def end() -> None:
        if not attempt.is_over:
            _end(attempt.execution, "TIMED_OUT", "States.Timeout")

    timer = threading.Timer(seconds, copy_context().run, (end,))
    timer.daemon = True
    timer.start()
    return timer


def _context(execution: Document, definition: Document) -> Document:
    machine = hooks.machine_of(execution)
    redriven = {"RedriveTime": execution["redriveDate"]} if execution.get("redriveDate") else {}
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"], "Name": execution["name"], "Input": json.loads(execution["input"]),
            "RoleArn": machine["roleArn"], "StartTime": execution["startDate"], "RedriveCount": execution["redriveCount"], **redriven,
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
        "variables": {},
    }  # fmt: skip


def _walk(path: str, states: Document, start: str, given: Any, context: Document) -> Any:
    """From the first state, or from where the attempt before stood, to the output of the last.

    `path` tells rounds of a Map apart. Where each stands, with its input and its variables, is kept in the execution.
    """
    attempt = _attempt.get()
    assert attempt is not None
    frames = attempt.execution.setdefault("frames", {})
    resumed = path in frames
    frame = frames.setdefault(path, {"at": start, "input": given, "variables": context.get("variables", {})})
    context["variables"] = copy.deepcopy(frame["variables"])
    while frame["at"] is not None:
        name = frame["at"]
        if name not in states:
            raise stepfunctions._ExecutionError("States.Runtime", f"there is no state {name}")
        output, following = _step(attempt, path, name, states[name], frame["input"], context, resumed)
        frame = {"at": following, "input": output, "variables": copy.deepcopy(context["variables"])}
        frames[path], resumed = frame, False
        _forget(attempt.execution, f"{path}/{name}#")
    return frame["input"]


def _step(attempt: Attempt, path: str, name: str, state: Document, given: Any, context: Document, resumed: bool) -> tuple[Any, str | None]:
    kind = state["Type"]
    context["State"] = {"Name": name, "EnteredTime": responses.now_iso(), "RetryCount": 0}
    # A state that was entered and not left is gone on with; only Fail is entered again, and fails again.
    if not resumed or kind == "Fail":
        stepfunctions._add_event(attempt.execution, f"{kind}StateEntered", {"stateEnteredEventDetails": _details(name, "input", given)})
    _state.set(name)
    _path.set(f"{path}/{name}")
    faults.hold(name, attempt.execution["name"], lambda: attempt.is_over)
    wanted = faults.of_state(name, attempt.execution["name"])
    if wanted is not None and wanted.timeOut and not attempt.is_over:
        _end(attempt.execution, "TIMED_OUT", "States.Timeout")
    if attempt.is_over:
        raise Over
    if kind == "Fail":
        raise stepfunctions._ExecutionError(*stepfunctions._fail_state_error(state, given, context))
    output, following = _done(kind, state, given, attempt.execution, context)
    if attempt.is_over:
        raise Over
    stepfunctions._add_event(attempt.execution, f"{kind}StateExited", {"stateExitedEventDetails": _details(name, "output", output)})
    return output, following


def _done(kind: str, state: Document, given: Any, execution: Document, context: Document) -> tuple[Any, str | None]:
    if kind == "Succeed":
        return stepfunctions._apply_output_path(state, stepfunctions._apply_input_path(state, given, context), context), None
    if kind not in ("Pass", "Task", "Choice", "Wait", "Parallel", "Map"):
        raise stepfunctions._ExecutionError("States.Runtime", f"unknown type of state: {kind}")
    execute = getattr(stepfunctions, f"_execute_{kind.lower()}")
    done: tuple[Any, str | None] = (
        execute(state, given, execution, context) if kind in ("Task", "Parallel", "Map") else execute(state, given, context)
    )
    return done


def _details(name: str, what: str, value: Any) -> Document:
    return {"name": name, what: json.dumps(value)}


def _forget(execution: Document, beginning: str) -> None:
    for path in [path for path in execution["frames"] if path.startswith(beginning)]:
        del execution["frames"][path]


# --- in place of the emulator's own ----------------------------------------------------------------------------------


def only_now(original: Callable[..., Any]) -> Callable[..., Any]:
    """Nothing is written into a history by an attempt that has ended."""

    def add(execution: Document, kind: str, details: Document | None = None) -> Any:
        attempt = _attempt.get()
        late = attempt is not None and attempt.execution is execution and attempt.is_over and not kind.startswith("Execution")
        return {} if late else original(execution, kind, details)

    return add


def rounds(_: Callable[..., Any]) -> Callable[..., Any]:
    """Of a Map: a redrive goes on with those that have not succeeded, where they stood. Branches of a Parallel begin again."""

    def run_round(states: Document, start: str, given: Any, execution: Document, context: Document) -> Any:
        path = f"{_path.get()}#{context['Map']['Item']['Index']}" if "Map" in context else f"{_path.get()}#{start}"
        if "Map" not in context:
            _forget(execution, path)
        return _walk(path, states, start, copy.deepcopy(given), context)

    return run_round


def tried_again(original: Callable[..., Any]) -> Callable[..., Any]:
    """A Map that is retried begins with all of its rounds."""

    def run_rounds(state: Document, given: Any, execution: Document, context: Document) -> Any:
        if context["State"]["RetryCount"] > 0:
            _forget(execution, f"{_path.get()}#")
        return original(state, given, execution, context)

    return run_rounds


def at_once(original: Callable[..., None]) -> Callable[..., None]:
    """Variables of one Assign are set together: an expression sees them as they were.
    https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html"""

    def assign(state: Document, given: Any, context: Document | None, **more: Any) -> None:
        if context is None:
            return
        before = context.setdefault("variables", {})
        made: Document = {}
        for name, template in (state.get("Assign") or {}).items():
            alone = {**context, "variables": dict(before)}
            original({**state, "Assign": {name: template}}, given, alone, **more)
            made[name] = alone["variables"].get(name)
        before.update(made)

    return assign
