"""What a step did is one line with counts and seconds."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_jobs.entrypoints.readable import step_line


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            {"step": "ingest", "source": "shop", "read": 2, "bytes": 1_234_567, "seconds": 0.1},
            "ingest shop  2 files, 1.23 MB  0.1 s",
        ),
        ({"step": "ingest", "source": "shop", "rowsIn": 3, "seconds": 0.1}, "ingest shop  3 rows  0.1 s"),
        (
            {"step": "ingest", "source": "shop", "rowsIn": 3, "read": 1, "bytes": 999, "seconds": 0, "before": True},
            "ingest shop  3 rows  1 file, 999 B  done before",
        ),
        ({"step": "certify", "checks": 14, "seconds": 3.2}, "certify  14 checks  3.2 s"),
        ({"step": "publish", "tables": 1, "seconds": 0.3}, "publish  1 table  0.3 s"),
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
