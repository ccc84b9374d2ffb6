"""Fixtures of the tests in which engines read what the other one wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from two_engines import TwoEngines, two_engines


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoEngines]:
    with two_engines(tmp_path) as found:
        yield found
