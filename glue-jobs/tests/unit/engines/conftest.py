from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.bench import Bench, on_duckdb, on_spark


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.soak)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    found = on_duckdb(tmp_path) if request.param == "duckdb" else on_spark(tmp_path)
    yield found
    found.engine.close()
