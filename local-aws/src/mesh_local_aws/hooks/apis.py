"""APIs: those of ours, and what stands around those of the emulator.

It needs the emulator's handlers by signing name, what it knows a request's service and its IAM action by, and the function
that says which resource a request is of.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import ministack.app as app
from ministack.core import iam_actions, router

from mesh_local_aws import wire
from mesh_local_aws.hooks.replacing import replace
from mesh_local_aws.refusal import Document, Refused

Operation = Callable[[Document], Document]
"""Takes the request as boto3 does and answers as boto3 does; raises Refused with a code of the service's model."""

Arn = Callable[[str, Document], str | None]
"""(operation, request) → the ARN that IAM policies are held against; None where the action has no resource."""

SERVICES: dict[str, Mapping[str, Operation]] = {}
_arns: dict[str, tuple[wire.Api, Arn]] = {}


def service(name: str, operations: Mapping[str, Operation], *, arn: Arn | None = None) -> None:
    """An API of AWS, by botocore's name for it and for its operations.

    Requests are validated by the model before an operation sees them, answers before they leave; IAM decides on the
    operation's name and on `arn`. An operation that the model has and this table has not is refused, and says so.
    """
    api = wire.Api.of(name)
    for operation in operations:
        api.shape(operation)

    async def handle(method: str, path: str, headers: Document, body: bytes, query: Document) -> tuple[int, Document, bytes]:
        # An operation may wait for a file or another service, and the loop serves everyone.
        return await asyncio.to_thread(wire.serve, api, operations, wire.Request(method, path, headers, body, query))

    signing = api.signing_name
    app.SERVICE_HANDLERS[signing] = handle
    router.SERVICE_PATTERNS[signing] = {"target_prefixes": [api.target_prefix]} if api.target_prefix else {}
    iam_actions.SERVICE_TO_IAM_NAMESPACE[signing] = signing
    if api.target_prefix is None:
        # Without a route the emulator finds no action for a request, and lets it pass.
        iam_actions._BOTOCORE_SERVICE_MAP[signing] = [name]
    if arn is not None:
        _arns[signing] = (api, arn)
    SERVICES[name] = operations


Held = Callable[[str, Document, str], str]
"""(operation, request, the ARN that the emulator holds it against) → the ARN that AWS does."""


def held_against(service_: str, arn: Held) -> None:
    """Which one resource IAM is asked for before a service of the emulator that takes JSON serves a request."""

    def held(original: Callable[..., str]) -> Callable[..., str]:
        def extract(asked_of: str, method: str, path: str, headers: Document, body: bytes, *more: Any) -> str:
            found = original(asked_of, method, path, headers, body, *more)
            if asked_of != service_:
                return found
            try:
                asked = json.loads(body or b"{}")
            except ValueError:
                return found
            return arn(str(headers.get("x-amz-target", "")).rpartition(".")[2], asked, found)

        return extract

    replace("core.iam_actions", "extract_resource_arn", held)


def _resource_arn(original: Callable[..., str]) -> Callable[..., str]:
    def extract(service_: str, method: str, path: str, headers: Document, body: bytes, query: Document, region: str, account: str) -> str:
        if service_ not in _arns:
            return original(service_, method, path, headers, body, query, region, account)
        api, arn = _arns[service_]
        try:
            operation, asked = wire.read(api, wire.Request(method, path, headers, body, query))
        except Refused:
            # What the model refuses has no resource; the service says why once the caller may ask at all.
            return "*"
        return arn(operation, asked) or "*"

    return extract


Proceed = Callable[[Document], Awaitable[Document]]
"""Hands a request on to the emulator's service: its answer, or Refused."""

Around = Callable[[str, Document, Proceed], Awaitable[Document]]
"""(operation, request, proceed) → the answer."""

AROUND: list[str] = []


def api_of(service_: str) -> wire.Api:
    """Of a service by the emulator's name for it."""
    return wire.Api.of({"states": "stepfunctions", "monitoring": "cloudwatch"}.get(service_, service_))


def around(service_: str, handle: Around) -> None:
    """What a service of the emulator that takes JSON is asked goes through `handle`, the last one that was hung first."""
    api = api_of(service_)
    if api.target_prefix is None:
        raise ValueError(f"{service_} has no operation in its headers")
    original = app.SERVICE_HANDLERS[service_]

    async def serve(method: str, path: str, headers: Document, body: bytes, query: Document) -> Any:
        # What is not of the API, Iceberg's own protocol for one, has no such header.
        if not str(headers.get("x-amz-target", "")).startswith(f"{api.target_prefix}."):
            return await original(method, path, headers, body, query)

        async def proceed(asked: Document) -> Document:
            status, _, answered = await original(method, path, headers, wire.body_of(api, operation, asked), query)
            return wire.answer_of(api, operation, status, answered)

        request = wire.Request(method, path, headers, body, query)
        try:
            operation, asked = wire.read(api, request)
            return wire.write(api.shape(operation), await handle(operation, asked, proceed))
        except Refused as refused:
            return wire.refusal(api, request, refused)

    app.SERVICE_HANDLERS[service_] = serve
    AROUND.append(service_)


Check = Callable[[str, Document], None]
"""(operation, request): raises Refused."""

#: service → what looks at its requests, in the order in which it does.
_checks: dict[str, list[Check]] = {}


def before(service_: str, check: Check, unreadable: str) -> None:
    """What a service of the emulator is asked is looked at before it is asked, and its answers are its own: for protocols that are read
    here and not written. What cannot be read is refused with the code `unreadable`; what is no operation of the model is the emulator's
    to refuse. What was hung last is asked first."""
    checks = _checks.setdefault(service_, [])
    checks.insert(0, check)
    if len(checks) > 1:
        return
    original = app.SERVICE_HANDLERS[service_]

    async def serve(method: str, path: str, headers: Document, body: bytes, query: Document) -> Any:
        # With the first request: a model takes a while to read.
        api = api_of(service_)
        request = wire.Request(method, path, headers, body, query)
        try:
            operation, asked = wire.read(api, request)
            for each in checks:
                each(operation, asked)
        except Refused as refused:
            if refused.code == "SerializationException":
                return wire.refusal(api, request, Refused(unreadable, refused.message, 400))
            if refused.code != "UnknownOperationException":
                return wire.refusal(api, request, refused)
        return await original(method, path, headers, body, query)

    app.SERVICE_HANDLERS[service_] = serve


def _unknown(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A service that is not emulated is called so, where a person reads it."""

    async def dispatch(method: str, path: str, headers: Document, body: bytes, query: Document, request: str) -> Any:
        asked = app.detect_service(method, path, headers, app._routing_params(method, path, headers, body, query))
        if asked in app.SERVICE_HANDLERS:
            return await original(method, path, headers, body, query, request)
        said = {"__type": "UnknownService", "message": f"{asked} is not emulated; `mesh up --coverage` lists what is"}
        return 501, {"Content-Type": "application/json"}, json.dumps(said).encode()

    return dispatch


def _named(_original: Callable[[str], bool]) -> Callable[[str], bool]:
    """Any name that a request is signed for is a service's. The emulator reads the models of all to know."""
    return lambda name: True


def install() -> None:
    """What the hooks themselves need of the emulator."""
    replace("core.router", "_is_aws_service_name", _named)
    replace("core.iam_actions", "extract_resource_arn", _resource_arn)
    replace("app", "_dispatch_service_request", _unknown)
