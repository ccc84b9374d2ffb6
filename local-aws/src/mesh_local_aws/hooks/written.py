"""What services keep is written soon after somebody has asked for something, so that who kills the process loses seconds.

It needs the emulator's application, through which requests come; its table of what services keep, and how it is said in JSON;
where it writes that when it is told to end; and where it deletes code of functions that nothing refers to any more.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ministack.app as app
from ministack.core import persistence

from mesh_local_aws.hooks.replacing import replace

log = logging.getLogger("mesh-local-aws")

#: How often, and how long apart, a service is looked at that changes while it is.
_LOOKS, _APART_SECONDS = 40, 0.05
#: From one look at all services to the next: so many seconds at least, and so many times what it took of the processor.
_PAUSE_SECONDS, _SHARE = 1.0, 20
#: Alarms and schedules change things that nobody asked for.
_WITHOUT_REQUEST_SECONDS = 60.0


class Writer:
    """Files below a folder, one for each service that keeps something."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._texts: dict[str, str] = {}
        self._at_it = threading.Lock()
        self._unreferenced: Callable[[], None] | None = None
        self._resumed: list[Callable[[], None]] = []

    def write(self) -> None:
        """What has changed since the last time. All of it is looked at before any of it is written."""
        with self._at_it:
            found = {name: _text(name, told) for name, told in app._build_persistence_save_dict().items()}
            for name, text in found.items():
                if text is not None and text != self._texts.get(name):
                    _replace(Path(persistence.STATE_DIR) / f"{name}.json", text)
                    self._texts[name] = text
            if self._unreferenced is not None:
                self._unreferenced()
                self._unreferenced = None

    def keep_on(self) -> None:
        """For as long as the process lives."""
        while True:
            self.asked.wait(_WITHOUT_REQUEST_SECONDS)
            self.asked.clear()
            before = time.thread_time()
            self.settle()
            self._tried(self.write)
            time.sleep(max(_PAUSE_SECONDS, _SHARE * (time.thread_time() - before)))

    def settle(self) -> None:
        """What was at work when the process ended."""
        while self._resumed:
            self._tried(self._resumed.pop(0))

    def _tried(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            log.exception("what is kept")

    def resume(self, function: Callable[[], None]) -> None:
        self._resumed.append(function)

    def only_when_written(self, delete: Callable[[set[str]], None]) -> Callable[[set[str]], None]:
        """What the files that are there refer to stays until others have taken their place."""

        def later(referenced: set[str]) -> None:
            self._unreferenced = lambda: delete(referenced)

        return later


_writer = Writer()


def install() -> None:
    replace("app", "app", _noticed)
    replace("app", "save_all", lambda _: lambda __: _writer.write())
    replace("services.lambda_svc", "_prune_orphan_code_blobs", _writer.only_when_written)


def begin() -> None:
    """Once everything that was kept is read."""
    threading.Thread(target=_writer.keep_on, daemon=True, name="what is kept").start()


def resumed(function: Callable[[], None]) -> None:
    """`function` is called once, with the first request after what was kept has been read: what was at work when the process
    ended is so no more."""
    _writer.resume(function)


def _noticed(original: Callable[..., Any]) -> Callable[..., Any]:
    async def serve(scope: Any, receive: Any, send: Any) -> None:
        await original(scope, receive, send)
        _writer.asked.set()

    return serve


def _text(name: str, told: Callable[[], Any]) -> str | None:
    """Of one moment, whatever works on it meanwhile: JSON of a whole dictionary is made at once. None of what says nothing, or
    what JSON cannot say."""
    for look in range(_LOOKS):
        try:
            payload = told()
            if payload is None:
                return None
            document = {"__ministack_format__": persistence._state_format_version(name), "payload": payload}
            return json.dumps(document, default=persistence._json_default)
        except RuntimeError:
            # A dictionary that changed its size.
            if look == _LOOKS - 1:
                log.error("%s changes each time it is looked at, so it is not written this time", name)
            time.sleep(_APART_SECONDS)
        except (TypeError, ValueError) as error:
            log.error("what %s keeps cannot be written: %s", name, error)
            break
    return None


def _replace(path: Path, text: str) -> None:
    """A reader finds the file before or the file after."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)
