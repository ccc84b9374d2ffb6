"""A deployed job is not told its engine: it takes the one that the plan has for AWS, and says why."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest

from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.entrypoints import compose_aws
from support.jobs import deployed_product
from support.plans import orders_document

ORDERS = "order_id,amount,email,updated_at\no1,10.50,a@x.org,2030-01-01T00:00:00Z\n"
WHY = {"duckdb": "800 rows fit one machine", "spark": "20 million rows"}


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The engines that jobs begin, each of which computes as DuckDB does."""
    found: list[str] = []
    computing = compose_aws._duckdb

    def begins(engine: str) -> Any:
        def begin(given: Any) -> AbstractContextManager[Any]:
            found.append(engine)
            return computing(given)

        return begin

    for engine in WHY:
        monkeypatch.setattr(compose_aws, f"_{engine}", begins(engine))
    return found


@pytest.mark.parametrize(
    ("engine", "on_a_laptop"), [("duckdb", "spark"), ("spark", "duckdb")], ids=["embedded", "cluster"]
)
def test_a_job_takes_the_engine_that_the_plan_has_for_aws_and_says_why(
    engine: str, on_a_laptop: str, chosen: list[str], clients: Clients
) -> None:
    plan = orders_document(engine={"aws": engine, "local": on_a_laptop, "why": WHY[engine]})
    orders = deployed_product(clients, plan)
    orders.land("1.csv", ORDERS)
    ended = orders.run(engine=None)
    assert ended.error is None, ended.log
    assert ended.lines[0] == f"sales/orders 1.0.0  run, {engine}: {WHY[engine]}"
    assert chosen == [engine]
    assert [r["order_id"] for r in orders.rows("sales.orders_v1")] == ["o1"]


def test_a_job_that_is_told_its_engine_takes_that_one(chosen: list[str], clients: Clients) -> None:
    plan = orders_document(engine={"aws": "spark", "local": "spark", "why": WHY["spark"]})
    # Nothing has landed, so there is nothing to run.
    ended = deployed_product(clients, plan).run(engine="duckdb")
    assert ended.lines[0] == "sales/orders 1.0.0  run, duckdb: as asked for"
    assert chosen == ["duckdb"]
