"""A mesh on disk, run through the entry point as the command line runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2] / "src"


@dataclass(frozen=True)
class Answer:
    code: int
    events: list[dict[str, Any]]
    stderr: str

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]


@dataclass
class LocalMesh:
    root: Path

    @property
    def state(self) -> Path:
        return self.root / ".mesh"

    def land(self, name: str, text: str, source: str = "shop", entity: str = "orders", at: str | None = None) -> Path:
        file = self.state / "landing" / "sales" / f"{entity}-v1" / source / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        if at is not None:
            time = datetime.fromisoformat(at).timestamp()
            os.utime(file, (time, time))
        return file

    def start(self, command: str, request: dict[str, Any] | str, **more: Any) -> subprocess.Popen[str]:
        """A process that has been given its request."""
        # Tests are over before Java's second compiler pays off.
        java = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1"}
        env = {**os.environ, "PYTHONPATH": str(SOURCE), **java, **more.pop("env", {})}
        process = subprocess.Popen(
            [sys.executable, "-m", "mesh_jobs.entrypoints.local", *command.split()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
            cwd=self.root,
            **more,
        )
        assert process.stdin is not None
        process.stdin.write(request if isinstance(request, str) else json.dumps(request))
        process.stdin.close()
        process.stdin = None
        return process

    def call(self, command: str, request: dict[str, Any] | str) -> Answer:
        return answer(self.start(command, request))

    def run(self, plan: dict[str, Any], mode: str | None = None, **more: Any) -> Answer:
        return self.call("run", self.request(plan, mode=mode, inputs={}, **more))

    def request(self, plan: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"plan": plan, "state": str(self.state), "root": str(self.root), **more}


def answer(process: subprocess.Popen[str], read: str = "") -> Answer:
    """What a process said; every line of its standard output must be an event."""
    out, err = process.communicate(timeout=120)
    lines = (read + out).splitlines()
    return Answer(process.returncode, [json.loads(line) for line in lines], err)
