from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.aws import emulated


@pytest.fixture
def aws() -> Iterator[str]:
    """An emulated account; where it is."""
    with emulated() as endpoint:
        yield endpoint
