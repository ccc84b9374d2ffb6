"""What a state machine calls, it calls as its role, or as the role that a state's Credentials name: by the API, so that
IAM decides, as it does on AWS."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from mesh_local_aws import executions, hooks, sessions, walking
from mesh_local_aws.hooks import Document, Refused

_SDK = "arn:aws:states:::aws-sdk:"
_ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR")
_credentials: ContextVar[sessions.Credentials | None] = ContextVar("credentials", default=None)
#: What an optimised integration is called in errors.
_PREFIXES = {"dynamodb": "DynamoDB", "sns": "SNS", "sqs": "SQS", "lambda": "Lambda", "glue": "Glue", "events": "EventBridge", "s3": "S3"}


def install() -> None:
    hooks.replace("services.stepfunctions", "_execute_task", _as_role)
    hooks.replace("services.stepfunctions", "_call_lambda", _permitted_lambda)
    hooks.replace("services.stepfunctions", "_run_execution", lambda _: walking.run)
    hooks.replace("services.stepfunctions", "_run_sub_machine", walking.rounds)
    hooks.replace("services.stepfunctions", "_run_map_items", walking.tried_again)
    hooks.replace("services.stepfunctions", "_apply_state_assign", walking.at_once)
    hooks.replace("services.stepfunctions", "_add_event", walking.only_now)
    hooks.replace("services.stepfunctions", "_emit_execution_status_event", lambda _: executions.tell)
    hooks.around("states", _executions)
    hooks.resumed(executions.end_those_cut_short)
    hooks.task("arn:aws:states:::glue:startJobRun", _job_run)
    hooks.task("arn:aws:states:::dynamodb:", _optimised)
    hooks.task("arn:aws:states:::sns:", _optimised)
    hooks.task("arn:aws:states:::sqs:", _optimised)
    hooks.task("arn:aws:states:::events:", _optimised)
    hooks.task(_SDK, _sdk)


def _as_role(original: Callable[..., Any]) -> Callable[..., Any]:
    def execute(state: Document, asked: Any, execution: Document, context: Document) -> Any:
        machine = hooks.machine_of(execution)
        try:
            held = sessions.assume(machine["roleArn"], "states.amazonaws.com", execution["name"], machine["stateMachineArn"])
            wanted = (state.get("Credentials") or {}).get("RoleArn")
            if wanted is not None:
                held = _assumed(held, wanted, execution["name"])
        except Refused as refused:
            raise hooks.task_error("States.TaskFailed", refused.message) from None
        token = _credentials.set(held)
        try:
            return original(state, asked, execution, context)
        finally:
            _credentials.reset(token)

    return execute


async def _executions(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
    match operation:
        case "StartExecution":
            return executions.started_before(asked) or await proceed(asked)
        case "StopExecution":
            return {"stopDate": executions.stop(asked["executionArn"], asked.get("error"), asked.get("cause"))}
        case "RedriveExecution":
            return {"redriveDate": executions.redrive(asked["executionArn"], asked.get("clientToken"))}
        case "DescribeExecution":
            told = executions.redrives(executions.find(asked["executionArn"]))
            return {**await proceed(asked), **{key: value for key, value in told.items() if value is not None}}
        case _:
            return await proceed(asked)


def _assumed(held: sessions.Credentials, role: str, name: str) -> sessions.Credentials:
    try:
        given = sessions.client("sts", held).assume_role(RoleArn=role, RoleSessionName=name[:64])["Credentials"]
    except ClientError as error:
        raise Refused("States.TaskFailed", str(error)) from None
    return sessions.Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], role.split(":")[4], role)


def _held() -> sessions.Credentials:
    found = _credentials.get()
    if found is None:
        raise Refused("States.Runtime", "a task outside of an execution")
    return found


def _permitted_lambda(original: Callable[..., Any]) -> Callable[..., Any]:
    def call(function: str, event: Any) -> Any:
        walking.before_a_call()
        who = hooks.caller()
        arn = function if function.startswith("arn:") else f"arn:aws:lambda:{who.region}:{who.account}:function:{function}"
        try:
            sessions.require(_held(), "lambda:InvokeFunction", arn)
        except Refused as refused:
            raise hooks.task_error(f"Lambda.{refused.code}", refused.message) from None
        return original(function, event)

    return call


def _sdk(named: str, asked: Document) -> Document:
    sdk, _, action = named.removeprefix(_SDK).partition(":")
    return _called(hooks.INTEGRATIONS.get(sdk, sdk), _PREFIXES.get(sdk, sdk.capitalize()), action, asked, "Exception")


def _optimised(named: str, asked: Document) -> Document:
    service, _, action = named.removeprefix("arn:aws:states:::").partition(":")
    return _called(service, _PREFIXES[service], action, asked, "")


def _called(service: str, prefix: str, action: str, asked: Document, suffix: str) -> Document:
    walking.before_a_call()
    client = sessions.client(service, _held())
    operation = action[:1].upper() + action[1:]
    names = {value: key for key, value in client.meta.method_to_api_mapping.items()}
    if operation not in names:
        raise Refused("States.Runtime", f"{service} has no operation {operation}")
    model = client.meta.service_model.operation_model(operation)
    try:
        answer = getattr(client, names[operation])(**_taken(model.input_shape, asked))
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        if suffix and not code.endswith(suffix) and service != "dynamodb":
            code += suffix
        raise Refused(f"{prefix}.{code}", str(error.response["Error"].get("Message", ""))) from None
    except ParamValidationError as error:
        raise Refused("States.Runtime", str(error)) from None
    answer.pop("ResponseMetadata", None)
    return {key: _said(value) for key, value in answer.items()}


def _taken(shape: Any, asked: Document) -> Document:
    """State machines write the first letter of a parameter large, whatever the service's model does."""
    found = {}
    for key, value in asked.items():
        small = key[:1].lower() + key[1:]
        name = key if key in shape.members else small if small in shape.members else key
        member = shape.members.get(name)
        if member is not None and member.type_name in ("string", "blob") and not isinstance(value, str):
            value = json.dumps(value)
        found[name] = value
    return found


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _said(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_said(item) for item in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if hasattr(value, "read"):
        return value.read().decode()
    return value


def _job_run(named: str, asked: Document) -> Document:
    """`.sync` waits for the run's end, and fails with all that Glue says of it.

    Where somebody stops the execution, the run is stopped. The documentation says so of nothing else: a run whose task or
    execution was timed out is at work still.
    """
    started = _called("glue", "Glue", "startJobRun", asked, "")
    if not named.endswith(".sync"):
        return started
    glue = sessions.client("glue", _held())
    while True:
        try:
            run = glue.get_job_run(JobName=asked["JobName"], RunId=started["JobRunId"])["JobRun"]
        except ClientError as error:
            raise Refused(f"Glue.{error.response['Error']['Code']}", str(error)) from None
        if run["JobRunState"] in _ENDED:
            break
        attempt = walking.current()
        if attempt is not None and attempt.is_over:
            if attempt.ending == "ABORTED":
                glue.batch_stop_job_run(JobName=asked["JobName"], JobRunIds=[started["JobRunId"]])
            raise walking.Over
        time.sleep(0.25)
    answer: Document = _said(run)
    if run["JobRunState"] != "SUCCEEDED":
        raise Refused("States.TaskFailed", json.dumps(answer))
    return answer
