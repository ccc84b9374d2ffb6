"""Executions, walked state by state: they end where they are stopped, and a redrive goes on from there.

What a state does is the emulator's; how an execution goes from one to the next is said here.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any

from ministack.core import responses
from ministack.services import stepfunctions

from mesh_local_aws import executions, faults, hooks
from mesh_local_aws.executions import Attempt
from mesh_local_aws.refusal import Document

#: Which round of which Map.
_path: ContextVar[str] = ContextVar("path", default="")


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


def run(arn: str) -> None:
    """One attempt, to its end."""
    execution = executions.find(arn)
    # A redrive uses the definition of the first attempt, whatever was deployed since.
    execution.setdefault("definition", hooks.machine_of(execution)["definition"])
    definition = json.loads(execution["definition"])
    attempt = Attempt(execution, execution.setdefault("redriveCount", 0))
    # It is started anew by a redrive.
    timer = _timer(attempt, definition.get("TimeoutSeconds"))
    _attempt.set(attempt)
    try:
        output = _walk("", definition["States"], definition["StartAt"], json.loads(execution["input"]), _context(execution, definition))
        executions.end(execution, "SUCCEEDED", output=json.dumps(output))
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
        executions.end(attempt.execution, "FAILED", error, cause)


def _timer(attempt: Attempt, seconds: float | None) -> threading.Timer | None:
    if seconds is None:
        return None

    def end() -> None:
        if not attempt.is_over:
            executions.end(attempt.execution, "TIMED_OUT", "States.Timeout")

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
        executions.end(attempt.execution, "TIMED_OUT", "States.Timeout")
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
