"""A mesh on disk whose products run in this process, on the engine that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from mesh_jobs.adapters.files.masking_key import masking_key
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.inmemory.announcer import MemoryProgress
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.application.outside import Outside
from mesh_jobs.application.run import RunReport, RunRequest
from mesh_jobs.application.run_product import RunProduct
from mesh_jobs.domain.plan import Plan
from mesh_jobs.entrypoints import compose
from mesh_jobs.entrypoints.protocol import Stop
from support.local import InProcess
from support.spark import spark

NOW = "2030-01-01T06:00:00Z"


@dataclass
class OneEngine(InProcess):
    """A mesh whose products all run on one engine, in this process."""

    engine: str

    def run_product(
        self,
        document: dict[str, Any],
        mode: Any = None,
        now: str = NOW,
        run_id: str | None = None,
        replay_from: str | None = None,
        **more: Any,
    ) -> RunReport:
        plan = plan_from_json(document)
        with self._outside(plan, now) as outside:
            run = RunProduct(replace(outside, **more), f"process-{self.engine}", token=lambda: "0000")
            return run(plan, RunRequest(mode, run_id, replay_from, document))

    @contextmanager
    def _outside(self, plan: Plan, now: str) -> Iterator[Outside]:
        request = {"state": str(self.state), "root": str(self.root), "inputs": {}, "now": now}
        with compose.outside(request, plan, MemoryProgress(), Stop()) as outside:
            if self.engine == "duckdb":
                yield outside
                return
            key = masking_key(self.state, plan.product.domain)
            on_spark = SparkEngine(spark(), LocalTables(self.state), (self.root / "staged").as_uri(), key, plan)
            yield replace(outside, engine=on_spark)
            on_spark.close()
