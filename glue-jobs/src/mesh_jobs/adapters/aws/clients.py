"""Clients of AWS services, all with the same manners."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from mesh_jobs.adapters.aws.failures import OF_A_PERSON, speaking
from mesh_jobs.adapters.iceberg.s3 import client


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
