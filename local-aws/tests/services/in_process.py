"""boto3's clients, whose requests go to our services in this process: botocore writes and reads, no server listens."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from ministack.core import iam_evaluator

from mesh_local_aws import hooks, wire

PLATFORM, SALES, CONSUMER = "444455556666", "111122223333", "777788889999"
REGION = "eu-west-1"


@contextmanager
def acting_as(account: str, role: str) -> Iterator[None]:
    """A session of a role of an account, as a request's credentials make it."""
    token = iam_evaluator._request_caller_arn.set(f"arn:aws:sts::{account}:assumed-role/{role}/session")
    try:
        with hooks.acting(account, REGION):
            yield
    finally:
        iam_evaluator._request_caller_arn.reset(token)


def decided_by_resource(account: str, action: str, arn: str) -> tuple[str, str]:
    """(decision, account that owns it): what the resource's own policy says of a role of an account."""
    policy, owner = iam_evaluator._resource_policy(action.partition(":")[0], arn) or ("", "")
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/any/session",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=arn,
        region=REGION,
    )
    return str(iam_evaluator.evaluate_resource_policy(policy, context).decision), owner


@functools.cache
def client(service: str, account: str = PLATFORM, role: str = "deployer") -> Any:
    made = boto3.client(
        service, region_name=REGION, aws_access_key_id=account, aws_secret_access_key="test", endpoint_url="http://127.0.0.1:1"
    )

    def serve(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        url = urlsplit(request.url)
        headers = {key.lower(): value.decode() if isinstance(value, bytes) else value for key, value in request.headers.items()}
        body = request.body or b""
        asked = wire.Request(
            request.method, unquote(url.path), headers, body if isinstance(body, bytes) else body.encode(), parse_qs(url.query)
        )
        with acting_as(account, role):
            status, answered, content = wire.serve(wire.Api.of(service), hooks.SERVICES[service], asked)
        return AWSResponse(request.url, status, HeadersDict(answered), _Raw(content))

    made.meta.events.register("before-send", serve)
    return made


class _Raw(io.BytesIO):
    """As urllib3 answers."""

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.getvalue()
