"""Lambda functions of other accounts, called by their ARN: the function's own policy has to let the caller.

Errors of handlers keep their names, which state machines retry and catch by: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from mesh_local_aws import hooks

_INVOKED = re.compile(r"/functions/arn:aws:lambda:(?P<region>[^:/]+):(?P<account>\d{12}):function:[^/]+/invocations$")

#: No message has it.
_MARK = "\u0001"

Handle = Callable[..., Awaitable[Any]]
Policy = Callable[[str], tuple[Any, str] | None]


def install() -> None:
    hooks.replace("services.lambda_svc", "handle_request", _in_its_account)
    hooks.replace("services.lambda_svc", "function_policy_for_arn", _of_its_account)
    hooks.replace("core.lambda_runtime", "_NODEJS_WORKER_SCRIPT", _says_names)
    hooks.replace("services.lambda_svc", "_execute_function_warm", _with_names)


def _in_its_account(original: Handle) -> Handle:
    """IAM has agreed already, by the identity of who asks and by the policy of the function."""

    async def handle(method: str, path: str, *more: Any) -> Any:
        invoked = _INVOKED.search(unquote(path))
        if invoked is None or invoked["account"] == hooks.caller().account:
            return await original(method, path, *more)
        with hooks.acting(invoked["account"], invoked["region"]):
            return await original(method, path, *more)

    return handle


def _of_its_account(original: Policy) -> Policy:
    def policy(arn: str) -> tuple[Any, str] | None:
        _, _, _, region, account, *_ = [*arn.split(":"), "", "", "", ""]
        if account in ("", hooks.caller().account):
            return original(arn)
        with hooks.acting(account, region):
            # A function that is not there lets nobody in.
            return original(arn) or ({}, account)

    return policy


def _says_names(script: str) -> str:
    """The emulator's worker tells an error by its message alone: the name goes before it, between two marks."""
    message = "error: String(err.message || err)"
    if _MARK in script:
        return script
    if message not in script:
        raise ValueError("the emulator's worker for Node reports errors differently than it used to")
    return script.replace(message, f'error: "{_MARK}" + (err.name || "Error") + "{_MARK}" + String(err.message || err)')


def _with_names(original: Callable[..., Any]) -> Callable[..., Any]:
    def execute(*asked: Any, **more: Any) -> Any:
        done = original(*asked, **more)
        body = done.get("body")
        if done.get("error") and isinstance(body, dict) and str(body.get("errorMessage")).startswith(_MARK):
            _, name, message = str(body["errorMessage"]).split(_MARK, 2)
            done["body"] = {"errorType": name, "errorMessage": message}
        return done

    return execute
