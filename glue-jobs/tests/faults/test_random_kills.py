"""Runs killed with SIGKILL at any moment: old rows or new ones are there, never anything between, and the next run
ends as if nothing had happened. The short form of what docs/reliability.md reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import random_kills
from random_kills import Gap, Undisturbed, kill_once, kills, moment, phases, summaries, undisturbed

from support.warm import warm_python

#: By engine: rows; lines that are waited for, and a share of what follows, amid a table.
MOMENT = {"duckdb": (5_000, 2, 0.5), "spark": (500, 4, 0.5)}


@pytest.mark.parametrize("engine", ["duckdb", pytest.param("spark", marks=pytest.mark.ci)])
def test_a_run_killed_at_some_moment_leaves_old_or_new_rows_and_goes_on(engine: str, tmp_path: Path) -> None:
    # Warm, since what is waited for is said long after Python has started; and by DuckDB, as what Spark has to leave is
    # the same and takes longer.
    rows, lines, share = MOMENT[engine]
    calm = undisturbed(tmp_path, rows, "duckdb", steps=1, python=warm_python())
    found = kill_once(tmp_path, engine, calm, 0, lines, share)
    assert "wrong" not in found, found
    assert found["killed"]


def test_runs_are_started_until_as_many_were_killed_as_are_asked_for_and_some_in_every_phase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = Undisturbed([], [[Gap("build", 1.0)]], [])
    began: list[tuple[Any, ...]] = []
    turns = ["ingest", "build", "certify", "afterwards"]

    def kill(*of: Any) -> dict[str, Any]:
        """Every third had ended. Publishing is so short that the first twelve miss it."""
        began.append(of[3:])
        n = len(began) - 1
        return {"killed": n % 3 < 2, "phase": "publish" if n == 12 else turns[n % 4]}

    monkeypatch.setattr(random_kills, "undisturbed", lambda *of: calm)
    monkeypatch.setattr(random_kills, "kill_once", kill)
    log = tmp_path / "kills.jsonl"
    found = kills(tmp_path, "duckdb", 7, 1, 1, log)
    assert (len(found), sum(f["killed"] for f in found)) == (13, 9), (
        "seven, and on until one was killed while publishing"
    )
    assert found[12] == {"killed": True, "phase": "publish"}
    found = kills(tmp_path, "duckdb", 11, 1, 1, log)
    assert (len(found), sum(f["killed"] for f in found)) == (16, 11)
    assert began == [moment(calm, n, 1) for n in range(16)], "what stands in the log goes on"
    assert kills(tmp_path, "duckdb", 11, 1, 1, log) == found
    assert sum(s["runs"] for s in summaries("duckdb", found)) == 11
    monkeypatch.setattr(random_kills, "kill_once", lambda *of: {"killed": True, "phase": "build"})
    with pytest.raises(
        RuntimeError, match="of 4 runs 4 were killed; phases without a kill: afterwards, certify, ingest"
    ):
        kills(tmp_path, "duckdb", 2, 1, 1)
    monkeypatch.setattr(random_kills, "kill_once", lambda *of: {"killed": False, "phase": "build"})
    with pytest.raises(RuntimeError, match="of 4 runs 0 were killed"):
        kills(tmp_path, "duckdb", 2, 1, 1)


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_the_page_tells_of_fifty_kills_in_every_phase_and_of_none_that_went_wrong(engine: str) -> None:
    page = (Path(__file__).parents[3] / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if "|" in line]
    told = {phase: (int(runs), int(wrong)) for of, phase, runs, _, _, wrong in rows if of == engine}
    assert told.keys() == phases(engine)
    assert sum(runs for runs, _ in told.values()) >= 50
    assert sum(wrong for _, wrong in told.values()) == 0


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_runs_killed_at_fifty_random_moments_leave_old_or_new_rows_and_go_on(engine: str, tmp_path: Path) -> None:
    found = kills(tmp_path, engine, number=50, rows=60_000, seed=1)
    assert [f for f in found if "wrong" in f] == []
    killed = [f for f in found if f["killed"]]
    assert len(killed) >= 50
    assert {f["phase"] for f in killed} == phases(engine)
