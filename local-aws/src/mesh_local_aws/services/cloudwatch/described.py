"""Who may see which alarms: each that is asked for by its name is permitted for itself, and a composite one with all.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mesh_local_aws import hooks, sessions, wire
from mesh_local_aws.hooks import Document, Refused


def install() -> None:
    hooks.replace("core.iam_actions", "extract_resource_arn", _first)
    hooks.before("monitoring", _others, "ValidationError")


def _first(original: Callable[..., str]) -> Callable[..., str]:
    """IAM is asked of one resource before a request is served: of the first of several alarms."""

    def extract(service: str, method: str, path: str, headers: Document, body: bytes, query: Document, *more: Any) -> str:
        if service != "monitoring":
            return original(service, method, path, headers, body, query, *more)
        api, request = hooks.api_of(service), wire.Request(method, path, headers, body, query)
        try:
            operation, asked = wire.read(api, request)
        except Refused:
            return "*"
        names = _named(operation, asked) or ([asked["AlarmName"]] if "AlarmName" in asked else [])
        if names:
            return _arn(names[0])
        # The emulator reads no CBOR here.
        return "*" if "cbor" in api.spoken(request) else original(service, method, path, headers, body, query, *more)

    return extract


def _others(operation: str, asked: Document) -> None:
    """And of each of the others then."""
    try:
        sessions.require_of_caller("cloudwatch:DescribeAlarms", map(_arn, _named(operation, asked)[1:]))
    except Refused as refused:
        raise Refused("AccessDenied", refused.message, 403) from None


def _named(operation: str, asked: Document) -> list[str]:
    """Alarms that are asked for; none where all are, or composite ones, which a narrower permission than one for all does not show."""
    if operation != "DescribeAlarms" or "CompositeAlarm" in asked.get("AlarmTypes", ()):
        return []
    return list(asked.get("AlarmNames", ()))


def _arn(name: str) -> str:
    caller = hooks.caller()
    return f"arn:aws:cloudwatch:{caller.region}:{caller.account}:alarm:{name}"
