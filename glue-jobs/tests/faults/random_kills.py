"""Kills runs with SIGKILL at random moments, starts them again, and compares what is left with runs that nobody
disturbed. Prints one JSON line per kill and a summary last.

    python random_kills.py duckdb|spark [--kills 50] [--rows 60000] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.local import answer
from support.two_products import STEPS, State, TwoProducts, run_id

#: About as long as a step takes, in seconds, so that kills fall anywhere within it.
BETWEEN_LINES = {"duckdb": 0.4, "spark": 4.0}


@dataclass(frozen=True)
class Undisturbed:
    """What each step starts from, how many lines it says, and what it leaves: the same on both engines, so it is made
    by the quicker one."""

    templates: list[Path]
    lines: list[int]
    states: list[State]


def undisturbed(folder: Path, rows: int, steps: int = len(STEPS)) -> Undisturbed:
    mesh = TwoProducts(folder / "mesh")
    mesh.root.mkdir(parents=True)
    mesh.prepare(rows, "duckdb")
    templates, lines, states = [], [], [mesh.left()]
    for n, (_, plan, mode, now) in enumerate(STEPS[:steps]):
        mesh.more(n, rows)
        template = folder / f"template{n}"
        shutil.copytree(mesh.root, template)
        templates.append(template)
        lines.append(len(mesh.call("run", mesh.asked(plan, mode, now, "duckdb")).events))
        states.append(mesh.left())
    return Undisturbed(templates, lines, states)


def kill_once(
    folder: Path, engine: str, calm: Undisturbed, step: int, lines: int, after_seconds: float
) -> dict[str, Any]:
    """One run killed so long after so many lines, looked at, and started again. Tables hold absolute paths, so it
    happens where the first was."""
    mesh = TwoProducts(folder / "mesh")
    shutil.rmtree(mesh.root, ignore_errors=True)
    shutil.copytree(calm.templates[step], mesh.root)
    name, plan, mode, now = STEPS[step]
    before, after = calm.states[step], calm.states[step + 1]
    process = mesh.start("run", mesh.asked(plan, mode, now, engine), start_new_session=True)
    assert process.stdout is not None
    said_before = "".join(process.stdout.readline() for _ in range(lines))
    try:
        process.wait(after_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    killed = process.wait() == -signal.SIGKILL
    answer(process, said_before)
    between = mesh.left()
    said = {"step": name, "lines": lines, "seconds": round(after_seconds, 2), "killed": killed}
    # Both tables of the product are old or both are new: never one of each, and never anything else.
    if between.published() not in (before.published(), after.published()):
        return {**said, "wrong": "half published", "found": between.published(), "before": before.published()}
    mesh.ran(plan, mode, now, engine)
    found = mesh.left()
    said["published"] = between.ended(plan["product"]["id"], run_id(mode, now)) == "published"
    said["left"] = between.unreachable
    if found.tables != after.tables:
        differing = {k for k in found.tables.keys() | after.tables.keys() if found.tables.get(k) != after.tables.get(k)}
        return {**said, "wrong": "other rows", "tables": sorted(differing)}
    if found.runs != after.runs:
        return {**said, "wrong": "other runs", "found": found.runs, "expected": after.runs}
    if found.unreachable > after.unreachable or found.work != after.work:
        return {**said, "wrong": "leftovers", "unreachable": found.unreachable, "work": found.work}
    return said


def moments(engine: str, calm: Undisturbed, number: int, seed: int) -> Iterator[tuple[int, int, float]]:
    """Steps in turn, each at a random moment of its own: so long after so many lines."""
    generator = random.Random(seed)
    for n in range(number):
        step = n % len(STEPS)
        # After the last line, the result, there is nothing left to kill.
        yield step, generator.randrange(calm.lines[step] - 1), generator.uniform(0, BETWEEN_LINES[engine])


def kills(folder: Path, engine: str, number: int, rows: int, seed: int) -> list[dict[str, Any]]:
    calm = undisturbed(folder, rows)
    found = []
    for moment in moments(engine, calm, number, seed):
        found.append(kill_once(folder, engine, calm, *moment))
        sys.stdout.write(json.dumps(found[-1]) + "\n")
        sys.stdout.flush()
    return found


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("engine", choices=["duckdb", "spark"])
    asked.add_argument("--kills", type=int, default=50)
    asked.add_argument("--rows", type=int, default=60_000)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="mesh-kills-"))
    try:
        found = kills(folder, given.engine, given.kills, given.rows, given.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    wrong = [f for f in found if "wrong" in f]
    killed = [f for f in found if f["killed"]]
    summary = {
        "engine": given.engine,
        "rows": given.rows,
        "runs": len(found),
        "killed": len(killed),
        "published before the kill": sum(bool(f.get("published")) for f in killed),
        "left files behind": sum(bool(f.get("left")) for f in killed),
        "wrong": len(wrong),
    }
    sys.stdout.write(json.dumps(summary) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
