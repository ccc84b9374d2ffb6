"""Lambda functions of other accounts, called by their ARN: the function's own policy has to let the caller."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from mesh_local_aws import hooks

_INVOKED = re.compile(r"/functions/arn:aws:lambda:(?P<region>[^:/]+):(?P<account>\d{12}):function:[^/]+/invocations$")

Handle = Callable[..., Awaitable[Any]]
Policy = Callable[[str], tuple[Any, str] | None]


def install() -> None:
    hooks.replace("services.lambda_svc", "handle_request", _in_its_account)
    hooks.replace("services.lambda_svc", "function_policy_for_arn", _of_its_account)


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
