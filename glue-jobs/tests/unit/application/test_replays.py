"""Runs that read what earlier ones preserved."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.rollback import Rollback
from mesh_jobs.application.run import RunReport
from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.table import TableName
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


#: Every batch of a replay writes the orders.
MERGING = changed_document({"orders_clean": {"rules": []}})


def snapshots(mesh: MemoryMesh) -> list[tuple[str, int]]:
    """What of the orders can be read as it was: the run that wrote it, and its rows."""
    version = mesh.tables.version(TableName("sales", "orders_v1"))
    assert version is not None
    return [(s.run_id, len(s.rows)) for s in version.snapshots]


def test_nobody_reads_a_state_that_a_replay_only_passed_through() -> None:
    mesh = MemoryMesh()
    mesh.land(MERGING, "1.csv", HEAD + O1)
    runs = [mesh.run(MERGING).run_id]
    for n, order in enumerate((O2, "o3,30.00,c@x.org,2030-01-01T05:00:00Z\n"), 2):
        mesh.later(hours=1)
        mesh.land(MERGING, f"{n}.csv", HEAD + order)
        runs.append(mesh.run(MERGING).run_id)
    mesh.later(hours=1)
    report = mesh.run(MERGING, replay_from=runs[0])
    assert report.state == "published"
    assert snapshots(mesh) == [(runs[0], 1), (runs[1], 2), (runs[2], 3), (report.run_id, 3)]


def test_a_replay_that_was_stopped_after_it_put_states_away_ends_as_if_it_had_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mesh = MemoryMesh()
    mesh.land(MERGING, "1.csv", HEAD + O1)
    first = mesh.run(MERGING).run_id
    mesh.later(hours=1)
    mesh.land(MERGING, "2.csv", HEAD + O2)
    second = mesh.run(MERGING).run_id
    mesh.later(hours=1)
    fold = mesh.tables.fold

    def stopped(*of: Any) -> int:
        fold(*of)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mesh.tables, "fold", stopped)
        with pytest.raises(KeyboardInterrupt):
            mesh.run(MERGING, replay_from=first)
    report = mesh.run(MERGING, replay_from=first)
    assert (report.state, report.resumed) == ("published", True)
    assert snapshots(mesh) == [(first, 1), (second, 2), (report.run_id, 2)]


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


O3 = "o3,30.00,c@x.org,2030-01-01T06:00:00Z\n"


def roll_back(mesh: MemoryMesh, to: RunReport) -> None:
    assert to.certificate is not None
    Rollback(mesh.outside(), "somebody", lambda: "0000")(PLAN, to.certificate["certificateId"])
    mesh.later(hours=1)


def landed(mesh: MemoryMesh, name: str, rows: str, mode: str | None = None) -> RunReport:
    """A run of one more file."""
    mesh.land(PLAN, name, HEAD + rows)
    report = mesh.run(PLAN, mode)
    assert report.state == "published"
    mesh.later(hours=1)
    return report


def test_a_replay_does_not_read_a_reload_that_was_rolled_back() -> None:
    mesh = MemoryMesh()
    first = landed(mesh, "1.csv", O1 + O2)
    mesh.raw.take_away(PLAN.product, "shop", "1.csv")
    landed(mesh, "truncated.csv", O1, "full")
    assert ids(mesh) == ["o1"]
    roll_back(mesh, first)
    mesh.raw.take_away(PLAN.product, "shop", "truncated.csv")
    landed(mesh, "2.csv", O3, "delta")
    assert mesh.run(PLAN, replay_from=first.run_id).state == "published"
    assert ids(mesh) == ["o1", "o2", "o3"]


def after_a_withdrawn_delta() -> tuple[MemoryMesh, RunReport, RunReport]:
    """o2 was published, rolled back and taken away; o3 came after it."""
    mesh = MemoryMesh()
    first = landed(mesh, "1.csv", O1)
    withdrawn = landed(mesh, "2.csv", O2, "delta")
    roll_back(mesh, first)
    mesh.raw.take_away(PLAN.product, "shop", "2.csv")
    landed(mesh, "3.csv", O3, "delta")
    assert ids(mesh) == ["o1", "o3"]
    return mesh, first, withdrawn


def test_rows_that_were_rolled_back_do_not_come_back_with_a_replay() -> None:
    mesh, first, _ = after_a_withdrawn_delta()
    mesh.run(PLAN, replay_from=first.run_id)
    assert ids(mesh) == ["o1", "o3"]


def test_a_run_that_was_rolled_back_comes_back_when_it_is_named_and_stays() -> None:
    mesh, first, withdrawn = after_a_withdrawn_delta()
    back = mesh.run(PLAN, replay_from=withdrawn.run_id)
    assert ids(mesh) == ["o1", "o2", "o3"]
    mesh.later(hours=1)
    mesh.run(PLAN, replay_from=first.run_id)
    assert ids(mesh) == ["o1", "o2", "o3"], "what a replay has read is in what is published"
    mesh.later(hours=1)
    assert mesh.run(PLAN, "delta").state == "skipped"
    roll_back(mesh, back)
    mesh.run(PLAN, replay_from=first.run_id)
    assert ids(mesh) == ["o1", "o2", "o3"]


def test_a_replay_that_was_rolled_back_brings_nothing_back() -> None:
    mesh, first, withdrawn = after_a_withdrawn_delta()
    good = mesh.run(PLAN, replay_from=first.run_id)
    mesh.later(hours=1)
    mesh.run(PLAN, replay_from=withdrawn.run_id)
    mesh.later(hours=1)
    roll_back(mesh, good)
    mesh.run(PLAN, replay_from=first.run_id)
    assert ids(mesh) == ["o1", "o3"]


def test_a_run_after_which_all_was_read_anew_is_not_replayed_and_that_is_said_before_anything_begins() -> None:
    mesh = MemoryMesh()
    first = landed(mesh, "1.csv", O1)
    once = landed(mesh, "2.csv", O2)
    mesh.raw.take_away(PLAN.product, "shop", "2.csv")
    middle = landed(mesh, "3.csv", O3, "full")
    reload = landed(mesh, "4.csv", O3, "full")
    assert ids(mesh) == ["o1", "o3"]
    before = mesh.state()
    for named in (first, once, middle):
        with pytest.raises(BadRequest) as caught:
            mesh.run(PLAN, replay_from=named.run_id)
        assert str(caught.value) == (
            f"run {reload.run_id} has read the sources again since, so a replay would read nothing of run "
            f"{named.run_id}"
        )
        assert caught.value.remedy == (
            f"replay from {reload.run_id}; to have back what only {named.run_id} had read, put its raw input where the "
            "source looks and start a full run"
        )
    assert mesh.state() == before
    assert mesh.run(PLAN, replay_from=reload.run_id).state == "published"
    assert ids(mesh) == ["o1", "o3"]
    mesh.later(hours=1)
    (kept,) = [content for uri, content in mesh.raw.contents.items() if once.run_id in uri]
    mesh.raw.land(PLAN.product, "shop", "2.csv", kept, mesh.clock.now())
    mesh.run(PLAN, "full")
    assert ids(mesh) == ["o1", "o2", "o3"]


def test_a_reload_that_was_rolled_back_is_no_hindrance_and_can_be_named() -> None:
    mesh = MemoryMesh()
    first = landed(mesh, "1.csv", O1)
    reload = landed(mesh, "2.csv", O2, "full")
    roll_back(mesh, first)
    mesh.run(PLAN, replay_from=first.run_id)
    assert ids(mesh) == ["o1"]
    mesh.later(hours=1)
    mesh.run(PLAN, replay_from=reload.run_id)
    assert ids(mesh) == ["o1", "o2"]
    mesh.later(hours=1)
    with pytest.raises(BadRequest, match=f"run {reload.run_id} has read the sources again since"):
        mesh.run(PLAN, replay_from=first.run_id)


def test_of_a_file_that_was_delivered_anew_under_its_name_a_replay_takes_the_later_rows() -> None:
    mesh = MemoryMesh()
    mesh.land(PLAN, "orders.csv", HEAD + O2 + O1)
    first = mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.land(PLAN, "orders.csv", HEAD + O1.replace("10.00", "11.00"))
    mesh.run(PLAN)
    mesh.later(hours=1)
    mesh.run(changed_document({"orders_raw": {"incremental": False}}), replay_from=first.run_id)
    assert {row["order_id"]: str(row["amount"]) for row in mesh.rows("sales", "orders_v1")} == {
        "o1": "11.00",
        "o2": "20.00",
    }
