from __future__ import annotations

from collections.abc import Iterator

import pytest
from ministack.services import eventbridge, glue

from mesh_local_aws import hooks
from mesh_local_aws.services import (
    cloudtrail,
    cloudwatch,
    datazone,
    events,
    iam,
    invocations,
    lambda_hooks,
    named_queries,
    oam,
    ram,
    scheduler,
    ssm,
)


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    for service in (ram, datazone, cloudwatch, iam, oam, events, cloudtrail, ssm, scheduler, lambda_hooks, named_queries, invocations):
        service.install()


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    yield
    for name in ("datazone", "datazone-tokens", "lambda-hooks", "oam-links", "oam-sinks", "ram"):
        hooks.state(name).reset()
    glue.reset()
    eventbridge.reset()
