"""What Spark writes: few files of exact types, only those that change, nothing that is seen before it is adopted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.spark import merge
from mesh_jobs.adapters.spark.engine import SparkEngine
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.working import working_on
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.ports.engine import Saved, Target
from support.plans import check, document, table
from support.spark import spark

NOW = datetime(2030, 1, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Desk:
    folder: Path
    engine: SparkEngine
    tables: LocalTables

    def save(
        self, made: Table, frame: DataFrame, write: Any = "replace", run: str = "run-1", at: datetime = NOW
    ) -> Saved:
        prepared = self.engine.prepare(made, {"rows": Rows(frame)})
        return self.engine.save(made, prepared, Target(made.physical, write, run, at))

    def rows(self, name: TableName) -> list[dict[str, Any]]:
        """Those of the table's files: what is changed is written again."""
        found = [row for path in self.paths(name) for row in pq.read_table(path).to_pylist()]
        return sorted(found, key=repr)

    def paths(self, name: TableName) -> set[str]:
        return {f.path for f in self.tables.files(name)}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    tables = LocalTables(tmp_path / ".mesh")
    engine = SparkEngine(spark(), tables, (tmp_path / "staged").as_uri(), b"k" * 32)
    yield Desk(tmp_path, engine, tables)
    engine.close()


def planned(name: str = "orders", **more: Any) -> Table:
    return plan_from_json(document([], [table(name, "silver", ["rows"], persist=True, **more)])).tables[0]


def numbers(end: int, parts: int = 3) -> DataFrame:
    """Ids below `end` on four days, in as many tasks as are asked for."""
    return spark().range(0, end, 1, parts).selectExpr("id", "timestamp'2030-01-01' + make_interval(0, 0, 0, id % 4) at")


BY_DAY = [{"column": "at", "transform": "day"}]


def test_small_rows_make_one_file_and_one_for_each_partition(desk: Desk) -> None:
    desk.save(planned(), numbers(100))
    assert [f.rows for f in desk.tables.files(planned().physical)] == [100]
    desk.save(planned(partitionBy=BY_DAY), numbers(100), run="run-2")
    assert sorted((f.partition[0], f.rows) for f in desk.tables.files(planned().physical)) == [
        (21915 + i, 25) for i in range(4)
    ]


def test_files_are_zstd_with_microseconds_and_have_no_checksums_beside_them(desk: Desk) -> None:
    desk.save(planned(), numbers(10))
    (path,) = desk.paths(planned().physical)
    column = pq.read_metadata(path).row_group(0).column(1)
    assert (column.physical_type, column.compression) == ("INT64", "ZSTD")
    assert str(pq.read_schema(path).field("at").type) == "timestamp[us, tz=UTC]"
    assert list((desk.folder / ".mesh").rglob("*.crc")) == []


def test_a_merge_writes_only_the_files_that_hold_a_changed_key(desk: Desk) -> None:
    made = planned(primaryKey=["id"], partitionBy=BY_DAY)
    desk.save(made, numbers(100))
    first = desk.paths(made.physical)
    saved = desk.save(made, numbers(1), "merge", "run-2")
    second = desk.paths(made.physical)
    assert (saved.rows_out, saved.rows_total, len(first - second)) == (1, 100, 1)
    new = numbers(100).where("id = 99").selectExpr("id + 100 id", "at")
    saved = desk.save(made, new, "merge", "run-3")
    assert (saved.rows_out, saved.rows_total) == (1, 101)
    assert second < desk.paths(made.physical), "a new key rewrites nothing"


@pytest.mark.ci
def test_files_are_picked_out_of_many_without_asking_java_for_each(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(files: int) -> int:
        made = planned(f"in_{files}", partitionBy=[{"column": "id", "transform": "identity"}])
        desk.save(made, numbers(files))
        (first, *_), location = sorted(desk.paths(made.physical)), desk.tables.location(made.physical)
        assert location is not None
        client: Any = spark().sparkContext._gateway._gateway_client
        commands: list[str] = []
        with working_on(desk.engine._session, made.physical, location) as work, monkeypatch.context() as patch:
            send = client.send_command
            patch.setattr(client, "send_command", lambda *of, **more: (commands.append(of[0]), send(*of, **more))[1])
            found = work.files([first, f"{first}.gone"])
            patch.undo()
            assert [file.location() for file in found.each()] == [first]
            assert not work.files([])
        # what Python lets go of meanwhile is said to Java whenever that is
        return len([command for command in commands if not command.startswith("m\nd\n")])

    assert asked(3) == asked(30) > 0


def versioned(**more: Any) -> Table:
    return replace(planned(primaryKey=["key"], **more), version="version")


def keyed(ids: range, version: int, parts: int = 2) -> DataFrame:
    made = spark().range(ids.start, ids.stop, 1, parts)
    return made.selectExpr("lpad(CAST(id AS STRING), 5, '0') AS key", f"{version} AS version")


@pytest.mark.ci
def test_of_what_a_save_looks_at_repeatedly_nothing_is_kept_in_memory(desk: Desk) -> None:
    made = versioned()

    def kept() -> set[int]:
        return set(spark().sparkContext._jsc.getPersistentRDDs())

    before = kept()
    desk.save(made, keyed(range(4), 2), "replace", "run-1")
    # Some are older than what is stored, so there is another look at those that are not.
    saved = desk.save(made, keyed(range(2), 1).union(keyed(range(2, 6), 3)), "merge", "run-2")
    assert (saved.rows_out, saved.superseded, saved.rows_total) == (4, 2, 6)
    assert kept() <= before
    assert desk.save(made, keyed(range(3), 1), "replace", "run-3").vanished == 3
    assert kept() <= before


@pytest.mark.ci
def test_what_was_computed_for_a_table_goes_when_its_rows_are_stored_in_place_of_all(desk: Desk) -> None:
    counted = {"kind": "aggregate", "id": "a", "by": ["at"], "measures": [{"name": "n", "expression": "count(*)"}]}
    days = check("orders", "duplicateValues", ["at"], scope="aggregate")
    stored = planned(rules=[counted], checks=[days])
    passing = replace(planned("passing", rules=[counted]), persist=False)

    def kept() -> int:
        return len(spark().sparkContext._jsc.getPersistentRDDs())

    before = kept()
    engine = desk.engine
    through = engine.prepare(passing, {"rows": Rows(numbers(9))})
    engine.save(passing, through, Target(passing.physical, "nothing", "run-1", NOW))
    assert kept() == before + 1, "later tables are computed from it"
    desk.save(stored, numbers(10))
    assert kept() == before + 1
    prepared = engine.prepare(stored, {"rows": Rows(numbers(11))})
    engine.save(stored, prepared, Target(stored.physical, "replace", "run-2", NOW))
    assert kept() == before + 1
    assert sorted(row["n"] for row in engine.rows(engine.dataset(prepared))) == [2, 3, 3, 3], "computed anew"
    (found,) = engine.measure(stored, engine.dataset(through), stored.checks)
    assert (found.rows, found.failing, kept()) == (4, 0, before + 1)


@pytest.mark.ci
def test_rows_without_a_key_are_not_paired_with_all_others(desk: Desk) -> None:
    made = planned(primaryKey=["id", "at"], partitionBy=[{"column": "id", "transform": "identity"}])

    def some(rows: int, note: str) -> DataFrame:
        """As many of each kind of key that is not whole, and whole ones."""
        frame = spark().range(rows)
        kinds = [("NULL", "NULL"), ("1", "NULL"), ("CAST(id AS INT)", "DATE'2030-01-01'")]
        parts = [
            frame.selectExpr(f"CAST({a} AS INT) AS id", f"CAST({b} AS DATE) AS at", f"'{note}' AS note")
            for a, b in kinds
        ]
        return parts[0].union(parts[1]).union(parts[2])

    desk.save(made, some(20, "old"))
    first = desk.paths(made.physical)
    with working_on(desk.engine._session, made.physical, str(desk.tables.location(made.physical))) as work:
        changed = merge._look(desk.engine._session, some(5, "new"), ("id", "at"))
        assert merge._pairs(work, changed, ("id", "at"), None).count() == 20 + 20 + 5
        assert not work.made
    saved = desk.save(made, some(5, "new"), "merge", "run-2")
    assert (saved.rows_out, saved.rows_total) == (15, 60 + 10)
    # Of no key, and of the numbers 0 to 4.
    assert len(first - desk.paths(made.physical)) == 6


@pytest.mark.ci
def test_a_merge_gives_its_keys_to_every_task_as_long_as_they_are_few_and_short(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = versioned()
    desk.save(made, keyed(range(10), 1), "replace", "run-1")
    asked: list[DataFrame] = []
    broadcast = F.broadcast

    def spy(frame: DataFrame) -> DataFrame:
        asked.append(frame)
        return broadcast(frame)

    monkeypatch.setattr(F, "broadcast", spy)
    # Four keys of five bytes.
    for n, (most, longest, given) in enumerate([(4, 19, False), (3, 20, False), (4, 20, True)], 2):
        monkeypatch.setattr(merge, "_FEW_KEYS", most)
        monkeypatch.setattr(merge, "_SHORT_KEYS", longest)
        saved = desk.save(made, keyed(range(8, 12), n), "merge", f"run-{n}")
        assert (saved.rows_out, saved.rows_total, bool(asked)) == (4, 12, given)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param("replace", marks=pytest.mark.soak),
        "append",
        pytest.param("merge", marks=pytest.mark.ci),
    ],
)
def test_what_was_written_and_not_adopted_is_only_files(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    made = planned(primaryKey=["id"])
    desk.save(made, numbers(5))
    before = desk.tables.location(made.physical), desk.rows(made.physical)

    class Died(BaseException):
        pass

    def die(*args: Any, **kwargs: Any) -> Any:
        raise Died

    with monkeypatch.context() as dying:
        dying.setattr(LocalTables, "adopt", die)
        with pytest.raises(Died):
            desk.save(made, numbers(7).where("id > 3"), write, "run-2")
    assert (desk.tables.location(made.physical), desk.rows(made.physical)) == before
    saved = desk.save(made, numbers(7).where("id > 3"), write, "run-2")
    assert (saved.rows_out, saved.rows_total) == (3, {"replace": 3, "append": 8, "merge": 7}[write])
    after = desk.tables.location(made.physical)
    assert desk.save(made, numbers(1), write, "run-2") == saved, "once per run id"
    assert desk.tables.location(made.physical) == after


def test_working_names_go_and_the_files_stay(desk: Desk) -> None:
    desk.save(planned(), numbers(5))
    assert spark().sql("SHOW TABLES IN mesh.work").collect() == []
    assert len(desk.rows(planned().physical)) == 5


@pytest.mark.ci
def test_two_engines_take_turns_in_a_session(desk: Desk, tmp_path: Path) -> None:
    other = SparkEngine(spark(), desk.tables, (tmp_path / "other").as_uri(), b"k" * 32)
    desks = [desk, Desk(tmp_path, other, desk.tables)]
    tables = [
        plan_from_json(
            document([], [table(f"orders_{i}", "silver", ["rows"], persist=True, primaryKey=["id"])])
        ).tables[0]
        for i in range(2)
    ]
    for write in ("replace", "merge"):
        begun = [
            each.engine.prepare(made, {"rows": Rows(numbers(5 + i))})
            for i, (each, made) in enumerate(zip(desks, tables, strict=True))
        ]
        for each, made, prepared in zip(desks, tables, begun, strict=True):
            each.engine.save(made, prepared, Target(made.physical, write, f"run-{write}", NOW))
    other.close()
    assert [len(desk.rows(t.physical)) for t in tables] == [5, 6]


@pytest.mark.ci
def test_the_quarantine_forgets_what_is_old_and_keeps_the_rest(desk: Desk) -> None:
    made = planned(checks=[check("orders", "nullValues", ["id"], scope="row", action="quarantine_rows")])
    bad = numbers(3).selectExpr("CAST(NULL AS BIGINT) id", "at")
    for n in range(2):
        assert desk.save(made, bad, "replace", f"run-{n}", NOW + n * DAY).quarantined == 3
    assert desk.engine.expire(made.quarantine, "_mesh_at", NOW + DAY) == 3
    assert desk.engine.expire(made.quarantine, "_mesh_at", NOW + DAY) == 0
    assert {r["_mesh_run_id"] for r in desk.rows(made.quarantine)} == {"run-1"}
    assert desk.engine.expire(TableName("sales_internal", "nothing"), "_mesh_at", NOW) == 0


def test_a_column_of_time_is_refused_by_its_name(desk: Desk) -> None:
    name = TableName("sales_internal", "shifts")
    desk.tables.ensure(name, [Field("id", "long"), Field("starts", "time")], replace=True)
    with pytest.raises(BadInput, match=re.escape("sales_internal.shifts: column starts has the type time")):
        desk.engine.read_table(name)
