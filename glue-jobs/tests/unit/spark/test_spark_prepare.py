"""Rows are looked at as rarely as can be: once for all figures, once more for keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyspark.sql import functions as F

from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import Dataset
from support.bench import check, protected, table
from support.sides import Sides, sides_in
from support.spark import spark


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    found = sides_in(tmp_path_factory.mktemp("prepare"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def orders(sides: Sides) -> Rows:
    rows = [(f"'{i}'", f"{i}.00", "'web'") for i in range(20)]
    return sides.given("id VARCHAR, amount DECIMAL(12,2), channel VARCHAR", rows, (10, 10))[1]


def queries(work: Callable[[], Any]) -> int:
    """How many queries Spark computes meanwhile; a view that is made is none."""
    store: Any = spark()._jsparkSession.sharedState().statusStore()
    bus: Any = spark().sparkContext._jsc.sc().listenerBus()

    def executions() -> list[tuple[int, int]]:
        bus.waitUntilEmpty()
        found = store.executionsList()
        listed = (found.apply(i) for i in range(found.size()))
        return [(e.executionId(), e.jobs().size()) for e in listed]

    # Spark remembers the last thousand only, so they are told by their numbers.
    last = max((n for n, _ in executions()), default=-1)
    work()
    return sum(n > last and jobs > 0 for n, jobs in executions())


CHECKS = (check("nullValues", "id", action="quarantine_rows"), check("invalidValues", "amount", minimum=3, maximum=9))
CHAIN = (
    r.Trim("1", ("channel",)),
    r.Filter("2", "amount > 1", "too small"),
    r.Cast("3", (Field("amount", "int"),), "quarantine"),
    r.Derive("4", (("more", "amount + 1"),)),
)


@pytest.mark.parametrize(
    ("made", "looks"),
    [
        (table(*CHAIN, checks=CHECKS, protected=protected("id")), 1),
        (table(*CHAIN, checks=(*CHECKS, check("duplicateValues", "id"))), 2),
        pytest.param(table(r.Deduplicate("1", ("id",), None), checks=CHECKS), 2, marks=pytest.mark.ci),
        (table(checks=(*CHECKS, check("duplicateValues", "id", action="quarantine_rows"))), 2),
        (table(r.Sql("1", "SELECT channel, count(*) AS n FROM rows GROUP BY channel", None)), 1),
    ],
    ids=["rules and checks", "a key that is checked", "a key without doubles", "a key that moves rows", "a query"],
)
def test_a_table_is_measured_in_few_queries(sides: Sides, orders: Rows, made: Table, looks: int) -> None:
    assert queries(lambda: sides.spark.prepare(made, {"rows": orders})) == looks


@pytest.mark.ci
def test_only_what_moved_rows_is_kept(sides: Sides, orders: Rows) -> None:
    session = sides.spark._session
    counted = "SELECT channel, count(*) AS n FROM rows GROUP BY channel"
    given: Dataset = orders
    for text, kept in (
        ("SELECT id FROM rows WHERE amount > 3", 0),
        ("SELECT id, amount AS creditLimit, channel AS stockExchange FROM rows", 0),
        ("SELECT a.id FROM rows AS a JOIN rows AS b ON a.id = b.id", 0),
        (counted, 1),
        # Of a plan as long as this Spark prints the beginning.
        (f"SELECT n AS {'n' * 2000} FROM ({counted})", 1),
        ("SELECT id FROM rows WHERE amount > (SELECT avg(amount) FROM rows)", 1),
        ("SELECT id, rand() AS x FROM rows", 1),
        ("SELECT id FROM rows LIMIT 3", 1),
        # Of rows that were kept.
        ("SELECT id FROM rows WHERE id <> '3'", 0),
    ):
        before = len(session._kept)
        prepared = sides.spark.prepare(table(r.Sql("1", text, None)), {"rows": given})
        assert len(session._kept) - before == kept, text
        given = sides.spark.dataset(prepared) if "LIMIT" in text else orders


@pytest.mark.ci
def test_rows_that_repeat_a_key_are_the_same_however_often_they_are_computed(sides: Sides) -> None:
    rows = [(f"'{i % 3}'", "1.00", f"'{i}'") for i in range(30)]
    given = sides.given("id VARCHAR, amount DECIMAL(12,2), channel VARCHAR", rows)[1]
    made = table(checks=(check("duplicateValues", "id", action="quarantine_rows"),))
    prepared = sides.spark.prepare(made, {"rows": given})
    session = sides.spark._session
    first = sorted(map(str, sides.spark.rows(sides.spark.dataset(prepared))))
    for frame in session._kept:
        frame.unpersist(blocking=True)
    assert sorted(map(str, sides.spark.rows(sides.spark.dataset(prepared)))) == first
    assert len(first) == 3


def test_java_looks_for_a_class_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def named() -> tuple[Any, ...]:
        java: Any = spark()._jvm
        spark().range(1).select(F.array(F.col("id"), F.lit(1)))
        return java.org.apache.iceberg.spark.Spark3Util, java.java.util.ArrayList, java.scala.Option

    asked: list[str] = []
    client: Any = spark().sparkContext._gateway._gateway_client
    send = client.send_command

    def spy(command: str, *more: Any, **options: Any) -> Any:
        asked.append(command)
        return send(command, *more, **options)

    named()
    monkeypatch.setattr(client, "send_command", spy)
    named()
    assert [command for command in asked if command.startswith("r\nu\n")] == []
    assert asked
