"""However the same files are read, delta by delta or all at once, what is published is the same."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import strategies as st

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.merging import needs_all, takes_rows_out
from mesh_jobs.domain.plan import Plan
from support.examples import holds, tried
from support.memory import MemoryMesh
from support.plans import check, orders_document

HEAD = "order_id,amount,email,updated_at\n"
AMOUNTS = ["1", "2", "-1", "ten", "NA"]
FILES = st.lists(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(AMOUNTS)), min_size=1, max_size=4),
    min_size=2,
    max_size=4,
)


def plan_with(**silver: Any) -> Plan:
    """Without a watermark, so that nothing is too late to be read."""
    doc = copy.deepcopy(orders_document())
    doc["sources"][0]["watermark"] = None
    next(t for t in doc["tables"] if t["name"] == "orders_clean").update(silver)
    return plan_from_json(doc)


RULES: dict[str, dict[str, Any]] = {
    "cast and filter": {},
    "only cast": {"rules": orders_document()["tables"][1]["rules"][:1]},
    "cast to null": {"rules": [{**orders_document()["tables"][1]["rules"][0], "onFail": "null"}]},
    "kept and filtered": {"persist": True},
    "quarantine by a check": {
        "rules": [{**orders_document()["tables"][1]["rules"][0], "onFail": "null"}],
        "checks": [check("orders_clean", "nullValues", ["amount"], action="quarantine_rows", severity="warning")],
    },
    "values removed": {
        "rules": [
            {
                "kind": "mapValues",
                "id": "m",
                "column": "amount",
                "values": [{"from": "1", "to": "1"}, {"from": "2", "to": "2"}],
                "otherwise": "remove",
            }
        ]
    },
}


def land(mesh: MemoryMesh, plan: Plan, n: int, rows: list[tuple[str, str]]) -> None:
    text = "".join(f"{key},{amount},x@x.org,2030-01-01T00:00:00Z\n" for key, amount in rows)
    mesh.land(plan, f"{n}.csv", HEAD + text)
    mesh.later(minutes=1)


@pytest.mark.parametrize("rules", RULES)
@tried(7, 60)
def test_deltas_end_where_a_full_run_over_the_same_files_ends(rules: str, examples: int) -> None:
    @holds(examples, FILES)
    def _(files: list[list[tuple[str, str]]]) -> None:
        end_alike(rules, files)


def end_alike(rules: str, files: list[list[tuple[str, str]]]) -> None:
    plan, step_by_step, at_once = plan_with(**RULES[rules]), MemoryMesh(), MemoryMesh()
    for n, rows in enumerate(files):
        land(step_by_step, plan, n, rows)
        land(at_once, plan, n, rows)
        assert step_by_step.run(plan).state == "published"
    assert at_once.run(plan, "full").state == "published"
    for name in ("orders_v1", "totals_v1"):
        assert step_by_step.rows("sales", name) == at_once.rows("sales", name)


VERSIONS = st.lists(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(AMOUNTS), st.integers(1, 4)), min_size=1, max_size=4),
    min_size=2,
    max_size=4,
)
LATEST = {"kind": "deduplicate", "id": "d", "by": ["order_id"], "latest": "updated_at"}
TO_NULL = RULES["cast to null"]["rules"]


def plan_of_versions(persist: bool = True, bronze: list[dict[str, Any]] | None = None) -> Plan:
    doc = copy.deepcopy(orders_document())
    doc["sources"][0]["watermark"] = None
    doc["tables"][0].update(persist=persist, rules=[LATEST] if bronze is None else bronze)
    doc["tables"][1]["rules"] = TO_NULL
    return plan_from_json(doc)


@pytest.mark.parametrize("persist", [True, False])
@tried(10, 60)
def test_an_older_row_that_comes_late_takes_nobodys_place(persist: bool, examples: int) -> None:
    @holds(examples, VERSIONS)
    def _(files: list[list[tuple[str, str, int]]]) -> None:
        end_alike_by_version(persist, files)


def end_alike_by_version(persist: bool, files: list[list[tuple[str, str, int]]]) -> None:
    plan, step_by_step, at_once = plan_of_versions(persist), MemoryMesh(), MemoryMesh()
    assert plan.tables[2].incremental
    for n, rows in enumerate(files):
        text = "".join(f"{key},{amount},x@x.org,2030-01-0{day}T00:00:00Z\n" for key, amount, day in rows)
        for mesh in (step_by_step, at_once):
            mesh.land(plan, f"{n}.csv", HEAD + text)
            mesh.later(minutes=1)
        assert step_by_step.run(plan).state == "published"
    assert at_once.run(plan, "full").state == "published"
    for name in ("orders_v1", "totals_v1"):
        assert step_by_step.rows("sales", name) == at_once.rows("sales", name)


def test_an_older_row_that_comes_late_is_counted_as_removed() -> None:
    plan, mesh = plan_of_versions(), MemoryMesh()
    land(mesh, plan, 1, [("a", "1")])
    mesh.run(plan)
    mesh.land(plan, "2.csv", HEAD + "a,2,x@x.org,2029-12-31T00:00:00Z\n")
    mesh.later(minutes=1)
    raw = mesh.run(plan).tables[0]
    assert (raw.rows_in, raw.rows_out, raw.removed) == (1, 0, 1)
    assert [(x.rule, x.rows) for x in raw.losses if x.rows] == [("orders_raw.merge", 1)]
    assert [str(r["amount"]) for r in mesh.rows("sales", "orders_v1")] == ["1.00"]


@pytest.mark.parametrize(
    ("after", "version"),
    [
        ([], "updated_at"),
        ([{"kind": "upsert", "id": "u", "by": ["order_id"]}], "updated_at"),
        ([{"kind": "rename", "id": "r", "columns": [{"from": "updated_at", "to": "changed"}]}], "changed"),
        ([{"kind": "trim", "id": "t", "columns": ["email"]}], "updated_at"),
        ([{"kind": "redact", "id": "x", "columns": ["updated_at"]}], None),
        ([{"kind": "derive", "id": "x", "columns": [{"name": "updated_at", "expression": "email"}]}], None),
        ([{**LATEST, "latest": "amount"}], None),
        ([{**LATEST, "by": ["email"]}], None),
    ],
)
def test_a_table_is_merged_if_it_keeps_what_tells_which_row_is_newer(
    after: list[dict[str, Any]], version: str | None
) -> None:
    raw = plan_of_versions(bronze=[LATEST, *after]).tables[0]
    assert (raw.version, raw.incremental) == (version, version is not None)


def test_a_row_that_a_rule_takes_out_now_does_not_stay_in_an_older_version() -> None:
    plan, mesh = plan_with(), MemoryMesh()
    land(mesh, plan, 1, [("a", "1"), ("b", "2")])
    mesh.run(plan)
    land(mesh, plan, 2, [("a", "-1")])
    report = mesh.run(plan)
    assert report.mode == "delta"
    assert [r["order_id"] for r in mesh.rows("sales", "orders_v1")] == ["b"]
    assert {t.table: t.vanished for t in report.tables}["orders"] == 1


def test_tables_that_lose_no_row_are_merged_and_what_reads_others_is_computed_anew() -> None:
    def merged(plan: Plan) -> dict[str, bool]:
        return {t.name: t.incremental for t in plan.tables}

    assert merged(plan_with()) == {"orders_raw": True, "orders_clean": False, "orders": False, "totals": False}
    kept = merged(plan_with(**RULES["cast to null"]))
    assert kept == {"orders_raw": True, "orders_clean": True, "orders": True, "totals": False}
    assert [takes_rows_out(plan_with(**r).tables[1]) for r in RULES.values()] == [True, True, False, True, True, True]


def test_a_table_that_is_not_kept_is_computed_whole_when_a_reader_needs_all_of_it() -> None:
    doc = copy.deepcopy(orders_document())
    doc["tables"][0].update(
        persist=False, rules=[{"kind": "deduplicate", "id": "d", "by": ["order_id"], "latest": None}]
    )
    plan = plan_from_json(doc)
    assert needs_all(plan.tables, plan.tables[0])
    doc["sources"][0]["watermark"] = None
    plan, mesh = plan_from_json(doc), MemoryMesh()
    land(mesh, plan, 1, [("a", "1")])
    mesh.run(plan)
    land(mesh, plan, 2, [("b", "2")])
    mesh.run(plan)
    assert [r["order_id"] for r in mesh.rows("sales", "orders_v1")] == ["a", "b"]
    assert [(r["orders"], r["last"]) for r in mesh.rows("sales", "totals_v1")] == [(2, "b")]
