"""The one place that touches the emulator.

Service modules say what AWS does by the functions below, and know nothing of MiniStack:

    resource(type, create=, update=, delete=)     a type of CloudFormation
    service(name, operations, arn=)               an API, routed and validated by botocore's model of it
    around(service, handle)                       what stands between a request and a service of the emulator
    replace(module, function, make)               a function of the emulator, in terms of the one it replaces
    task(resource, run)                           what a state does whose Resource begins so
    integration(sdk_name, service)                what `arn:aws:states:::aws-sdk:<sdk_name>` calls
    state(name)                                   items by account and region, kept across restarts
    caller(), acting(account, region)             who asks, and on whose account the code below acts
    sessions                                      (a module of its own) credentials of roles, and what they allow

Every name of MiniStack that is used is private to it: the version is pinned, and a test holds each of them.
A module exposes `install()`, which calls these and nothing else; `mesh_local_aws.install()` calls all of them.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import ministack.app as app
from ministack.core import iam_actions, iam_evaluator, responses, router
from ministack.services import stepfunctions
from ministack.services.cloudformation import provisioners

from mesh_local_aws import schemas, wire
from mesh_local_aws.refusal import Document, Refused

__all__ = [
    "Caller",
    "Document",
    "Made",
    "Place",
    "Refused",
    "State",
    "acting",
    "around",
    "caller",
    "integration",
    "replace",
    "resource",
    "service",
    "state",
    "task",
]

log = logging.getLogger("mesh-local-aws")


@dataclass(frozen=True)
class Caller:
    """Who asks: an account, a region, and the ARN of a principal (of an assumed role's session, a user, or the root)."""

    account: str
    region: str
    principal: str


def caller() -> Caller:
    return Caller(responses.get_account_id(), responses.get_region(), iam_evaluator.caller_arn())


@contextmanager
def acting(account: str, region: str | None = None) -> Iterator[None]:
    """Below it, `state` and the emulator's own stores are those of this account (and region)."""
    with responses.request_scope(account, region or responses.get_region()):
        yield


# --- state ---------------------------------------------------------------------------------------------------------


class State(MutableMapping[str, Document]):
    """JSON documents by key, those of the caller's account and region; kept across restarts."""

    def __init__(self) -> None:
        self._items = responses.AccountRegionScopedDict()

    def __getitem__(self, key: str) -> Document:
        found: Document = self._items[key]
        return found

    def __setitem__(self, key: str, value: Document) -> None:
        self._items[key] = value

    def __delitem__(self, key: str) -> None:
        del self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def everywhere(self) -> Iterator[tuple[str, str, str, Document]]:
        """(account, region, key, document) of every account and region."""
        for (account, region, key), value in list(self._items._data.items()):
            yield account, region, key, value

    # What the emulator asks of a module that keeps state.
    def get_state(self) -> Document:
        return {"items": self._items}

    def load_persisted_state(self, data: Document) -> None:
        self._items._data.update(data["items"]._data)

    def reset(self) -> None:
        self._items.clear()


_states: dict[str, State] = {}


def state(name: str) -> State:
    """The items of that name: one and the same wherever it is asked for. Their values must be JSON."""
    if name not in _states:
        key = f"mesh_{name.replace('-', '_')}"
        _states[name] = State()
        app._loaded_modules[key] = _states[name]
        app._state_map[key] = key
        # An entry here is what the emulator's reset goes through; there is no handler behind it.
        app.SERVICE_REGISTRY[key] = {"module": key}
    return _states[name]


# --- CloudFormation ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Which resource of which stack."""

    stack: str
    logical_id: str

    def name(self, longest: int = 128, lowercase: bool = False) -> str:
        """A name as CloudFormation makes it where a template gives none: the same each time it is asked for."""
        made: str = provisioners._physical_name(self.stack, self.logical_id, max_len=longest, lowercase=lowercase)
        return made


@dataclass(frozen=True)
class Made:
    """What `Ref` answers, and what `Fn::GetAtt` does."""

    ref: str
    attributes: Document = field(default_factory=dict)


Create = Callable[[Document, Place], Made]
Update = Callable[[str, Document, Document, Place], Made]
Delete = Callable[[str, Document], None]

RESOURCES: list[str] = []


def resource(type_: str, *, create: Create, delete: Delete, update: Update | None = None) -> None:
    """A type of CloudFormation, by its properties with every intrinsic resolved.

    `update(ref, before, after, place)`; a change of a create-only property, of which the type's schema tells, makes a
    new one and deletes the old when the stack's update is complete. A type without `update` has only such properties.
    What is raised fails the resource, with its message as the reason.
    """

    def made(logical_id: str, properties: Document, stack: str) -> tuple[str, Document]:
        done = create(properties, Place(stack, logical_id))
        return done.ref, done.attributes

    def changed(ref: str, before: Document, after: Document, stack: str, logical_id: str) -> tuple[str, Document]:
        if update is None:
            raise ValueError(f"{type_} cannot be updated: {_differences(before, after)} changed")
        done = update(ref, before, after, Place(stack, logical_id))
        return done.ref, done.attributes

    provisioners._RESOURCE_HANDLERS[type_] = {
        "create": made,
        "update": changed,
        "update_with_logical_id": True,
        "delete": delete,
    }
    provisioners._REPLACING_PROPERTIES[type_] = schemas.create_only(type_)
    RESOURCES.append(type_)


def _differences(before: Document, after: Document) -> str:
    return ", ".join(sorted(key for key in {*before, *after} if before.get(key) != after.get(key)))


# --- APIs ----------------------------------------------------------------------------------------------------------

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
    return wire.Api.of({"states": "stepfunctions"}.get(service_, service_))


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

        try:
            operation, asked = wire.read(api, wire.Request(method, path, headers, body, query))
            return wire.write(api.shape(operation), await handle(operation, asked, proceed))
        except Refused as refused:
            return wire.refusal(api, refused)

    app.SERVICE_HANDLERS[service_] = serve
    AROUND.append(service_)


# --- the emulator's own functions ----------------------------------------------------------------------------------

REPLACED: list[tuple[str, str]] = []


def replace(module: str, function: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """`make` is given the emulator's function and returns the one that takes its place, e.g. ("services.glue", "_get_table").

    Only where a service of the emulator gets something wrong that a data product depends on.
    """
    home = importlib.import_module(f"ministack.{module}")
    setattr(home, function, make(getattr(home, function)))
    REPLACED.append((module, function))


Task = Callable[[str, Document], Document]
"""(resource of the state, its parameters) → the state's result; raises Refused, whose code is what a Catch sees."""


def task(resource_: str, run: Task) -> None:
    """What a state of a state machine does whose Resource begins so, e.g. "arn:aws:states:::glue:startJobRun"."""

    def invoke(named: str, parameters: Document) -> Document:
        try:
            return run(named, parameters)
        except Refused as refused:
            raise task_error(refused.code, refused.message) from None

    # The first prefix that fits is taken; those of the emulator that it covers go.
    for known in [known for known in stepfunctions._SERVICE_DISPATCH if known.startswith(resource_)]:
        del stepfunctions._SERVICE_DISPATCH[known]
    stepfunctions._SERVICE_DISPATCH[resource_] = invoke
    TASKS.append(resource_)


def task_error(name: str, cause: str) -> Exception:
    """What fails a state, for Retry and Catch to see."""
    error: Exception = stepfunctions._ExecutionError(name, cause)
    return error


def machine_of(execution: Document) -> Document:
    """The state machine of an execution."""
    found: Document = stepfunctions._state_machines[execution["stateMachineArn"]]
    return found


TASKS: list[str] = []
#: What Step Functions calls an SDK → botocore's name for the service, where they differ.
INTEGRATIONS = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs"}


def integration(sdk_name: str, service_: str) -> None:
    """State machines call botocore's `service_` as `arn:aws:states:::aws-sdk:<sdk_name>:<operation>`. Those of one
    name in both need no entry."""
    INTEGRATIONS[sdk_name] = service_


def install() -> None:
    """What the hooks themselves need of the emulator."""
    replace("core.iam_actions", "extract_resource_arn", _resource_arn)
