"""Columns that are added, renamed and widened, and partitions that change, between runs of different engines."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from two_engines import TwoEngines, planned

from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import Field
from support.plans import column

pytestmark = pytest.mark.usefixtures("quick")

OLD = [
    column("id", "string", required=True),
    column("count", "int"),
    column("price", "decimal(8, 2)"),
    column("ratio", "float"),
    column("place", {"kind": "struct", "fields": [{"name": "city", "type": "string"}]}),
]
NEW = [
    column("id", "string", required=True),
    {**column("count", "long"), "name": "quantity"},
    column("price", "decimal(20, 2)"),
    column("ratio", "double"),
    column("place", {"kind": "struct", "fields": [{"name": "city", "type": "string"}, {"name": "zip", "type": "int"}]}),
    column("note", "string"),
]


def orders(columns: list[dict[str, Any]], **more: Any) -> Table:
    return planned("orders", "gold", columns=columns, primaryKey=["id"], incremental=True, **more)


def fields(columns: list[dict[str, Any]]) -> list[Field]:
    return [Field(c.name, c.type) for c in orders(columns).columns or ()]


#: Without a struct Spark reads in vectors.
FLAT = [[c for c in columns if not isinstance(c["type"], dict)] for columns in (OLD, NEW)]


@pytest.mark.parametrize("one", ["duckdb", pytest.param("spark", marks=pytest.mark.soak)])
def test_plain_columns_that_were_widened_are_read_and_merged_by_both(two: TwoEngines, one: str) -> None:
    old, new = map(orders, FLAT)
    rows = [{"id": i, "count": n, "price": "1.50", "ratio": 0.5} for i, n in (("a", 1), ("b", -(2**31)), ("c", None))]
    two.publish(one, old, fields(FLAT[0]), rows, "full-1")
    changed = [{"id": "b", "quantity": 2**40, "price": "1.50", "ratio": 1e300, "note": None}]
    two.publish("spark", new, fields(FLAT[1]), changed, "delta-2", "merge", "1.1.0")
    assert [row["quantity"] for row in two.read("spark", new.physical)] == [1, 2**40, None]
    assert two.read("spark", new.physical) == two.read("duckdb", new.physical)


@pytest.mark.parametrize(
    ("one", "other"),
    [pytest.param("duckdb", "spark", marks=pytest.mark.ci), pytest.param("spark", "duckdb", marks=pytest.mark.soak)],
)
def test_columns_added_renamed_and_widened_are_merged_by_the_other_engine(
    two: TwoEngines, one: str, other: str
) -> None:
    old, new = orders(OLD), orders(NEW)
    first = [
        {"id": "a", "count": 1, "price": "1.50", "ratio": 0.5, "place": {"city": "Bern"}},
        {"id": "b", "count": -(2**31), "price": "-999999.99", "ratio": -0.25, "place": None},
        {"id": "c", "count": None, "price": None, "ratio": None, "place": {"city": None}},
    ]
    two.publish(one, old, fields(OLD), first, "full-1")
    changed = [{"id": "b", "quantity": 2**40, "price": "12345678901234567.89", "ratio": 1e300, "note": "new"}]
    two.publish(other, new, fields(NEW), changed, "delta-2", "merge", "1.1.0")
    there = {"id": "d", "quantity": 4, "note": "é", "place": {"city": "Rome", "zip": 100}}
    two.publish(one, new, fields(NEW), [there], "delta-3", "merge", "1.1.0")
    # A rollback to the older contract knows neither the new names nor the new column.
    again = {"id": "a", "count": 7, "price": "7.00", "place": {"city": "Bern"}}
    two.publish(other, old, fields(OLD), [again], "delta-4", "merge", "1.0.0")
    names = [c["name"] for c in NEW]
    wanted = [
        ("a", 7, Decimal("7.00"), None, {"city": "Bern", "zip": None}, None),
        ("b", 2**40, Decimal("12345678901234567.89"), 1e300, None, "new"),
        ("c", None, None, None, {"city": None, "zip": None}, None),
        ("d", 4, None, None, {"city": "Rome", "zip": 100}, "é"),
    ]
    for reader in ("spark", "duckdb", "pyiceberg"):
        found = two.read(reader, new.physical)
        assert [tuple(row[name] for name in names) for row in found] == wanted, reader
    types = {f.name: f.type for f in fields(NEW)}
    assert two.types("spark", new.physical) == two.types("duckdb", new.physical) == types
    snapshots = two.snapshots(new.physical)
    assert [len(two.read("pyiceberg", new.physical, s)) for s in snapshots] == [3, 3, 4, 4]
    oldest = [{**row, "price": row["price"] and Decimal(row["price"])} for row in first]
    assert two.read("spark", new.physical, snapshots[0]) == two.read("duckdb", new.physical, snapshots[0]) == oldest


BY_DAY = ({"column": "at", "transform": "day"},)
BY_MONTH_AND_PLACE = ({"column": "at", "transform": "month"}, {"column": "place", "transform": "identity"})
SHOPS = [column("id", "string", required=True), column("at", "timestamptz"), column("place", "string")]


@pytest.mark.parametrize(
    ("one", "other"),
    [pytest.param("duckdb", "spark", marks=pytest.mark.ci), pytest.param("spark", "duckdb", marks=pytest.mark.soak)],
)
def test_new_files_follow_new_partitions_and_old_ones_stay_until_a_row_of_theirs_changes(
    two: TwoEngines, one: str, other: str
) -> None:
    def shop(id: str, day: str, place: str | None) -> dict[str, Any]:
        return {"id": id, "at": f"2030-{day}T00:00:00Z", "place": place}

    def files() -> list[tuple[int, int]]:
        """Of each file which of the table's partitionings it follows, and its rows."""
        found = two.pyiceberg(by_day.physical).inspect.files().to_pylist()
        return sorted((f["spec_id"], f["record_count"]) for f in found)

    by_day, by_month, whole = (orders(SHOPS, partitionBy=list(by)) for by in (BY_DAY, BY_MONTH_AND_PLACE, ()))
    there = {n: shop(n, day, "x") for n, day in (("a", "01-01"), ("b", "01-01"), ("c", "01-02"), ("d", "01-31"))}
    old = fields(SHOPS)
    two.publish(one, by_day, old, list(there.values()), "full-1")
    assert files() == [(0, 1), (0, 1), (0, 2)]

    there |= {"a": shop("a", "01-01", None), "e": shop("e", "02-01", "y"), "f": shop("f", "01-02", "x")}
    changed = [there[n] for n in "aef"]
    saved = two.publish(other, by_month, old, changed, "delta-2", "merge", "1.1.0")
    assert (saved.rows_out, saved.rows_total) == (3, 6)
    assert files() == [(0, 1), (0, 1), (1, 1), (1, 1), (1, 2)], "only the file of a and b is written again"

    there |= {n: shop(n, "03-01", "z") for n in "ac"}
    two.publish(one, by_month, old, [there["a"], there["c"]], "delta-3", "merge", "1.1.0")
    assert files() == [(0, 1), (1, 1), (1, 2), (1, 2)]

    there["d"] = shop("d", "01-31", "w")
    two.publish(other, whole, old, [there["d"]], "delta-4", "merge", "1.2.0")
    assert files() == [(1, 1), (1, 2), (1, 2), (2, 1)]

    for n, version in (("g", "1.0.0"), ("h", "1.3.0")):
        there[n] = shop(n, "01-02", "x")
        two.publish(one, by_day, old, [there[n]], f"delta-{n}", "merge", version)
    # An older contract changes no table, a newer one finds the partitions that there were.
    assert files() == [(0, 1), (1, 1), (1, 2), (1, 2), (2, 1), (2, 1)]
    wanted = [(n, row["at"].removesuffix("Z"), row["place"]) for n, row in sorted(there.items())]
    for reader in ("spark", "duckdb", "pyiceberg"):
        found = two.read(reader, by_day.physical)
        assert [(row["id"], f"{row['at']:%Y-%m-%dT%H:%M:%S}", row["place"]) for row in found] == wanted, reader
