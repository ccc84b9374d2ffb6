"""Clients of AWS services, all with the same manners."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from mesh_jobs.adapters.aws.failures import OF_A_PERSON, speaking

#: Everywhere, in China, and where both versions of IP are spoken.
_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
#: A function is asked as long as it may take.
_READ_SECONDS = {"lambda": 900}


class Clients:
    """Made when first used, since a run needs few of them. Region, endpoint and credentials come from AWS's usual
    environment variables. Throttling and lost connections are tried again (botocore's standard mode), with the same
    idempotency token where a service takes one."""

    def __init__(self, credentials: Mapping[str, str] | None = None) -> None:
        """Credentials are arguments of boto3's clients, for others than the environment's."""
        self._credentials = credentials or {}

    def as_role(self, arn: str) -> Clients:
        """Those of a session of a role that these may take. Raises AwsFailed."""
        with speaking(f"taking the role {arn}", OF_A_PERSON):
            given = client("sts", **self._credentials).assume_role(RoleArn=arn, RoleSessionName="mesh")["Credentials"]
        names = {
            "aws_access_key_id": "AccessKeyId",
            "aws_secret_access_key": "SecretAccessKey",
            "aws_session_token": "SessionToken",
        }
        return Clients({name: given[field] for name, field in names.items()})

    @cached_property
    def s3(self) -> Any:
        return client("s3", **self._credentials)

    @cached_property
    def glue(self) -> Any:
        return client("glue", **self._credentials)

    @cached_property
    def dynamodb(self) -> Any:
        return client("dynamodb", **self._credentials)

    @cached_property
    def events(self) -> Any:
        return client("events", **self._credentials)

    @cached_property
    def secrets(self) -> Any:
        return client("secretsmanager", **self._credentials)

    @cached_property
    def states(self) -> Any:
        return client("stepfunctions", **self._credentials)

    @cached_property
    def athena(self) -> Any:
        return client("athena", **self._credentials)

    @cached_property
    def functions(self) -> Any:
        return client("lambda", **self._credentials)


def client(service: str, **credentials: str) -> Any:
    """A client that waits for a busy service, with the environment's credentials unless others are given. A service of
    one's own, such as an emulator, has no name per bucket."""
    waits = _READ_SECONDS.get(service, 60)
    config = Config(retries={"mode": "standard", "max_attempts": 8}, max_pool_connections=32, read_timeout=waits)
    made = boto3.client(service, config=config, **credentials)
    if service == "s3" and not str(urlsplit(made.meta.endpoint_url).hostname).endswith(_AWS):
        return boto3.client(service, config=config.merge(Config(s3={"addressing_style": "path"})), **credentials)
    return made
