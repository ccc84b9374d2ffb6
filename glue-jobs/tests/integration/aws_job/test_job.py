"""Jobs end to end: two products of two domains, from landed files to certified tables in Glue."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from mesh_jobs.adapters.aws.clients import Clients
from support.events import heard, listen
from support.jobs import Ended, Product, deployed_product
from support.permissions import ELSEWHERE, permissions, permissions_on_page
from support.plans import orders_document
from support.strict import Requests

HEAD = "order_id,amount,email,updated_at\n"
ORDERS = (
    HEAD
    + "o1,10.50,a@x.org,2030-01-01T00:00:00Z\n"
    + "o2,-1,b@x.org,2030-01-01T01:00:00Z\n"
    + "o3,ten,c@x.org,2030-01-01T02:00:00Z\n"
)
EXECUTION = "arn:aws:states:eu-central-1:111122223333:execution:orders-v1:delta-20300101T060000Z"
#: Packages of ours that a Spark job on Glue has not, and of others that we do not need.
NOT_ON_GLUE = ("duckdb", "numpy", "pandas", "pyarrow", "pyiceberg", "sqlalchemy", "sqlglot", "zstandard")


def utcnow() -> datetime:
    return datetime.now(UTC)


def state(product: Product, run_id: str) -> str | None:
    found = product.log.find(product.plan.product.key, 1, run_id)
    return None if found is None else found.state


@pytest.fixture
def orders(clients: Clients) -> Product:
    return deployed_product(clients, orders_document())


def test_a_product_goes_from_its_first_load_to_a_delta_and_keeps_what_is_certified_when_a_run_is_rejected(
    orders: Product, clients: Clients, requests_made: Requests
) -> None:
    asked: set[str] = set()

    def ran(**how: str) -> Ended:
        requests_made.asked.clear()
        ended = orders.run(**how)
        asked.update(requests_made.asked)
        return ended

    listen(clients, "heard", source="mesh.sales")
    orders.land("1.csv", ORDERS, at="2030-01-01T05:00:00+00:00")
    first = ran(now="2030-01-01T06:00:00Z", run_id="init-1", event_bus="heard")
    # Each takes some hundredths of a second on AWS, one after the other.
    assert requests_made.asked.total() <= 120, requests_made.asked
    assert first.error is None, first.log
    assert [re.sub(r"[0-9.]+ s$", "… s", line) for line in first.lines if " build " in line] == [
        "sales/orders  build bronze orders_raw  3 rows  … s",
        "sales/orders  build silver orders_clean  1 row  1 row quarantined  1 row removed  … s",
        "sales/orders  build gold orders  1 row  … s",
        "sales/orders  build gold totals  1 row  … s",
    ]
    assert [(r["order_id"], str(r["amount"])) for r in orders.rows("sales.orders_v1")] == [("o1", "10.50")]
    assert orders.rows("sales.totals_v1") == [{"orders": 3, "last": "o3"}]
    # Consumers hear of it.
    (event,) = heard(clients)
    assert (event["detail-type"], event["detail"]["runId"]) == ("product.published", "init-1")
    kept = "runs/dp_sales_orders-v1/init-1/certificate.json"
    certificate = clients.s3.get_object(Bucket=orders.bucket("curated"), Key=kept)["Body"].read()
    assert json.loads(certificate)["verdict"] == "certified"

    orders.land("2.csv", HEAD + "o4,4,d@x.org,2030-01-01T06:30:00Z\n", at="2030-01-01T07:00:00+00:00")
    second = ran(now="2030-01-02T08:00:00Z", mode="delta", run_id="delta-1")
    assert requests_made.asked.total() <= 155, requests_made.asked
    assert second.error is None, second.log
    assert [r["order_id"] for r in orders.rows("sales.orders_v1")] == ["o1", "o4"]
    assert orders.log.watermarks("dp_sales_orders", 1) == {"shop": "2030-01-01T06:30:00.000000+00:00"}

    orders.land("3.csv", HEAD + ",5,e@x.org,2030-01-01T09:00:00Z\n", at="2030-01-01T09:00:00+00:00")
    third = ran(now="2030-01-03T10:00:00Z", mode="full", run_id="full-1")
    assert third.error is not None
    assert [r["order_id"] for r in orders.rows("sales.orders_v1")] == ["o1", "o4"]
    states = [(r.run_id, r.mode, r.state) for r in orders.log.runs("dp_sales_orders", 1)]
    assert states == [("full-1", "full", "failed"), ("delta-1", "delta", "published"), ("init-1", "init", "published")]
    assert not any("candidate" in name for name in orders.tables())
    assert orders.log.outbox() == []
    # The page on the job tells the permissions that all of this needs, and no others.
    assert permissions_on_page() - ELSEWHERE == permissions(asked)


@pytest.mark.soak
def test_a_promise_that_breaks_rejects_the_run_and_fails_the_job_in_plain_words(orders: Product) -> None:
    orders.document["tables"][2]["checks"][2] |= {"severity": "critical", "threshold": [1]}
    orders.deploy()
    orders.land("1.csv", ORDERS)
    ended = orders.run(run_id="r1")
    assert ended.error is not None
    assert ended.error.startswith("sales/orders rejected: ")
    assert "[orders.*.rowCount]" in ended.error
    assert ended.lines[-3].startswith("✖ sales/orders 1.0.0 rejected after ")
    record = orders.log.find("dp_sales_orders", 1, "r1")
    assert record is not None
    assert (record.state, (record.certificate or {})["verdict"]) == ("rejected", "rejected")
    assert orders.rows("sales.orders_v1") == []
    assert not any("candidate" in name for name in orders.tables())


def test_bad_input_fails_the_job_and_says_where_without_the_value(orders: Product) -> None:
    orders.land("1.csv", HEAD + "o1,1,secret@x.org,yesterday\n")
    ended = orders.run(run_id="r1")
    assert ended.error is not None
    assert "landing/shop/1.csv" in ended.error
    assert "updated_at" in ended.error
    *_, how, why, remedy = ended.lines
    assert how.startswith("✖ sales/orders 1.0.0 failed after ")
    assert ended.error == f"sales/orders failed: {why.strip()} {remedy.strip()}"
    assert remedy.startswith("  → correct the file")
    assert "secret@" not in ended.log + ended.error
    assert "Traceback" not in ended.log


@pytest.mark.soak
def test_a_run_that_finds_nothing_new_succeeds(orders: Product) -> None:
    orders.land("1.csv", ORDERS)
    assert orders.run(event_bus="").error is None, "where no bus is named, nobody is told"
    assert orders.log.outbox() == []
    ended = orders.run(mode="delta", run_id="delta-2")
    assert ended.error is None
    assert "nothing new since" in ended.lines[-1]


@pytest.mark.soak
def test_a_state_machine_goes_step_by_step_under_its_own_lock(orders: Product) -> None:
    orders.land("1.csv", ORDERS)
    taken = orders.log.acquire("dp_sales_orders", 1, EXECUTION, utcnow())
    handed = {"owner": EXECUTION, "fence": str(taken.fence), "run_id": "init-1"}

    built = orders.run(step="build", **handed)
    assert (built.error, state(orders, "init-1")) == (None, "running"), built.log
    assert orders.rows("sales.orders_v1") == []

    certified = orders.run(step="certify", **handed)
    assert (certified.error, state(orders, "init-1")) == (None, "certified"), certified.log
    assert orders.rows("sales.orders_v1") == []
    assert f"sales/orders  ingest shop  1 file, {len(ORDERS)} B  done before" in certified.lines
    assert "sales/orders  build gold orders  1 row  done before" in certified.lines

    published = orders.run(step="publish", **handed)
    assert (published.error, state(orders, "init-1")) == (None, "published"), published.log
    assert [r["order_id"] for r in orders.rows("sales.orders_v1")] == ["o1"]
    held = orders.log.holder("dp_sales_orders", 1, utcnow())
    assert held is not None
    assert (held.owner, held.fence) == (EXECUTION, taken.fence), "who took the lock gives it back"

    again = orders.run(step="build", **handed)
    assert (again.error, state(orders, "init-1")) == (None, "published"), again.log


def test_a_step_whose_lock_went_to_another_run_does_nothing(orders: Product) -> None:
    orders.land("1.csv", ORDERS)
    orders.log.acquire("dp_sales_orders", 1, EXECUTION, utcnow())
    ended = orders.run(step="build", run_id="r1", owner=EXECUTION, fence="7")
    assert ended.error is not None
    assert "lost its lock to another run" in ended.error
    assert list(orders.log.runs("dp_sales_orders", 1)) == []


def test_a_second_job_is_told_who_runs_the_product(orders: Product) -> None:
    orders.land("1.csv", ORDERS)
    orders.log.acquire("dp_sales_orders", 1, EXECUTION, utcnow())
    ended = orders.run(run_id="r1")
    assert ended.error is not None
    assert f"dp_sales_orders v1 is being run by {EXECUTION}" in ended.error


@pytest.mark.soak
def test_a_job_that_was_killed_is_finished_by_the_next_one_under_the_same_lock(orders: Product) -> None:
    rows = "".join(f"o{n},{n}.00,a{n}@x.org,2030-01-01T00:00:00Z\n" for n in range(100_000))
    orders.land("1.csv", HEAD + rows)
    taken = orders.log.acquire("dp_sales_orders", 1, EXECUTION, utcnow())
    handed = {"owner": EXECUTION, "fence": str(taken.fence), "run_id": "init-1"}
    job = orders.start(**handed)
    assert job.stdout is not None
    while "  ingest " not in (line := job.stdout.readline()):
        assert line, job.stderr and job.stderr.read()
    job.kill()
    job.communicate()
    assert state(orders, "init-1") == "running"

    ended = orders.run(**handed)
    assert ended.error is None, ended.log
    assert ", resumed where it had stopped" in ended.lines[-1]
    assert any(re.fullmatch("sales/orders  ingest shop  1 file, .* MB  done before", line) for line in ended.lines)
    assert len(orders.rows("sales.orders_v1")) == 100_000
    assert not any("candidate" in name for name in orders.tables())


@pytest.mark.soak
def test_a_job_that_is_stopped_gives_its_lock_back(orders: Product) -> None:
    rows = "".join(f"o{n},{n}.00,a{n}@x.org,2030-01-01T00:00:00Z\n" for n in range(100_000))
    orders.land("1.csv", HEAD + rows)
    job = orders.start(run_id="init-1")
    assert job.stdout is not None
    while "  ingest " not in (line := job.stdout.readline()):
        assert line, job.stderr and job.stderr.read()
    job.terminate()
    out, error = job.communicate(timeout=60)
    assert job.returncode == 1
    assert "sales/orders: stopped by SIGTERM → nothing half-done is published" in error
    assert "Traceback" not in error + out
    assert orders.log.holder("dp_sales_orders", 1, utcnow()) is None
    assert state(orders, "init-1") == "running"


@pytest.mark.soak
def test_an_event_that_cannot_be_delivered_fails_no_run_and_is_delivered_by_the_next(
    orders: Product, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders.land("1.csv", ORDERS)
    with monkeypatch.context() as broken:
        broken.setattr("mesh_jobs.entrypoints.compose_aws.EventBusAnnouncer.announce", lambda *a: 1 / 0)
        ended = orders.run(run_id="r1")
    assert ended.error is None
    assert any(line.startswith("⚠ an announcement could not be delivered") for line in ended.lines)
    assert [e["runId"] for _, e in orders.log.outbox()] == ["r1"]
    assert orders.run(run_id="r2", mode="full").error is None
    assert orders.log.outbox() == []


def test_a_fault_of_ours_is_said_with_its_place_and_without_its_words(
    orders: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choke(*_: object) -> None:
        json.loads("{" + "sec" + "ret")

    orders.land("1.csv", ORDERS)
    monkeypatch.setattr("mesh_jobs.application.run_product.Build.__call__", choke)
    ended = orders.run(run_id="r1")
    assert ended.error == "sales/orders: JSONDecodeError → please report this, with the trace"
    assert "run_product.py" in ended.log
    assert "secret" not in ended.log + ended.error
    assert state(orders, "r1") == "failed"


@pytest.mark.soak
def test_spark_makes_the_same_of_it_in_the_glue_catalogue(orders: Product) -> None:
    orders.land("1.csv", ORDERS)
    orders.land("2.csv", HEAD + "o4,4,d@x.org,2030-01-01T06:30:00Z\n")
    job = orders.start(NOT_ON_GLUE, engine="spark", run_id="init-1")
    out, error = job.communicate(timeout=240)
    assert job.returncode == 0, out + error
    on_spark = [orders.rows(f"sales.{name}_v1") for name in ("orders", "totals")]
    assert [r["order_id"] for r in on_spark[0]] == ["o1", "o4"]
    assert not any("candidate" in name or "work" in name for name in orders.tables())
    assert "start Spark" in out

    assert orders.run(mode="full", run_id="full-1").error is None
    assert [orders.rows(f"sales.{name}_v1") for name in ("orders", "totals")] == on_spark
