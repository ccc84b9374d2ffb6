"""A run killed with SIGKILL where a step ends and started again ends as if it had run once: on the real adapters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def killed(folder: Path, scene: str, *how: str) -> list[dict[str, object]]:
    done = subprocess.run(
        [sys.executable, str(HERE / "killer.py"), str(folder), scene, *how],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1] / "src")},
        timeout=3600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_same(found: list[dict[str, object]], at_least: int) -> None:
    once, calls, *kills = found
    names = calls["calls"]
    assert isinstance(names, list)
    assert not once["killed"]
    assert len(kills) >= at_least
    for k in kills:
        where = f"killed {'after' if k['after'] else 'before'} call {k['n']}, {names[int(str(k['n'])) - 1]}"
        assert k.get("killed"), f"{where}: {k}"
        assert k["state"] == once["state"], where


@pytest.mark.ci
def test_a_run_killed_where_a_step_ends_and_started_again_ends_as_if_it_had_run_once(tmp_path: Path) -> None:
    assert_same(killed(tmp_path, "delta", "boundaries"), 6)


@pytest.mark.soak
@pytest.mark.parametrize("scene", ["init", "delta", "full", "replay"])
def test_a_run_killed_before_or_after_any_call_of_any_port_ends_as_if_it_had_run_once(
    scene: str, tmp_path: Path
) -> None:
    assert_same(killed(tmp_path, scene), 60)
