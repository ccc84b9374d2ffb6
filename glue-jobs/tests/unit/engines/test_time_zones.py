"""The machine's time zone says nothing about data: an engine reads, computes and stores in UTC wherever it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mesh_jobs.adapters.iceberg.tables import LocalTables
from support.bench import table

#: A process of its own, since engines ask for the zone when they start.
SCRIPT = """
import sys
from pathlib import Path

from mesh_jobs.domain import rules as r
from mesh_jobs.domain.table import Field
from support import bench

on = getattr(bench, f"on_{sys.argv[1]}")(Path(sys.argv[2]))
late = on.file("orders.csv", "at,unsaid\\n2026-01-01T20:00:00Z,2026-01-01 20:00:00\\n")
given = on.engine.read_files(bench.source(Field("at", "timestamptz"), Field("unsaid", "timestamptz")), [late])
derived = r.Derive("rows.0", (("day", "CAST(at AS DATE)"), ("hour", "hour(at)"), ("text", "CAST(at AS STRING)")))
on.save(bench.table(derived), {"rows": given})
on.engine.close()
"""


# Another Java is started for it.
@pytest.mark.parametrize("engine", ["duckdb", pytest.param("spark", marks=pytest.mark.ci)])
def test_days_hours_and_moments_are_utc_wherever_the_machine_is(engine: str, tmp_path: Path) -> None:
    # Where it is the next day already.
    env = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", SCRIPT, engine, str(tmp_path)], env=env, check=True)
    (file,) = LocalTables(tmp_path / ".mesh").files(table().physical)
    moment = datetime(2026, 1, 1, 20, tzinfo=UTC)
    assert pq.read_table(file.path).to_pylist() == [
        {"at": moment, "unsaid": moment, "day": date(2026, 1, 1), "hour": 20, "text": "2026-01-01 20:00:00"}
    ]
