"""A Python whose job processes start warm: each is a fork of one process that has imported what the jobs import, which
takes longer than most of what tests ask of them. To whoever starts it, it is an ordinary interpreter: it has the
descriptors, folder, environment, signals and exit of a process of its own; what it is not made for it leaves to the
real one.

    python -P warm_python.py FOLDER     writes FOLDER/python, and serves it until standard input ends
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

MODULE = "mesh_jobs.entrypoints.local"

# Of all that a command may import, what takes long; `local` itself each process runs for itself.
WARM = (
    "mesh_jobs.entrypoints.compose",
    "mesh_jobs.adapters.duckdb.engine",
    "mesh_jobs.adapters.duckdb.profile",
    "mesh_jobs.adapters.iceberg.snapshots",
    "mesh_jobs.adapters.iceberg.store",
    "mesh_jobs.adapters.sql.check",
    "mesh_jobs.application.run_product",
    "mesh_jobs.application.user_tests",
    "pyiceberg.table",
)

STARTER = """#!{python} -IS
import json, os, signal, socket, sys
arguments = sys.argv[1:]
if arguments[:3] != ["-P", "-m", "{module}"]:
    os.execv("{python}", ["{python}", *arguments])
descriptors = [0, 1, 2]
if os.environ.get("MESH_LIFELINE", "").isdigit():
    descriptors.append(int(os.environ["MESH_LIFELINE"]))
request = json.dumps([arguments[2:], descriptors, os.getcwd(), dict(os.environ)]).encode()
server = socket.socket(socket.AF_UNIX)
server.connect("{socket}")
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, _: server.send(bytes([number])))
socket.send_fds(server, [len(request).to_bytes(4, "big")], descriptors)
server.sendall(request)
ended = int.from_bytes(server.recv(2) or b"\\1\\0", "big", signed=True)
if ended < 0:
    signal.signal(-ended, signal.SIG_DFL)
    os.kill(os.getpid(), -ended)
os._exit(ended)
"""


@dataclass(frozen=True)
class Asked:
    """A process that somebody wants."""

    arguments: list[str]
    descriptors: dict[int, int]
    folder: str
    environment: dict[str, str]

    @classmethod
    def read(cls, caller: socket.socket) -> Asked:
        size, received, _, _ = socket.recv_fds(caller, 4, 4)
        text = b""
        while len(text) < int.from_bytes(size, "big"):
            text += caller.recv(65536)
        arguments, wanted, folder, environment = json.loads(text)
        return cls(arguments, dict(zip(wanted, received, strict=True)), folder, environment)

    def become(self) -> NoReturn:
        """What this process is from now on. Exits as it does."""
        # Away from where they are wanted first: one's place may be another's number.
        moved = {wanted: os.dup(received) for wanted, received in self.descriptors.items()}
        for wanted, descriptor in moved.items():
            os.dup2(descriptor, wanted)
        for descriptor in {*moved.values(), *self.descriptors.values()} - {*self.descriptors}:
            os.close(descriptor)
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        time.tzset()
        sys.argv = self.arguments
        runpy.run_module(MODULE, run_name="__main__", alter_sys=True)
        sys.exit(0)


class Server:
    def __init__(self, folder: Path) -> None:
        self._running: dict[int, socket.socket] = {}
        self._callers = selectors.DefaultSelector()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / "socket"))
        self._listening.listen(128)
        self._woken, self._wakes = socket.socketpair()
        self._wakes.setblocking(False)
        signal.set_wakeup_fd(self._wakes.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for each in (self._listening, self._woken, sys.stdin):
            self._callers.register(each, selectors.EVENT_READ)

    def serve(self) -> Asked | None:
        """Until its own end; in a fork, what that is to become."""
        while True:
            for key, _ in self._callers.select():
                if key.fileobj is sys.stdin:
                    for pid in self._running:
                        os.kill(pid, signal.SIGKILL)
                    return None
                if key.fileobj is self._listening:
                    asked = self._start(self._listening.accept()[0])
                    if asked is not None:
                        return asked
                elif key.fileobj is self._woken:
                    self._woken.recv(4096)
                    self._reap()
                else:
                    self._forward(key.fileobj, key.data)

    def _start(self, caller: socket.socket) -> Asked | None:
        asked = Asked.read(caller)
        warm()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for each in (*self._running.values(), caller, self._listening, self._woken, self._wakes, self._callers):
                each.close()
            os.setsid()
            return asked
        for descriptor in asked.descriptors.values():
            os.close(descriptor)
        self._running[pid] = caller
        self._callers.register(caller, selectors.EVENT_READ, pid)
        return None

    def _forward(self, caller: Any, pid: int) -> None:
        """A signal, or that the caller is gone, as a killed process is."""
        told = caller.recv(1)
        if not told:
            self._callers.unregister(caller)
        os.kill(pid, told[0] if told else signal.SIGKILL)

    def _reap(self) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            caller = self._running.pop(pid)
            if caller in {key.fileobj for key in self._callers.get_map().values()}:
                self._callers.unregister(caller)
                caller.send(os.waitstatus_to_exitcode(status).to_bytes(2, "big", signed=True))
            caller.close()


def warm() -> None:
    """Imports what the jobs do, once."""
    if WARM[-1] in sys.modules:
        return
    import duckdb

    for name in WARM:
        importlib.import_module(name)
    # A fork has one of its parent's threads: DuckDB keeps more for a connection that it made and nobody uses.
    duckdb.default_connection().close()
    assert threading.active_count() == 1, threading.enumerate()
    # What is here stays here: a fork that looked through it for rubbish would copy it.
    gc.collect()
    gc.freeze()


def main(folder: Path) -> None:
    server = Server(folder)
    starter = folder / "starter"
    starter.write_text(STARTER.format(python=sys.executable, module=MODULE, socket=folder / "socket"))
    starter.chmod(0o755)
    # At once whole: whoever waits for it may start it.
    starter.rename(folder / "python")
    asked = server.serve()
    if asked is not None:
        asked.become()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
