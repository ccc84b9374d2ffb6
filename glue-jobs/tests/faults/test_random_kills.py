"""Runs killed with SIGKILL at any moment: old rows or new ones are there, never anything between, and the next run
ends as if nothing had happened. The short form of what docs/reliability.md reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import random_kills
from random_kills import PHASES, Gap, Undisturbed, kill_once, kills, moment, summaries, undisturbed

from support.warm import warm_python

#: By engine: rows; lines that are waited for, and a share of what follows, amid a table.
MOMENT = {"duckdb": (5_000, 2, 0.5), "spark": (500, 4, 0.5)}


@pytest.mark.parametrize("engine", ["duckdb", pytest.param("spark", marks=pytest.mark.soak)])
def test_a_run_killed_at_some_moment_leaves_old_or_new_rows_and_goes_on(engine: str, tmp_path: Path) -> None:
    # Warm, since what is waited for is said long after Python has started; and by DuckDB, as what Spark has to leave is
    # the same and takes longer.
    rows, lines, share = MOMENT[engine]
    calm = undisturbed(tmp_path, rows, "duckdb", steps=1, python=warm_python())
    found = kill_once(tmp_path, engine, calm, 0, lines, share)
    assert "wrong" not in found, found
    assert found["killed"]


def test_runs_are_started_until_as_many_were_killed_as_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = Undisturbed([], [[Gap("build", 1.0)]], [])
    began: list[tuple[Any, ...]] = []

    def kill(*of: Any) -> dict[str, Any]:
        """Every third had ended."""
        began.append(of[3:])
        return {"killed": len(began) % 3 > 0, "phase": "build"}

    monkeypatch.setattr(random_kills, "undisturbed", lambda *of: calm)
    monkeypatch.setattr(random_kills, "kill_once", kill)
    log = tmp_path / "kills.jsonl"
    assert [f["killed"] for f in kills(tmp_path, "duckdb", 3, 1, 1, log)] == [True, True, False, True]
    found = kills(tmp_path, "duckdb", 5, 1, 1, log)
    assert (len(found), sum(f["killed"] for f in found)) == (7, 5)
    assert began == [moment(calm, n, 1) for n in range(7)], "what stands in the log goes on"
    assert kills(tmp_path, "duckdb", 5, 1, 1, log) == found
    assert [s["runs"] for s in summaries("duckdb", found)] == [5]
    monkeypatch.setattr(random_kills, "kill_once", lambda *of: {"killed": False, "phase": "build"})
    with pytest.raises(RuntimeError, match="of 4 runs"):
        kills(tmp_path, "duckdb", 2, 1, 1)


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_runs_killed_at_fifty_random_moments_leave_old_or_new_rows_and_go_on(engine: str, tmp_path: Path) -> None:
    found = kills(tmp_path, engine, number=50, rows=60_000, seed=1)
    assert [f for f in found if "wrong" in f] == []
    killed = [f for f in found if f["killed"]]
    assert len(killed) == 50
    assert {f["phase"] for f in killed} == set(PHASES) - ({"start Spark"} if engine == "duckdb" else set())
