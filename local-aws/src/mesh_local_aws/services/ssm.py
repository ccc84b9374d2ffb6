"""Parameters: each that is asked for is permitted for itself, and those of other accounts are seen through RAM's shares.

https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mesh_local_aws import hooks, sessions
from mesh_local_aws.hooks import Document
from mesh_local_aws.services import ram

Found = tuple[str | None, Document | None]


def install() -> None:
    hooks.replace("services.ssm", "_lookup_parameter", _shared)
    hooks.held_against("ssm", _first)
    hooks.around("ssm", _permitted)


def _shared(original: Callable[..., Found]) -> Callable[..., Found]:
    """By its ARN alone, and of the advanced tier alone."""

    def lookup(name: str, **options: Any) -> Found:
        account = hooks.caller().account
        if not (name or "").startswith("arn:") or name.split(":")[4] == account:
            return original(name, **options)
        if not ram.shared_with(name, account):
            return None, None
        with hooks.acting(name.split(":")[4], name.split(":")[3]):
            found, parameter = original(name, **options)
        return (found, parameter) if parameter and parameter.get("Tier") == "Advanced" else (None, None)

    return lookup


def _first(operation: str, asked: Document, found: str) -> str:
    """Of several parameters IAM is asked for the first before they are served."""
    names = asked.get("Names")
    return _arn(str(names[0])) if isinstance(names, list) and names else found


async def _permitted(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
    """And of each of the others then."""
    if operation == "GetParameters" and len(asked["Names"]) > 1:
        sessions.require_of_caller(f"ssm:{operation}", map(_arn, asked["Names"][1:]))
    return await proceed(asked)


def _arn(name: str) -> str:
    caller = hooks.caller()
    return name if name.startswith("arn:") else f"arn:aws:ssm:{caller.region}:{caller.account}:parameter/{name.removeprefix('/')}"
