"""A mesh on disk in one process, whose days pass when told to."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.files.announcer import FileAnnouncer, FolderArchive
from mesh_jobs.adapters.files.raw_zone import FolderRawZone
from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog, swap_all
from mesh_jobs.adapters.iceberg.store import SqliteTableStore
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.inmemory.announcer import MemoryProgress
from mesh_jobs.adapters.inmemory.clock import ManualClock
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.published_products import PublishedProducts
from mesh_jobs.adapters.sqlite.database import Database
from mesh_jobs.adapters.sqlite.publisher import SqlitePublisher
from mesh_jobs.adapters.sqlite.run_log import SqliteRunLog
from mesh_jobs.application.outside import Outside
from mesh_jobs.application.run import RunReport, RunRequest
from mesh_jobs.application.run_product import RunProduct
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import TableName
from support.plans import orders_document

START = datetime(2030, 1, 1, 6, tzinfo=UTC)
HEAD = "order_id,amount,email,updated_at\n"
PUBLISHED = TableName("sales", "orders_v1")
BRONZE = TableName("sales_internal", "orders_v1__orders_raw")
QUARANTINE = TableName("sales_internal", "orders_v1__orders_clean__quarantine")


def a_plan(checks: Sequence[dict[str, Any]] = (), **changes: Any) -> Plan:
    """Bronze and gold both take what is new, and add a small file with each delta; silver has a quarantine."""
    doc = orders_document()
    raw, clean, orders, _ = doc["tables"]
    columns = [{**c, "type": "string"} if c["name"] == "amount" else c for c in orders["columns"]]
    gold = {**orders, "from": ["shop"], "columns": columns, "checks": [*orders["checks"], *checks]}
    return plan_from_json({**doc, "tables": [raw, clean, gold], **changes})


@dataclass
class DiskMesh:
    root: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    progress: MemoryProgress = field(default_factory=MemoryProgress)

    @property
    def state(self) -> Path:
        return self.root / ".mesh"

    @property
    def tables(self) -> LocalTables:
        return LocalTables(self.state)

    @contextmanager
    def outside(self, plan: Plan) -> Iterator[Outside]:
        from mesh_jobs.adapters.duckdb.engine import DuckDbEngine

        engine = DuckDbEngine(self.tables, self.root / "work", b"k" * 32, plan)
        database = Database(self.state / "catalog.db")
        log = SqliteRunLog(database)
        try:
            yield Outside(
                engine,
                SqliteTableStore(self.state),
                FolderRawZone(self.state, self.root, {}),
                PublishedProducts(log),
                log,
                SqlitePublisher(database, log, swap_all),
                FileAnnouncer(self.state),
                FolderArchive(self.state),
                self.progress,
                self.clock,
                self.clock,
            )
        finally:
            engine.close()
            database.close()

    def run(self, plan: Plan, mode: Any, changed: Callable[[Outside], Outside] = lambda o: o) -> RunReport:
        with self.outside(plan) as outside:
            # Who died an hour ago does not hold the lock any more.
            self.clock.advance(timedelta(hours=1))
            return RunProduct(changed(outside), "process", token=lambda: "0000")(plan, RunRequest(mode))

    def later(self, **step: float) -> None:
        """Time passes, also for files that are there."""
        self.clock.advance(timedelta(**step))
        for file in (self.state / "warehouse").rglob("*"):
            if file.is_file():
                written = file.stat().st_mtime - timedelta(**step).total_seconds()
                os.utime(file, (written, written))

    def land(self, plan: Plan, first: int, rows: int = 3, amount: str = "10.00") -> None:
        """Orders with numbers from `first` on; the files of two calls have no key in common."""
        at = self.clock.now().isoformat()
        lines = "".join(f"o{n:05d},{amount},u{n}@shoply.example,{at}\n" for n in range(first, first + rows))
        file = self.state / "landing" / "sales" / "orders-v1" / "shop" / f"{first:05d}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HEAD + lines)

    # -- what is there --

    def files(self, table: TableName) -> int:
        return len(self.tables.files(table))

    def metadata(self, table: TableName) -> md.Metadata:
        location = self.tables.location(table)
        assert location is not None
        return md.read(location)

    def runs_of(self, table: TableName) -> list[tuple[str, str]]:
        """Which runs made the snapshots that are there, oldest first, and by which step."""
        summaries = [s["summary"] for s in self.metadata(table)["snapshots"]]
        return [(s[md.RUN_ID], s.get(md.STEP, "")) for s in summaries]

    def rows(self, table: TableName) -> list[dict[str, Any]]:
        """As PyIceberg, which wrote none of it, reads them; without the times of runs."""
        from pyiceberg.catalog.sql import SqlCatalog

        catalog = SqlCatalog("mesh", uri=f"sqlite:///{self.state}/catalog.db", warehouse=str(self.state / "warehouse"))
        found = catalog.load_table(str(table)).scan().to_arrow().to_pylist()
        return sorted(({k: v for k, v in r.items() if k != "_mesh_at"} for r in found), key=repr)

    def left(self) -> dict[str, Any]:
        """All that a reader or a later run can see."""
        names = [entry.table for entry in SqliteCatalog(self.state).entries()]
        database = Database(self.state / "catalog.db")
        runs = [(r.run_id, r.state) for r in SqliteRunLog(database).runs("dp_sales_orders", 1)]
        database.close()
        return {
            "rows": {str(n): self.rows(n) for n in names},
            "files": {str(n): self.files(n) for n in names},
            "runs": runs,
        }

    # -- again and again from the same state: tables hold absolute paths --

    def save(self) -> None:
        shutil.copytree(self.state, self.root / "saved")

    def restore(self, now: datetime) -> None:
        shutil.rmtree(self.state)
        shutil.copytree(self.root / "saved", self.state)
        self.clock = ManualClock(now)


@pytest.fixture
def mesh(tmp_path: Path) -> DiskMesh:
    return DiskMesh(tmp_path)


@pytest.fixture
def passing(mesh: DiskMesh) -> Iterator[DiskMesh]:
    """The time in metadata is that of the mesh."""
    with its_own_time(mesh):
        yield mesh


@contextmanager
def its_own_time(mesh: DiskMesh) -> Iterator[None]:
    """The time in metadata is that of the mesh."""
    moment = time.time_ns
    began = moment()

    def now() -> int:
        return int(mesh.clock.now().timestamp()) * 10**9 + (moment() - began) % 10**9

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time_ns", now)
        yield
