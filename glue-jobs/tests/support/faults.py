"""Processes that die at the n-th call of any port."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from mesh_jobs.application.outside import Outside


class Died(BaseException):
    """The process is gone: nothing of it runs any more, not even what is in its finally blocks."""


class Countdown:
    """Counts port calls. The n-th one kills, before it acts or after it has acted; so do all that would follow."""

    def __init__(self, at: int | None, after: bool = False, kill: Callable[[], Any] | None = None) -> None:
        self.calls, self.names = 0, list[str]()
        self._at, self._after, self._kill = at, after, kill
        self._before: tuple[str, int] | None = None

    @classmethod
    def before(cls, name: str, nth: int = 1) -> Countdown:
        """Kills before the n-th call of one method of a port, as of `engine.save`."""
        made = cls(None)
        made._before = (name, nth)
        return made

    def call(self, name: str, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        self.names.append(name)
        if self._before == (name, self.names.count(name)):
            self._at = self.calls
        if self._at is not None and (self.calls > self._at or (self.calls == self._at and not self._after)):
            self._die(name)
        result = act(*args, **kwargs)
        if self.calls == self._at:
            self._die(name)
        return result

    def _die(self, name: str) -> None:
        if self._kill is not None:
            self._kill()
        raise Died(f"at call {self.calls}, {name}")


class Mortal:
    """A port whose every call counts."""

    def __init__(self, port: Any, name: str, countdown: Countdown) -> None:
        self._port, self._name, self._countdown = port, name, countdown

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._port, method)
        if not callable(found):
            return found

        def counted(*args: Any, **kwargs: Any) -> Any:
            return self._countdown.call(f"{self._name}.{method}", found, *args, **kwargs)

        return counted


def mortal(outside: Outside, countdown: Countdown) -> Outside:
    """The same ports, all on one countdown; the clocks only tell the time."""
    ports = {
        f.name: getattr(outside, f.name)
        if f.name in ("clock", "wall") or getattr(outside, f.name) is None
        else Mortal(getattr(outside, f.name), f.name, countdown)
        for f in fields(outside)
    }
    return Outside(**ports)
