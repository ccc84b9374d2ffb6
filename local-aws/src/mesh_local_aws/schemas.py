"""The schemas of CloudFormation's types, as cfn-lint bundles them."""

from __future__ import annotations

import functools
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER


@functools.cache
def schema(type_: str) -> dict[str, Any] | None:
    """Of one type in us-east-1; None for a type that CloudFormation does not know."""
    try:
        found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_).schema
    except Exception as absent:  # ResourceNotFoundError, by whichever name this release has for it
        if type(absent).__name__ != "ResourceNotFoundError":
            raise
        return None
    return found


def create_only(type_: str) -> tuple[str, ...]:
    """Properties whose change makes a new resource. Raises KeyError for an unknown type."""
    found = schema(type_)
    if found is None:
        raise KeyError(type_)
    paths = [path.removeprefix("/properties/") for path in found.get("createOnlyProperties", [])]
    return tuple(path for path in paths if "/" not in path)
