"""What every table store promises: the stand-in of the tests and the one on a laptop behave alike."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import duckdb
import pytest

from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.iceberg.files import field_ids
from mesh_jobs.adapters.iceberg.glue_catalog import GlueCatalog
from mesh_jobs.adapters.iceberg.storage import storage
from mesh_jobs.adapters.iceberg.store import CatalogTableStore, SqliteTableStore
from mesh_jobs.adapters.iceberg.tables import CatalogTables, LocalTables
from mesh_jobs.adapters.inmemory.tables import MemoryTableStore
from mesh_jobs.domain.errors import PublishConflict, SchemaConflict
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import Column, Field, TableName
from mesh_jobs.ports.engine import Saved
from mesh_jobs.ports.table_store import Pointer, Swap, TableStore
from support.aws import WAREHOUSE, emulated
from support.strict import strict

INTERNAL = "sales_internal"
ORDERS = TableName("sales", "orders_v1")
DAILY = TableName("sales", "daily_v1")
BRONZE = TableName(INTERNAL, "orders_v1__bronze")
ID = Column("id", "id", "long", required=True)
NOTE = Column("note", "note", "string")


class Store(Protocol):
    """A table store, and the least of an engine: rows with ids that take the place of what is there. `files` are those
    of a candidate that was written to once."""

    store: TableStore
    files: int

    def write(self, table: TableName, run_id: str, ids: Sequence[int]) -> None: ...

    def read(self, table: TableName) -> list[int]: ...


class InMemory:
    files = 0

    def __init__(self, _: Path) -> None:
        self.memory = MemoryTableStore()
        self.store: TableStore = self.memory

    def write(self, table: TableName, run_id: str, ids: Sequence[int]) -> None:
        self.memory.write(table, [{"id": i} for i in ids], run_id, Saved(len(ids), 0, len(ids), 0, None))

    def read(self, table: TableName) -> list[int]:
        version = self.memory.version(table)
        assert version is not None
        return sorted(row["id"] for row in version.rows)


class Iceberg:
    #: Its rows, a manifest, a list of it, and its metadata before and after.
    files = 5

    def __init__(self, folder: Path) -> None:
        self.store: TableStore = SqliteTableStore(folder / ".mesh")
        self.tables: CatalogTables = LocalTables(folder / ".mesh")

    def write(self, table: TableName, run_id: str, ids: Sequence[int]) -> None:
        schema = self.tables.schema(table) or self.tables.ensure(table, [Field("id", "long")], replace=True)
        more = "".join(f", NULL::VARCHAR AS {c.name}" for c in schema.columns if c.name != "id")
        path = f"{self.tables.data_folder(table)}/{run_id}-{uuid.uuid4()}.parquet"
        rows = f"SELECT unnest({list(ids)})::BIGINT AS id{more}"
        duckdb.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet, FIELD_IDS {field_ids(schema)})")
        self.tables.commit_replace(table, run_id, [path])

    def read(self, table: TableName) -> list[int]:
        paths = [file.path for file in self.tables.files(table)]
        return sorted(i for (i,) in duckdb.execute(f"SELECT id FROM read_parquet({paths})").fetchall()) if paths else []


class OnAws(Iceberg):
    """Over S3 and the Glue Data Catalog; the test's own files pass through this machine."""

    def __init__(self, folder: Path) -> None:
        catalog = GlueCatalog(Clients().glue, WAREHOUSE, (ORDERS.database, INTERNAL))
        self.store = CatalogTableStore(catalog)
        self.tables = CatalogTables(catalog)
        self.folder = folder

    def write(self, table: TableName, run_id: str, ids: Sequence[int]) -> None:
        schema = self.tables.schema(table) or self.tables.ensure(table, [Field("id", "long")], replace=True)
        more = "".join(f", NULL::VARCHAR AS {c.name}" for c in schema.columns if c.name != "id")
        path = self.folder / f"{run_id}-{uuid.uuid4()}.parquet"
        rows = f"SELECT unnest({list(ids)})::BIGINT AS id{more}"
        duckdb.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet, FIELD_IDS {field_ids(schema)})")
        location = f"{self.tables.data_folder(table)}/{path.name}"
        storage(location).write(location, path.read_bytes())
        self.tables.commit_replace(table, run_id, [location])

    def read(self, table: TableName) -> list[int]:
        found: list[int] = []
        for file in self.tables.files(table):
            copy = self.folder / file.path.rsplit("/", 1)[-1]
            copy.write_bytes(storage(file.path).read(file.path))
            found += [i for (i,) in duckdb.execute(f"SELECT id FROM read_parquet('{copy}')").fetchall()]
        return sorted(found)


@pytest.fixture(params=[InMemory, Iceberg, OnAws], ids=["in memory", "iceberg", "aws"])
def kit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param is not OnAws:
        yield request.param(tmp_path)
        return
    with emulated(), strict():
        yield OnAws(tmp_path)


def plan_table(physical: TableName = ORDERS, *columns: Column) -> Table:
    return Table(
        name=physical.table.removesuffix("_v1"),
        layer="gold",
        published=True,
        physical=physical,
        quarantine=TableName(INTERNAL, f"{physical.table}__quarantine"),
        tombstones=TableName(INTERNAL, f"{physical.table}__tombstones"),
        inputs=("landing",),
        columns=columns or (ID,),
        protected=(),
        primary_key=("id",),
        partition_by=(),
        rules=(),
        checks=(),
        persist=True,
        incremental=False,
        refresh_on=("full",),
    )


def build(kit: Store, run_id: str, ids: Sequence[int], table: TableName = ORDERS, version: str = "1.0.0") -> Swap:
    """A candidate with rows, waiting to be published."""
    before = kit.store.current(table)
    candidate = kit.store.open_candidate(plan_table(table), INTERNAL, run_id, version).table
    kit.write(candidate, run_id, ids)
    return Swap(table, before.metadata_location if before else None, at(kit, candidate).metadata_location)


def at(kit: Store, table: TableName) -> Pointer:
    pointer = kit.store.current(table)
    assert pointer is not None
    return pointer


def test_a_table_that_was_never_made_has_no_pointer(kit: Store) -> None:
    assert kit.store.current(ORDERS) is None


def test_a_pointer_tells_the_run_that_wrote_last_and_the_rows(kit: Store) -> None:
    kit.write(BRONZE, "full-1", [1, 2])
    first = at(kit, BRONZE)
    assert (first.table, first.run_id, first.rows) == (BRONZE, "full-1", 2)
    assert first.snapshot_id is not None
    kit.write(BRONZE, "full-2", [3])
    second = at(kit, BRONZE)
    assert (second.run_id, second.rows) == ("full-2", 1)
    assert second.snapshot_id != first.snapshot_id
    assert second.metadata_location != first.metadata_location


def test_a_write_happens_once_per_run(kit: Store) -> None:
    kit.write(BRONZE, "full-1", [1])
    first = at(kit, BRONZE)
    kit.write(BRONZE, "full-1", [1, 2])
    assert at(kit, BRONZE) == first
    assert kit.read(BRONZE) == [1]


def test_a_candidate_is_empty_where_nothing_is_published_and_else_has_what_is(kit: Store) -> None:
    first = kit.store.open_candidate(plan_table(), INTERNAL, "full-1", "1.0.0")
    assert (first.snapshot_id, first.rows, kit.read(first.table)) == (None, 0, [])
    kit.store.publish([build(kit, "full-1", [1, 2])])
    second = kit.store.open_candidate(plan_table(), INTERNAL, "full-2", "1.0.0")
    assert (second.rows, second.run_id, kit.read(second.table)) == (2, "full-1", [1, 2])
    assert second.table.database == INTERNAL
    assert second.table != first.table


def test_a_candidate_of_another_run_cannot_be_seen_in_mine(kit: Store) -> None:
    mine = kit.store.open_candidate(plan_table(), INTERNAL, "full-1", "1.0.0").table
    other = kit.store.open_candidate(plan_table(), INTERNAL, "full-2", "1.0.0").table
    kit.write(other, "full-2", [2])
    assert kit.read(mine) == []


def test_opening_a_candidate_again_keeps_its_rows(kit: Store) -> None:
    swap = build(kit, "full-1", [1])
    again = kit.store.open_candidate(plan_table(), INTERNAL, "full-1", "1.0.0")
    assert again.metadata_location == swap.new
    assert kit.read(again.table) == [1]


def test_nothing_is_visible_before_the_swap_and_all_of_it_after(kit: Store) -> None:
    swaps = [build(kit, "full-1", [1]), build(kit, "full-1", [10, 11], DAILY)]
    assert [kit.store.current(t) for t in (ORDERS, DAILY)] == [None, None]
    kit.store.publish(swaps)
    assert [kit.read(t) for t in (ORDERS, DAILY)] == [[1], [10, 11]]
    assert at(kit, ORDERS).metadata_location == swaps[0].new


def test_a_swap_already_done_is_done(kit: Store) -> None:
    swap = build(kit, "full-1", [1])
    kit.store.publish([swap])
    kit.store.publish([swap])
    assert kit.read(ORDERS) == [1]


def test_a_pointer_that_another_run_moved_is_a_conflict_and_no_table_changes(kit: Store) -> None:
    swaps = [build(kit, "full-1", [1], DAILY), build(kit, "full-1", [1])]
    kit.store.publish([build(kit, "full-2", [2])])
    with pytest.raises(PublishConflict) as conflict:
        kit.store.publish(swaps)
    assert conflict.value.remedy
    assert kit.store.current(DAILY) is None
    assert kit.read(ORDERS) == [2]


def test_dropping_candidates_leaves_what_is_published_and_those_of_others(kit: Store) -> None:
    swap = build(kit, "full-1", [1])
    other = kit.store.open_candidate(plan_table(), INTERNAL, "full-11", "1.0.0").table
    kit.store.publish([swap])
    mine = kit.store.open_candidate(plan_table(), INTERNAL, "full-1", "1.0.0").table
    kit.store.drop_candidates(INTERNAL, "full-1")
    kit.store.drop_candidates(INTERNAL, "full-1")
    assert kit.store.current(mine) is None
    assert kit.store.current(other) is not None
    assert kit.read(ORDERS) == [1]


def test_a_candidate_is_called_by_its_product_whose_jobs_may_touch_nothing_else(kit: Store) -> None:
    table = replace(plan_table(DAILY), quarantine=TableName(INTERNAL, "gold_daily_v1__daily__quarantine"))
    candidate = kit.store.open_candidate(table, INTERNAL, "r1", "1.0.0").table
    assert candidate.table == "gold_daily_v1__daily__candidate__r1"
    kit.store.drop_candidates(INTERNAL, "r1", [table])
    assert kit.store.current(candidate) is None


def test_a_run_of_another_product_with_the_same_id_keeps_its_candidates(kit: Store) -> None:
    mine = kit.store.open_candidate(plan_table(), INTERNAL, "full-1", "1.0.0").table
    other = kit.store.open_candidate(plan_table(DAILY), INTERNAL, "full-1", "1.0.0").table
    kit.store.drop_candidates(INTERNAL, "full-1", [plan_table(), plan_table(BRONZE)])
    assert kit.store.current(mine) is None
    assert kit.store.current(other) is not None
    kit.store.drop_candidates(INTERNAL, "full-1")
    assert kit.store.current(other) is None


def test_a_column_that_consumers_read_cannot_go(kit: Store) -> None:
    candidate = kit.store.open_candidate(plan_table(ORDERS, ID, NOTE), INTERNAL, "full-1", "1.0.0").table
    kit.write(candidate, "full-1", [1])
    kit.store.publish([Swap(ORDERS, None, at(kit, candidate).metadata_location)])
    with pytest.raises(SchemaConflict, match="note") as conflict:
        kit.store.open_candidate(plan_table(ORDERS, ID), INTERNAL, "full-2", "1.1.0")
    assert "major version" in str(conflict.value.remedy)


def test_a_candidate_that_is_folded_has_what_is_published_and_what_stands(kit: Store) -> None:
    for run_id in ("full-1", "full-2"):
        kit.store.publish([build(kit, run_id, [1])])
    standing = at(kit, ORDERS).metadata_location
    candidate = kit.store.open_candidate(plan_table(), INTERNAL, "full-3", "1.0.0").table
    for effect in ("full-3.0", "full-3.1", "full-3"):
        kit.write(candidate, effect, [1, 2, 3])
    last = at(kit, candidate)
    assert kit.store.fold(candidate, "full-3", standing) == 2
    assert kit.store.fold(candidate, "full-3", standing) == 0
    after = at(kit, candidate)
    assert (after.snapshot_id, after.run_id, kit.read(candidate)) == (last.snapshot_id, "full-3", [1, 2, 3])
    kit.store.publish([Swap(ORDERS, standing, after.metadata_location)])
    assert kit.store.can_go_back(ORDERS, standing)


def test_of_a_first_candidate_that_is_folded_what_stands_is_left(kit: Store) -> None:
    candidate = kit.store.open_candidate(plan_table(), INTERNAL, "full-1", "1.0.0").table
    assert kit.store.fold(candidate, "full-1", None) == 0
    for effect in ("full-1.0", "full-1"):
        kit.write(candidate, effect, [1])
    assert kit.store.fold(candidate, "full-1", None) == 1
    assert kit.read(candidate) == [1]


def test_an_internal_table_goes_back_to_metadata_it_had(kit: Store) -> None:
    kit.write(BRONZE, "full-1", [1])
    first = at(kit, BRONZE)
    kit.write(BRONZE, "full-2", [2])
    kit.store.publish([Swap(BRONZE, at(kit, BRONZE).metadata_location, first.metadata_location)])
    assert at(kit, BRONZE) == first
    assert kit.read(BRONZE) == [1]


def test_internal_tables_are_found_by_how_their_names_begin(kit: Store) -> None:
    kit.write(BRONZE, "full-1", [1])
    build(kit, "full-1", [1])
    own = BRONZE.table.partition("__")[0] + "__"
    assert kit.store.internal(INTERNAL, own) == [BRONZE]
    assert kit.store.internal(INTERNAL, f"x{own}") == []


def test_what_is_erased_is_gone_with_its_files_and_erasing_it_again_is_nothing(kit: Store) -> None:
    kit.store.publish([build(kit, "full-1", [1])])
    kit.write(BRONZE, "full-1", [1])
    assert (kit.store.erase([BRONZE]) > 0) == (kit.files > 0)
    assert kit.store.erase([BRONZE]) == 0
    assert kit.store.current(BRONZE) is None
    assert kit.read(ORDERS) == [1]


def test_a_dropped_table_is_gone_and_dropping_it_again_is_nothing(kit: Store) -> None:
    kit.write(BRONZE, "full-1", [1])
    kit.store.drop(BRONZE)
    kit.store.drop(BRONZE)
    assert kit.store.current(BRONZE) is None


def test_removing_leftovers_takes_what_was_dropped_and_nothing_that_a_name_can_reach(kit: Store) -> None:
    kit.store.publish([build(kit, "full-1", [1])])
    build(kit, "full-2", [2])
    kit.store.drop_candidates(INTERNAL, "full-2")
    kit.write(BRONZE, "full-2", [3])
    assert kit.store.remove_leftovers(["full-1", "full-2"]) == kit.files
    assert kit.store.remove_leftovers(["full-1", "full-2"], [ORDERS, BRONZE]) == 0
    assert kit.read(ORDERS) == [1]
    assert kit.read(BRONZE) == [3]
