"""A contract masks what its product has published in the clear: from the run that does so on, nobody reads it any
more."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from mesh_jobs.adapters.inmemory.tables import MemoryTableStore
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.rollback import Rollback
from mesh_jobs.domain.errors import BadRequest, CannotGoBack
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.retention import Retention
from mesh_jobs.domain.table import TableName
from support.memory import MemoryMesh
from support.plans import check, orders_document
from support.runs import HEAD, O1, O2

O3 = "o3,30.00,c@x.org,2030-01-01T05:00:00Z\n"
ORDERS = TableName("sales", "orders_v1")


def masked(masking: str, name: str = "email", **orders: Any) -> Plan:
    """The orders, whose e-mail is published so; `orders` are further changes of that table."""
    doc = copy.deepcopy(orders_document())
    doc["tables"][1]["rules"] = []
    table = doc["tables"][2]
    table["columns"][2] |= {"masking": masking, "name": name}
    table.update(orders)
    if name != "email":
        table["rules"] = [{"kind": "rename", "id": "orders.0.rename", "columns": [{"from": "email", "to": name}]}]
        table["protected"] = [{"name": name, "masking": masking}]
    return plan_from_json(doc)


def published(plan: Plan) -> MemoryMesh:
    """A mesh that has published twice."""
    mesh = MemoryMesh()
    mesh.land(plan, "1.csv", HEAD + O1)
    assert mesh.run(plan).state == "published"
    again(mesh, "2.csv", O2)
    assert mesh.run(plan, "full").state == "published"
    again(mesh, "3.csv", O3)
    return mesh


def again(mesh: MemoryMesh, name: str, rows: str) -> None:
    mesh.later(hours=1)
    mesh.land(masked("none"), name, HEAD + rows)


def readable(mesh: MemoryMesh, table: TableName = ORDERS) -> list[set[str]]:
    """The e-mails of every snapshot that a consumer can read, oldest first."""
    version = mesh.tables.version(table)
    assert version is not None
    return [{str(r.get("email") or r.get("contact")) for r in s.rows} for s in version.snapshots]


@pytest.mark.parametrize("mode", [None, "full", "delta", "init"])
@pytest.mark.parametrize("on", [["init", "full"], ["init", "full", "delta"]])
def test_whatever_a_table_is_refreshed_on_it_is_masked_by_the_next_run(on: list[str], mode: str | None) -> None:
    mesh = published(masked("none", refreshOn=["init", "full", "delta"]))
    report = mesh.run(masked("hash", refreshOn=on), mode)
    assert report.state == "published"
    (now,) = readable(mesh)
    assert len(now) == 3
    assert not any("@" in email for email in now)


def test_a_run_that_would_leave_rows_in_the_clear_fails() -> None:
    """No pipeline compiles to such a plan."""
    mesh = published(masked("none"))
    report = mesh.run(masked("hash", refreshOn=["init"]), "full")
    assert (report.state, report.message, report.remedy) == (
        "failed",
        "orders.email: masked more strictly than before, and this run does not build orders",
        "start a run in mode full",
    )


def test_what_masked_rows_cannot_answer_is_asked_by_a_full_run() -> None:
    mesh = published(masked("hash"))
    known = check("orders", "invalidValues", ["email"], arguments={"pattern": "^[^b]@"})
    report = mesh.run(masked("hash", checks=[known]), "delta")
    assert (report.mode, report.state) == ("full", "rejected")
    assert next(c for c in report.certificate["checks"] if c["id"] == known["id"])["failing"] == 1  # type: ignore[index]


def test_a_column_that_is_renamed_and_masked_at_once_is_masked_in_all_rows() -> None:
    mesh = published(masked("none"))
    report = mesh.run(masked("hash", "contact"), "delta")
    assert (report.mode, report.state) == ("full", "published")
    assert mesh.progress.warnings[0] == "orders.contact: masked differently than before, so this run is full"
    assert not any("@" in email for snapshot in readable(mesh) for email in snapshot)


def test_a_column_that_was_left_out_for_a_while_is_known_when_it_comes_back_masked() -> None:
    mesh = published(masked("none"))
    doc = orders_document()["tables"][2]
    without = [c for c in doc["columns"] if c["name"] != "email"]
    older = replace(masked("none", columns=without), product=replace(masked("none").product, version="0.9.0"))
    assert mesh.run(older, "delta").state == "published"
    again(mesh, "4.csv", O3)
    report = mesh.run(masked("hash"), "delta")
    assert (report.mode, report.state) == ("full", "published")
    assert not any("@" in email for snapshot in readable(mesh) for email in snapshot)


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("none", "hash", False),
        ("none", "truncate", False),
        ("truncate", "hash", False),
        ("hash", "redact", False),
        ("redact", "nullify", True),
        ("hash", "tokenise", True),
        ("hash", "none", True),
        ("redact", "hash", True),
    ],
)
def test_what_the_table_was_goes_where_it_showed_more(before: str, after: str, kept: bool) -> None:
    mesh = published(masked(before))
    mesh.run(masked(after), "delta")
    assert len(readable(mesh)) == (3 if kept else 1)
    said = [w for w in mesh.progress.warnings if "can no longer be read as it was before" in w]
    assert len(said) == (0 if kept else 1)
    assert kept or said == [
        "orders.email: masked more strictly than before, so orders can no longer be read as it was before; older "
        "snapshots forgotten: 2"
    ]


def test_a_replay_merges_nothing_into_rows_that_are_masked_otherwise() -> None:
    mesh = published(masked("none"))
    assert mesh.run(masked("none"), "delta").mode == "delta"
    full, delta = [r.run_id for r in mesh.log.runs("dp_sales_orders", 1)][1::-1]
    mesh.later(hours=1)
    with pytest.raises(
        BadRequest, match="a replay from it would leave rows of orders masked, or checked, as they were"
    ):
        mesh.run(masked("hash"), replay_from=delta)
    assert mesh.run(masked("hash"), replay_from=full).state == "published"
    (now,) = readable(mesh)
    assert not any("@" in email for email in now)


def test_other_tables_of_the_product_keep_what_they_were() -> None:
    mesh = published(masked("none"))
    mesh.run(masked("hash"), "delta")
    totals = mesh.tables.version(TableName("sales", "totals_v1"))
    assert totals is not None
    assert len(totals.snapshots) == 3


def test_files_of_what_was_in_the_clear_go_with_the_publication() -> None:
    mesh = published(masked("none"))
    mesh.tables.swept.clear()
    report = mesh.run(masked("hash"), "delta")
    assert set(mesh.tables.swept) == {r.run_id for r in mesh.log.runs("dp_sales_orders", 1)}
    assert report.run_id in mesh.tables.swept


def test_a_run_that_cannot_forget_what_was_in_the_clear_fails() -> None:
    class Stubborn(MemoryTableStore):
        def forget_snapshots(self, table: TableName, run_id: str, keep: Retention) -> int:
            raise OSError("the disk is gone")

    mesh = published(masked("none"))
    stubborn = Stubborn()
    stubborn.names, stubborn.versions = mesh.tables.names, mesh.tables.versions
    mesh.tables = stubborn
    with pytest.raises(OSError, match="the disk is gone"):
        mesh.run(masked("hash"), "delta")
    assert mesh.log.runs("dp_sales_orders", 1)[0].state == "failed"
    assert len(readable(mesh)) == 2


def run_twice(masking: str, then: str) -> tuple[MemoryMesh, dict[str, Any] | None]:
    """The first of two full runs has one row, and this certificate."""
    mesh = MemoryMesh()
    mesh.land(masked(masking), "1.csv", HEAD + O1)
    first = mesh.run(masked(masking)).certificate
    again(mesh, "2.csv", O2)
    mesh.run(masked(then), "full")
    mesh.later(hours=1)
    return mesh, first


def roll_back(mesh: MemoryMesh, plan: Plan, certificate: dict[str, Any] | None) -> None:
    assert certificate is not None
    Rollback(mesh.outside(), "somebody", lambda: "0000")(plan, certificate["certificateId"])


def test_nobody_goes_back_to_what_was_masked_less_whatever_masks_it_now() -> None:
    """The class of a domain masks a column that the contract says nothing of: its digest stays the same."""
    mesh, clear = run_twice("none", "hash")
    with pytest.raises(CannotGoBack) as raised:
        roll_back(mesh, masked("hash"), clear)
    assert str(raised.value).endswith("published orders.email masked differently from now")
    assert "put" in (raised.value.remedy or "")
    assert not any("@" in email for snapshot in readable(mesh) for email in snapshot)


def test_one_goes_back_to_what_was_masked_alike() -> None:
    mesh, first = run_twice("hash", "hash")
    roll_back(mesh, masked("hash"), first)
    assert len(readable(mesh)[-1]) == 1
