"""IAM, where the emulator is nearly right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mesh_local_aws import hooks, sessions


def install() -> None:
    hooks.replace("core.iam_evaluator", "_resolve_condition_key", _principal_arn)


def _principal_arn(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """
    Of a session `aws:PrincipalArn` is its role, with the role's path, so that a policy can name a role that is still to come.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """

    def resolve(key: str, context: Any) -> Any:
        found = original(key, context)
        if key.lower() != "aws:principalarn" or ":assumed-role/" not in str(found):
            return found
        account, name = str(found).split(":")[4], str(found).split("/")[1]
        return sessions.role_named(account, name) or found

    return resolve
