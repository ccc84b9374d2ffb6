"""Fixtures of the Iceberg tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from iceberg_bench import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path / ".mesh")
