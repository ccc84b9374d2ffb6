"""What a certificate covers is published as a whole, also where a run has left a table as it was."""

from __future__ import annotations

import pytest

from mesh_jobs.application.run import RunRequest
from mesh_jobs.application.run_product import RunProduct
from mesh_jobs.domain.errors import PublishConflict
from mesh_jobs.domain.table import TableName
from support.memory import MemoryMesh
from support.runs import HEAD, O1, O2, changed_document

WEEKLY = changed_document({"totals": {"refreshOn": ["init", "full"]}})
ORDERS, TOTALS = TableName("sales", "orders_v1"), TableName("sales", "totals_v1")


@pytest.fixture
def mesh() -> MemoryMesh:
    mesh = MemoryMesh()
    mesh.land(WEEKLY, "1.csv", HEAD + O1)
    assert mesh.run(WEEKLY).state == "published"
    mesh.later(hours=1)
    mesh.land(WEEKLY, "2.csv", HEAD + O2)
    return mesh


def test_a_delta_names_the_table_that_it_leaves_where_it_stands(mesh: MemoryMesh) -> None:
    stands = mesh.tables.names[TOTALS]
    report = mesh.run(WEEKLY, "delta")
    record = mesh.log.find(WEEKLY.product.key, WEEKLY.product.major, report.run_id)
    assert record is not None
    assert [t.table for t in report.tables] == ["orders_raw", "orders_clean", "orders"]
    swaps = {s.table: (s.expected, s.new) for s in record.swaps}
    assert swaps[TOTALS] == (stands, stands)
    assert swaps[ORDERS][0] != swaps[ORDERS][1]
    certified = {t["table"]: t["metadataLocation"] for t in report.certificate["tables"]}
    assert {name: new for name, (_, new) in swaps.items()} == {ORDERS: certified["orders"], TOTALS: certified["totals"]}
    told = [line["tables"] for line in mesh.progress.events if line["step"] == "publish"]
    assert told == [2, 1]


def test_a_table_that_was_left_and_moved_by_somebody_else_stops_the_publication(mesh: MemoryMesh) -> None:
    built = RunProduct(mesh.outside(), "a job", token=lambda: "0000")
    assert built(WEEKLY, RunRequest("delta", "hourly"), until="certified").state == "certified"
    mesh.tables.names[TOTALS] = "elsewhere"
    with pytest.raises(PublishConflict, match=r"sales\.totals_v1 points at elsewhere"):
        mesh.run(WEEKLY, run_id="hourly")
