"""The lock of a product: held while something works on it, and kept for as long as that takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from mesh_jobs.application.outside import Outside
from mesh_jobs.domain.errors import Fenced, said
from mesh_jobs.domain.plan import Product
from mesh_jobs.ports.clock import Clock
from mesh_jobs.ports.run_log import Lock, RunLog


@contextmanager
def held(outside: Outside, product: Product, owner: str) -> Iterator[Lock]:
    """The lock of a product. Raises Busy. That it cannot be given back is said, and changes nothing about what was done
    under it: it is free when its lease is over."""
    lock = outside.log.acquire(product.key, product.major, owner, outside.wall.now())
    try:
        yield lock
    finally:
        try:
            outside.log.release(lock)
        except Exception as error:
            name = f"{product.id} v{product.major}"
            outside.progress.warn(
                f"the lock of {name} could not be released and is free when its lease expires: {said(error)}"
            )


class Lease:
    """Renews a lock from a thread of its own, since one step may take longer than the lease lasts. Every record the run
    writes checks the fence as well, so a run that lost its lock stops there at the latest."""

    def __init__(
        self,
        log: RunLog,
        lock: Lock,
        wall: Clock,
        every_seconds: float | None,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._log, self._lock, self._wall, self._every = log, lock, wall, every_seconds
        self._stop = threading.Event()
        self._lost: Fenced | None = None
        self._tell = lost
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Lease:
        if self._every:
            self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=5)

    def check(self) -> None:
        """Between steps. Raises Fenced when the lock is lost."""
        if self._lost:
            raise self._lost
        if not self._thread:
            self._log.renew(self._lock, self._wall.now())

    def _renew(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self._log.renew(self._lock, self._wall.now())
            except Fenced as lost:
                self._lost = lost
                self._tell()
                return
            except Exception:
                # A busy database now is no reason to stop: the next renewal comes before the lease ends.
                continue
