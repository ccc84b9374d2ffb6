"""What runs have read one after the other, read at once on both engines."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.iceberg import metadata
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.domain.table import TableName
from support.one_engine import OneEngine
from support.plans import orders_document

KEY = b"k" * 32
HEAD = "order_id,amount,email,updated_at\n"


def amounts(mesh: OneEngine) -> dict[str, str]:
    reader = DuckDbEngine(LocalTables(mesh.state), mesh.root / "reading", KEY, threads=1)
    try:
        rows = reader.rows(reader.read_table(TableName("sales", "orders_v1")))
        return {row["order_id"]: str(row["amount"]) for row in rows}
    finally:
        reader.close()


def written(mesh: OneEngine) -> list[str]:
    """Who wrote what of the orders can be read as it was, oldest first, by the two ways there are to it."""
    location = LocalTables(mesh.state).location(TableName("sales", "orders_v1"))
    assert location is not None
    found = metadata.read(location)
    snapshots = {s["snapshot-id"]: s["summary"][metadata.RUN_ID] for s in found["snapshots"]}
    assert [entry["snapshot-id"] for entry in found["snapshot-log"]] == list(snapshots)
    return list(snapshots.values())


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("engine", ["duckdb", pytest.param("spark", marks=pytest.mark.ci)])
def test_of_a_file_that_was_delivered_anew_under_its_name_a_replay_takes_the_later_rows(
    engine: str, tmp_path: Path
) -> None:
    """Whatever rows they are by their numbers: three days' files, in which an order moves up."""
    mesh = OneEngine(tmp_path, engine)
    mesh.state.mkdir(parents=True)
    (mesh.state / "masking.key").write_bytes(KEY)
    plan = orders_document()
    plan["tables"][1]["rules"] = []
    runs = []
    for day, orders in enumerate((("o3", "o2", "o1"), ("o2", "o1"), ("o1",)), 1):
        rows = "".join(f"{o},{day}.00,a@x.org,2030-01-01T00:00:00Z\n" for o in orders)
        mesh.land("orders.csv", HEAD + rows, at=f"2030-01-01T0{day}:00:00")
        runs.append(mesh.run_product(plan, now=f"2030-01-01T0{day}:30:00Z"))
    expected = {"o1": "3.00", "o2": "2.00", "o3": "1.00"}
    assert amounts(mesh) == expected
    whole = deepcopy(plan)
    whole["tables"][0]["incremental"] = False
    report = mesh.run_product(whole, now="2030-01-01T09:00:00Z", replay_from=runs[0].run_id)
    assert (report.state, amounts(mesh)) == ("published", expected)
    again = mesh.run_product(plan, now="2030-01-01T10:00:00Z", replay_from=runs[0].run_id)
    assert (again.state, amounts(mesh)) == ("published", expected)
    assert written(mesh) == [r.run_id for r in (*runs, report, again)], "and no state that nobody certified"
