"""A partition leaves every name to the columns that come later: Iceberg's Java reads no table with a column that is
called like a partition field of another one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from two_engines import TwoEngines, planned

from mesh_jobs.domain.errors import SchemaConflict
from mesh_jobs.domain.plan import Partition, Table
from mesh_jobs.domain.table import Field
from support.plans import column

pytestmark = pytest.mark.usefixtures("quick")


def readable(two: TwoEngines, made: Table) -> list[dict[str, Any]]:
    """Its rows, which are the same to all."""
    found, duck, other = (two.read(by, made.physical) for by in ("spark", "duckdb", "pyiceberg"))
    assert found == duck == other
    return found


@pytest.mark.parametrize("by", [pytest.param("duckdb", marks=pytest.mark.soak), "spark"])
def test_a_promised_column_may_be_called_like_what_older_files_are_parted_by(two: TwoEngines, by: str) -> None:
    day, region = column("ordered_on", "date"), column("region")
    parts = [{"column": "ordered_on", "transform": "day"}, {"column": "region", "transform": "identity"}]
    old = planned("orders", "gold", columns=[column("id"), day, region], primaryKey=["id"], partitionBy=parts)
    row = {"id": "a", "ordered_on": "2030-01-01", "region": "north"}
    two.publish(
        by, old, [Field("id", "string"), Field("ordered_on", "date"), Field("region", "string")], [row], "full-1"
    )
    names = {
        "id": "id",
        "ordered_on": "ordered_on",
        "region": "area",
        "code": "region",
        "ordered_on_day": "ordered_on_day",
    }
    columns = [{**column(id, "date" if id == "ordered_on" else "string"), "name": name} for id, name in names.items()]
    parts[1] = {"column": "area", "transform": "identity"}
    new = planned("orders", "gold", columns=columns, primaryKey=["id"], incremental=True, partitionBy=parts)
    row = {"id": "b", "ordered_on": "2030-01-02", "area": "south", "region": "S", "ordered_on_day": "Wednesday"}
    fields = [Field(c["name"], c["type"]) for c in columns]
    two.publish(by, new, fields, [row], "delta-2", "merge", "1.1.0")
    found = readable(two, new)
    assert [(r["id"], r["area"], r["region"], r["ordered_on_day"]) for r in found] == [
        ("a", "north", None, None),
        ("b", "south", "S", "Wednesday"),
    ]


@pytest.mark.parametrize("transform", ["identity", pytest.param("day", marks=pytest.mark.soak)])
@pytest.mark.parametrize(
    "turns",
    [
        ("duckdb", "spark", "spark", "duckdb"),
        pytest.param(("spark", "duckdb", "spark", "spark"), marks=pytest.mark.soak),
        pytest.param(("spark", "spark", "duckdb", "spark"), marks=pytest.mark.soak),
    ],
)
def test_a_column_that_files_are_parted_by_may_change_its_type(
    two: TwoEngines, turns: tuple[str, ...], transform: Any
) -> None:
    made = planned(f"{transform}_by_{'_'.join(turns)}", primaryKey=["id"])
    made = replace(made, partition_by=(Partition("at", transform),))
    old, new = ([Field("id", "int"), Field("at", kind)] for kind in ("date", "timestamp"))
    two.save(turns[0], made, old, [{"id": n, "at": "2030-01-01"} for n in (1, 2, 3)], run="full-1")
    with pytest.raises(SchemaConflict, match="at is date and would become timestamp") as raised:
        two.save(turns[1], made, new, [{"id": 1, "at": "2030-01-01T00:00:00"}], "merge", "delta-2")
    assert "--mode full" in str(raised.value.remedy)
    rows = [{"id": 1, "at": "2030-01-01T00:00:00"}, {"id": 2, "at": None}]
    assert [two.save(by, made, new, rows, run=f"full-{by}-{n}").vanished for n, by in enumerate(turns[1:3])] == [1, 0]
    saved = two.save(turns[3], made, new, [{"id": 2, "at": "2030-01-02T00:00:00"}], "merge", "delta-5")
    assert saved.rows_total == 2
    assert [r["at"].day for r in readable(two, made)] == [1, 2]
    assert [len(two.read("pyiceberg", made.physical, s)) for s in two.snapshots(made.physical)] == [3, 2, 2, 2]
    names = [field.name for spec in two.pyiceberg(made.physical).specs().values() for field in spec.fields]
    assert len(names) == len(set(names)) == 2


@pytest.mark.parametrize("turns", [("duckdb", "spark"), pytest.param(("spark", "spark"), marks=pytest.mark.soak)])
def test_a_column_that_files_are_parted_by_may_go_with_a_full_run(two: TwoEngines, turns: tuple[str, str]) -> None:
    made = planned(f"gone_by_{'_'.join(turns)}", primaryKey=["id"])
    old = replace(made, partition_by=(Partition("at", "day"),))
    two.save(turns[0], old, [Field("id", "int"), Field("at", "date")], [{"id": 1, "at": "2030-01-01"}], run="full-1")
    left = [Field("id", "int")]
    with pytest.raises(SchemaConflict, match="its files are partitioned by column at, which is gone") as raised:
        two.save(turns[1], made, left, [{"id": 2}], "merge", "delta-2")
    assert "--mode full" in str(raised.value.remedy)
    two.save(turns[1], made, left, [{"id": 1}, {"id": 2}], run="full-3")
    assert two.save(turns[1], made, left, [{"id": 2}], "merge", "delta-4").rows_total == 2
    assert readable(two, made) == [{"id": 1}, {"id": 2}]
