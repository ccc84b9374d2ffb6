from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.bench import Bench, on_duckdb


@pytest.fixture
def duck(tmp_path: Path) -> Iterator[Bench]:
    found = on_duckdb(tmp_path)
    yield found
    found.engine.close()
