"""Parameters of other accounts, that RAM shares.

https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mesh_local_aws import hooks
from mesh_local_aws.hooks import Document
from mesh_local_aws.services import ram

Found = tuple[str | None, Document | None]


def install() -> None:
    hooks.replace("services.ssm", "_lookup_parameter", _shared)


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
