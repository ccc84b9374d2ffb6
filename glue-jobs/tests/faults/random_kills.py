"""Kills runs with SIGKILL at random moments of every part of their life, starts them again, and compares what is left
with runs that nobody disturbed. Prints one JSON line per kill and a summary of each phase last.

    python random_kills.py duckdb|spark [--kills 50] [--rows 60000] [--seed 1] [--log FILE]

A run that had ended before it was killed counts for nothing; another one is killed instead. With a log the kills that
stand in it are not made again: what was ended goes on.
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
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.local import answer
from support.two_products import STEPS, State, TwoProducts, run_id

#: The parts of a run's life in their order. One ends with the last line that says its step; what comes after "publish"
#: is telling others, tidying up and ending the session.
PHASES = ("start Spark", "ingest", "build", "certify", "publish", "afterwards")


def phases(engine: str) -> set[str]:
    return set(PHASES) - ({"start Spark"} if engine == "duckdb" else set())


@dataclass(frozen=True)
class Gap:
    """What passes between two lines of an undisturbed run, or before the first or after the last."""

    phase: str
    seconds: float


@dataclass(frozen=True)
class Undisturbed:
    """What each step starts from, how its time passes, and what it leaves."""

    templates: list[Path]
    gaps: list[list[Gap]]
    states: list[State]


def undisturbed(
    folder: Path, rows: int, engine: str, steps: int = len(STEPS), python: str = sys.executable
) -> Undisturbed:
    mesh = TwoProducts(folder / "mesh")
    mesh.root.mkdir(parents=True)
    mesh.prepare(rows, "duckdb")
    templates, gaps, states = [], [], [mesh.left()]
    for n in range(steps):
        mesh.more(n, rows)
        template = folder / f"template{n}"
        shutil.copytree(mesh.root, template)
        templates.append(template)
        gaps.append(_timed(mesh, n, engine, python))
        states.append(mesh.left())
    return Undisturbed(templates, gaps, states)


def _timed(mesh: TwoProducts, step: int, engine: str, python: str) -> list[Gap]:
    _, plan, mode, now = STEPS[step]
    times, said = [time.monotonic()], ""
    process = mesh.start("run", mesh.asked(plan, mode, now, engine), python)
    assert process.stdout is not None
    for line in process.stdout:
        times.append(time.monotonic())
        said += line
    done = answer(process, said)
    times.append(time.monotonic())
    assert done.code == 0, (done.last, done.stderr[-2000:])
    phases = [e["step"] if e.get("step") in PHASES else "afterwards" for e in done.events]
    return [Gap(phase, b - a) for phase, (a, b) in zip([*phases, "afterwards"], pairwise(times), strict=True)]


def kill_once(folder: Path, engine: str, calm: Undisturbed, step: int, lines: int, share: float) -> dict[str, Any]:
    """One run killed after so many lines and that share of what passes until the next, looked at, and started again.
    Tables hold absolute paths, so it happens where the first was."""
    mesh = TwoProducts(folder / "mesh")
    shutil.rmtree(mesh.root, ignore_errors=True)
    shutil.copytree(calm.templates[step], mesh.root)
    name, plan, mode, now = STEPS[step]
    before, after = calm.states[step], calm.states[step + 1]
    process = mesh.start("run", mesh.asked(plan, mode, now, engine), start_new_session=True)
    reached, killed = _killed(process, calm.gaps[step], lines, share)
    between = mesh.left()
    said = {
        "step": name,
        "phase": calm.gaps[step][reached].phase,
        "lines": reached,
        "killed": killed,
    }
    # Both tables of the product are old or both are new: never one of each, and never anything else.
    if between.published() not in (before.published(), after.published()):
        return {**said, "wrong": "half published", "found": between.published(), "before": before.published()}
    said["state"] = between.ended(plan["product"]["id"], run_id(mode, now))
    said["left"] = between.unreachable
    mesh.ran(plan, mode, now, engine)
    found = mesh.left()
    if found.tables != after.tables:
        differing = {k for k in found.tables.keys() | after.tables.keys() if found.tables.get(k) != after.tables.get(k)}
        return {**said, "wrong": "other rows", "tables": sorted(differing)}
    if found.runs != after.runs:
        return {**said, "wrong": "other runs", "found": found.runs, "expected": after.runs}
    if found.unreachable > after.unreachable or found.work != after.work:
        return {**said, "wrong": "leftovers", "unreachable": found.unreachable, "work": found.work}
    return said


def _killed(process: subprocess.Popen[str], gaps: list[Gap], lines: int, share: float) -> tuple[int, bool]:
    """Kills a run, when it says its next line at the latest; how many lines it has said, and whether it was alive."""
    said: SimpleQueue[str | None] = SimpleQueue()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.put(line)
        said.put(None)

    listener = Thread(target=listen)
    listener.start()
    began, reached = time.monotonic(), 0
    while reached < lines and said.get() is not None:
        reached += 1
    # A machine that others use is not always as quick as it was when the undisturbed run was timed.
    pace = (time.monotonic() - began) / sum(g.seconds for g in gaps[:lines]) if lines else 1.0
    with suppress(Empty):
        if said.get(timeout=share * gaps[lines].seconds * pace) is not None:
            reached += 1
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    killed = process.wait() == -signal.SIGKILL
    listener.join()
    # Where it really was, however fast it went meanwhile.
    while not said.empty():
        reached += said.get() is not None
    assert process.stderr is not None
    process.stderr.close()
    return reached, killed


def moment(calm: Undisturbed, n: int, seed: int) -> tuple[int, int, float]:
    """The n-th moment: a step, lines that are waited for, and a share of what passes until the next. Steps and phases
    take turns; within a phase any moment is as likely as any other. It is counted from what the run says, so that a
    busy machine does not move it."""
    generator = random.Random(f"{seed}:{n}")
    step = n % len(calm.gaps)
    gaps = calm.gaps[step]
    there = [p for p in PHASES if any(g.phase == p for g in gaps)]
    phase = there[n // len(calm.gaps) % len(there)]
    lines = [i for i, gap in enumerate(gaps) if gap.phase == phase]
    (line,) = generator.choices(lines, [gaps[i].seconds for i in lines])
    return step, line, generator.random()


def kills(
    folder: Path, engine: str, number: int, rows: int, seed: int, log: Path | None = None
) -> list[dict[str, Any]]:
    """Each run that was started, until so many of them were killed, and some in every phase: how many of a short phase
    are hit is a matter of chance, and on a busy machine of bad luck."""
    found = [json.loads(line) for line in log.read_text().splitlines()] if log and log.exists() else []
    calm = None
    while len(killed := [f["phase"] for f in found if f["killed"]]) < number or phases(engine) - set(killed):
        if len(found) >= 2 * number:
            spared = ", ".join(sorted(phases(engine) - set(killed))) or "none"
            raise RuntimeError(f"of {len(found)} runs {len(killed)} were killed; phases without a kill: {spared}")
        calm = calm or undisturbed(folder, rows, engine)
        found.append(kill_once(folder, engine, calm, *moment(calm, len(found), seed)))
        line = json.dumps(found[-1]) + "\n"
        sys.stdout.write(line)
        sys.stdout.flush()
        if log:
            with log.open("a") as file:
                file.write(line)
    return found


def summaries(engine: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What became of the kills of each phase."""
    killed = [f for f in found if f["killed"]]
    counted = []
    for phase in PHASES:
        there = [f for f in killed if f["phase"] == phase]
        if there:
            counted.append(
                {
                    "engine": engine,
                    "killed during": phase,
                    "runs": len(there),
                    "published by then": sum(f.get("state") == "published" for f in there),
                    "left files behind": sum(bool(f.get("left")) for f in there),
                    "wrong": sum("wrong" in f for f in there),
                }
            )
    return counted


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("engine", choices=["duckdb", "spark"])
    asked.add_argument("--kills", type=int, default=50)
    asked.add_argument("--rows", type=int, default=60_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--log", type=Path)
    given = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="mesh-kills-"))
    try:
        found = kills(folder, given.engine, given.kills, given.rows, given.seed, given.log)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps({"phases": summaries(given.engine, found)}) + "\n")
    return 1 if any("wrong" in f for f in found) else 0


if __name__ == "__main__":
    sys.exit(main())
