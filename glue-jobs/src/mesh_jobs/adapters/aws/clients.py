"""Clients of AWS services, all with the same manners."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from mesh_jobs.adapters.iceberg.s3 import client


class Clients:
    """Made when first used, since a run needs few of them. Region, endpoint and credentials come from AWS's usual
    environment variables. Throttling and lost connections are tried again (botocore's standard mode), with the same
    idempotency token where a service takes one."""

    @cached_property
    def s3(self) -> Any:
        return client("s3")

    @cached_property
    def glue(self) -> Any:
        return client("glue")

    @cached_property
    def dynamodb(self) -> Any:
        return client("dynamodb")

    @cached_property
    def events(self) -> Any:
        return client("events")

    @cached_property
    def secrets(self) -> Any:
        return client("secretsmanager")
