"""How often Spark reads a table to answer all checks of it. The flights of the aviation mesh have every kind, three
queries among them.

python scans.py PLAN_JSON WORK_FOLDER ROWS RUNS
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
from pyspark.sql import SparkSession

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.spark.measure import measure_stored
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.start import started_locally
from mesh_jobs.domain.plan import QualityRule
from mesh_jobs.domain.quality import Measurement

plan, work, rows, runs = Path(sys.argv[1]), Path(sys.argv[2]).resolve(), int(sys.argv[3]), int(sys.argv[4])
table = next(t for t in plan_from_json(json.loads(plan.read_text("utf-8"))).tables if t.name == "flights")


def make_flights(folder: Path) -> None:
    """Each from one of 300 airports to another."""
    folder.mkdir(parents=True)
    db = duckdb.connect(config={"threads": 2, "memory_limit": "1200MB"})
    db.execute("CREATE MACRO code(n) AS chr((65 + n % 26)::INTEGER) || chr((65 + n // 26)::INTEGER) || 'X'")
    db.execute(f"""
        COPY (
          SELECT 'F' || i AS flight_id, TIMESTAMP '2024-01-01 05:00:00' + to_seconds(i % 31536000) AS departed_at,
            code(a) AS origin, code((a + 1 + a % 7) % 300) AS destination,
            (100 + a * 7)::INTEGER AS distance_miles, (hash(i) % 100)::INTEGER - 50 AS arrival_delay_minutes
          FROM (SELECT i, (hash(i + 1) % 300)::BIGINT AS a FROM range({rows}) AS r(i))
        ) TO '{folder}' (FORMAT parquet, COMPRESSION zstd, FILE_SIZE_BYTES '64MB')
    """)
    db.close()


def reads(spark: SparkSession, group: str) -> list[int]:
    """How many rows each stage of a group of jobs has read."""
    java = spark.sparkContext._jsc.sc()
    java.listenerBus().waitUntilEmpty()
    jobs, stages = spark.sparkContext.statusTracker(), java.statusStore()
    ids = {n for job in jobs.getJobIdsForGroup(group) for n in jobs.getJobInfo(job).stageIds}
    return [stages.lastStageAttempt(n).inputRecords() for n in sorted(ids)]


def measured(spark: SparkSession, checks: Sequence[QualityRule]) -> tuple[Measurement, ...]:
    session = Session(spark, (work / "staged").as_uri(), b"k" * 32)
    frame = spark.read.parquet(str(work / "flights"))
    found = measure_stored(session, table, Rows(frame), checks)
    session.close()
    return found


def each_alone(spark: SparkSession) -> tuple[Measurement, ...]:
    return tuple(m for c in table.checks for m in measured(spark, [c]))


if not (work / "flights").exists():
    make_flights(work / "flights")
together, alone = [], []
with started_locally(work / "spark", print) as spark:
    for n in range(1 + runs):
        started = time.perf_counter()
        spark.sparkContext.setJobGroup(f"all {n}", "all checks at once")
        of_all = measured(spark, table.checks)
        together.append(time.perf_counter() - started)
        read = reads(spark, f"all {n}")
        spark.sparkContext.setJobGroup("alone", "one check at a time")
        started = time.perf_counter()
        assert each_alone(spark) == of_all
        alone.append(time.perf_counter() - started)
assert len(of_all) == len(table.checks)
json.dump(
    {
        "checks": len(table.checks),
        "reads": round(sum(read) / rows, 2),
        "together": statistics.median(together[1:]),
        "alone": statistics.median(alone[1:]),
    },
    sys.stdout,
)
