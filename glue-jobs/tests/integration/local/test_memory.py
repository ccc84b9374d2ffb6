"""What a load on DuckDB holds in memory is bounded by its limit, not by how many rows there are."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from support.local import SOURCE, LocalMesh
from support.plans import orders_document

#: So low that a million rows are enough to reach it; a run has a limit several times as high.
LIMIT = "120MB"
STATUS = Path("/proc/self/status")
#: The limit is changed before the engine takes it for its own. VmHWM is the most that the process itself has held.
SCRIPT = f"""
import sys

from mesh_jobs.adapters.duckdb import session

session.MEMORY_LIMIT = {LIMIT!r}

from mesh_jobs.entrypoints.local import main

code = main(["run"])
print(open({str(STATUS)!r}).read(), file=sys.stderr)
sys.exit(code)
"""


def land(mesh: LocalMesh, rows: int) -> None:
    """One file of Parquet. Keys and addresses are all different and in no order."""
    folder = mesh.land("orders.parquet", "").parent
    with duckdb.connect(config={"memory_limit": "500MB"}) as db:
        db.execute(f"""
            COPY (
              SELECT 'o' || hash(i) AS order_id, (i % 1000 / 10)::DECIMAL(12, 2)::VARCHAR AS amount,
                'u' || hash(i + 1) || '@shoply.example' AS email,
                (TIMESTAMP '2030-01-01' + to_seconds(i % 86400))::TIMESTAMPTZ AS updated_at
              FROM range({rows}) AS r(i)
            ) TO '{folder / "orders.parquet"}' (FORMAT parquet)
        """)


def peak(root: Path, rows: int) -> int:
    """Most kilobytes that the process of a full load has held."""
    mesh = LocalMesh(root)
    root.mkdir()
    land(mesh, rows)
    plan = orders_document()
    plan["sources"][0]["file"] = {"format": "parquet"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT],
        input=json.dumps(mesh.request(plan, mode="full", inputs={})),
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert [t["rowsOut"] for t in json.loads(done.stdout.splitlines()[-1])["tables"]] == [rows, rows, rows, 1]
    found = re.search(r"VmHWM:\s*(\d+) kB", done.stderr)
    assert found is not None
    return int(found[1])


@pytest.mark.soak
@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells what a process has held at most")
def test_a_load_of_five_times_the_rows_takes_hardly_more_memory(tmp_path: Path) -> None:
    few, many = (peak(tmp_path / str(rows), rows) for rows in (1_000_000, 5_000_000))
    assert many <= 1.3 * few, f"{few // 1024} MB became {many // 1024} MB"
