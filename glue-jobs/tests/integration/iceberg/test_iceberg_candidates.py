"""Candidates: what a run builds is nobody's to see before it is certified and published."""

from __future__ import annotations

from pathlib import Path

import pytest
from iceberg_bench import BRONZE, INTERNAL, ORDERS, Workbench
from pyiceberg.exceptions import NoSuchTableError

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.catalog import working_name
from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog
from mesh_jobs.domain.errors import BadInput, MeshError, PublishConflict, SchemaConflict
from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.table import Column, Field, TableName
from mesh_jobs.ports.table_store import Swap

ID = Column("id", "id", "long", required=True)
NOTE = Column("note", "note", "string")
PAYMENTS = TableName("sales", "payments_v1")


def test_a_first_candidate_makes_no_published_table(bench: Workbench) -> None:
    candidate = bench.candidate(bench.plan_table([ID]), "full-1")
    assert candidate.table == TableName(INTERNAL, "orders_v1__candidate__full_1")
    assert (candidate.snapshot_id, candidate.run_id, candidate.rows) == (None, None, 0)
    assert bench.store.current(ORDERS) is None
    with pytest.raises(NoSuchTableError):
        bench.pyiceberg().load_table(str(ORDERS))


def test_a_published_table_lives_where_its_own_name_says(bench: Workbench) -> None:
    bench.run(bench.plan_table([ID]), "full-1", "SELECT 1::BIGINT id")
    assert bench.pyiceberg().load_table(str(ORDERS)).location() == f"{bench.state}/warehouse/sales/orders_v1"


def test_a_candidate_starts_with_what_is_published(bench: Workbench) -> None:
    made = bench.run(bench.plan_table([ID]), "full-1", "SELECT 1::BIGINT id")
    candidate = bench.candidate(bench.plan_table([ID]), "delta-2")
    assert candidate.metadata_location == made.metadata_location
    assert (candidate.snapshot_id, candidate.run_id, candidate.rows) == (made.snapshot_id, "full-1", 1)
    assert bench.rows(candidate.table) == [{"id": 1}]


def test_opening_a_candidate_again_gives_the_same(bench: Workbench) -> None:
    orders = bench.plan_table([ID])
    first = bench.candidate(orders, "full-1")
    assert bench.candidate(orders, "full-1") == first
    made = bench.tables.commit_replace(first.table, "full-1", bench.write(first.table, "full-1", "SELECT 1::BIGINT id"))
    again = bench.candidate(orders, "full-1")
    assert (again.metadata_location, again.rows, again.run_id) == (made.metadata_location, 1, "full-1")


def test_a_new_column_is_published_together_with_its_data(bench: Workbench) -> None:
    bench.run(bench.plan_table([ID]), "full-1", "SELECT 1::BIGINT id")
    wider = bench.plan_table([ID, NOTE])
    candidate = bench.candidate(wider, "full-2", "1.1.0").table
    made = bench.tables.commit_replace(
        candidate, "full-2", bench.write(candidate, "full-2", "SELECT 1::BIGINT id, 'n' note")
    )
    before = bench.store.current(ORDERS)
    assert before is not None
    assert bench.rows(ORDERS) == [{"id": 1}], "neither column nor data can be seen before the swap"
    bench.store.publish([Swap(ORDERS, before.metadata_location, made.metadata_location)])
    assert bench.rows(ORDERS) == [{"id": 1, "note": "n"}]


def test_what_was_rejected_cannot_be_read_by_any_name_or_snapshot(bench: Workbench) -> None:
    orders = bench.plan_table([ID])
    bench.run(orders, "full-1", "SELECT 1::BIGINT id")
    candidate = bench.candidate(orders, "full-2").table
    rejected = bench.tables.commit_replace(
        candidate, "full-2", bench.write(candidate, "full-2", "SELECT 666::BIGINT id")
    )
    bench.store.drop_candidates(INTERNAL, "full-2")
    bench.run(orders, "full-3", "SELECT 3::BIGINT id")
    catalog = bench.pyiceberg()
    names = [name for namespace in catalog.list_namespaces() for name in catalog.list_tables(namespace)]
    assert names == [("sales", "orders_v1")]
    for name in names:
        table = catalog.load_table(name)
        assert rejected.snapshot_id not in {s.snapshot_id for s in table.snapshots()}
        assert rejected.snapshot_id not in {entry.snapshot_id for entry in table.history()}
        for snapshot in table.snapshots():
            assert {"id": 666} not in table.scan(snapshot_id=snapshot.snapshot_id).to_arrow().to_pylist()
        with pytest.raises(ValueError, match="Snapshot not found"):
            table.scan(snapshot_id=rejected.snapshot_id).to_arrow()
        for entry in table.metadata.metadata_log:
            assert str(rejected.snapshot_id) not in Path(entry.metadata_file).read_text()
    with pytest.raises(BadInput, match=r"no longer has snapshot \d+"):
        bench.tables.files(ORDERS, rejected.snapshot_id)
    with pytest.raises(NoSuchTableError):
        catalog.load_table(str(candidate))


def test_dropping_a_runs_candidates_leaves_other_runs_and_all_files_alone(bench: Workbench) -> None:
    orders, payments = bench.plan_table([ID]), bench.plan_table([ID], physical=PAYMENTS)
    mine = [bench.candidate(table, "full-1").table for table in (orders, payments)]
    other = bench.candidate(orders, "full-11").table
    bench.tables.commit_replace(mine[0], "full-1", bench.write(mine[0], "full-1", "SELECT 1::BIGINT id"))
    files = {path for path in (bench.state / "warehouse").rglob("*") if path.is_file()}
    bench.store.drop_candidates(INTERNAL, "full-1")
    bench.store.drop_candidates(INTERNAL, "full-1")
    assert [bench.store.current(name) for name in mine] == [None, None]
    assert bench.store.current(other) is not None
    assert {path for path in (bench.state / "warehouse").rglob("*") if path.is_file()} == files


# -- evolution


def test_a_change_that_would_break_consumers_is_refused_with_all_its_columns(bench: Workbench) -> None:
    bench.run(bench.plan_table([ID, NOTE]), "full-1", "SELECT 1::BIGINT id, 'n' note")
    narrower = bench.plan_table([Column("id", "id", "int", required=True)])
    with pytest.raises(SchemaConflict) as conflict:
        bench.candidate(narrower, "full-2", "1.1.0")
    assert str(conflict.value) == (
        "sales.orders_v1 cannot become contract version 1.1.0 (it has 1.0.0):\n"
        "  column note is published and would be dropped\n"
        "  column id is bigint and would become int"
    )
    assert str(conflict.value.remedy).startswith(
        "consumers read this table: keep the column as it was, or publish the change as a new major version; "
        "or start over"
    )


def test_a_rollback_to_an_older_contract_succeeds_and_changes_nothing(bench: Workbench) -> None:
    bench.run(bench.plan_table([ID]), "full-1", "SELECT 1::BIGINT id", "1.0.0")
    renamed = bench.plan_table([Column("id", "order_id", "long", required=True), NOTE])
    bench.run(renamed, "full-2", "SELECT 1::BIGINT order_id, 'n' note", "1.1.0")
    candidate = bench.candidate(bench.plan_table([ID]), "full-3", "1.0.0")
    schema = bench.tables.schema(candidate.table)
    assert schema is not None
    assert [(c.column_id, c.name) for c in schema.columns] == [("id", "order_id"), ("note", "note")]
    assert candidate.metadata_location == bench.store.current(ORDERS).metadata_location  # type: ignore[union-attr]


def test_the_same_contract_again_writes_nothing(bench: Workbench) -> None:
    bench.run(bench.plan_table([ID], key=["id"]), "full-1", "SELECT 1::BIGINT id")
    files = list((bench.state / "warehouse").rglob("*"))
    bench.candidate(bench.plan_table([ID], key=["id"]), "full-2")
    assert list((bench.state / "warehouse").rglob("*")) == files


def test_the_primary_key_may_come_and_be_renamed_but_not_change(bench: Workbench) -> None:
    bench.run(bench.plan_table([ID, NOTE]), "full-1", "SELECT 1::BIGINT id, 'n' note")
    bench.run(bench.plan_table([ID, NOTE], key=["id"]), "full-2", "SELECT 1::BIGINT id, 'n' note", "1.1.0")
    assert bench.pyiceberg().load_table(str(ORDERS)).schema().identifier_field_names() == {"id"}
    renamed = [Column("id", "order_id", "long", required=True), NOTE]
    bench.run(bench.plan_table(renamed, key=["order_id"]), "full-3", "SELECT 1::BIGINT order_id, 'n' note", "1.2.0")
    with pytest.raises(SchemaConflict, match=r"the primary key is \(id\) and would become \(id, note\)"):
        bench.candidate(bench.plan_table(renamed, key=["order_id", "note"]), "full-4", "1.3.0")
    with pytest.raises(SchemaConflict, match=r"the primary key is \(id\) and would become \(\)"):
        bench.candidate(bench.plan_table(renamed), "full-4", "1.3.0")


def test_partitions_of_a_published_table_may_change(bench: Workbench) -> None:
    columns = [ID, Column("at", "at", "timestamptz")]
    sql = "SELECT 1::BIGINT id, TIMESTAMPTZ '2024-02-29 00:00:00+00' AS at"
    bench.run(bench.plan_table(columns), "full-1", sql)
    bench.run(bench.plan_table(columns, partition_by=[Partition("at", "day")]), "full-2", sql, "1.1.0")
    assert [f.partition for f in bench.tables.files(ORDERS)] == [(19782,)]
    assert [f.partition for f in bench.tables.files(ORDERS, _snapshots(bench)[0])] == [()]


def test_time_travel_reads_a_snapshot_with_the_schema_it_was_made_with(bench: Workbench) -> None:
    bench.run(bench.plan_table([ID]), "full-1", "SELECT 1::BIGINT id")
    bench.run(bench.plan_table([ID, NOTE]), "full-2", "SELECT 2::BIGINT id, 'n' note", "1.1.0")
    first = _snapshots(bench)[0]
    schema = bench.tables.schema(ORDERS, first)
    assert schema is not None
    assert [c.name for c in schema.columns] == ["id"]
    assert bench.rows(ORDERS, first) == [{"id": 1}]


# -- publishing


def test_all_tables_of_a_product_are_published_or_none(bench: Workbench) -> None:
    swaps = [_ready(bench, ORDERS, "full-1"), _ready(bench, PAYMENTS, "full-1")]
    bench.run(bench.plan_table([ID], physical=PAYMENTS), "full-0", "SELECT 0::BIGINT id")
    with pytest.raises(PublishConflict, match=r"sales.payments_v1 points at .*; this run expected nothing and made"):
        bench.store.publish(swaps)
    assert bench.store.current(ORDERS) is None
    assert bench.rows(PAYMENTS) == [{"id": 0}]


def test_a_swap_already_done_is_done(bench: Workbench) -> None:
    first = _ready(bench, ORDERS, "full-1")
    bench.store.publish([first])
    bench.store.publish([first])
    second = _ready(bench, ORDERS, "full-2")
    both = [second, _ready(bench, PAYMENTS, "full-2")]
    bench.store.publish([second])
    bench.store.publish(both)
    assert [len(bench.rows(t)) for t in (ORDERS, PAYMENTS)] == [1, 1]


def test_a_candidate_opened_before_another_run_published_cannot_undo_it(bench: Workbench) -> None:
    stale = _ready(bench, ORDERS, "full-1")
    bench.run(bench.plan_table([ID]), "full-2", "SELECT 2::BIGINT id")
    published = bench.store.current(ORDERS)
    assert published is not None
    with pytest.raises(PublishConflict) as conflict:
        bench.store.publish([stale])
    assert "Start the product's run again" in str(conflict.value.remedy)
    with pytest.raises(PublishConflict, match="was not made from"):
        bench.store.publish([Swap(ORDERS, published.metadata_location, stale.new)])
    assert bench.store.current(ORDERS) == published


def test_an_internal_table_can_be_taken_back_to_what_it_was(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    first = bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", "SELECT 1::BIGINT id"))
    second = bench.tables.commit_replace(BRONZE, "r2", bench.write(BRONZE, "r2", "SELECT 2::BIGINT id"))
    bench.store.publish([Swap(BRONZE, second.metadata_location, first.metadata_location)])
    assert bench.rows(BRONZE) == [{"id": 1}]
    third = bench.tables.commit_replace(BRONZE, "r2", bench.write(BRONZE, "r2", "SELECT 3::BIGINT id"))
    assert third.snapshot_id != second.snapshot_id, "the run that was taken back may commit anew"
    assert bench.rows(BRONZE) == [{"id": 3}]


def test_a_dropped_table_is_gone_by_name_and_can_be_made_anew(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    bench.store.drop(BRONZE)
    bench.store.drop(BRONZE)
    assert bench.store.current(BRONZE) is None
    assert bench.tables.schema(BRONZE) is None
    bench.tables.ensure(BRONZE, [Field("other", "string")], replace=True)
    assert bench.rows(BRONZE) == []


def test_a_mesh_may_live_in_a_folder_with_any_name(tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "a mesh #1 100% ünï?" / ".mesh")
    made = bench.run(bench.plan_table([ID]), "full-1", "SELECT 1::BIGINT id")
    (file,) = bench.tables.files(ORDERS)
    assert Path(file.path).is_file()
    assert bench.store.current(ORDERS).snapshot_id == made.snapshot_id  # type: ignore[union-attr]
    assert bench.store.remove_leftovers(["full-1"]) == 0
    assert Path(file.path).is_file()


def test_a_mesh_that_was_moved_says_so(tmp_path: Path) -> None:
    Workbench(tmp_path / "old" / ".mesh").run(Workbench(tmp_path).plan_table([ID]), "full-1", "SELECT 1::BIGINT id")
    (tmp_path / "old").rename(tmp_path / "new")
    with pytest.raises(MeshError, match=r"the catalogue points at .*/old/\.mesh/.*, which is not there") as gone:
        Workbench(tmp_path / "new" / ".mesh").store.current(ORDERS)
    assert "absolute paths" in str(gone.value.remedy)


def test_metadata_that_is_damaged_is_named(bench: Workbench) -> None:
    made = bench.run(bench.plan_table([ID]), "full-1", "SELECT 1::BIGINT id")
    Path(made.metadata_location).write_bytes(b'{"format')
    with pytest.raises(MeshError, match="cannot be read"):
        bench.tables.files(ORDERS)


def _snapshots(bench: Workbench) -> list[int]:
    return [s.snapshot_id for s in bench.pyiceberg().load_table(str(ORDERS)).snapshots()]


def _ready(bench: Workbench, table: TableName, run_id: str) -> Swap:
    """A candidate that waits to be published."""
    before = bench.store.current(table)
    candidate = bench.candidate(bench.plan_table([ID], physical=table), run_id).table
    made = bench.tables.commit_replace(candidate, run_id, bench.write(candidate, run_id, "SELECT 1::BIGINT id"))
    return Swap(table, before.metadata_location if before else None, made.metadata_location)


def test_names_that_an_engine_worked_under_go_with_the_candidates_of_their_tables(bench: Workbench) -> None:
    bench.run(bench.plan_table([ID]), "full-0", "SELECT 1::BIGINT id")
    candidate, later = (bench.candidate(bench.plan_table([ID]), run_id) for run_id in ("full-1", "full-2"))
    catalog, neighbour = SqliteCatalog(bench.state), TableName("sales", "orders_v10")
    worked_on = {t: TableName(INTERNAL, working_name(t)) for t in (ORDERS, BRONZE, candidate.table)}
    others = {t: TableName(INTERNAL, working_name(t)) for t in (neighbour, later.table)}
    for name in (*worked_on.values(), *others.values()):
        catalog.register(name, candidate.metadata_location)
    bench.store.drop_candidates(INTERNAL, "full-1", [bench.plan_table([ID], physical=t) for t in (ORDERS, BRONZE)])
    left = {entry.table for entry in catalog.entries(INTERNAL)}
    assert left == {later.table, *others.values()}
    assert bench.rows(ORDERS) == [{"id": 1}]


def test_a_run_may_commit_more_often_than_a_log_is_long(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    following = md.following

    def shortened(metadata: md.Metadata, previous: str | None) -> md.Metadata:
        after = following(metadata, previous)
        return {**after, "metadata-log": after["metadata-log"][-3:]}

    monkeypatch.setattr(md, "following", shortened)
    bench.run(bench.plan_table([ID]), "full-1", "SELECT 1::BIGINT id")
    before = bench.store.current(ORDERS)
    stale = bench.candidate(bench.plan_table([ID]), "full-3").table
    assert before is not None
    candidate = bench.candidate(bench.plan_table([ID]), "full-2").table
    for n in range(10):
        files = bench.write(candidate, f"full-2.{n}", f"SELECT {n}::BIGINT id")
        made = bench.tables.commit_append(candidate, f"full-2.{n}", files)
    bench.store.publish([Swap(ORDERS, before.metadata_location, made.metadata_location)])
    assert len(bench.rows(ORDERS)) == 11
    other = bench.tables.commit_replace(stale, "full-3", [])
    with pytest.raises(PublishConflict, match="was not made from"):
        bench.store.publish([Swap(ORDERS, made.metadata_location, other.metadata_location)])
