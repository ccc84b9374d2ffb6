from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.aws import emulated
from support.strict import Requests, strict


@pytest.fixture
def aws() -> Iterator[str]:
    """An emulated account, and nothing that AWS itself would refuse; where it is."""
    with emulated() as endpoint, strict():
        yield endpoint


@pytest.fixture
def requests_made(aws: str) -> Iterator[Requests]:
    """What is asked of it."""
    with strict() as seen:
        yield seen
