"""What a deployment has to do before a job runs is said in full, and nothing else is asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog
from mesh_jobs.adapters.iceberg.store import CatalogTableStore
from mesh_jobs.domain.errors import SchemaConflict
from mesh_jobs.domain.plan import Partition, Table
from mesh_jobs.domain.table import Column, TableName
from mesh_jobs.ports.table_store import Pointer
from support.deployed import deploy_table

ORDERS = TableName("sales", "orders_v1")
ID, AT = Column("id", "id", "long", required=True), Column("at", "at", "date")
N = Column("n", "n", "int")


def orders(columns: Sequence[Column] = (ID, AT, N), partition_by: Sequence[Partition] = ()) -> Table:
    return Table(
        name="orders",
        layer="gold",
        published=True,
        physical=ORDERS,
        quarantine=TableName("sales_internal", "orders_v1__quarantine"),
        tombstones=TableName("sales_internal", "orders_v1__tombstones"),
        inputs=(),
        columns=tuple(columns),
        protected=(),
        primary_key=("id",),
        partition_by=tuple(partition_by),
        rules=(),
        checks=(),
        persist=True,
        incremental=False,
        refresh_on=("full",),
    )


@pytest.fixture
def catalog(tmp_path: Path) -> SqliteCatalog:
    return SqliteCatalog(tmp_path)


def candidate(catalog: SqliteCatalog, table: Table, version: str = "1.0.0") -> Pointer:
    store = CatalogTableStore(catalog, alters_schemas=False)
    return store.open_candidate(table, "sales_internal", f"run-{version}", version)


def test_a_job_does_not_make_a_published_table(catalog: SqliteCatalog) -> None:
    with pytest.raises(SchemaConflict, match=r"there is no table sales\.orders_v1 yet") as conflict:
        candidate(catalog, orders())
    assert "Deploy the product first" in str(conflict.value.remedy)
    assert catalog.entries() == []


def test_what_is_deployed_is_taken_as_it_is(catalog: SqliteCatalog) -> None:
    deploy_table(catalog, orders(), "1.0.0")
    published = catalog.find(ORDERS)
    assert published is not None
    assert candidate(catalog, orders()).metadata_location == published.location


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (orders((ID, AT, N, Column("note", "note", "string"))), ["column note is not there yet"]),
        (orders((ID, AT, replace(N, name="m"))), ["column m is still called n"]),
        (orders((ID, AT, replace(N, type="long"))), ["column n is still int, not bigint"]),
        (orders((replace(ID, required=False), AT, N)), ["column id is still required"]),
        (orders((ID, AT, replace(N, required=True))), ["column n is still optional"]),
        (
            orders(partition_by=[Partition("at", "month"), Partition("n", "identity")]),
            ["files are still partitioned by nothing, not by month(at), identity(n)"],
        ),
        (
            orders((ID, AT, replace(N, name="m", type="long"), Column("x", "x", "string"))),
            ["column m is still called n", "column m is still int, not bigint", "column x is not there yet"],
        ),
    ],
)
def test_everything_that_a_plan_needs_beyond_it_is_named(
    catalog: SqliteCatalog, wanted: Table, said: list[str]
) -> None:
    deploy_table(catalog, orders(), "1.0.0")
    with pytest.raises(SchemaConflict) as conflict:
        candidate(catalog, wanted, "1.1.0")
    title, *lines = str(conflict.value).splitlines()
    assert title == "sales.orders_v1 is not deployed as contract version 1.1.0 defines it:"
    assert lines == [f"  {line}" for line in said]
    assert "Deploy the product first" in str(conflict.value.remedy)


def test_another_order_or_description_of_columns_needs_no_deployment(catalog: SqliteCatalog) -> None:
    deploy_table(catalog, orders(), "1.0.0")
    before = md.read(catalog.find(ORDERS).location)  # type: ignore[union-attr]
    reworded = orders((N, replace(ID, description="Whose order."), AT))
    after = md.read(candidate(catalog, reworded, "1.1.0").metadata_location)
    for part in ("schemas", "current-schema-id", "last-column-id", "partition-specs", "default-spec-id"):
        assert after[part] == before[part]
    assert after["properties"][md.CONTRACT_VERSION] == "1.1.0", "which contract the rows are certified for"


def test_an_older_plan_goes_on_with_a_newer_table(catalog: SqliteCatalog) -> None:
    deploy_table(catalog, orders((ID, AT, N, Column("note", "note", "string"))), "1.1.0")
    published = catalog.find(ORDERS)
    assert published is not None
    assert candidate(catalog, orders(), "1.0.0").metadata_location == published.location


def test_a_column_that_would_go_is_a_new_major_version_not_a_deployment(catalog: SqliteCatalog) -> None:
    deploy_table(catalog, orders(), "1.0.0")
    with pytest.raises(SchemaConflict, match="column n is published and would be dropped") as conflict:
        candidate(catalog, orders((ID, AT)), "1.1.0")
    assert "major version" in str(conflict.value.remedy)
