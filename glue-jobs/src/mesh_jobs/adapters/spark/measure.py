from __future__ import annotations

from collections.abc import Sequence

from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.domain.plan import QualityRule, Table
from mesh_jobs.ports.engine import Measurement


def measure_stored(
    session: Session, table: Table, stored: Rows, checks: Sequence[QualityRule]
) -> tuple[Measurement, ...]:
    raise NotImplementedError
