"""What is written: exact types, partitions, only the files that change, masks."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mesh_jobs.adapters.duckdb.session import Relation
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.ports.engine import Target
from support.bench import KEY, NOW, Bench, check, on_duckdb, protected, source, table

FIELDS = (Field("id", "string"), Field("at", "timestamptz"), Field("amount", "decimal(12, 2)"))


def days(count: int, per_day: int = 5) -> list[dict[str, object]]:
    return [
        {"id": f"o{d:02}{i}", "at": f"2026-01-{d:02}T10:00:00Z", "amount": d}
        for d in range(1, count + 1)
        for i in range(per_day)
    ]


def by_day(duck: Bench) -> LocalTables:
    return LocalTables(duck.folder / ".mesh")


def test_each_partition_has_files_of_its_own_named_after_the_run(duck: Bench) -> None:
    orders = table(partition_by=(Partition("at", "day"),))
    duck.save(orders, {"rows": duck.given(days(3), *FIELDS)}, run="full-1")
    files = by_day(duck).files(orders.physical)
    assert len({f.partition for f in files}) == len(files) == 3
    assert all(Path(f.path).name.startswith("full-1-") for f in files)
    assert sum(f.rows for f in files) == 15


@pytest.mark.soak
def test_many_partitions_whose_rows_come_mixed_have_a_file_each(duck: Bench) -> None:
    # As little as there is here, DuckDB would collect it all before it writes.
    duck.engine._session.run("SET partitioned_write_flush_threshold = 64")
    mixed = [{"id": f"o{n}", "at": f"2026-{n % 11 + 1:02}-{n % 10 + 1:02}T10:00:00Z"} for n in range(4200)]
    many = table(partition_by=(Partition("at", "day"),))
    duck.save(many, {"rows": duck.given(mixed, *FIELDS[:2])})
    files = by_day(duck).files(many.physical)
    assert len({f.partition for f in files}) == len(files) == 110


@pytest.mark.parametrize("transform", ["identity", "year", "month"])
def test_partitions_of_any_kind_read_back(duck: Bench, transform: str) -> None:
    column = "id" if transform == "identity" else "at"
    rows = [{"id": "a/b=c d", "at": "2026-01-31T23:59:59Z"}, {"id": None, "at": None}, {"id": "é", "at": "2025-12-01"}]
    orders = table(partition_by=(Partition(column, transform),))  # type: ignore[arg-type]
    duck.save(orders, {"rows": duck.given(rows, *FIELDS)})
    assert sorted(str(x["id"]) for x in duck.rows(orders.physical)) == ["None", "a/b=c d", "é"]


def test_a_merge_writes_only_the_files_that_hold_a_changed_key(duck: Bench) -> None:
    orders = table(partition_by=(Partition("at", "day"),), primary_key=("id",), incremental=True)
    duck.save(orders, {"rows": duck.given(days(5), *FIELDS)}, run="full-1")
    before = {f.path for f in by_day(duck).files(orders.physical)}
    changed = [
        {"id": "o021", "at": "2026-01-02T10:00:00Z", "amount": 99},
        {"id": "new", "at": "2026-01-09T10:00:00Z", "amount": 1},
    ]
    saved = duck.save(orders, {"rows": duck.given(changed, *FIELDS)}, run="delta-2", write="merge")
    after = {f.path for f in by_day(duck).files(orders.physical)}
    assert (saved.rows_out, saved.rows_total) == (2, 26)
    assert len(before - after) == 1
    stored = {x["id"]: x["amount"] for x in duck.rows(orders.physical)}
    assert stored["o021"] == Decimal("99.00")
    assert stored["o020"] == Decimal("2.00")


def test_a_merge_moves_a_row_whose_day_changed(duck: Bench) -> None:
    orders = table(partition_by=(Partition("at", "day"),), primary_key=("id",), incremental=True)
    duck.save(orders, {"rows": duck.given(days(2), *FIELDS)}, run="full-1")
    moved = [{"id": "o010", "at": "2026-01-02T11:00:00Z", "amount": 7}]
    saved = duck.save(orders, {"rows": duck.given(moved, *FIELDS)}, run="delta-2", write="merge")
    assert saved.rows_total == 10
    assert [x["at"].day for x in duck.rows(orders.physical) if x["id"] == "o010"] == [2]


def test_files_have_the_exact_types_of_the_table(duck: Bench) -> None:
    orders = table(r.Derive("rows.0", (("total", "sum(amount) OVER ()"), ("n", "cast(1 as smallint)"))))
    duck.save(orders, {"rows": duck.given(days(1), *FIELDS)})
    (file,) = by_day(duck).files(orders.physical)
    schema = pq.read_schema(file.path)
    assert [str(schema.field(c).type) for c in ("at", "amount", "n")] == [
        "timestamp[us, tz=UTC]",
        "decimal128(12, 2)",
        "int32",
    ]


def test_vanished_keys_are_buried_with_protected_ones_masked(duck: Bench) -> None:
    people = table(primary_key=("id",), protected=protected("id"))
    duck.save(people, {"rows": duck.given([{"id": "ann@shoply.com"}, {"id": "bob@shoply.com"}])}, run="full-1")
    saved = duck.save(people, {"rows": duck.given([{"id": "ann@shoply.com"}])}, run="full-2")
    assert saved.vanished == 1
    (buried,) = duck.rows(people.tombstones)
    assert buried["_mesh_run_id"] == "full-2"
    assert buried["_mesh_vanished_at"] == NOW
    assert len(buried["id"]) == 64


def test_a_quarantined_row_is_masked_where_it_is_protected(duck: Bench) -> None:
    people = table(
        r.Rename("rows.0", (("mail", "email"),)),
        checks=(check("nullValues", "id", action="quarantine_rows"),),
        protected=protected("email"),
    )
    duck.save(
        people,
        {"rows": duck.given([{"id": None, "mail": "ann@shoply.com"}], Field("id", "string"), Field("mail", "string"))},
    )
    (row,) = duck.rows(people.quarantine)
    assert "shoply" not in str(row)
    assert row["_mesh_rule"] == "nullValues.id"


def test_an_error_of_duckdb_shows_no_protected_value(duck: Bench) -> None:
    people = table(r.Derive("rows.0", (("n", "cast(secret as int)"),)), protected=protected("n"))
    rows = duck.given([{"secret": "4111-1111"}])
    with pytest.raises(BadInput) as error:
        duck.save(people, {"rows": rows})
    assert "4111" not in f"{error.value} {error.value.remedy}"


def test_a_large_input_goes_through_the_working_folder_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mesh_jobs.adapters.duckdb.session.SMALL_INPUT", 0)
    duck = on_duckdb(tmp_path, memory_limit="200MB")
    rows = "".join(f"o{i % 900},2026-01-01T00:00:{i % 60:02}Z,{i}.5\n" for i in range(1000))
    dataset = duck.engine.read_files(source(*FIELDS), [duck.file("a.csv", "id,at,amount\n" + rows)])
    orders = table(
        r.Deduplicate("rows.0", ("id",), "at"),
        r.Aggregate("rows.1", ("id",), (("total", "sum(amount)"),)),
        primary_key=("id",),
    )
    saved = duck.save(orders, {"rows": dataset})
    assert saved.rows_out == 900
    assert any((tmp_path / "work").glob("*.parquet"))
    duck.engine.close()


def test_a_stored_table_is_planned_with_as_many_rows_as_it_has(duck: Bench) -> None:
    orders = table(partition_by=(Partition("at", "day"),))
    duck.save(orders, {"rows": duck.given(days(3), *FIELDS)})
    stored = duck.engine.read_table(orders.physical)
    assert isinstance(stored, Relation)
    planned = str(duck.engine._session.all(f"EXPLAIN SELECT * FROM {stored.at}"))
    assert "~15 rows" in planned


def test_the_masking_key_is_only_asked_for_when_something_is_hashed(tmp_path: Path) -> None:
    from mesh_jobs.adapters.duckdb.engine import DuckDbEngine

    asked = []

    def key() -> bytes:
        asked.append(True)
        return KEY

    engine = DuckDbEngine(LocalTables(tmp_path / ".mesh"), tmp_path / "work", key)
    rows = engine.from_rows(None, [{"id": "a"}])
    engine.prepare(table(r.Trim("rows.0", ("id",))), {"rows": rows})
    assert asked == []
    engine.prepare(table(r.Hash("rows.0", ("id",))), {"rows": rows})
    engine.prepare(table(r.Hash("rows.0", ("id",))), {"rows": rows})
    assert asked == [True]
    engine.close()


def test_the_target_of_an_unpersisted_table_is_not_made(duck: Bench) -> None:
    orders = table(checks=(check("nullValues", "id", action="quarantine_rows"),))
    prepared = duck.engine.prepare(orders, {"rows": duck.given([{"id": "a"}, {"id": None}])})
    target = Target(TableName("sales_internal", "nowhere"), "nothing", "run-1", NOW)
    saved = duck.engine.save(orders, prepared, target)
    assert (saved.rows_out, saved.quarantined, saved.rows_total) == (1, 1, 0)
    assert by_day(duck).schema(target.table) is None


PARTS = (Field("id", "string"), Field("n", "int"), Field("v", "string"))


def line(id: str | None, n: int | None, v: str = "a") -> dict[str, object]:
    return {"id": id, "n": n, "v": v}


def test_a_row_with_an_incomplete_key_that_is_read_again_is_not_there_twice(duck: Bench) -> None:
    lines = table(primary_key=("id", "n"), incremental=True)
    duck.save(lines, {"rows": duck.given([line("1", 1), line("1", None), line("2", None)], *PARTS)}, run="full-1")
    saved = duck.save(lines, {"rows": duck.given([line("1", None), line("1", 1, "b")], *PARTS)}, "delta-2", "merge")
    assert saved.rows_total == 3
    stored = sorted((x["id"], x["n"] or 0, x["v"]) for x in duck.rows(lines.physical))
    assert stored == [("1", 0, "a"), ("1", 1, "b"), ("2", 0, "a")]


def test_rows_with_an_incomplete_key_do_not_take_each_others_place(duck: Bench) -> None:
    lines = table(primary_key=("id", "n"), incremental=True)
    duck.save(lines, {"rows": duck.given([line(None, 1, "a"), line(None, 1, "b")], *PARTS)}, run="full-1")
    duck.save(lines, {"rows": duck.given([line(None, 1, "c")], *PARTS)}, "delta-2", "merge")
    assert sorted(x["v"] for x in duck.rows(lines.physical)) == ["a", "b", "c"]


def test_a_key_with_a_null_that_is_still_there_has_not_vanished(duck: Bench) -> None:
    lines = table(primary_key=("id", "n"))
    duck.save(lines, {"rows": duck.given([line("1", None), line("2", 2), line("3", None)], *PARTS)}, run="full-1")
    saved = duck.save(lines, {"rows": duck.given([line("1", None), line("2", 2)], *PARTS)}, run="full-2")
    assert saved.vanished == 1
    assert [(x["id"], x["n"]) for x in duck.rows(lines.tombstones)] == [("3", None)]


def test_a_changed_part_of_a_key_may_be_null_everywhere(duck: Bench) -> None:
    lines = table(primary_key=("id", "n"), incremental=True)
    duck.save(lines, {"rows": duck.given([line("1", 1)], *PARTS)}, run="full-1")
    saved = duck.save(lines, {"rows": duck.given([line("1", None)], *PARTS)}, "delta-2", "merge")
    assert saved.rows_total == 2


def test_of_repeated_keys_the_row_that_arrived_first_stays_whatever_its_place_in_its_file(duck: Bench) -> None:
    orders = table(checks=(check("duplicateValues", "id", action="quarantine_rows"),))
    fields = (Field("id", "string"), Field("v", "string"))
    files = [duck.file("z.csv", "id,v\nx,other\na,first\n"), duck.file("b.csv", "id,v\na,second\n")]
    duck.save(orders, {"rows": duck.engine.read_files(source(*fields), files)})
    assert sorted(x["v"] for x in duck.rows(orders.physical)) == ["first", "other"]
    (bad,) = duck.rows(orders.quarantine)
    assert "second" in bad["record"]
