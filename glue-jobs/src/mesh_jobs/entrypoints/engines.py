"""The engines of a laptop, each in a working folder of its own. Nothing of one is imported for the other."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, cast

from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.plan import Plan
from mesh_jobs.entrypoints.protocol import Stop, Stopped
from mesh_jobs.ports.announcer import Progress
from mesh_jobs.ports.engine import Engine

Key = bytes | Callable[[], bytes]


@contextmanager
def engine(
    name: str | None, state: Path, plan: Plan | None, key: Key, stop: Stop, progress: Progress
) -> Iterator[Engine]:
    """An engine over the Iceberg tables of a state folder, DuckDB by default. Raises BadRequest when there is none of
    that name, or what it needs is missing."""
    start = _ENGINES.get(name or "duckdb")
    if start is None:
        raise BadRequest(f"there is no engine {name!r}", f"choose one of {', '.join(_ENGINES)}")
    work = working_folder(state)
    try:
        with start(state, work, plan, key, progress) as found:
            yield cast(Engine, Stoppable(found, stop))
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _duckdb(state: Path, work: Path, plan: Plan | None, key: Key, progress: Progress) -> Iterator[Any]:
    from mesh_jobs.adapters.iceberg import warm

    # Takes as long as all else before the first commit, so it goes beside it.
    warm()
    from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
    from mesh_jobs.adapters.iceberg.tables import LocalTables

    found = DuckDbEngine(LocalTables(state), work, key, plan)
    try:
        yield found
    finally:
        found.close()


@contextmanager
def _spark(state: Path, work: Path, plan: Plan | None, key: Key, progress: Progress) -> Iterator[Any]:
    began = time.monotonic()
    progress.report({"step": "start Spark"})
    try:
        from mesh_jobs.adapters.spark.engine import SparkEngine
        from mesh_jobs.adapters.spark.start import started_locally
    except ModuleNotFoundError as error:
        if error.name != "pyspark":
            raise
        raise BadRequest(
            "this Python has no PySpark, which --engine spark needs",
            "install it with `pip install 'cdk-data-mesh-jobs[spark]'`, or use --engine duckdb",
        ) from None
    from mesh_jobs.adapters.iceberg.tables import LocalTables

    with started_locally(work, notice=lambda text: progress.report({"step": text})) as session:
        progress.report({"step": "start Spark", "seconds": round(time.monotonic() - began, 3)})
        # Not closed: what it keeps is in a session that ends with it.
        yield SparkEngine(session, LocalTables(state), (work / "staged").as_uri(), key, plan)


_ENGINES: dict[str, Callable[[Path, Path, Plan | None, Key, Progress], AbstractContextManager[Any]]] = {
    "duckdb": _duckdb,
    "spark": _spark,
}


def working_folder(state: Path) -> Path:
    """A folder that is this process's; those of processes that died are cleared away."""
    parent = state / "work"
    parent.mkdir(parents=True, exist_ok=True)
    for old in parent.iterdir():
        pid = old.name.partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))


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
