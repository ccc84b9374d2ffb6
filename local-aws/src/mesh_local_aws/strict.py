"""Requests to the emulator's own services are held against the models of these services."""

from __future__ import annotations

from botocore.model import Shape

from mesh_local_aws import hooks, validation
from mesh_local_aws.refusal import Document, Refused
from mesh_local_aws.wire import Api

#: Services of the emulator that take JSON, by their names there.
_AROUND = ("athena", "cloudtrail", "dynamodb", "events", "glue", "kms", "logs", "secretsmanager", "ssm", "states")
#: Those whose answers are the emulator's own, and the code with which each refuses what its model does not allow.
_BEFORE = {
    "cloudformation": "ValidationError",
    "iam": "ValidationError",
    "lambda": "ValidationException",
    "monitoring": "ValidationError",
    "scheduler": "ValidationException",
    "sns": "InvalidParameter",
    "sqs": "ValidationException",
    "sts": "ValidationError",
}
VALIDATED = (*_AROUND, *_BEFORE, "s3")


def install() -> None:
    for service in _AROUND:
        hooks.around(service, _held(hooks.api_of(service)))
    for service, code in _BEFORE.items():
        hooks.before(service, _checked(service, code), code)
    hooks.before("s3", _check_of_s3, "InvalidArgument")


def _checked(service: str, code: str) -> hooks.Check:
    return lambda operation, asked: validation.hold(hooks.api_of(service).shape(operation).input_shape, asked, code)


def _check_of_s3(operation: str, asked: Document) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html tells a body from what stands around it."""
    shape: Shape = hooks.api_of("s3").shape(operation).input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    if payload in asked:
        validation.hold(shape.members[payload], asked[payload], "MalformedXML")
    elif payload is not None and payload in shape.required_members:
        raise Refused("MissingRequestBodyError", f"{operation} has no body, which is its {payload}", 400)
    validation.hold(shape, asked, "InvalidArgument")


def _held(api: Api) -> hooks.Around:
    async def handle(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
        validation.hold(api.shape(operation).input_shape, asked)
        return await proceed(asked)

    return handle
