"""Puts the parts of a laptop together."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from mesh_jobs.adapters.files.announcer import FileAnnouncer, FolderArchive
from mesh_jobs.adapters.files.clock import SystemClock
from mesh_jobs.adapters.files.masking_key import masking_key
from mesh_jobs.adapters.files.raw_zone import FolderRawZone
from mesh_jobs.adapters.sqlite.database import Database
from mesh_jobs.adapters.sqlite.publisher import SqlitePublisher
from mesh_jobs.adapters.sqlite.run_log import SqliteRunLog
from mesh_jobs.application.outside import Outside
from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.watermark import moment
from mesh_jobs.entrypoints.protocol import Stop, Stopped
from mesh_jobs.ports.announcer import Progress
from mesh_jobs.ports.engine import Engine


def instant(text: str | None) -> datetime | None:
    """A moment in ISO 8601; without a zone it is UTC. Raises BadRequest."""
    found = moment(text)
    if text is not None and found is None:
        raise BadRequest(f"{text!r} is no time", "write it like 2025-01-31T06:00:00Z")
    return found


def run_log(state: Path) -> SqliteRunLog:
    return SqliteRunLog(Database(state / "catalog.db"))


@contextmanager
def engine(state: Path, plan: Plan | None, key: bytes | Callable[[], bytes], stop: Stop) -> Iterator[Engine]:
    """The DuckDB engine over the Iceberg tables of a state folder, with a working folder of its own."""
    from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
    from mesh_jobs.adapters.iceberg.tables import LocalTables

    work = working_folder(state)
    try:
        found = DuckDbEngine(LocalTables(state), work, key, plan)
        try:
            yield cast(Engine, Stoppable(found, stop))
        finally:
            found.close()
    finally:
        shutil.rmtree(work, ignore_errors=True)


def working_folder(state: Path) -> Path:
    """A folder that is this process's; those of processes that died are cleared away."""
    parent = state / "work"
    parent.mkdir(parents=True, exist_ok=True)
    for old in parent.iterdir():
        pid = old.name.partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))


@contextmanager
def outside(request: Mapping[str, Any], plan: Plan, progress: Progress, stop: Stop) -> Iterator[Outside]:
    """All ports of a run on a laptop."""
    from mesh_jobs.adapters.iceberg import warm

    # Takes as long as all else before the first commit, so it goes beside it.
    warm()
    from mesh_jobs.adapters.iceberg.sqlite_catalog import swap_all
    from mesh_jobs.adapters.iceberg.store import SqliteTableStore

    state, root = Path(request["state"]), Path(request["root"])
    database = Database(state / "catalog.db")
    log = SqliteRunLog(database)
    with engine(state, plan, lambda: masking_key(state), stop) as computing:
        yield Outside(
            engine=computing,
            tables=SqliteTableStore(state),
            raw=FolderRawZone(state, root, request.get("inputs")),
            log=log,
            publisher=SqlitePublisher(database, log, swap_all),
            announcer=FileAnnouncer(state),
            archive=FolderArchive(state),
            progress=progress,
            clock=SystemClock(instant(request.get("now"))),
            wall=SystemClock(),
        )


class Stoppable:
    """An engine whose interrupted calls end as Stopped, whatever exception the engine makes of it: a run that was
    stopped has not failed."""

    def __init__(self, port: Any, stop: Stop) -> None:
        self._port, self._stop = port, stop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return found(*args, **kwargs)
            except Exception as error:
                if self._stop.number is not None:
                    raise Stopped(self._stop.number) from error
                raise

        return call
