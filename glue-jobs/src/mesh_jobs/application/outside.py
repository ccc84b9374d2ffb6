"""Everything outside that a run needs, in one hand."""

from __future__ import annotations

from dataclasses import dataclass

from mesh_jobs.ports.announcer import Announcer, Archive, Progress
from mesh_jobs.ports.clock import Clock
from mesh_jobs.ports.engine import Engine
from mesh_jobs.ports.imports import Imports
from mesh_jobs.ports.publisher import Publisher
from mesh_jobs.ports.raw_zone import RawZone
from mesh_jobs.ports.remotes import Remotes
from mesh_jobs.ports.run_log import RunLog
from mesh_jobs.ports.table_store import TableStore


@dataclass(frozen=True)
class Outside:
    """The ports of one run. `clock` is the run's time, which a caller may set; `wall` is real time, for the lock.
    Without `remotes` every source is read from files."""

    engine: Engine
    tables: TableStore
    raw: RawZone
    imports: Imports
    log: RunLog
    publisher: Publisher
    announcer: Announcer
    archive: Archive
    progress: Progress
    clock: Clock
    wall: Clock
    remotes: Remotes | None = None
