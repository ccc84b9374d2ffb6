"""The commands of the local entry point, on the real engine and store; as processes where stopping them matters."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.owner import this_process
from mesh_jobs.adapters.sqlite.database import Database
from mesh_jobs.adapters.sqlite.run_log import SqliteRunLog
from support.local import SOURCE, InProcess, LocalMesh, answer
from support.plans import check, column, document, field, orders_document, source, table
from support.warm import warm_python

HEAD = "order_id,amount,email,updated_at\n"
ORDERS = HEAD + (
    "o1,10.00,a@x.org,2030-01-01T00:00:00Z\no2,-5,b@x.org,2030-01-01T01:00:00Z\no3,ten,c@x.org,2030-01-01T02:00:00Z\n"
)
PLAN = orders_document()


@pytest.fixture
def mesh(tmp_path: Path) -> LocalMesh:
    return InProcess(tmp_path)


def smallest() -> dict[str, Any]:
    """The plan of a contract without a pipeline: landing to one promised table."""
    columns = [
        column("order_id", required=True),
        column("total_amount", "decimal(12, 2)"),
        column("customer_email", classification="confidential", masking="hash"),
    ]
    gold = table(
        "orders",
        "gold",
        ["landing"],
        columns=columns,
        primaryKey=["order_id"],
        incremental=True,
        protected=[{"name": "customer_email", "masking": "hash"}],
        rules=[{"kind": "deduplicate", "id": "orders.0.deduplicate", "by": ["order_id"], "latest": None}],
        checks=[
            check("orders", "nullValues", ["order_id"], action="abort_workflow"),
            check("orders", "duplicateValues", ["order_id"], action="abort_workflow"),
        ],
    )
    fields = [field(c["name"], c["type"]) for c in columns]
    return document([source("landing", fields, path="landing/")], [gold], ("init", "full", "delta"))


def test_a_rollback_over_a_renamed_column_measures_it_under_its_new_name(mesh: LocalMesh) -> None:
    columns = [column("id"), column("at", "timestamptz")]
    gold = table("orders", "gold", ["landing"], columns=columns, primaryKey=["id"], incremental=True)
    gold["checks"] = [check("orders", "nullValues", ["at"], scope="aggregate")]
    reader = table("readers", "gold", ["orders"], columns=[column("id"), column("at", "timestamptz")])
    old = document([source("landing", [field("id"), field("at", "timestamptz")], path="landing/")], [gold, reader])
    old["sla"]["freshnessColumn"] = {"table": "orders", "column": "at"}
    new = copy.deepcopy(old)
    new["product"]["version"] = "1.1.0"
    new["tables"][0]["columns"][1]["name"] = new["sla"]["freshnessColumn"]["column"] = "updated_at"
    new["tables"][0]["rules"] = [{"kind": "rename", "id": "r", "columns": [{"from": "at", "to": "updated_at"}]}]
    new["tables"][0]["checks"] = []
    new["tables"][1]["rules"] = [{"kind": "rename", "id": "r", "columns": [{"from": "updated_at", "to": "at"}]}]
    mesh.land("a.csv", "id,at\n1,2020-01-01T00:00:00Z\n", "landing")
    for plan in (new, old):
        ran = mesh.run(plan, "full")
        assert (ran.code, ran.last["state"]) == (0, "published"), ran.stderr + str(ran.last)
        assert ran.last["certificate"]["freshness"]["newest"] == "2020-01-01T00:00:00Z"
    shown, readers = mesh.call("show", mesh.request(old)).last["tables"]
    assert readers["rows"] == [{"id": "1", "at": "2020-01-01T00:00:00Z"}]
    assert [(c["name"], c["type"]) for c in shown["columns"]] == [("id", "string"), ("updated_at", "timestamp")]
    assert [sorted(r) for r in shown["rows"]] == [["id", "updated_at"]]


def test_the_smallest_contract_goes_from_a_csv_file_to_a_certified_table(mesh: LocalMesh) -> None:
    mesh.land("a.csv", "order_id,total_amount,customer_email\no1,10.50,a@x.org\no2,NA,\no1,11.00,a@x.org\n", "landing")
    ran = mesh.run(smallest())
    assert (ran.code, ran.last["event"], ran.last["state"]) == (0, "result", "published"), ran.stderr
    assert ran.last["tables"] == [
        {
            "table": "orders",
            "layer": "gold",
            "rowsIn": 3,
            "rowsOut": 2,
            "quarantined": 0,
            "removed": 1,
            "vanished": 0,
            "rowsTotal": 2,
        }
    ]
    certificate = ran.last["certificate"]
    assert (certificate["verdict"], certificate["score"]) == ("certified", 100.0)

    shown = mesh.call("show", mesh.request(smallest(), limit=10))
    assert shown.last["certificate"] == certificate
    rows = sorted(shown.last["tables"][0]["rows"], key=lambda r: str(r["order_id"]))
    assert [(r["order_id"], r["total_amount"]) for r in rows] == [("o1", "11.00"), ("o2", None)]
    assert len(rows[0]["customer_email"]) == 64

    folder = mesh.state / "runs" / "dp_sales_orders-v1" / ran.last["runId"]
    assert json.loads((folder / "certificate.json").read_text()) == certificate
    assert json.loads((folder / "plan.json").read_text()) == smallest()
    events = [json.loads(line) for line in (mesh.state / "events.jsonl").read_text().splitlines()]
    assert [e["runId"] for e in events] == [ran.last["runId"]]
    said = json.dumps(ran.events) + ran.stderr + json.dumps(events)
    assert "a@x.org" not in said


def test_a_later_file_is_merged_and_a_run_without_one_is_skipped(mesh: LocalMesh) -> None:
    mesh.land("1.csv", ORDERS)
    assert mesh.run(PLAN).last["mode"] == "init"
    mesh.land("2.csv", HEAD + "o1,11.00,a@x.org,2030-01-01T05:00:00Z\no4,40,d@x.org,2030-01-01T06:00:00Z\n")
    ran = mesh.run(PLAN)
    assert (ran.last["mode"], ran.last["state"]) == ("delta", "published"), ran.stderr
    rows = mesh.call("show", mesh.request(PLAN, table="orders", limit=10)).last["tables"][0]["rows"]
    assert sorted((r["order_id"], r["amount"]) for r in rows) == [("o1", "11.00"), ("o4", "40.00")]
    again = mesh.run(PLAN)
    assert (again.code, again.last["state"]) == (0, "skipped")


def test_data_at_fault_exits_1_and_names_file_row_and_column(mesh: LocalMesh) -> None:
    plan = document(
        [source("shop", [field("order_id"), field("amount", "int")])],
        [table("orders", "gold", ["shop"], columns=[column("order_id"), column("amount", "int")])],
    )
    mesh.land("a.csv", "order_id,amount\no1,1\no2,one\n")
    ran = mesh.run(plan)
    assert (ran.code, ran.last["state"], ran.last["code"]) == (1, "failed", "bad-input")
    for part in ("a.csv", "row 2", "amount"):
        assert part in ran.last["message"]


def test_a_rejected_run_exits_1_and_leaves_what_was_certified(mesh: LocalMesh) -> None:
    mesh.land("1.csv", ORDERS)
    first = mesh.run(PLAN)
    strict = copy.deepcopy(PLAN)
    gold = next(t for t in strict["tables"] if t["name"] == "orders")
    gold["checks"] = [check("orders", "rowCount", [], operator="mustBeGreaterThan", threshold=[100])]
    ran = mesh.run(strict, "full")
    assert (ran.code, ran.last["state"], ran.last["certificate"]["verdict"]) == (1, "rejected", "rejected")
    shown = mesh.call("show", mesh.request(PLAN, limit=10)).last
    assert shown["certificate"]["runId"] == first.last["runId"]
    import sqlite3

    names = [n for (n,) in sqlite3.connect(mesh.state / "catalog.db").execute("SELECT table_name FROM iceberg_tables")]
    assert not [n for n in names if "candidate" in n]


def test_a_null_in_the_key_rejects_with_a_certificate_that_says_so(mesh: LocalMesh) -> None:
    mesh.land("a.csv", "order_id,total_amount,customer_email\no1,1,a@x.org\n,2,\n", "landing")
    ran = mesh.run(smallest())
    assert (ran.code, ran.last["state"]) == (1, "rejected"), ran.events
    assert "orders: nullValues of order_id: 1 of 2 rows, mustBe 0" in ran.last["message"]
    (counted,) = ran.last["tables"]
    assert (counted["rowsIn"], counted["rowsOut"], counted["removed"]) == (2, 2, 0)
    assert mesh.call("show", mesh.request(smallest(), limit=5)).last == {
        "event": "result",
        "tables": [],
        "certificate": None,
    }


def test_the_quarantine_says_what_why_and_shows_one_row_masked(mesh: LocalMesh) -> None:
    mesh.land("1.csv", ORDERS)
    ran = mesh.run(PLAN)
    found = mesh.call("quarantine", mesh.request(PLAN, limit=10, row=1)).last
    assert [(g["table"], g["rule"], g["rows"], g["runId"]) for g in found["groups"]] == [
        ("orders_clean", "orders_clean.0.cast", 1, ran.last["runId"])
    ]
    (row,) = found["rows"]
    assert row["record"]["order_id"] == "o3"
    assert row["record"]["amount"] == "ten"
    assert len(row["record"]["email"]) == 64
    assert mesh.call("quarantine", mesh.request(PLAN, limit=10, row=2)).last["rows"] == []
    assert mesh.call("quarantine", mesh.request(PLAN, limit=10, runId="another")).last["groups"] == []


def test_a_second_run_of_a_product_says_who_has_the_lock(mesh: LocalMesh) -> None:
    mesh.land("1.csv", ORDERS)
    log = SqliteRunLog(Database(mesh.state / "catalog.db"))
    log.acquire("dp_sales_orders", 1, this_process(), datetime.now(UTC))
    ran = mesh.run(PLAN)
    assert (ran.code, ran.last["event"], ran.last["code"]) == (1, "error", "busy")
    assert f"dp_sales_orders v1 is being run by process {os.getpid()} on " in ran.last["message"]
    status = mesh.call("status", {"products": [{"id": "dp_sales_orders", "major": 1}], "state": str(mesh.state)})
    assert status.last["products"][0]["state"] == "running"


@pytest.mark.ci
def test_of_two_processes_that_start_at_once_one_publishes_and_the_other_is_told(mesh: LocalMesh) -> None:
    rows = "".join(f"o{n},{n}.00,a@x.org,2030-01-01T00:00:00Z\n" for n in range(50_000))
    mesh.land("1.csv", HEAD + rows)
    both = [mesh.start("run", mesh.request(PLAN, mode="full", inputs={}), warm_python()) for _ in range(2)]
    ended = sorted((answer(p) for p in both), key=lambda a: a.code)
    assert [a.code for a in ended] == [0, 1], [a.stderr for a in ended]
    assert ended[1].last["code"] == "busy"
    assert ended[0].last["certificate"]["tables"][0]["rows"] == 50_000


def slow(mesh: LocalMesh) -> dict[str, Any]:
    """A request whose run takes a while after it has read its input."""
    rows = "".join(f"o{n},{n}.00,person{n}@x.org,2030-01-01T00:00:00Z\n" for n in range(100_000))
    mesh.land("1.csv", HEAD + rows)
    return mesh.request(PLAN, mode="full", inputs={})


def await_build(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    read = ""
    while '"step": "build"' not in read:
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        read += line
    return read


@pytest.mark.parametrize(
    ("number", "code"),
    [pytest.param(signal.SIGINT, 130, marks=pytest.mark.ci), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.soak)],
)
def test_a_run_that_is_stopped_gives_its_lock_back_and_goes_on_when_it_is_started_again(
    mesh: LocalMesh, number: int, code: int
) -> None:
    request = slow(mesh)
    process = mesh.start("run", request)
    read = await_build(process)
    time.sleep(0.1)
    process.send_signal(number)
    stopped = answer(process, read)
    assert stopped.code == code, stopped.stderr
    log = SqliteRunLog(Database(mesh.state / "catalog.db"))
    assert log.holder("dp_sales_orders", 1, datetime.now(UTC)) is None
    interrupted = log.runs("dp_sales_orders", 1)[0]
    assert interrupted.state == "running"
    assert list((mesh.state / "work").iterdir()) == []
    again = mesh.call("run", request)
    assert (again.code, again.last["resumed"], again.last["runId"]) == (0, True, interrupted.run_id), again.stderr


@pytest.mark.ci
def test_a_run_whose_caller_is_gone_stops(mesh: LocalMesh) -> None:
    request = slow(mesh)
    reading, writing = os.pipe()
    process = mesh.start("run", request, warm_python(), env={"MESH_LIFELINE": str(reading)}, pass_fds=[reading])
    os.close(reading)
    read = await_build(process)
    os.close(writing)
    assert answer(process, read).code == 143


def test_users_tests_say_what_differs(mesh: LocalMesh) -> None:
    cases = [
        {
            "name": "refunds are taken out",
            "given": {
                "orders_raw": [{"order_id": "o1", "amount": "10"}, {"order_id": "o2", "amount": "-1"}],
            },
            "expect": {
                "orders_clean": {
                    "rows": [{"order_id": "o1", "amount": 10}],
                    "ordered": False,
                    "removed": {"orders_clean.1.filter": 1},
                    "quarantined": 0,
                }
            },
            "error": None,
        },
        {
            "name": "is wrong",
            "given": {"orders_raw": [{"order_id": "o1", "amount": "10"}]},
            "expect": {"orders_clean": {"rows": [{"order_id": "o2"}], "ordered": False}},
            "error": None,
        },
        {
            "name": "an order without id aborts",
            "given": {"shop": [{"amount": "10"}]},
            "expect": {},
            "error": "order_id",
        },
    ]
    found = mesh.call("test", {"plan": PLAN, "root": str(mesh.root), "cases": cases})
    results = {c["name"]: c for c in found.last["cases"]}
    assert results["refunds are taken out"] == {"name": "refunds are taken out", "passed": True, "differences": []}
    assert results["is wrong"]["differences"] == [
        'orders_clean: expected 1 rows, got 1\n  - expected {"order_id": "o2"}\n  + got {"order_id": "o1"}'
    ]
    assert results["an order without id aborts"]["passed"], results
    assert found.code == 1
    assert not mesh.state.exists()


def test_the_status_of_a_mesh_that_never_ran_leaves_nothing_behind(mesh: LocalMesh) -> None:
    found = mesh.call("status", {"products": [{"id": "dp_sales_orders", "major": 1}], "state": str(mesh.state)})
    assert found.code == 0
    (product,) = found.last["products"]
    assert (product["state"], product["lastRun"], product["certificate"], product["running"]) == (
        "new",
        None,
        None,
        None,
    )
    assert not mesh.state.exists()


def test_the_status_tells_the_age_of_the_data_at_a_given_time(mesh: LocalMesh) -> None:
    mesh.land("1.csv", ORDERS, at="2030-01-01T05:00:00+00:00")
    ran = mesh.run(PLAN, now="2030-01-01T06:00:00Z")
    assert ran.last["certificate"]["freshness"]["newest"] == "2030-01-01T05:00:00Z"
    asked = {
        "products": [{"id": "dp_sales_orders", "major": 1}],
        "state": str(mesh.state),
        "now": "2030-01-01T15:00:00Z",
    }
    (product,) = mesh.call("status", asked).last["products"]
    assert product["freshnessSeconds"] == 36000
    # Fresh from 06:00 to 11:00, of the nine hours since it was published.
    assert product["availabilityPercent"] == pytest.approx(55.56, abs=0.02)
    assert product["lastRun"]["runId"] == ran.last["runId"]


@pytest.mark.parametrize(
    ("command", "request_text", "message"),
    [
        ("run", "{", "the request is not JSON"),
        ("run", "[]", "the request is not a JSON object"),
        ("run", "{}", "the request has no plan"),
        ("dance", "{}", "expected one of run, test, status, "),
    ],
)
def test_a_wrong_request_exits_2(mesh: LocalMesh, command: str, request_text: str, message: str) -> None:
    found = mesh.call(command, request_text)
    assert (found.code, found.last["code"]) == (2, "bad-request")
    assert message in found.last["message"]


def test_a_newer_plan_is_refused(mesh: LocalMesh) -> None:
    found = mesh.run({**PLAN, "planVersion": 99})
    assert (found.code, found.last["code"]) == (1, "plan-too-new")


def test_a_fault_of_ours_exits_70_with_a_trace_and_without_values(mesh: LocalMesh) -> None:
    broken = copy.deepcopy(PLAN)
    broken["tables"][0]["rules"] = [{"kind": "unheard of", "id": "x"}]
    found = mesh.run(broken)
    assert (found.code, found.last["code"]) == (70, "bug")
    assert "plan_json.py" in found.last["trace"]


def test_checking_sql_imports_no_engine() -> None:
    script = (
        "import sys, io; sys.stdin = io.StringIO('{\"items\": []}')\n"
        "from mesh_jobs.entrypoints.local import main\n"
        "code = main(['check-sql'])\n"
        "heavy = [m for m in ('duckdb', 'pyiceberg', 'pyarrow', 'sqlite3') if m in sys.modules]\n"
        "sys.exit(f'{code} {heavy}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        check=False,
    )
    assert done.stderr.strip() == "0 []"
