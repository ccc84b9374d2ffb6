"""A Python whose processes start warm: each is a fork of one process that has imported what they import, which takes
longer than much of what they do. To whoever starts it, it is an ordinary interpreter: it has the descriptors, folder,
environment, signals and exit of a process of its own; what it is not made for it leaves to the real one.

    python -P warm_python.py FOLDER MODULE:FUNCTION

writes FOLDER/python, and serves it until standard input ends; the function imports what is to be there, after which there
is FOLDER/warm. Of that python, `python SCRIPT …` and `python -P -m MODULE …` are forks, and begin cold where this process cannot
be reached. Any Python runs this file: it imports nothing else of this package.
"""

from __future__ import annotations

import contextlib
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

STARTER = """#!{python} -IS
import json, os, signal, socket, sys

def cold():
    os.execv("{python}", ["{python}", *sys.argv[1:]])

arguments = sys.argv[1:]
if arguments[:2] == ["-P", "-m"]:
    arguments = arguments[1:]
elif not arguments or arguments[0].startswith("-"):
    cold()
descriptors = [0, 1, 2]
if os.environ.get("MESH_LIFELINE", "").isdigit():
    descriptors.append(int(os.environ["MESH_LIFELINE"]))
request = json.dumps([arguments, descriptors, os.getcwd(), dict(os.environ)]).encode()
server = socket.socket(socket.AF_UNIX)
try:
    server.connect("{socket}")
    socket.send_fds(server, [len(request).to_bytes(4, "big")], descriptors)
    server.sendall(request)
    began = server.recv(4)
except OSError:
    began = b""
if not began:
    cold()
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, _: server.send(bytes([number])))
told = server.recv(2)
if not told:
    sys.stderr.write("the process that this one was a fork of has ended\\n")
    try:
        os.kill(int.from_bytes(began, "big"), signal.SIGKILL)
    except ProcessLookupError:
        pass
ended = int.from_bytes(told or b"\\0\\1", "big", signed=True)
if ended < 0:
    if -ended != signal.SIGKILL:
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
    def read(cls, caller: socket.socket) -> Asked | None:
        """None of a caller that is gone before it has asked."""
        size, received, _, _ = socket.recv_fds(caller, 4, 4)
        text = b""
        while not size or len(text) < int.from_bytes(size, "big"):
            more = caller.recv(65536)
            if not more:
                return None
            text += more
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
        first, *more = self.arguments
        if first == "-m":
            sys.argv = more
            runpy.run_module(more[0], run_name="__main__", alter_sys=True)
        else:
            sys.argv = self.arguments
            sys.path.insert(0, str(Path(first).resolve().parent))
            runpy.run_path(first, run_name="__main__")
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
        if asked is None:
            caller.close()
            return None
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for each in (*self._running.values(), caller, self._listening, self._woken, self._wakes):
                each.close()
            self._callers.close()
            os.setsid()
            return asked
        for descriptor in asked.descriptors.values():
            os.close(descriptor)
        self._running[pid] = caller
        self._callers.register(caller, selectors.EVENT_READ, pid)
        _tell(caller, pid.to_bytes(4, "big"))
        return None

    def _forward(self, caller: Any, pid: int) -> None:
        """A signal, or that the caller is gone, as a killed process is."""
        if pid not in self._running:
            # It ended while others were listened to.
            return
        try:
            told = caller.recv(1)
        except ConnectionError:
            told = b""
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
                _tell(caller, os.waitstatus_to_exitcode(status).to_bytes(2, "big", signed=True))
            caller.close()


def _tell(caller: socket.socket, what: bytes) -> None:
    """Who is gone need not hear it, and is noticed when it is listened to."""
    with contextlib.suppress(OSError):
        caller.send(what)


def warm(function: str) -> None:
    module, _, name = function.partition(":")
    getattr(importlib.import_module(module), name)()
    # Of its parent's threads a fork has one: what another held would stay held.
    if threading.active_count() > 1:
        raise RuntimeError(f"{function} left threads: {threading.enumerate()}")


def main(folder: Path, function: str) -> None:
    server = Server(folder)
    starter = folder / "starter"
    starter.write_text(STARTER.format(python=sys.executable, socket=folder / "socket"), encoding="utf-8")
    starter.chmod(0o755)
    # At once whole: whoever waits for it may start it, and waits until it is warm.
    starter.rename(folder / "python")
    warm(function)
    (folder / "warm").touch()
    asked = server.serve()
    if asked is not None:
        asked.become()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
