"""The protocol with the caller: one JSON request in, JSON lines out, the last a result or an error."""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from types import FrameType
from typing import Any

from mesh_jobs.domain.errors import BadRequest, ConservationBroken, DiskFull, MeshError, disk_is_full

FINE, FAULT, USAGE, BUG = 0, 1, 2, 70


class Stopped(BaseException):
    """A signal asked this process to stop: everything it holds is given back on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Stop:
    """Turns SIGINT, SIGTERM and SIGHUP into Stopped, and remembers that it did: engines answer an interrupt with an
    exception of their own."""

    def __init__(self) -> None:
        self.number: int | None = None

    def watch(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        lifeline = os.environ.get("MESH_LIFELINE")
        if lifeline is not None and lifeline.isdigit():
            threading.Thread(target=_await_end, args=(int(lifeline),), daemon=True, name="lifeline").start()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.number is None:
            self.number = number
            raise Stopped(number)


def _await_end(descriptor: int) -> None:
    """The caller holds the other end; when it is gone, however that came, this process stops as on SIGTERM."""
    try:
        while os.read(descriptor, 64):
            pass
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGTERM)


class Lines:
    """Events on what was standard output; anything else that prints goes to standard error."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        sys.stdout.flush()
        self._out = os.dup(1)
        os.dup2(2, 1)

    def emit(self, event: str, **fields: Any) -> None:
        said = {"event": event, **fields}
        try:
            text = json.dumps(said, ensure_ascii=False, default=str, allow_nan=False)
        except ValueError:
            # JSON has no NaN; a reader must get the rest all the same.
            text = json.dumps(_finite(said), ensure_ascii=False, default=str)
        line = (text + "\n").encode(errors="backslashreplace")
        with self._lock:
            while line:
                line = line[os.write(self._out, line) :]

    def report(self, event: dict[str, Any]) -> None:
        self.emit("progress", **event)

    def warn(self, message: str) -> None:
        self.emit("warning", message=message)

    def fail(self, error: BaseException) -> int:
        """Says what went wrong; the exit code that goes with it."""
        failure = failure_of(error)
        trace = {} if failure.trace is None else {"trace": failure.trace}
        self.emit("error", code=failure.code, message=failure.message, remedy=failure.remedy, **trace)
        if failure.trace is not None:
            return BUG
        return USAGE if isinstance(error, BadRequest) else FAULT


@dataclass(frozen=True)
class Failure:
    """What went wrong, for a person. With a trace it is a fault of ours."""

    code: str
    message: str
    remedy: str | None
    trace: str | None = None


def failure_of(error: BaseException) -> Failure:
    """In words that hold no value of a row."""
    if not isinstance(error, MeshError) and disk_is_full(error):
        error = DiskFull("this run")
    if isinstance(error, MeshError) and not isinstance(error, ConservationBroken):
        return Failure(error.code, str(error), error.remedy)
    message = str(error) if isinstance(error, MeshError) else f"{type(error).__name__}{_own_words(error)}"
    # Only places: messages of libraries may quote the data they choked on.
    trace = "".join(traceback.format_tb(error.__traceback__))
    code = error.code if isinstance(error, MeshError) else "bug"
    return Failure(code, message, "please report this, with the trace", trace)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, list | tuple) else value


def _own_words(error: BaseException) -> str:
    """The message of an exception that our own code raised; a library's may hold values."""
    last = traceback.extract_tb(error.__traceback__)[-1:] if error.__traceback__ else []
    ours = bool(last) and "mesh_jobs" in last[0].filename and type(error).__module__ == "builtins"
    return f": {error}" if ours else ""
