"""A mesh on disk, run through the entry point as the command line runs it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pytest

from mesh_jobs.entrypoints.local import main

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

    def start(
        self, command: str, request: dict[str, Any] | str, python: str = sys.executable, **more: Any
    ) -> subprocess.Popen[str]:
        """A process that has been given its request."""
        # Tests are over before Java's second compiler pays off; classes were verified whenever they were used before.
        java = {
            "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:-UsePerfData "
            "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
        }
        env = {**os.environ, "PYTHONPATH": str(SOURCE), **java, **more.pop("env", {})}
        process = subprocess.Popen(
            [python, "-P", "-m", "mesh_jobs.entrypoints.local", *command.split()],
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


class InProcess(LocalMesh):
    """Answers in this process, which has loaded what a new one would have to load first; only what is started is a
    process of its own."""

    def call(self, command: str, request: dict[str, Any] | str) -> Answer:
        text = request if isinstance(request, str) else json.dumps(request)
        with (
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile("w+") as err,
            contextlib.chdir(self.root),
            signals_as_they_were(),
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr(sys, "stdin", io.StringIO(text))
            patch.setattr(sys, "stderr", err)
            with pointing(1, out), pointing(2, err):
                code = main(command.split())
            out.seek(0)
            err.seek(0)
            return Answer(code, [json.loads(line) for line in out.read().splitlines()], err.read())


@contextmanager
def pointing(descriptor: int, file: IO[Any]) -> Iterator[None]:
    """What is written to a descriptor goes to a file."""
    before = os.dup(descriptor)
    os.dup2(file.fileno(), descriptor)
    try:
        yield
    finally:
        os.dup2(before, descriptor)
        os.close(before)


@contextmanager
def signals_as_they_were() -> Iterator[None]:
    """What is run answers signals in its own way; what comes after it shall not."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {n: signal.getsignal(n) for n in numbers}
    try:
        yield
    finally:
        for n, handler in before.items():
            signal.signal(n, handler)


def answer(process: subprocess.Popen[str], read: str = "") -> Answer:
    """What a process said; every line of its standard output must be an event."""
    out, err = process.communicate(timeout=600)
    lines = (read + out).splitlines()
    return Answer(process.returncode, [json.loads(line) for line in lines], err)
