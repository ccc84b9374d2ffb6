"""Whole products on both engines: the example mesh ends with the same rows, counts, losses, checks and certificates."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from two_engines import in_order

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.application.run import RunReport
from support.one_engine import OneEngine
from support.plans import check, orders_document

REPOSITORY = Path(__file__).parents[4]
KEY = b"k" * 32
#: What differs between any two runs.
IDS = {"runId", "snapshotId", "snapshots", "certificateId", "metadataLocation", "issuedAt", "seconds"}
OWN = ("_mesh_at", "_mesh_run_id", "_mesh_vanished_at")


def rows_of(mesh: OneEngine) -> dict[str, Any]:
    """All rows of all tables; what is read is read by DuckDB, whoever wrote it."""
    reader = DuckDbEngine(LocalTables(mesh.state), mesh.root / "reading", KEY, threads=1)
    try:
        return {
            str(entry.table): in_order(
                [{k: v for k, v in row.items() if k not in OWN} for row in reader.rows(reader.read_table(entry.table))]
            )
            for entry in SqliteCatalog(mesh.state).entries()
        }
    finally:
        reader.close()


@pytest.fixture
def both(tmp_path: Path) -> tuple[OneEngine, OneEngine]:
    found = OneEngine(tmp_path / "duckdb", "duckdb"), OneEngine(tmp_path / "spark", "spark")
    for mesh in found:
        mesh.state.mkdir(parents=True)
        (mesh.state / "masking.key").write_bytes(KEY)
        (mesh.root / "contracts").symlink_to(REPOSITORY / "contracts")
    return found


def told(report: RunReport) -> dict[str, Any]:
    """All that a run says of itself but ids and times."""
    found = json.loads(json.dumps(report.to_json(), default=str))
    return _without(found, IDS)


def _without(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {k: _without(v, names) for k, v in value.items() if k not in names}
    return [_without(v, names) for v in value] if isinstance(value, list) else value


def differences(one: Any, other: Any, at: str = "") -> list[str]:
    """Where two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [d for k in sorted({*one, *other}) for d in differences(one.get(k), other.get(k), f"{at}.{k}")]
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        return [d for i, (a, b) in enumerate(zip(one, other, strict=True)) for d in differences(a, b, f"{at}[{i}]")]
    return [] if one == other else [f"{at}: {one!r} and {other!r}"]


@cache
def example(product: str) -> dict[str, Any]:
    """The plan of a product of the example mesh, as the command line compiles it."""
    done = subprocess.run(
        [str(REPOSITORY / "mesh"), "plan", product, "--json"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


HEAD = "order_id,amount,email,updated_at\n"
#: By day its mode, what has landed and how it ends: a first run with a quarantine and a removal, and a merge of what
#: changed.
FIRST = [
    (
        None,
        "o1,10.00,a@x.org,2030-01-01T00:00:00Z\no2,-5,b@x.org,2030-01-01T01:00:00Z\no3,ten,,2030-01-01T02:00:00Z\n",
        "published",
    ),
    (
        "delta",
        "o1,11.00,a@x.org,2030-01-01T05:00:00Z\no4,40,d@x.org,2030-01-01T06:00:00Z\n"
        "o1,9,a@x.org,2030-01-01T04:00:00Z\n",
        "published",
    ),
]
#: A run that is rejected for its rows, and a full one of what is left at the source: keys have vanished.
REJECTED = ("delta", "o5,50,e@x.org,2030-01-01T07:00:00Z\n", "rejected")
FULL = ("full", "o4,41,d@x.org,2030-01-01T08:00:00Z\n", "published")


def runs_on_both(
    meshes: tuple[OneEngine, OneEngine], days: Sequence[tuple[str | None, str, str]]
) -> list[dict[str, Any]]:
    """What each day's run says of itself, which is the same on both engines; and in the end all rows are the same."""
    few = check("orders", "rowCount", [], operator="mustBeLessThan", threshold=[3], action="abort_workflow")
    plan = orders_document()
    plan["tables"][2]["checks"].append({**few, "id": "orders.few"})
    ends = []
    for mesh in meshes:
        reports = []
        for n, (mode, rows, state) in enumerate(days):
            landed = mesh.land(f"{n}.csv", HEAD + rows, at=f"2030-01-01T0{n}:00:00")
            if mode == "full":
                for old in set(landed.parent.iterdir()) - {landed}:
                    old.unlink()
            reports.append(told(mesh.run_product(plan, mode, now=f"2030-01-01T0{6 + n}:00:00Z")))
            if state == "rejected":
                landed.unlink()
        ends.append((reports, rows_of(mesh)))
    assert "\n".join(differences(*ends)) == ""
    assert [r["state"] for r in ends[0][0]] == [state for _, _, state in days]
    return list(ends[0][0])


@pytest.mark.usefixtures("quick")
def test_a_product_is_loaded_and_goes_on_with_the_same_end(both: tuple[OneEngine, OneEngine]) -> None:
    runs_on_both(both, FIRST)


@pytest.mark.ci
@pytest.mark.usefixtures("quick")
def test_a_product_runs_in_every_mode_with_the_same_end(both: tuple[OneEngine, OneEngine]) -> None:
    reports = runs_on_both(both, [*FIRST, REJECTED, FULL])
    assert [r["certificate"]["verdict"] for r in reports] == ["certified", "certified", "rejected", "certified"]
    assert {t["table"]: t["vanished"] for t in reports[-1]["tables"] if t["vanished"]} == {"orders_raw": 3, "orders": 1}


#: Two domains, of which one reads the other.
FEW = ("sales/orders", "marketing/campaign_rois")
OTHERS = ("sales/orders", "sales/gold_daily", "operations/airports", "operations/flights", "safety/bird_strikes")


@pytest.mark.soak
@pytest.mark.parametrize("products", [FEW, OTHERS], ids=["few", "others"])
def test_the_example_mesh_is_the_same_on_both_engines(
    both: tuple[OneEngine, OneEngine], products: tuple[str, ...]
) -> None:
    ends = []
    for mesh in both:
        reports = {
            product: told(mesh.run_product(example(product), now="2026-01-01T00:00:00Z")) for product in products
        }
        ends.append((reports, rows_of(mesh)))
    assert "\n".join(differences(*ends)) == ""
    assert {r["state"] for r in ends[0][0].values()} == {"published"}
