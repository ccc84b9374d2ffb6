"""Clients of AWS services, all with the same manners."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any


class Clients:
    """Made when first used, since a run needs few of them. Region, endpoint and credentials come from AWS's usual
    environment variables. Throttling and lost connections are tried again (botocore's standard mode), with the same
    idempotency token where a service takes one."""

    def __init__(self, region: str | None = None, endpoint: str | None = None) -> None:
        # botocore itself knows only AWS_DEFAULT_REGION; containers and Lambda set AWS_REGION.
        self.region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        self.endpoint = endpoint or os.environ.get("AWS_ENDPOINT_URL")

    @cached_property
    def s3(self) -> Any:
        # An endpoint of one's own rarely answers to <bucket>.<host>.
        return self._client("s3", s3={"addressing_style": "path"} if self.endpoint else {})

    @cached_property
    def glue(self) -> Any:
        return self._client("glue")

    @cached_property
    def dynamodb(self) -> Any:
        return self._client("dynamodb")

    @cached_property
    def events(self) -> Any:
        return self._client("events")

    @cached_property
    def secrets(self) -> Any:
        return self._client("secretsmanager")

    def _client(self, service: str, **more: Any) -> Any:
        import boto3
        from botocore.config import Config

        config = Config(
            retries={"mode": "standard", "max_attempts": 8},
            connect_timeout=5,
            read_timeout=60,
            tcp_keepalive=True,
            max_pool_connections=32,
            **more,
        )
        return boto3.client(service, region_name=self.region, endpoint_url=self.endpoint, config=config)
