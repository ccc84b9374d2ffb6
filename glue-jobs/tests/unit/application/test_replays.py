"""Runs that read what earlier ones preserved."""

from __future__ import annotations

import copy

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.errors import BadRequest
from support.memory import MemoryMesh
from support.plans import orders_document
from support.runs import HEAD, O1, O2, PLAN, changed_document, ids, reports


def test_a_replay_reads_the_raw_input_of_a_run_and_all_later_ones_in_their_order() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + O2)
    first = mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + "o1,99.00,a@x.org,2030-01-01T05:00:00Z\n")
    mesh.run(PLAN)
    expected = mesh.rows("sales", "orders_v1")
    mesh.raw.take_away(PLAN.product, "shop", "1.csv")
    mesh.raw.take_away(PLAN.product, "shop", "2.csv")
    mesh.later(hours=1)
    report = mesh.run(PLAN, replay_from=first.run_id)
    assert report.state == "published"
    assert mesh.rows("sales", "orders_v1") == expected
    assert reports(mesh, report)["orders_raw"].rows_in == 3
    assert mesh.log.watermarks("dp_sales_orders", 1) == {"shop": "2030-01-01T05:00:00+00:00"}


def test_a_replay_applies_the_rules_of_today() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + "o2,-1,b@x.org,2030-01-01T01:00:00Z\n")
    first = mesh.run(PLAN)
    assert ids(mesh) == ["o1"]
    mesh.later(hours=1)
    mesh.run(changed_document({"orders_clean": {"rules": []}}), replay_from=first.run_id)
    assert ids(mesh) == ["o1", "o2"]


def test_a_replay_of_a_run_that_is_not_there_is_refused() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN)
    mesh.later(hours=1)
    before = mesh.state()
    with pytest.raises(BadRequest, match="dp_sales_orders has no run full-1"):
        mesh.run(PLAN, replay_from="full-1")
    assert mesh.state() == before, "a slip of the keys is no failed run"


def test_a_run_that_read_nothing_and_a_replay_cannot_be_replayed() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    first = mesh.run(PLAN)
    mesh.later(hours=1)
    skipped = mesh.run(PLAN, "delta")
    mesh.later(hours=1)
    with pytest.raises(BadRequest, match="preserved no raw input"):
        mesh.run(PLAN, replay_from=skipped.run_id)
    replayed = mesh.run(PLAN, replay_from=first.run_id)
    mesh.later(hours=1)
    with pytest.raises(BadRequest, match="is itself a replay"):
        mesh.run(PLAN, replay_from=replayed.run_id)


def test_each_environment_has_runs_locks_watermarks_and_raw_input_of_its_own() -> None:
    doc = copy.deepcopy(orders_document())
    doc["environment"] = "dev"
    for t in doc["tables"]:
        t["database"] = t["database"].replace("sales", "sales_dev")
    doc["databases"] = {"published": "sales_dev", "internal": "sales_dev_internal"}
    dev, mesh = plan_from_json(doc), MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    mesh.run(PLAN, run_id="nightly")
    mesh.log.acquire("dp_sales_orders", 1, "somebody", mesh.wall.now())
    mesh.land(PLAN, "1.csv", HEAD + O2)
    report = mesh.run(dev, run_id="nightly")
    assert (report.mode, report.resumed) == ("init", False)
    assert (ids(mesh), ids(mesh, "orders_v1", "sales_dev")) == (["o1"], ["o2"])
    assert mesh.log.watermarks("dp_sales_orders", 1) != mesh.log.watermarks("dp_sales_orders@dev", 1)
    assert [e["environment"] for e in mesh.announcer.events] == [None, "dev"]


def test_a_replay_reads_all_deltas_since_the_reload_for_what_must_be_computed_whole() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1)
    first = mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "2.csv", HEAD + O2)
    second = mesh.run(PLAN)
    mesh.later(hours=1)
    whole = changed_document({"orders_raw": {"incremental": False}})
    assert mesh.run(whole, replay_from=first.run_id).state == "published"
    assert ids(mesh) == ["o1", "o2"]
    mesh.later(hours=1)
    report = mesh.run(whole, replay_from=second.run_id)
    assert (report.state, report.remedy) == ("failed", "replay from the last full or init run")
    assert ids(mesh) == ["o1", "o2"]
