"""What state machines do. It needs the emulator's table of tasks by their Resource, its error of a state, and its machines."""

from __future__ import annotations

from collections.abc import Callable

from ministack.services import stepfunctions

from mesh_local_aws.refusal import Document, Refused

Task = Callable[[str, Document], Document]
"""(resource of the state, its parameters) → the state's result; raises Refused, whose code is what a Catch sees."""


def task(resource_: str, run: Task) -> None:
    """What a state of a state machine does whose Resource begins so, e.g. "arn:aws:states:::glue:startJobRun"."""

    def invoke(named: str, parameters: Document) -> Document:
        try:
            return run(named, parameters)
        except Refused as refused:
            raise task_error(refused.code, refused.message) from None

    # The first prefix that fits is taken; those of the emulator that it covers go.
    for known in [known for known in stepfunctions._SERVICE_DISPATCH if known.startswith(resource_)]:
        del stepfunctions._SERVICE_DISPATCH[known]
    stepfunctions._SERVICE_DISPATCH[resource_] = invoke
    TASKS.append(resource_)


def task_error(name: str, cause: str) -> Exception:
    """What fails a state, for Retry and Catch to see."""
    error: Exception = stepfunctions._ExecutionError(name, cause)
    return error


def machine_of(execution: Document) -> Document:
    """The state machine of an execution."""
    found: Document = stepfunctions._state_machines[execution["stateMachineArn"]]
    return found


TASKS: list[str] = []
#: What Step Functions calls an SDK → botocore's name for the service, where they differ.
INTEGRATIONS = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}


def integration(sdk_name: str, service_: str) -> None:
    """State machines call botocore's `service_` as `arn:aws:states:::aws-sdk:<sdk_name>:<operation>`. Those of one
    name in both need no entry."""
    INTEGRATIONS[sdk_name] = service_
