"""A mesh in memory: all ports, one product run at a time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mesh_jobs.adapters.inmemory.announcer import MemoryAnnouncer, MemoryArchive, MemoryProgress
from mesh_jobs.adapters.inmemory.clock import ManualClock
from mesh_jobs.adapters.inmemory.engine import MemoryEngine
from mesh_jobs.adapters.inmemory.raw_zone import MemoryRawZone
from mesh_jobs.adapters.inmemory.run_log import MemoryRunLog
from mesh_jobs.adapters.inmemory.tables import MemoryTableStore
from mesh_jobs.adapters.published_products import PublishedProducts
from mesh_jobs.adapters.stepwise_publisher import StepwisePublisher
from mesh_jobs.application.outside import Outside
from mesh_jobs.application.run import RunReport, RunRequest
from mesh_jobs.application.run_product import RunProduct
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import TableName

START = datetime(2030, 1, 1, 6, tzinfo=UTC)
FUNCTIONS = {
    "amount >= 0": lambda row: row["amount"] is not None and row["amount"] >= 0,
    "count(*)": len,
    "max(order_id)": lambda rows: max((r["order_id"] for r in rows), default=None),
}


@dataclass
class MemoryMesh:
    tables: MemoryTableStore = field(default_factory=MemoryTableStore)
    raw: MemoryRawZone = field(default_factory=MemoryRawZone)
    log: MemoryRunLog = field(default_factory=MemoryRunLog)
    announcer: MemoryAnnouncer = field(default_factory=MemoryAnnouncer)
    archive: MemoryArchive = field(default_factory=MemoryArchive)
    progress: MemoryProgress = field(default_factory=MemoryProgress)
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    wall: ManualClock = field(default_factory=lambda: ManualClock(START))
    processes: int = 0

    def outside(self) -> Outside:
        return Outside(
            MemoryEngine(self.tables, self.raw, FUNCTIONS),
            self.tables,
            self.raw,
            PublishedProducts(self.log),
            self.log,
            StepwisePublisher(self.tables, self.log),
            self.announcer,
            self.archive,
            self.progress,
            self.clock,
            self.wall,
        )

    def run(self, plan: Plan, mode: Any = None, outside: Outside | None = None, **request: Any) -> RunReport:
        """Starts a process that runs the product."""
        self.processes += 1
        run = RunProduct(outside or self.outside(), f"process-{self.processes}", token=lambda: "0000")
        return run(plan, RunRequest(mode, **request))

    def later(self, **step: float) -> None:
        self.clock.advance(timedelta(**step))
        self.wall.advance(timedelta(**step))

    def land(self, plan: Plan, name: str, text: str, source: str = "shop") -> None:
        self.raw.land(plan.product, source, name, text.encode(), self.clock.now())

    def rows(self, database: str, table: str, without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """What is read under a name, in a fixed order."""
        version = self.tables.version(TableName(database, table))
        rows = [] if version is None else [{k: v for k, v in r.items() if k not in without} for r in version.rows]
        return sorted(rows, key=repr)

    def state(self) -> dict[str, Any]:
        """All that is left when nothing runs, but ids that count attempts."""
        times = ("_mesh_at", "_mesh_vanished_at")
        return {
            "tables": {str(n): self.rows(n.database, n.table, times) for n in sorted(self.tables.names, key=str)},
            "runs": [
                (r.run_id, r.mode, r.state, (r.certificate or {}).get("verdict"))
                for r in self.log.runs("dp_sales_orders", 1)
            ],
            "watermarks": self.log.watermarks("dp_sales_orders", 1),
            "outbox": self.log.outbox(),
            "announced": sorted({e["id"] for e in self.announcer.events}),
        }


def replaced(outside: Outside, **ports: Any) -> Outside:
    return replace(outside, **ports)
