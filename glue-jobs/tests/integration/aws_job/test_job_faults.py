"""Jobs that die at a request to AWS, or lose their lock: the next one ends as if nothing had been."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.aws.dynamo import DynamoTable
from mesh_jobs.adapters.aws.run_log import DynamoRunLog
from mesh_jobs.entrypoints import glue
from support.aws import clients_made_anew, emulated
from support.faults import Died
from support.jobs import Product, deployed_product
from support.plans import orders_document
from support.strict import strict

HEAD = "order_id,amount,email,updated_at\n"
FIRST = HEAD + "o1,10.50,a@x.org,2030-01-01T00:00:00Z\no2,ten,b@x.org,2030-01-01T01:00:00Z\n"
SECOND = HEAD + "o1,11,a@x.org,2030-01-01T07:00:00Z\no3,3,c@x.org,2030-01-01T07:00:00Z\n"
EXECUTION = "arn:aws:states:eu-central-1:111122223333:execution:orders-v1:delta-20300101T080000Z"
WRITES = frozenset(
    {
        *("CopyObject", "DeleteObjects", "PutObject"),
        *("CreateTable", "DeleteTable", "UpdateTable"),
        *("DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"),
        "PutEvents",
    }
)
DELTA = {"mode": "delta", "run_id": "delta-1", "now": "2030-01-01T08:00:00Z"}


@pytest.fixture
def orders(clients: Clients) -> Product:
    return loaded_once(clients)


def loaded_once(clients: Clients) -> Product:
    """A product with its first load behind it, and something new at its source."""
    product = deployed_product(clients, orders_document())
    product.land("1.csv", FIRST, at="2030-01-01T05:00:00+00:00")
    assert product.run(run_id="init-1", now="2030-01-01T06:00:00Z").error is None
    product.land("2.csv", SECOND, at="2030-01-01T07:30:00+00:00")
    return product


@contextmanager
def requests_counted(at: int, after: bool, only: frozenset[str] | None = None) -> Iterator[list[str]]:
    """Counts the requests of clients that are made in here. The process dies at the n-th, before it is sent or after
    it was carried out, and so does all that it would do on its way out."""
    made: list[str] = []

    def look(model: Any, sent: bool) -> None:
        counts = only is None or model.name in only
        if not sent and counts:
            made.append(model.name)
        if len(made) > at or (len(made) == at and sent == after and counts):
            raise Died(f"at request {len(made)}, {model.name}")

    def sending(model: Any, **_: Any) -> None:
        look(model, sent=False)

    def sent(model: Any, **_: Any) -> None:
        look(model, sent=True)

    events = boto3.DEFAULT_SESSION.events
    events.register("before-call.*.*", sending)
    events.register("after-call.*.*", sent)
    try:
        with clients_made_anew():
            yield made
    finally:
        events.unregister("before-call.*.*", sending)
        events.unregister("after-call.*.*", sent)


def outcome(product: Product) -> dict[str, Any]:
    """All that a delta comes to, but for times."""
    return {
        "orders": product.rows("sales.orders_v1"),
        "totals": product.rows("sales.totals_v1"),
        "bronze": product.rows("sales_internal.orders_v1__orders_raw"),
        "quarantined": len(product.rows("sales_internal.orders_v1__orders_clean__quarantine")),
        "tables": product.tables(),
        "runs": [(r.run_id, r.state, r.unfinished) for r in product.log.runs("dp_sales_orders", 1)],
        "watermarks": product.log.watermarks("dp_sales_orders", 1),
        "outbox": product.log.outbox(),
    }


def undisturbed_outcome(orders: Product) -> dict[str, Any]:
    assert orders.run(**DELTA).error is None
    found = outcome(orders)
    assert [(r["order_id"], str(r["amount"])) for r in found["orders"]] == [("o1", "11.00"), ("o3", "3.00")]
    assert found["runs"][0] == ("delta-1", "published", False)
    assert found["outbox"] == []
    return found


@pytest.mark.soak
def test_a_job_that_dies_again_and_again_is_ended_by_the_next_as_if_nothing_had_been(orders: Product) -> None:
    undisturbed = undisturbed_outcome(orders)
    with emulated(), strict():
        again = loaded_once(Clients())
        assert len(dying_often(again, every=13)) > 2
        assert outcome(again) == undisturbed


@pytest.mark.soak
@pytest.mark.parametrize("after", [False, True])
def test_a_job_that_dies_at_any_write_is_ended_by_the_next_as_if_nothing_had_been(orders: Product, after: bool) -> None:
    undisturbed = undisturbed_outcome(orders)
    writes = 0
    while True:
        with emulated(), strict():
            again = loaded_once(Clients())
            with requests_counted(writes + 1, after, only=WRITES):
                try:
                    again.run(**DELTA)
                    break
                except Died:
                    writes += 1
            # The lock of a job that died is free when its lease is over; the next one is not as patient in a test.
            product, major = again.plan.product.key, again.plan.product.major
            held = again.log.holder(product, major, datetime.now(UTC))
            if held is not None:
                again.log.release(held)
            assert again.run(**DELTA).error is None
            assert outcome(again) == undisturbed, f"after write {writes}"
    assert writes > 20


def dying_often(product: Product, every: int) -> list[str]:
    """Each try goes on where the one before it died, so one delta dies many times, each time later: before a request,
    then after one."""
    fence = product.log.acquire("dp_sales_orders", 1, EXECUTION, datetime.now(UTC)).fence
    died: list[str] = []
    while True:
        with requests_counted(3 + every * len(died), after=len(died) % 2 == 1):
            try:
                ended = product.run(**DELTA, owner=EXECUTION, fence=str(fence))
            except Died as death:
                died.append(str(death))
                continue
        assert ended.error is None, ended.log
        return died


@pytest.mark.soak
def test_a_commit_whose_answer_is_lost_is_read_again(orders: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    transact = DynamoTable.transact

    def deaf(self: DynamoTable, actions: Any) -> None:
        transact(self, actions)
        if any(getattr(a, "to", {}).get("state") == "published" for a in actions):
            raise ReadTimeoutError(endpoint_url="https://dynamodb.eu-central-1.amazonaws.com")

    with monkeypatch.context() as lossy:
        lossy.setattr(DynamoTable, "transact", deaf)
        orders.run(mode="delta", run_id="delta-1")
    newest = orders.log.runs("dp_sales_orders", 1)[0]
    assert (newest.run_id, newest.state) == ("delta-1", "published")
    assert orders.run(mode="delta", run_id="delta-1").error is None
    found = outcome(orders)
    assert [r["order_id"] for r in found["orders"]] == ["o1", "o3"]
    assert found["runs"] == [("delta-1", "published", False), ("init-1", "published", False)]
    assert found["outbox"] == []


@pytest.mark.ci
def test_a_job_whose_lock_is_taken_over_stops_at_once_and_says_so(
    orders: Product, monkeypatch: pytest.MonkeyPatch, clients: Clients
) -> None:
    monkeypatch.setattr(glue, "_RENEW_SECONDS", 0.05)

    def take_over() -> None:
        log = DynamoRunLog(DynamoTable(clients.dynamodb, orders.runs_in), timedelta(minutes=15), ("p", 1))
        log.acquire("dp_sales_orders", 1, "another run", datetime.now(UTC) + timedelta(days=1))

    def slow(*_: Any) -> None:
        take_over()
        time.sleep(20)

    monkeypatch.setattr("mesh_jobs.application.run_product.Build.__call__", slow)
    began = time.monotonic()
    ended = orders.run(mode="delta", run_id="delta-1")
    assert time.monotonic() - began < 10
    assert ended.error == (
        "sales/orders: this run lost its lock to another run, which continues → nothing half-done is published; "
        "started again, the same run keeps what it has read"
    )
    held = orders.log.holder("dp_sales_orders", 1, datetime.now(UTC))
    assert held is not None
    assert held.owner == "another run"
