"""An AWS for the ports of a run, whose every request is one that AWS would take."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mesh_jobs.adapters.aws.clients import Clients
from support.aws import emulated
from support.strict import Requests, strict


@pytest.fixture
def requests_made() -> Iterator[Requests]:
    with emulated(), strict() as seen:
        yield seen


@pytest.fixture
def clients(requests_made: Requests) -> Clients:
    return Clients()
