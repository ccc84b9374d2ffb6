"""What maintenance did is one line with counts and seconds."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_jobs.entrypoints.readable import step_line


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            {"step": "maintain", "table": "orders", "files": 24, "into": 1, "forgotten": 3, "seconds": 0.42},
            "maintain orders  24 small files became 1  3 old snapshots forgotten  0.4 s",
        ),
        (
            {"step": "maintain", "table": "orders", "forgotten": 1, "seconds": 12},
            "maintain orders  1 old snapshot forgotten  12 s",
        ),
        ({"step": "clean", "files": 1, "seconds": 0.1}, "clean  1 file deleted  0.1 s"),
    ],
)
def test_a_line(event: dict[str, Any], line: str) -> None:
    assert step_line(event) == line
