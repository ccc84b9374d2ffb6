"""Puts the parts of a laptop together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from mesh_jobs.adapters.connections import EnvironmentConnections
from mesh_jobs.adapters.files.announcer import FileAnnouncer, FolderArchive
from mesh_jobs.adapters.files.clock import SystemClock
from mesh_jobs.adapters.files.masking_key import masking_key
from mesh_jobs.adapters.files.raw_zone import FolderRawZone
from mesh_jobs.adapters.published_products import PublishedProducts
from mesh_jobs.adapters.remotes import ConnectedRemotes
from mesh_jobs.adapters.sqlite.database import Database
from mesh_jobs.adapters.sqlite.publisher import SqlitePublisher
from mesh_jobs.adapters.sqlite.run_log import SqliteRunLog
from mesh_jobs.application.outside import Outside
from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.watermark import moment
from mesh_jobs.entrypoints.engines import engine
from mesh_jobs.entrypoints.protocol import Stop
from mesh_jobs.ports.announcer import Progress


def instant(text: str | None) -> datetime | None:
    """A moment in ISO 8601; without a zone it is UTC. Raises BadRequest."""
    found = moment(text)
    if text is not None and found is None:
        raise BadRequest(f"{text!r} is not a time", "write it like 2025-01-31T06:00:00Z")
    return found


def run_log(state: Path) -> SqliteRunLog:
    return SqliteRunLog(Database(state / "catalog.db"))


@contextmanager
def outside(request: Mapping[str, Any], plan: Plan, progress: Progress, stop: Stop) -> Iterator[Outside]:
    """All ports of a run on a laptop."""
    from mesh_jobs.adapters.iceberg.sqlite_catalog import swap_all
    from mesh_jobs.adapters.iceberg.store import SqliteTableStore

    state, root = Path(request["state"]), Path(request["root"])
    database = Database(state / "catalog.db")
    log = SqliteRunLog(database)
    key = partial(masking_key, state, plan.product.domain)
    with engine(request.get("engine"), state, plan, key, stop, progress) as computing:
        yield Outside(
            engine=computing,
            tables=SqliteTableStore(state),
            raw=FolderRawZone(state, root, request.get("inputs")),
            imports=PublishedProducts(log),
            log=log,
            publisher=SqlitePublisher(database, log, swap_all),
            announcer=FileAnnouncer(state),
            archive=FolderArchive(state),
            progress=progress,
            clock=SystemClock(instant(request.get("now"))),
            wall=SystemClock(),
            remotes=ConnectedRemotes(EnvironmentConnections(), request.get("inputs") or {}, sampled=True),
        )
