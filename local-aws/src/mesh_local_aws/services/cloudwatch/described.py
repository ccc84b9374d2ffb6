"""Who may see which alarms: each that is asked for by its name is permitted for itself, and a composite one with all.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import cbor2

from mesh_local_aws import hooks, metrics, sessions
from mesh_local_aws.hooks import Document, Refused


def install() -> None:
    hooks.replace("core.iam_actions", "extract_resource_arn", _first)
    hooks.replace("services.cloudwatch", "_describe_alarms", _permitted)


def _first(original: Callable[..., str]) -> Callable[..., str]:
    """IAM is asked of one resource before a request is served: of the first of several alarms."""

    def extract(service: str, method: str, path: str, headers: Document, body: bytes, *more: Any) -> str:
        if service != "monitoring":
            return original(service, method, path, headers, body, *more)
        asked = asked_of(headers, body)
        names = _named(asked)
        if names:
            return _arn(names[0])
        # The emulator reads no CBOR here.
        if _is_cbor(headers):
            return _arn(str(asked["AlarmName"])) if "AlarmName" in asked else "*"
        return original(service, method, path, headers, body, *more)

    return extract


def _permitted(original: Callable[..., Any]) -> Callable[..., Any]:
    """And of each of the others then."""

    def describe(params: Document, asked: Document, is_cbor: bool, is_json: bool = False) -> Any:
        names = _named(asked if is_cbor or is_json else params)
        try:
            sessions.require_of_caller("cloudwatch:DescribeAlarms", map(_arn, names[1:]))
        except Refused as refused:
            return metrics.cloudwatch_error("AccessDenied", refused.message, is_json, is_cbor)
        return original(params, asked, is_cbor, is_json)

    return describe


def asked_of(headers: Mapping[str, Any], body: bytes) -> Document:
    """What a request says, in whichever of CloudWatch's three protocols; nothing of one that cannot be read."""
    try:
        if _is_cbor(headers):
            return dict(cbor2.loads(body))
        if "json" in str(headers.get("content-type", "")):
            return dict(json.loads(body))
        return dict(parse_qs(body.decode()))
    except (ValueError, TypeError):
        return {}


def _is_cbor(headers: Mapping[str, Any]) -> bool:
    return "cbor" in str(headers.get("content-type", "")) or "cbor" in str(headers.get("smithy-protocol", ""))


def _named(asked: Document) -> Sequence[str]:
    """Alarms that are asked for; none where all are, or composite ones, which a narrower permission than one for all does not show."""
    if "CompositeAlarm" in str(asked.get("AlarmTypes") or [value for key, value in asked.items() if key.startswith("AlarmTypes.")]):
        return []
    listed = asked.get("AlarmNames")
    if listed is not None:
        return [str(name) for name in listed]
    members = [value for key, value in asked.items() if key.startswith("AlarmNames.member.")]
    return [str(value[0] if isinstance(value, list) else value) for value in members]


def _arn(name: str) -> str:
    caller = hooks.caller()
    return f"arn:aws:cloudwatch:{caller.region}:{caller.account}:alarm:{name}"
