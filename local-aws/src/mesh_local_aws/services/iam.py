"""IAM, where the emulator is nearly right."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from mesh_local_aws import hooks, sessions


def install() -> None:
    hooks.replace("core.iam_evaluator", "_resolve_condition_key", _principal)
    hooks.replace("core.iam_evaluator", "_conditions_met", _with_variables)


_VARIABLE = re.compile(r"\$\{([A-Za-z0-9-]+:[^}]+)\}")


def _with_variables(original: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Variables in what a condition asks for, `${aws:userid}` for one. One without a value is left as it is, and equals nothing.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """

    def met(conditions: Any, context: Any) -> bool:
        def filled(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: filled(each) for key, each in value.items()}
            if isinstance(value, list):
                return [filled(each) for each in value]
            if not isinstance(value, str) or "${" not in value:
                return value
            return _VARIABLE.sub(lambda found: str(sessions.condition_value(found[1], context) or found[0]), value)

        return original(filled(conditions), context)

    return met


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
