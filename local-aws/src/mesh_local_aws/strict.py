"""Requests to the emulator's own services are held against the models of these services."""

from __future__ import annotations

from collections.abc import Callable

from mesh_local_aws import hooks, validation
from mesh_local_aws.refusal import Document
from mesh_local_aws.wire import Api

#: Services of the emulator that take JSON, by their names there.
_AROUND = ("athena", "dynamodb", "events", "glue", "kms", "logs", "secretsmanager", "ssm", "states")
#: Those whose answers are the emulator's own.
_BEFORE = ("lambda", "scheduler", "sqs")
VALIDATED = (*_AROUND, *_BEFORE)


def install() -> None:
    for service in _AROUND:
        hooks.around(service, _held(hooks.api_of(service)))
    for service in _BEFORE:
        hooks.before(service, _checked(hooks.api_of(service)))


def _checked(api: Api) -> Callable[[str, Document], None]:
    return lambda operation, asked: validation.hold(api.shape(operation).input_shape, asked)


def _held(api: Api) -> hooks.Around:
    async def handle(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
        validation.hold(api.shape(operation).input_shape, asked)
        return await proceed(asked)

    return handle
