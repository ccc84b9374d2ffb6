from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from duck import Duck, duck_in


@pytest.fixture
def duck(tmp_path: Path) -> Iterator[Duck]:
    found = duck_in(tmp_path)
    yield found
    found.engine.close()
