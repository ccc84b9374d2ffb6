"""Runs killed with SIGKILL at any moment: old rows or new ones are there, never anything between, and the next run
ends as if nothing had happened. The short form of what docs/reliability.md reports."""

from __future__ import annotations

from pathlib import Path

import pytest
from random_kills import kill_once, kills, undisturbed

from support.warm import warm_python

#: By engine: lines that are waited for, and a share of what follows: amid a table.
MOMENT = {"duckdb": (2, 0.5), "spark": (5, 0.5)}


@pytest.mark.parametrize("engine", ["duckdb", pytest.param("spark", marks=pytest.mark.soak)])
def test_a_run_killed_at_some_moment_leaves_old_or_new_rows_and_goes_on(engine: str, tmp_path: Path) -> None:
    # Warm, since what is waited for is said long after Python has started.
    calm = undisturbed(tmp_path, 5_000, engine, steps=1, python=warm_python())
    found = kill_once(tmp_path, engine, calm, 0, *MOMENT[engine])
    assert "wrong" not in found, found
    assert found["killed"]


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_runs_killed_at_fifty_random_moments_leave_old_or_new_rows_and_go_on(engine: str, tmp_path: Path) -> None:
    found = kills(tmp_path, engine, number=50, rows=60_000, seed=1)
    assert [f for f in found if "wrong" in f] == []
    assert sum(f["killed"] for f in found) >= 45
    assert {f["phase"] for f in found} >= {"ingest", "build", "certify", "afterwards"}
