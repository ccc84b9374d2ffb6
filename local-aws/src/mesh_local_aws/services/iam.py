"""IAM, where the emulator is nearly right."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from mesh_local_aws import hooks, sessions


def install() -> None:
    hooks.replace("core.iam_evaluator", "_resolve_condition_key", _principal)


def _principal(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """
    What conditions see of who asks: of a session its role, with the role's path, so that a policy can name a role that is still to come;
    and the organisation that was named at the start, which all accounts are in, and a service of AWS is not.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principal-properties
    """

    def resolve(key: str, context: Any) -> Any:
        if key.lower() == "aws:principalorgid" and context.principal_type != "Service":
            return os.environ.get("MESH_ORGANIZATION") or original(key, context)
        found = original(key, context)
        if key.lower() != "aws:principalarn" or ":assumed-role/" not in str(found):
            return found
        account, name = str(found).split(":")[4], str(found).split("/")[1]
        return sessions.role_named(account, name) or found

    return resolve
