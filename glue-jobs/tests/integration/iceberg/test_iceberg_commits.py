"""Commits: one snapshot each, once per run, and only files that fit exactly."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from iceberg_bench import BRONZE, ORDERS, Workbench
from pyiceberg.manifest import ManifestContent, ManifestFile, read_manifest_list, write_manifest_list
from pyiceberg.table.metadata import TableMetadataUtil

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.files import field_ids
from mesh_jobs.adapters.iceberg.manifests import IO
from mesh_jobs.adapters.iceberg.wrong_file import WrongFile
from mesh_jobs.domain.errors import BadInput, Fenced, SchemaConflict
from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.table import Column, Field, ListType, MapType, StructType, TableName

TWO = [Field("id", "long"), Field("name", "string")]
#: Where a manifest list says whether a manifest is of data or of deletes: https://iceberg.apache.org/spec/#manifest-lists
_CONTENT = 3


def test_a_replace_is_one_snapshot_whose_rows_are_the_new_ones(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name"))
    made = bench.tables.commit_replace(BRONZE, "r2", bench.write(BRONZE, "r2", "SELECT 2::BIGINT id, 'b' AS name"))
    assert (made.rows_total, made.rows_added, made.rows_removed) == (1, 1, 1)
    assert bench.rows(BRONZE) == [{"id": 2, "name": "b"}]
    table = bench.pyiceberg().load_table(str(BRONZE))
    assert [s.summary.operation.value for s in table.snapshots()] == ["overwrite", "overwrite"]
    assert table.current_snapshot().summary["mesh.run-id"] == "r2"


def test_an_older_snapshot_stays_readable_after_a_replace(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    first = bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name"))
    bench.tables.commit_replace(BRONZE, "r2", bench.write(BRONZE, "r2", "SELECT 2::BIGINT id, 'b' AS name"))
    assert bench.rows(BRONZE, first.snapshot_id) == [{"id": 1, "name": "a"}]
    assert [f.rows for f in bench.tables.files(BRONZE, first.snapshot_id)] == [1]


def test_a_manifest_is_read_once_however_often_its_files_are_asked_for(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, fetch = list[str](), ManifestFile.fetch_manifest_entry

    def counted(manifest: ManifestFile, *rest: Any) -> Any:
        read.append(manifest.manifest_path)
        return fetch(manifest, *rest)

    monkeypatch.setattr(ManifestFile, "fetch_manifest_entry", counted)
    bench.tables.ensure(BRONZE, TWO, replace=True)
    bench.tables.commit_append(BRONZE, "r1", bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name"))
    first = bench.tables.files(BRONZE)
    assert bench.tables.files(BRONZE) == first
    added = bench.write(BRONZE, "r2", "SELECT 2::BIGINT id, 'b' AS name")
    bench.tables.commit_rewrite(BRONZE, "r2", remove=[f.path for f in first], add=added)
    assert [f.path for f in bench.tables.files(BRONZE)] == added
    assert sorted(read) == sorted(set(read))


def test_an_append_adds_and_a_rewrite_gives_some_files_for_others(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    one = bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name")
    two = bench.write(BRONZE, "r2", "SELECT 2::BIGINT id, 'b' AS name")
    bench.tables.commit_append(BRONZE, "r1", one)
    bench.tables.commit_append(BRONZE, "r2", two)
    assert [row["id"] for row in bench.rows(BRONZE)] == [1, 2]
    three = bench.write(BRONZE, "r3", "SELECT 1::BIGINT id, 'A' AS name")
    made = bench.tables.commit_rewrite(BRONZE, "r3", remove=one, add=three, summary={"mesh.rows-out": "1"})
    assert (made.rows_total, made.rows_added, made.rows_removed, made.summary["mesh.rows-out"]) == (2, 1, 1, "1")
    assert bench.rows(BRONZE) == [{"id": 1, "name": "A"}, {"id": 2, "name": "b"}]
    assert {f.path for f in bench.tables.files(BRONZE)} == {*two, *three}


def test_one_of_two_files_of_a_manifest_can_be_removed(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    one = bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name")
    two = bench.write(BRONZE, "r1", "SELECT 2::BIGINT id, 'b' AS name")
    bench.tables.commit_replace(BRONZE, "r1", [*one, *two])
    made = bench.tables.commit_rewrite(BRONZE, "r2", remove=one, add=[])
    assert made.summary["operation"] == "delete"
    assert bench.rows(BRONZE) == [{"id": 2, "name": "b"}]
    bench.tables.commit_rewrite(BRONZE, "r3", remove=two, add=[])
    assert bench.rows(BRONZE) == []


def test_a_file_to_remove_that_is_not_there_is_an_error_and_changes_nothing(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    one = bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name")
    with pytest.raises(ValueError, match="not in the table"):
        bench.tables.commit_rewrite(BRONZE, "r1", remove=one, add=[])
    bench.tables.commit_append(BRONZE, "r1", one)
    with pytest.raises(ValueError, match=r"not in the table.*nowhere"):
        bench.tables.commit_rewrite(BRONZE, "r2", remove=[*one, "nowhere.parquet"], add=[])
    assert len(bench.rows(BRONZE)) == 1


def test_a_second_commit_of_the_same_run_gives_what_the_first_did(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    files = bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name")
    assert bench.tables.committed(BRONZE, "r1") is None
    first = bench.tables.commit_append(BRONZE, "r1", files, {"mesh.quarantined": "3"})
    again = bench.tables.commit_append(BRONZE, "r1", bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name"))
    assert again == first == bench.tables.committed(BRONZE, "r1")
    assert len(bench.rows(BRONZE)) == 1


def test_a_run_is_recognised_although_others_have_committed_since(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    first = bench.tables.commit_append(BRONZE, "r1", bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name"))
    bench.tables.commit_append(BRONZE, "r2", bench.write(BRONZE, "r2", "SELECT 2::BIGINT id, 'b' AS name"))
    again = bench.tables.commit_append(BRONZE, "r1", [])
    assert again.snapshot_id == first.snapshot_id
    assert len(bench.rows(BRONZE)) == 2


def test_steps_of_one_run_are_commits_of_their_own(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    for step in ("monday", "tuesday", "monday"):
        files = bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name")
        bench.tables.commit_append(BRONZE, "r1", files, step=step)
    assert len(bench.rows(BRONZE)) == 2


def test_a_table_can_be_empty_from_the_start_and_become_empty_again(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    assert bench.tables.files(BRONZE) == ()
    made = bench.tables.commit_replace(BRONZE, "r1", [])
    assert (made.rows_total, bench.rows(BRONZE), list(bench.tables.files(BRONZE))) == (0, [], [])
    bench.tables.commit_replace(BRONZE, "r2", bench.write(BRONZE, "r2", "SELECT 1::BIGINT id, 'a' AS name"))
    bench.tables.commit_replace(BRONZE, "r3", [])
    assert bench.rows(BRONZE) == []
    bench.tables.commit_append(BRONZE, "r4", bench.write(BRONZE, "r4", "SELECT 4::BIGINT id, 'd' AS name"))
    assert bench.rows(BRONZE) == [{"id": 4, "name": "d"}]


def test_a_file_without_rows_is_left_out(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    folder = bench.tables.data_folder(BRONZE)
    schema = bench.tables.schema(BRONZE)
    assert schema is not None
    path = f"{folder}/r1-{uuid.uuid4()}.parquet"
    duckdb.execute(
        f"COPY (SELECT 1::BIGINT id, 'a' AS name LIMIT 0) TO '{path}' (FORMAT parquet, FIELD_IDS {field_ids(schema)})"
    )
    bench.tables.commit_replace(BRONZE, "r1", [path])
    assert list(bench.tables.files(BRONZE)) == []
    assert bench.rows(BRONZE) == []


EVERYTHING = [
    Field("i", "int"),
    Field("l", "long"),
    Field("f", "float"),
    Field("d", "double"),
    Field("small", "decimal(4, 2)"),
    Field("price", "decimal(12, 2)"),
    Field("huge", "decimal(38, 9)"),
    Field("ok", "boolean"),
    Field("day", "date"),
    Field("clock", "time"),
    Field("at", "timestamptz"),
    Field("wall", "timestamp"),
    Field("text", "string"),
    Field("bytes", "binary"),
    Field("tags", ListType("string")),
    Field("rates", MapType("string", "double")),
    Field("address", StructType((("street", "string"), ("floors", ListType("int"))))),
    Field("items", ListType(StructType((("sku", "string"), ("price", "decimal(10, 2)"))))),
]
ALL_TYPES = """
  SELECT 1::INT i, 2::BIGINT l, 1.5::FLOAT f, 2.5::DOUBLE d, -1.25::DECIMAL(4,2) small, 12.34::DECIMAL(12,2) price,
    -123456789012345678.123456789::DECIMAL(38,9) huge, true ok, DATE '2024-02-29' AS day, TIME '12:30:00' clock,
    TIMESTAMPTZ '2024-02-29 12:30:00.123456+00' AS at, TIMESTAMP '1969-12-31 23:59:59.999999' wall,
    'a text of more than sixteen characters' AS text, '\\xFF\\x00'::BLOB bytes, ['a', NULL] tags,
    map{'eur': 1.5::DOUBLE} rates,
    {'street': 'Main', 'floors': [1, 2]} address, [{'sku': 's', 'price': 9.99::DECIMAL(10,2)}] items
"""


def test_every_type_is_read_back_as_it_was_written(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, EVERYTHING, replace=True)
    bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", ALL_TYPES))
    (row,) = bench.rows(BRONZE)
    assert row["huge"] == Decimal("-123456789012345678.123456789")
    assert row["at"] == datetime(2024, 2, 29, 12, 30, 0, 123456, UTC)
    assert row["wall"] == datetime(1969, 12, 31, 23, 59, 59, 999999)
    assert row["tags"] == ["a", None]
    assert row["rates"] == [("eur", 1.5)]
    assert row["address"] == {"street": "Main", "floors": [1, 2]}
    assert row["items"] == [{"sku": "s", "price": Decimal("9.99")}]
    assert row["bytes"] == b"\xff\x00"


def test_bounds_enclose_the_values_and_are_none_inside_lists_and_maps(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, EVERYTHING, replace=True)
    bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", ALL_TYPES))
    (file,) = bench.tables.files(BRONZE)
    assert file.rows == 1
    assert file.lower["small"] == file.upper["small"] == Decimal("-1.25")
    assert file.lower["huge"] == Decimal("-123456789012345678.123456789")
    assert file.lower["day"] == date(2024, 2, 29)
    assert file.lower["at"] == datetime(2024, 2, 29, 12, 30, 0, 123456, UTC)
    assert file.lower["wall"] == datetime(1969, 12, 31, 23, 59, 59, 999999)
    assert file.lower["text"] == "a text of more t"
    assert file.upper["text"] > "a text of more than sixteen characters"
    assert file.nulls["text"] == 0
    assert not {"tags", "rates", "items"} & file.lower.keys()
    manifest = bench.pyiceberg().load_table(str(BRONZE)).inspect.files().to_pylist()[0]
    assert manifest["record_count"] == 1


def test_pyiceberg_prunes_files_by_our_bounds(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    files = [f for i in range(4) for f in bench.write(BRONZE, "r1", f"SELECT {i}::BIGINT id, 'name {i}' AS name")]
    bench.tables.commit_replace(BRONZE, "r1", files)
    table = bench.pyiceberg().load_table(str(BRONZE))
    assert len(list(table.scan(row_filter="id = 2").plan_files())) == 1
    assert len(list(table.scan(row_filter="name > 'name 2'").plan_files())) == 1


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1::BIGINT id, 1.5::DECIMAL(18,2) amount", r"amount is decimal128\(18, 2\), not decimal\(18, 4\)"),
        ("SELECT 1::INT id, 1.5::DECIMAL(18,4) amount", "id is int32, not long"),
        ("SELECT 1::HUGEINT id, 1.5::DECIMAL(18,4) amount", "id is double, not long"),
        (
            "SELECT 1.5::DECIMAL(18,4) amount, 1::BIGINT id",
            "the table's columns are id, amount; the file has amount, id",
        ),
        ("SELECT 1::BIGINT id", "the file has id"),
    ],
)
def test_a_file_that_does_not_fit_exactly_is_refused(bench: Workbench, sql: str, message: str) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long"), Field("amount", "decimal(18, 4)")], replace=True)
    ids = "{id: 1, amount: 2}" if "amount" in sql else "{id: 1}"
    with pytest.raises(WrongFile, match=message):
        bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", sql, field_ids_of=ids))
    assert bench.store.current(BRONZE).snapshot_id is None  # type: ignore[union-attr]


def test_timestamps_must_be_microseconds(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, [Field("at", "timestamp")], replace=True)
    with pytest.raises(WrongFile, match=r"at is timestamp\[ms\], not timestamp"):
        bench.tables.commit_replace(
            BRONZE, "r1", bench.write(BRONZE, "r1", "SELECT '2024-01-01'::TIMESTAMP_MS AS at", field_ids_of="{'at': 1}")
        )


def test_a_file_with_other_field_ids_is_refused(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    sql = "SELECT 1::BIGINT id, 'a' AS name"
    with pytest.raises(WrongFile, match="id has field id 2, not 1; name has field id 1, not 2"):
        bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", sql, field_ids_of="{id: 2, name: 1}"))


def test_a_null_in_a_required_column_is_refused(bench: Workbench) -> None:
    orders = bench.plan_table([Column("id", "id", "long", required=True)])
    candidate = bench.candidate(orders, "r1").table
    files = bench.write(candidate, "r1", "SELECT unnest([1, NULL])::BIGINT id")
    with pytest.raises(WrongFile, match="required column id has 1 nulls"):
        bench.tables.commit_replace(candidate, "r1", files)


def test_files_must_lie_in_the_folder_of_their_table(bench: Workbench, tmp_path: Path) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    elsewhere = tmp_path / f"r1-{uuid.uuid4()}.parquet"
    duckdb.execute(
        f"COPY (SELECT 1::BIGINT id, 'a' AS name) TO '{elsewhere}' (FORMAT parquet, FIELD_IDS {{id: 1, name: 2}})"
    )
    with pytest.raises(ValueError, match="is outside"):
        bench.tables.commit_replace(BRONZE, "r1", [str(elsewhere)])


BY_DAY = [Field("id", "long"), Field("at", "timestamptz"), Field("channel", "string")]


def test_a_file_finds_its_partition_from_its_statistics(bench: Workbench) -> None:
    partition_by = [Partition("at", "day"), Partition("channel", "identity")]
    bench.tables.ensure(BRONZE, BY_DAY, partition_by, replace=True)
    files = [
        *bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, TIMESTAMPTZ '1969-12-31 12:00:00+00' AS at, 'web' AS channel"),
        *bench.write(
            BRONZE, "r1", "SELECT 2::BIGINT id, TIMESTAMPTZ '2024-02-29 23:59:59+00' AS at, NULL::VARCHAR channel"
        ),
    ]
    bench.tables.commit_replace(BRONZE, "r1", files)
    assert [f.partition for f in bench.tables.files(BRONZE)] == [(-1, "web"), (19782, None)]
    table = bench.pyiceberg().load_table(str(BRONZE))
    assert len(list(table.scan(row_filter="at >= '2024-01-01T00:00:00+00:00'").plan_files())) == 1
    assert len(list(table.scan(row_filter="channel = 'web'").plan_files())) == 1


@pytest.mark.parametrize(("transform", "expected"), [("year", (54,)), ("month", (649,)), ("day", (19782,))])
def test_dates_and_timestamps_are_cut_like_iceberg_does(bench: Workbench, transform: str, expected: tuple[int]) -> None:
    for column, value in (("d", "DATE '2024-02-29'"), ("t", "TIMESTAMP '2024-02-29 10:00:00'")):
        name = TableName("internal", f"by_{column}_{transform}")
        kind = "date" if column == "d" else "timestamp"
        bench.tables.ensure(name, [Field(column, kind)], [Partition(column, transform)], replace=True)  # type: ignore[arg-type]
        bench.tables.commit_replace(name, "r1", bench.write(name, "r1", f"SELECT {value} AS {column}"))
        assert [f.partition for f in bench.tables.files(name)] == [expected]


def test_a_file_that_spans_two_partitions_is_refused(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, BY_DAY, [Partition("channel", "identity")], replace=True)
    sql = "SELECT 1::BIGINT id, now() AS at, unnest(['app', 'web']) AS channel"
    with pytest.raises(WrongFile, match=r"spans two partitions of identity\(channel\)"):
        bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", sql))
    sql = "SELECT 1::BIGINT id, now() AS at, unnest([NULL, 'web']) AS channel"
    with pytest.raises(WrongFile, match=r"cannot tell the partition identity\(channel\)"):
        bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", sql))


def test_a_table_can_be_partitioned_anew_while_old_files_stay(bench: Workbench) -> None:
    sql = "SELECT {0}::BIGINT id, TIMESTAMPTZ '2024-02-29 00:00:00+00' AS at, 'web' AS channel"
    bench.tables.ensure(BRONZE, BY_DAY, replace=True)
    old = bench.write(BRONZE, "r1", sql.format(1))
    bench.tables.commit_append(BRONZE, "r1", old)
    bench.tables.ensure(BRONZE, BY_DAY, [Partition("at", "day")], replace=False)
    bench.tables.commit_append(BRONZE, "r2", bench.write(BRONZE, "r2", sql.format(2)))
    bench.tables.ensure(BRONZE, BY_DAY, [Partition("channel", "identity")], replace=False)
    bench.tables.commit_rewrite(BRONZE, "r3", remove=old, add=bench.write(BRONZE, "r3", sql.format(3)))
    assert [row["id"] for row in bench.rows(BRONZE)] == [2, 3]
    assert {f.partition for f in bench.tables.files(BRONZE)} == {(19782,), ("web",)}
    bench.tables.ensure(BRONZE, BY_DAY, [Partition("at", "day")], replace=False)
    assert len(bench.pyiceberg().load_table(str(BRONZE)).specs()) == 3, "a spec that was there is used again"


def test_the_column_that_files_were_partitioned_by_can_go(bench: Workbench) -> None:
    bench.tables.ensure(
        BRONZE, [Field("id", "long"), Field("channel", "string")], [Partition("channel", "identity")], replace=True
    )
    bench.tables.commit_append(BRONZE, "r1", bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'web' AS channel"))
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    bench.tables.commit_replace(BRONZE, "r2", bench.write(BRONZE, "r2", "SELECT 2::BIGINT id"))
    assert [f.lower for f in bench.tables.files(BRONZE)] == [{"id": 2}]
    assert bench.store.current(BRONZE).rows == 1  # type: ignore[union-attr]


def test_files_of_an_older_schema_read_right_after_rename_widening_and_a_new_column(bench: Workbench) -> None:
    first = [Column("id", "id", "int"), Column("n", "name", "string"), Column("s", "s", StructType((("a", "int"),)))]
    bench.tables.ensure(BRONZE, first, replace=True)
    old = bench.write(BRONZE, "r1", "SELECT 1::INT id, 'a' AS name, {'a': 1} s")
    bench.tables.commit_append(BRONZE, "r1", old)
    second = [
        Column("name2", "name", "int"),
        Column("id", "id", "long"),
        Column("n", "title", "string"),
        Column("s", "s", StructType((("a", "long"), ("b", "string")))),
    ]
    schema = bench.tables.ensure(BRONZE, second, replace=False)
    assert [(c.field_id, c.column_id, c.name) for c in schema.columns] == [
        (5, "name2", "name"), (1, "id", "id"), (2, "n", "title"), (3, "s", "s")]  # fmt: skip
    new = bench.write(BRONZE, "r2", "SELECT 7::INT AS name, 2::BIGINT id, 'b' title, {'a': 2::BIGINT, 'b': 'x'} s")
    bench.tables.commit_append(BRONZE, "r2", new)
    expected = [
        {"name": 7, "id": 2, "title": "b", "s": {"a": 2, "b": "x"}},
        {"name": None, "id": 1, "title": "a", "s": {"a": 1, "b": None}},
    ]
    assert bench.rows(BRONZE) == expected
    by_path = {file.path: file for file in bench.tables.files(BRONZE)}
    assert (by_path[old[0]].lower["id"], by_path[old[0]].lower["title"]) == (1, "a")
    first_snapshot = bench.pyiceberg().load_table(str(BRONZE)).snapshots()[0].snapshot_id
    assert bench.tables.files(BRONZE, first_snapshot)[0].lower == {"id": 1, "name": "a"}
    wanted = {
        5: ("name", "INTEGER"),
        1: ("id", "BIGINT"),
        2: ("title", "VARCHAR"),
        3: ("s", "STRUCT(a BIGINT, b VARCHAR)"),
    }
    by_id = ", ".join(f"{i}: {{name: '{n}', type: '{t}', default_value: NULL}}" for i, (n, t) in wanted.items())
    found = duckdb.execute(f"SELECT * FROM read_parquet({[*new, *old]}, schema = map{{{by_id}}})").fetchall()
    assert found == [tuple(row.values()) for row in expected]


@pytest.mark.ci
def test_manifests_of_many_appends_are_folded_into_few(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    (first,) = bench.write(BRONZE, "r0", "SELECT 1::BIGINT id, 'a' AS name")
    for i in range(60):
        copy = Path(bench.tables.data_folder(BRONZE)) / f"r{i}-{uuid.uuid4()}.parquet"
        copy.write_bytes(Path(first).read_bytes())
        bench.tables.commit_append(BRONZE, f"r{i}", [str(copy)])
    table = bench.pyiceberg().load_table(str(BRONZE))
    assert len(table.inspect.manifests()) < 20
    assert len(bench.rows(BRONZE)) == len(bench.tables.files(BRONZE)) == 60
    made = bench.tables.commit_replace(BRONZE, "last", [])
    assert (made.rows_removed, made.rows_total) == (60, 0)


def test_all_metadata_is_valid_iceberg_v2(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, EVERYTHING, [Partition("day", "month")], replace=True)
    bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", ALL_TYPES))
    bench.tables.ensure(BRONZE, [*EVERYTHING, Field("more", "int")], replace=False)
    bench.run(bench.plan_table([Column("id", "id", "long", required=True)], key=["id"]), "r2", "SELECT 1::BIGINT id")
    files = sorted((bench.state / "warehouse").rglob("*.metadata.json"))
    assert len(files) == 5
    for file in files:
        metadata = TableMetadataUtil.parse_raw(file.read_text())
        assert metadata.format_version == 2
        assert metadata.model_dump_json() == TableMetadataUtil.parse_raw(metadata.model_dump_json()).model_dump_json()
        assert metadata.last_column_id >= max(i for s in metadata.schemas for i in s.field_ids)
        assert json.loads(file.read_text())["properties"]["write.metadata.delete-after-commit.enabled"] == "false"
    published = bench.pyiceberg().load_table(str(ORDERS))
    assert published.schema().identifier_field_names() == {"id"}


def test_sequence_numbers_and_times_only_grow(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    for i in range(5):
        bench.tables.commit_replace(BRONZE, f"r{i}", [])
    metadata = bench.pyiceberg().load_table(str(BRONZE)).metadata
    assert [s.sequence_number for s in metadata.snapshots] == [1, 2, 3, 4, 5]
    times = [s.timestamp_ms for s in metadata.snapshots]
    assert times == sorted(times)
    assert [entry.snapshot_id for entry in metadata.snapshot_log] == [s.snapshot_id for s in metadata.snapshots]
    assert metadata.last_updated_ms == times[-1]
    assert len(metadata.metadata_log) == 5


def test_what_somebody_said_of_the_retention_of_the_main_branch_stays() -> None:
    metadata = md.new("/somewhere")
    metadata["refs"] = {"main": {"snapshot-id": 1, "type": "branch", "min-snapshots-to-keep": 7}}
    md.add_snapshot(metadata, {"snapshot-id": 2, "sequence-number": 2, "timestamp-ms": 5})
    assert metadata["refs"] == {"main": {"snapshot-id": 2, "type": "branch", "min-snapshots-to-keep": 7}}


def test_rows_that_another_writer_deleted_in_place_do_not_come_back(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name"))
    snapshot = bench.pyiceberg().load_table(str(BRONZE)).current_snapshot()
    (manifest,) = read_manifest_list(IO.new_input(snapshot.manifest_list))
    manifest[_CONTENT] = ManifestContent.DELETES
    with write_manifest_list(2, IO.new_output(snapshot.manifest_list), snapshot.snapshot_id, None, 1, "deflate") as out:
        out.add_manifests([manifest])
    with pytest.raises(BadInput, match="deleted rows of this table") as refused:
        bench.tables.files(BRONZE)
    assert "pause the product's schedule and, while no run is in progress," in str(refused.value.remedy)


def test_a_snapshot_tells_the_contract_it_was_made_under(bench: Workbench) -> None:
    bench.run(bench.plan_table([Column("id", "id", "long")]), "full-1", "SELECT 1::BIGINT id", "1.2.3")
    snapshot = bench.pyiceberg().load_table(str(ORDERS)).current_snapshot()
    assert (snapshot.summary["mesh.run-id"], snapshot.summary["mesh.contract-version"]) == ("full-1", "1.2.3")


def test_an_internal_table_that_keeps_its_rows_refuses_another_type_by_name(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    said = r"sales_internal\.orders_v1__bronze keeps its rows:\n  column id is bigint and would become string"
    with pytest.raises(SchemaConflict, match=said):
        bench.tables.ensure(BRONZE, [Field("id", "string")], replace=False)


def test_a_table_that_another_writer_moved_is_a_conflict_for_the_person(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    files = bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name")
    write = md.write

    def overtaken(metadata: md.Metadata, location: str) -> None:
        monkeypatch.setattr(md, "write", write)
        bench.tables.commit_append(BRONZE, "r2", bench.write(BRONZE, "r2", "SELECT 2::BIGINT id, 'b' AS name"))
        write(metadata, location)

    monkeypatch.setattr(md, "write", overtaken)
    with pytest.raises(Fenced, match="was changed by another writer") as conflict:
        bench.tables.commit_append(BRONZE, "r1", files)
    assert conflict.value.remedy is not None
    assert [row["id"] for row in bench.rows(BRONZE)] == [2]


def test_the_same_commit_by_two_processes_happens_once(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.tables.ensure(BRONZE, TWO, replace=True)
    files = bench.write(BRONZE, "r1", "SELECT 1::BIGINT id, 'a' AS name")
    write = md.write

    def overtaken(metadata: md.Metadata, location: str) -> None:
        monkeypatch.setattr(md, "write", write)
        bench.tables.commit_append(BRONZE, "r1", files)
        write(metadata, location)

    monkeypatch.setattr(md, "write", overtaken)
    made = bench.tables.commit_append(BRONZE, "r1", files)
    assert made == bench.tables.committed(BRONZE, "r1")
    assert bench.rows(BRONZE) == [{"id": 1, "name": "a"}]
