from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from ministack.core import persistence
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
    sso,
)


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    for service in (ram, datazone, cloudwatch, iam, oam, events, cloudtrail, ssm, sso, scheduler, lambda_hooks, named_queries, invocations):
        service.install()


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    yield
    for name in hooks.states():
        kept = hooks.state(name)
        # Whatever a test made has to be there after a restart, which reads it from JSON.
        text = json.dumps(kept.get_state(), default=persistence._json_default)
        read = json.loads(text, object_hook=persistence._json_object_hook)
        assert list(hooks.State.of(read).everywhere()) == list(kept.everywhere()), name
        kept.reset()
    glue.reset()
    eventbridge.reset()
