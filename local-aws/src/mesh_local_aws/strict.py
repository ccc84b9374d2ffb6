"""Requests to the emulator's own services are held against the models of these services."""

from __future__ import annotations

from mesh_local_aws import hooks, validation
from mesh_local_aws.refusal import Document
from mesh_local_aws.wire import Api

#: Services of the emulator that take JSON, by their names there.
VALIDATED = ("athena", "dynamodb", "events", "glue", "kms", "logs", "secretsmanager", "ssm", "states")


def install() -> None:
    for service in VALIDATED:
        hooks.around(service, _held(hooks.api_of(service)))


def _held(api: Api) -> hooks.Around:
    async def handle(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
        validation.hold(api.shape(operation).input_shape, asked)
        return await proceed(asked)

    return handle
