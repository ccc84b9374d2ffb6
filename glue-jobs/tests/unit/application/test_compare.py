"""What is compared with what: tables by name, columns by identity, rows by key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.compare import Compare, Side
from mesh_jobs.domain.errors import BadRequest, StaleInput
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.domain.variance import ColumnVariance, Pair, Variance
from mesh_jobs.ports.table_store import Pointer
from support.plans import column, document, field, source, table


class Stored:
    """An engine, a store and a comparer of tables that are there, by name, with the columns of their plans."""

    def __init__(self, *plans: Plan) -> None:
        self.columns = {t.physical: t.columns or () for p in plans for t in p.published}
        self.asked: list[tuple[Sequence[Pair], Sequence[Pair]]] = []

    def current(self, name: TableName) -> Pointer | None:
        return Pointer(name, "", None, None, 0) if name in self.columns else None

    def read_table(self, name: TableName, planned: Any = None) -> TableName:
        return name

    def fields(self, name: TableName) -> tuple[Field, ...]:
        return tuple(Field(c.name, c.type) for c in self.columns[name])

    def variance(self, a: Any, b: Any, by: Sequence[Pair], columns: Sequence[Pair], examples: int) -> Variance:
        self.asked.append((by, columns))
        counts = tuple(ColumnVariance(p, 0, None) for p in columns)
        return Variance((1, 1), (0, 0), 1, (0, 0), 0, counts, (), ((), ()))


made: list[str] = []


def plan(columns: list[dict[str, Any]], name: str = "orders", key: Sequence[str] = ("order_id",)) -> Plan:
    # A table of its own for each, as two versions have.
    physical = f"{name}_v{len(made) + 1}"
    made.append(physical)
    gold = table(name, "gold", ["landing"], columns=columns, primaryKey=list(key), table=physical)
    return plan_from_json(document([source("landing", [field("order_id")], path="landing/")], [gold]))


def compare(a: Plan, b: Plan, by: Sequence[str] = ()) -> tuple[dict[str, Any], Stored]:
    stored = Stored(a, b)
    found = Compare(stored, stored, stored)(Side(a, "r1"), Side(b, "r2"), by, 5)  # type: ignore[arg-type]
    return found, stored


OLD = plan([column("order_id"), column("total", "decimal(12, 2)", id="amount"), column("note")])
NEW = plan([column("order_id"), column("amount", "decimal(14, 2)", id="amount"), column("country")])


def test_a_column_that_was_renamed_is_the_same_column() -> None:
    found, stored = compare(OLD, NEW)
    assert stored.asked == [([Pair("order_id", "order_id")], [Pair("total", "amount")])]
    only = found["tables"][0]
    types = {"a": "decimal(12,2)", "b": "decimal(14,2)"}
    assert only["columns"] == [{"a": "total", "b": "amount", "type": types, "different": 0, "largest": None}]
    assert only["missing"] == {"a": ["country"], "b": ["note"]}
    assert (only["by"], found["same"]) == (["order_id"], True)


def test_the_key_may_be_named_as_either_calls_it() -> None:
    for name in ("total", "amount"):
        _, stored = compare(OLD, NEW, [name])
        assert stored.asked[0][0] == [Pair("total", "amount")]


def test_a_key_that_one_of_them_lacks_is_refused() -> None:
    with pytest.raises(BadRequest, match="no column note"):
        compare(OLD, NEW, ["note"])
    with pytest.raises(BadRequest, match="share no primary key"):
        compare(plan([column("a")], key=["a"]), plan([column("b")], key=["b"]))


def test_a_table_alone_is_compared_with_a_table_alone_whatever_it_is_called() -> None:
    found, _ = compare(OLD, plan([column("order_id")], "purchases"))
    assert [t["table"] for t in found["tables"]] == [{"a": "sales.orders_v1", "b": f"sales.{made[-1]}"}]


def test_a_product_that_published_nothing_is_told() -> None:
    class Nothing:
        def last_published(self, key: str, major: int) -> None:
            return None

    with pytest.raises(StaleInput, match="has published nothing yet"):
        Side.of(Nothing(), OLD)  # type: ignore[arg-type]
