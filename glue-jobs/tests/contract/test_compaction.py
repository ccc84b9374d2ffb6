"""Small files become few on either engine, and a table's rows stay what they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.files import IcebergTables
from mesh_jobs.adapters.iceberg.store import SqliteTableStore
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.errors import ConservationBroken
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.retention import CURRENT_ONLY
from mesh_jobs.domain.table import Field, ListType, StructType, TableName
from mesh_jobs.ports.engine import Compacted, Engine, Target
from support.plans import document, table

NOW = datetime(2030, 1, 1, 6, tzinfo=UTC)
#: Before any file was written.
BEGAN = datetime.fromtimestamp(0, UTC)
FIELDS = (
    Field("id", "int"),
    Field("channel", "string"),
    Field("amount", "decimal(12, 2)"),
    Field("ratio", "double"),
    Field("day", "date"),
    Field("at", "timestamptz"),
    Field("tags", ListType("string")),
    Field("lines", ListType(StructType((("sku", "string"), ("pieces", "int"))))),
)


class Bench:
    """`engine` is the one that compacts; `writer` made the small files."""

    def __init__(self, engine: Engine, writer: Engine, tables: IcebergTables, state: Path) -> None:
        self.engine, self.writer, self.tables, self.state = engine, writer, tables, state
        self.store = SqliteTableStore(state)

    def append(self, made: Table, run_id: str, *rows: dict[str, Any], fields: Sequence[Field] = FIELDS) -> None:
        prepared = self.writer.prepare(made, {"orders": self.writer.from_rows(fields, rows)})
        self.writer.save(made, prepared, Target(made.physical, "append", run_id, NOW))

    def rows(self, name: TableName) -> list[dict[str, Any]]:
        found = self.engine.rows(self.engine.read_table(name))
        return sorted((dict(r) for r in found), key=lambda r: (r["id"] is None, r["id"]))

    def paths(self, name: TableName) -> set[str]:
        return {file.path for file in self.tables.files(name)}

    def on_disk(self) -> set[Path]:
        return set((self.state / "warehouse").rglob("*.parquet"))

    def last(self, name: TableName) -> Any:
        from pyiceberg.catalog.sql import SqlCatalog

        catalog = SqlCatalog("mesh", uri=f"sqlite:///{self.state}/catalog.db", warehouse=str(self.state / "warehouse"))
        return catalog.load_table(str(name)).current_snapshot()


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.soak)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    state, work = tmp_path / ".mesh", tmp_path / "work"
    work.mkdir()
    tables, key = LocalTables(state), b"k" * 32
    writer = DuckDbEngine(tables, work, key)
    engine: Any = writer
    if request.param == "spark":
        from mesh_jobs.adapters.spark.engine import SparkEngine
        from support.spark import spark

        engine = SparkEngine(spark(), tables, work.as_uri(), key)
    # Many small writes are the quicker engine's: a table's files are the same to whoever compacts them.
    yield Bench(engine, writer, tables, state)
    for opened in {id(e): e for e in (engine, writer)}.values():
        opened.close()


def a_table(**more: Any) -> Table:
    return plan_from_json(document([], [table("clean", "silver", ["orders"], **more)])).tables[0]


def row(id: int | None, channel: str | None = None, **more: Any) -> dict[str, Any]:
    return {f.name: None for f in FIELDS} | {"id": id, "channel": channel, **more}


def test_many_small_files_become_one_with_the_same_rows(bench: Bench) -> None:
    made = a_table()
    bench.writer = bench.engine
    bench.append(made, "r0", row(None), row(0, "", amount="-1.50", ratio=0.1, tags=[], lines=[]))
    bench.append(made, "r1", row(1, "é", day="2030-01-01", at="2030-01-01T00:00:00.000001Z", tags=["a", None]))
    bench.append(made, "r2", row(2, "web", lines=[{"sku": None, "pieces": 2}, {"sku": "s", "pieces": None}]))
    for i in range(3, 6):
        bench.append(made, f"r{i}", row(i, "web"), row(i, "web"))
    before = bench.rows(made.physical)
    assert bench.engine.compact(made.physical, "c1") == Compacted(files=6, into=1, rows=10)
    assert bench.rows(made.physical) == before
    assert before[0]["amount"] == Decimal("-1.50")
    snapshot = bench.last(made.physical)
    assert snapshot.summary.operation.value == "replace"
    assert snapshot.summary["mesh.run-id"] == "c1"
    assert snapshot.summary["total-records"] == "10"


def test_only_partitions_with_many_small_files_are_written_anew(bench: Bench) -> None:
    made = a_table(partitionBy=[{"column": "channel", "transform": "identity"}])
    for i in range(5):
        bench.append(made, f"r{i}", row(i, "web"), *[row(10 + i, "shop")] * (i < 4))
    before, rows = bench.paths(made.physical), bench.rows(made.physical)
    assert bench.engine.compact(made.physical, "c1") == Compacted(files=5, into=1, rows=5)
    assert bench.rows(made.physical) == rows
    assert len(bench.paths(made.physical) & before) == 4


def test_each_partition_gets_a_file_of_its_own(bench: Bench) -> None:
    made = a_table(partitionBy=[{"column": "channel", "transform": "identity"}])
    for i in range(5):
        bench.append(made, f"r{i}", row(i, "web"), row(10 + i, "shop"), row(20 + i), row(30 + i, "web"))
    rows = bench.rows(made.physical)
    assert len(bench.paths(made.physical)) == 15
    assert bench.engine.compact(made.physical, "c1") == Compacted(files=15, into=3, rows=20)
    assert bench.rows(made.physical) == rows
    assert sorted(f.rows for f in bench.tables.files(made.physical)) == [5, 5, 10]


@pytest.mark.ci
def test_a_compaction_happens_once_per_run_and_once_a_day(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made = a_table()
    # Java's clock cannot be set, so it is days that are: one that does not end,
    monkeypatch.setattr(md, "day", lambda at: "today")
    for i in range(5):
        bench.append(made, f"r{i}", row(i))
    done = bench.engine.compact(made.physical, "c1")
    first = bench.paths(made.physical)
    assert bench.engine.compact(made.physical, "c1") == done
    for i in range(5):
        bench.append(made, f"again-{i}", row(i))
    assert bench.engine.compact(made.physical, "c2") is None, "it was compacted today"
    assert bench.paths(made.physical) > first
    # and such that are as short as a millisecond.
    monkeypatch.setattr(md, "day", str)
    bench.append(made, "tomorrow", row(9))
    assert bench.engine.compact(made.physical, "c3") == Compacted(files=7, into=1, rows=11)


def test_few_files_or_none_are_left_alone(bench: Bench) -> None:
    made = a_table()
    bench.append(made, "r0", row(0))
    before = bench.store.current(made.physical)
    assert bench.engine.compact(made.physical, "c1") is None
    assert bench.store.current(made.physical) == before


def test_rows_written_under_older_schemas_are_written_under_todays(bench: Bench) -> None:
    made = a_table()
    for i in range(4):
        bench.append(made, f"r{i}", {"id": i}, fields=[Field("id", "int")])
    bench.append(made, "r4", {"id": 2**40, "channel": "web"}, fields=[Field("id", "long"), Field("channel", "string")])
    before = bench.rows(made.physical)
    assert bench.engine.compact(made.physical, "c1") == Compacted(files=5, into=1, rows=5)
    assert bench.rows(made.physical) == before
    assert [before[0], before[4]] == [{"id": 0, "channel": None}, {"id": 2**40, "channel": "web"}]


def test_a_compaction_that_changes_a_row_changes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made = a_table()
    for i in range(5):
        bench.append(made, f"r{i}", row(i, "web"))
    before, pointer = bench.rows(made.physical), bench.store.current(made.physical)
    for change, said in (
        ("'shop'", "5 rows changed as small files were rewritten; the table stays as it is"),
        (None, "5 rows became 4 as small files were rewritten"),
    ):
        with monkeypatch.context() as broken:
            _break(bench, broken, change)
            with pytest.raises(ConservationBroken, match=said):
                bench.engine.compact(made.physical, "c1")
        assert bench.store.current(made.physical) == pointer
        assert bench.rows(made.physical) == before
    bench.store.remove_leftovers(["c1"], [made.physical], BEGAN)
    assert {str(path) for path in bench.on_disk()} == bench.paths(made.physical)
    assert bench.engine.compact(made.physical, "c1") == Compacted(files=5, into=1, rows=5)


def _break(bench: Bench, monkeypatch: pytest.MonkeyPatch, channel: str | None) -> None:
    """The row with id 3 gets another channel, or is lost, when files are written."""
    if type(bench.engine).__name__ == "DuckDbEngine":
        from mesh_jobs.adapters.duckdb.writer import Writer

        copy = Writer.copy
        changed = "WHERE id <> 3" if channel is None else ""
        cells = "*" if channel is None else f"* REPLACE (CASE WHEN id = 3 THEN {channel} ELSE channel END AS channel)"

        def broken(self: Any, table: Any, schema: Any, query: str, run_id: str) -> Any:
            return copy(self, table, schema, f"SELECT {cells} FROM ({query}) {changed}", run_id)

        monkeypatch.setattr(Writer, "copy", broken)
        return
    from pyspark.sql import functions as F

    from mesh_jobs.adapters.spark.working import Working

    exchange = Working.exchange

    def lossy(self: Any, files: Any, frame: Any, **how: Any) -> None:
        other = F.expr(f"CASE WHEN id = 3 THEN {channel} ELSE channel END") if channel else F.col("channel")
        frame = frame.withColumn("channel", other) if channel else frame.where("id <> 3")
        exchange(self, files, frame, **how)

    monkeypatch.setattr(Working, "exchange", lossy)


def test_what_compaction_replaced_goes_once_no_snapshot_has_it(bench: Bench) -> None:
    made = a_table()
    for i in range(5):
        bench.append(made, f"r{i}", row(i))
    small, rows = bench.paths(made.physical), bench.rows(made.physical)
    bench.engine.compact(made.physical, "c1")
    runs = [f"r{i}" for i in range(5)]
    bench.store.remove_leftovers(runs, [made.physical], BEGAN)
    assert {str(path) for path in bench.on_disk()} >= small, "older snapshots still have them"
    assert bench.store.forget_snapshots(made.physical, "c1", CURRENT_ONLY) == 5
    bench.store.remove_leftovers(runs, [made.physical], BEGAN)
    assert {str(path) for path in bench.on_disk()} == bench.paths(made.physical)
    assert bench.rows(made.physical) == rows
    assert bench.engine.compact(made.physical, "c1") == Compacted(5, 1, 5), "and it is still known that it was done"
