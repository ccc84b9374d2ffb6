"""A replay builds again what no file of its last batch feeds, too."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import TableName
from support.memory import MemoryMesh
from support.plans import column, field, orders_document, source, table
from support.runs import HEAD, O1, O2

EU = TableName("sales", "eu_orders_v1")


def plan(masking: str = "none", rules: list[dict[str, Any]] | None = None, **raw: Any) -> Plan:
    """Beside the orders a source of its own, whose published table is computed whole."""
    doc = copy.deepcopy(orders_document())
    fields = [field("order_id"), field("amount"), field("email"), field("updated_at", "timestamptz")]
    doc["sources"].append(source("eu", fields))
    columns = [
        column("order_id", required=True),
        column("email", classification="confidential", masking=masking),
    ]
    upsert = [{"kind": "upsert", "id": "eu_raw.0.upsert", "by": ["order_id"]}]
    kept = {"primaryKey": ["order_id"], "persist": True, "incremental": True, "rules": upsert, **raw}
    doc["tables"] += [
        table("eu_raw", "bronze", ["eu"], **kept),
        table("eu_orders", "gold", ["eu_raw"], columns=columns, primaryKey=["order_id"], rules=rules or []),
    ]
    return plan_from_json(doc)


@pytest.fixture
def mesh() -> MemoryMesh:
    """Both sources had files for an init, one of them for the delta after it."""
    made = MemoryMesh()
    made.land(plan(), "1.csv", HEAD + O1)
    made.land(plan(), "e1.csv", HEAD + "e1,1.00,X@x.org,2030-01-01T00:00:00Z\n", source="eu")
    made.run(plan(), run_id="first")
    made.later(hours=1)
    made.land(plan(), "2.csv", HEAD + O2)
    assert made.run(plan(), run_id="second").mode == "delta"
    made.later(hours=1)
    return made


def emails(mesh: MemoryMesh) -> list[str]:
    return [r["email"] for r in mesh.rows("sales", "eu_orders_v1")]


@pytest.mark.parametrize("first", ["first", "second"])
def test_a_rule_that_was_corrected_takes_effect_where_the_last_batch_has_nothing_new(
    mesh: MemoryMesh, first: str
) -> None:
    corrected = plan(rules=[{"kind": "lower", "id": "eu_orders.0.lower", "columns": ["email"]}])
    report = mesh.run(corrected, replay_from=first)
    assert (report.state, emails(mesh)) == ("published", ["x@x.org"])
    assert "eu_orders" in {t.table for t in report.tables}


def test_what_is_masked_from_now_on_is_masked_by_it_and_nobody_reads_what_was(mesh: MemoryMesh) -> None:
    report = mesh.run(plan("hash"), replay_from="first")
    version = mesh.tables.version(EU)
    assert (report.state, report.message) == ("published", None)
    assert version is not None
    assert len(version.snapshots) == 1
    assert not any("@" in email for email in emails(mesh))


def test_what_is_masked_less_from_now_on_is_readable(mesh: MemoryMesh) -> None:
    mesh.run(plan("hash"), "full", run_id="third")
    mesh.later(hours=1)
    mesh.land(plan(), "4.csv", HEAD + O2)
    mesh.run(plan("hash"), "delta")
    mesh.later(hours=1)
    mesh.run(plan("none"), replay_from="third")
    assert emails(mesh) == ["X@x.org"]


def test_a_source_of_which_the_run_that_is_named_had_no_file_is_told() -> None:
    mesh = MemoryMesh()
    mesh.land(plan(), "1.csv", HEAD + O1)
    first = mesh.run(plan())
    assert (first.state, first.message) == ("failed", "source eu: there are no files")
    mesh.later(hours=1)
    again = mesh.run(plan(), replay_from=first.run_id)
    assert (again.state, again.message) == ("failed", "source eu was not read by the runs that are replayed")


def test_a_source_that_the_replayed_runs_did_not_know_is_told(mesh: MemoryMesh) -> None:
    doc = copy.deepcopy(orders_document())
    doc["sources"].append(source("uk", [field("order_id")]))
    doc["tables"].append(table("uk_orders", "gold", ["uk"], columns=[column("order_id")]))
    report = mesh.run(plan_from_json(doc), replay_from="first")
    assert (report.state, report.message) == ("failed", "source uk was not read by the runs that are replayed")
    assert report.remedy == "start a run in mode full"
