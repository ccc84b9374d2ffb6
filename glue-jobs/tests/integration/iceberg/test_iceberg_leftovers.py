"""What dead and rejected runs leave behind goes; nothing else does."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st
from iceberg_bench import BRONZE, INTERNAL, ORDERS, Workbench

from mesh_jobs.adapters.iceberg import metadata as md
from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog
from mesh_jobs.domain.errors import MeshError
from mesh_jobs.domain.retention import CURRENT_ONLY, Retention
from mesh_jobs.domain.table import Column, Field, TableName
from mesh_jobs.ports.table_store import Pointer, Swap
from support.examples import holds, tried

ID = Column("id", "id", "long", required=True)
SQL = "SELECT 1::BIGINT id"


def files(bench: Workbench) -> set[Path]:
    return {path for path in (bench.state / "warehouse").rglob("*") if path.is_file()}


def test_files_of_a_rejected_run_go_and_the_published_ones_stay(bench: Workbench) -> None:
    bench.run(bench.plan_table([ID]), "full-1", SQL)
    before = files(bench)
    candidate = bench.candidate(bench.plan_table([ID, Column("n", "n", "int")]), "full-2", "1.1.0").table
    bench.tables.commit_replace(candidate, "full-2", bench.write(candidate, "full-2", "SELECT 1::BIGINT id, 2::INT n"))
    assert bench.store.remove_leftovers(["full-2"]) == 0, "the candidate still refers to them"
    bench.store.drop_candidates(INTERNAL, "full-2")
    assert bench.store.remove_leftovers(["full-2"]) == 6, "data, two manifests, their list, two metadata files"
    assert files(bench) == before
    assert bench.rows(ORDERS) == [{"id": 1}]


def test_files_that_were_never_committed_go(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    before = files(bench)
    bench.write(BRONZE, "r1", SQL)
    bench.write(BRONZE, "r1", "SELECT 1::BIGINT id", partition="id")
    Path(bench.tables.data_folder(BRONZE), f"tmp_r1-{uuid.uuid4()}.parquet").write_bytes(b"PAR1 torn")
    assert bench.store.remove_leftovers(["r1"]) == 3
    assert files(bench) == before
    assert list(Path(bench.tables.data_folder(BRONZE)).iterdir()) == [], "nor do their partitions' folders stay"


def test_files_of_a_dropped_internal_table_go_with_the_runs_that_wrote_them(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True, run_id="r1")
    bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", SQL))
    bench.store.drop(BRONZE)
    bench.store.remove_leftovers(["r1"])
    assert files(bench) == set()


def test_a_run_whose_id_only_looks_alike_is_another_run(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    for run_id in ("full-1", "x-full-1", "full-1-a", "full.1"):
        bench.write(BRONZE, run_id, SQL)
    assert bench.store.remove_leftovers(["full-1"]) == 1
    left = {path.name.rsplit("-", 5)[0] for path in files(bench) if path.suffix == ".parquet"}
    assert left == {"x-full-1", "full-1-a", "full.1"}


def test_without_finished_runs_or_without_a_warehouse_nothing_happens(bench: Workbench) -> None:
    assert bench.store.remove_leftovers(["full-1"]) == 0
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    bench.write(BRONZE, "r1", SQL)
    assert bench.store.remove_leftovers([]) == 0
    assert len(files(bench)) == 2


runs = st.sampled_from(["r1", "r2", "r-1", "full-1", "full-11"])
STEPS = ("publish", "reject", "die", "bronze", "write", "foreign", "rewind", "drop", "compact", "forget", "nameless")
steps = st.lists(st.tuples(st.sampled_from(STEPS), runs), max_size=8)


@tried(6, 80)
def test_only_unreferenced_files_of_finished_runs_ever_go(examples: int) -> None:
    @holds(examples, steps, st.sets(runs), st.booleans())
    def _(history: list[tuple[str, str]], finished: set[str], whole: bool) -> None:
        only_unreferenced_ones_go(history, finished, whole)


def only_unreferenced_ones_go(history: list[tuple[str, str]], finished: set[str], whole: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Workbench(Path(folder) / ".mesh")
        foreign: set[Path] = set()
        for i, (step, run_id) in enumerate(history):
            _happens(bench, step, run_id, i, foreign)
        before = files(bench)
        readable = {name: bench.rows(name) for name in (ORDERS, BRONZE) if bench.store.current(name)}
        tables = [ORDERS, BRONZE] if whole else None
        began = datetime.fromtimestamp(0, UTC)
        removed = bench.store.remove_leftovers(sorted(finished), tables, began)
        gone = before - files(bench)
        assert len(gone) == removed
        assert not gone & foreign
        needed = _needed(bench)
        assert not {str(path) for path in gone} & needed
        for path in gone:
            assert any(f"{run_id}-" in path.name for run_id in finished) or (whole and path.name.startswith("00000-7-"))
        if whole:
            left = {path for path in files(bench) - foreign if str(path) not in needed}
            assert not [path for path in left if any(_is_of(run_id, path) for run_id in finished)]
            assert not [path for path in left if path.name.startswith("00000-7-")]
        assert {name: bench.rows(name) for name in readable} == readable
        for name in readable:
            table = bench.pyiceberg().load_table(str(name))
            for snapshot in table.snapshots():
                table.scan(snapshot_id=snapshot.snapshot_id).to_arrow()
            assert all(Path(entry.metadata_file).is_file() for entry in table.metadata.metadata_log)
        assert bench.store.remove_leftovers(sorted(finished), tables, began) == 0


def _is_of(run_id: str, path: Path) -> bool:
    return re.fullmatch(rf"(?:\d+-|snap-\d+-0-)?{run_id}-[0-9a-f]{{8}}-.*", path.name) is not None


def _needed(bench: Workbench) -> set[str]:
    """What PyIceberg needs to read any snapshot of any name, and the metadata files there are."""
    needed: set[str] = set()
    for entry in SqliteCatalog(bench.state).entries():
        table = bench.pyiceberg().load_table(str(entry.table))
        needed |= {table.metadata_location, *(e.metadata_file for e in table.metadata.metadata_log)}
        for snapshot in table.snapshots():
            needed.add(snapshot.manifest_list)
            for manifest in snapshot.manifests(table.io):
                needed.add(manifest.manifest_path)
                needed |= {e.data_file.file_path for e in manifest.fetch_manifest_entry(table.io)}
    return needed


def _happens(bench: Workbench, step: str, run_id: str, i: int, foreign: set[Path]) -> None:
    if step in ("nameless", "compact", "bronze", "write", "foreign", "rewind"):
        bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True, run_id=run_id)
    if step in ("publish", "reject", "die"):
        before = bench.store.current(ORDERS)
        candidate = bench.candidate(bench.plan_table([ID]), run_id).table
        written = bench.write(candidate, run_id, f"SELECT {i}::BIGINT id")
        made = bench.tables.commit_replace(candidate, run_id, written)
        if step == "publish" and _descends(made.metadata_location, before):
            bench.store.publish([Swap(ORDERS, before.metadata_location if before else None, made.metadata_location)])
        if step != "die":
            bench.store.drop_candidates(INTERNAL, run_id)
    elif step == "drop":
        bench.store.drop(BRONZE)
    elif step == "forget":
        bench.store.forget_snapshots(BRONZE, run_id, CURRENT_ONLY)
    elif step == "nameless":
        Path(bench.tables.data_folder(BRONZE), f"00000-7-{uuid.uuid4()}-0-00001.parquet").write_bytes(b"of Spark")
    elif step == "compact":
        small = [file.path for file in bench.tables.files(BRONZE)]
        again = bench.write(BRONZE, run_id, f"SELECT id FROM read_parquet({small})") if small else []
        bench.tables.commit_rewrite(BRONZE, run_id, small, again, step="compact", same_rows=True)
    else:
        before = bench.store.current(BRONZE)
        written = bench.write(BRONZE, run_id, f"SELECT {i}::BIGINT id")
        if step == "foreign":
            path = Path(bench.tables.data_folder(BRONZE), f"someone-{run_id}-{i}.parquet")
            path.write_bytes(b"not ours")
            foreign.add(path)
        if step in ("bronze", "rewind"):
            made = bench.tables.commit_append(BRONZE, run_id, written)
            if step == "rewind" and before is not None and made.metadata_location != before.metadata_location:
                bench.store.publish([Swap(BRONZE, made.metadata_location, before.metadata_location)])


def _descends(new: str, before: Pointer | None) -> bool:
    """Whether the candidate of a run that died was not overtaken; else publishing it is refused."""
    return before is None or new == before.metadata_location or before.metadata_location in Path(new).read_text()


def test_only_the_tables_named_are_looked_at(bench: Workbench) -> None:
    other = TableName(INTERNAL, "other")
    for table in (BRONZE, other):
        bench.tables.ensure(table, [Field("id", "long")], replace=True)
        bench.write(table, "full-1", SQL)
    assert bench.store.remove_leftovers(["full-1"], [BRONZE, TableName(INTERNAL, "never_made")]) == 1
    assert [path.parent.parent.name for path in files(bench) if path.suffix == ".parquet"] == ["other"]


DAY = 86_400


def at(monkeypatch: pytest.MonkeyPatch, day: float) -> None:
    """Commits from here on happen on that day."""
    monkeypatch.setattr(time, "time_ns", lambda: int((1_800_000_000 + day * DAY) * 1_000_000_000))


def days_of(bench: Workbench, table: TableName) -> list[str]:
    return [s.summary["mesh.run-id"] for s in bench.pyiceberg().load_table(str(table)).snapshots()]


@pytest.mark.ci
def test_forgotten_snapshots_take_their_files_along_and_the_others_stay_readable(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    for day in range(20):
        at(monkeypatch, day)
        bench.tables.commit_replace(BRONZE, f"day-{day}", bench.write(BRONZE, f"day-{day}", f"SELECT {day}::BIGINT id"))
    assert bench.store.forget_snapshots(BRONZE, "day-19", Retention(5 * DAY)) == 14
    table = bench.pyiceberg().load_table(str(BRONZE))
    assert days_of(bench, BRONZE) == [f"day-{day}" for day in range(14, 20)], "five days after the next took its place"
    assert [entry.snapshot_id for entry in table.history()] == [s.snapshot_id for s in table.snapshots()]
    bench.store.remove_leftovers([f"day-{day}" for day in range(20)], [BRONZE])
    assert len([path for path in files(bench) if path.suffix == ".parquet"]) == 6
    for snapshot in table.snapshots():
        assert len(bench.rows(BRONZE, snapshot.snapshot_id)) == 1


def test_snapshots_are_forgotten_once_a_day_and_never_the_current_or_a_named_one(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    for i in range(4):
        at(monkeypatch, i / 10)
        bench.tables.commit_append(BRONZE, f"r{i}", bench.write(BRONZE, f"r{i}", SQL))
    soon = Retention(0, daily=1)
    assert bench.store.forget_snapshots(BRONZE, "r3", soon) == 3
    at(monkeypatch, 0.3)
    bench.tables.commit_append(BRONZE, "r4", bench.write(BRONZE, "r4", SQL))
    assert bench.store.forget_snapshots(BRONZE, "r4", soon) == 0, "today it was done already"
    at(monkeypatch, 1.3)
    with bench.pyiceberg().load_table(str(BRONZE)).manage_snapshots() as change:
        change.create_tag(bench.store.current(BRONZE).snapshot_id, "audit")
    bench.tables.commit_append(BRONZE, "r5", bench.write(BRONZE, "r5", SQL))
    assert bench.store.forget_snapshots(BRONZE, "r5", soon) == 1
    assert days_of(bench, BRONZE) == ["r4", "r5"]
    bench.tables.commit_append(BRONZE, "r6", bench.write(BRONZE, "r6", SQL))
    assert bench.store.forget_snapshots(BRONZE, "r6", CURRENT_ONLY) == 1, "what may not be there does not wait a day"
    assert days_of(bench, BRONZE) == ["r4", "r6"]
    assert bench.store.forget_snapshots(TableName(INTERNAL, "never_made"), "r5", CURRENT_ONLY) == 0


def test_files_that_name_no_run_go_from_the_tables_named_alone(bench: Workbench) -> None:
    """As Spark writes them: with its checksums beside them on a disk."""
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    bench.tables.commit_append(BRONZE, "r1", bench.write(BRONZE, "r1", SQL))
    before, folder, name = files(bench), Path(bench.tables.data_folder(BRONZE)), uuid.uuid4()
    spark = [
        folder / f"00000-7-{name}-0-00001.parquet",
        folder / f".00000-7-{name}-0-00001.parquet.crc",
        folder / "day=2030-01-01" / f"00000-7-{name}-0-00001.parquet",
        folder.parent / "metadata" / f"{name}-m0.avro",
        folder.parent / "metadata" / f"snap-17-1-{name}.avro",
        folder.parent / "metadata" / f"00001-{name}.metadata.json",
    ]
    for path in spark:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"unreachable")
    other = folder / "notes.txt"
    other.write_bytes(b"of somebody")
    began = datetime.now(UTC)
    assert bench.store.remove_leftovers(["r1"], since=began) == 0, "without a table nobody knows who may be writing"
    assert bench.store.remove_leftovers([], [ORDERS], began) == 0
    assert bench.store.remove_leftovers([], [BRONZE], began) == len(spark)
    assert files(bench) == before | {other}
    assert bench.rows(BRONZE) == [{"id": 1}]


def test_files_that_name_no_run_and_were_there_when_it_began_are_of_another_writer_who_may_be_at_it(
    bench: Workbench,
) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    rewritten = Path(bench.tables.data_folder(BRONZE), f"00000-7-{uuid.uuid4()}-0-00001.parquet")
    rewritten.write_bytes(b"to be committed with others")
    later = datetime.now(UTC) + timedelta(minutes=11)
    assert bench.store.remove_leftovers(["r1"], [BRONZE], later) == 0
    assert bench.store.remove_leftovers(["r1"], [BRONZE]) == 0
    os.utime(rewritten, (time.time() - 3.1 * DAY,) * 2)
    assert bench.store.remove_leftovers(["r1"], [BRONZE], later) == 1


def test_what_nobody_knows_goes_after_three_days(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    young, old = (Path(bench.tables.data_folder(BRONZE), name) for name in ("young.parquet", "old.parquet"))
    for path, age in ((young, 2.9), (old, 3.1)):
        path.write_bytes(b"of somebody")
        os.utime(path, (time.time() - age * DAY,) * 2)
    assert bench.store.remove_leftovers([], [BRONZE]) == 1
    assert young.exists()
    assert not old.exists()


def test_a_copied_state_whose_tables_are_elsewhere_is_left_alone(bench: Workbench, tmp_path: Path) -> None:
    bench.run(bench.plan_table([ID]), "full-1", SQL)
    copied = Workbench(tmp_path / "copy")
    shutil.copytree(bench.state, copied.state)
    before = files(copied)
    assert copied.store.remove_leftovers(["full-1"], [ORDERS]) == 0
    assert files(copied) == before


def test_a_state_that_is_reached_by_another_way_is_the_same(bench: Workbench, tmp_path: Path) -> None:
    bench.run(bench.plan_table([ID]), "full-1", SQL)
    before, way = files(bench), tmp_path / "way"
    way.symlink_to(bench.state, target_is_directory=True)
    bench.write(ORDERS, "full-1", SQL)
    assert Workbench(way).store.remove_leftovers(["full-1"], [ORDERS]) == 1
    assert files(bench) == before


def test_nothing_is_deleted_where_it_is_not_known_what_is_reachable(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    bench.tables.commit_append(BRONZE, "r1", bench.write(BRONZE, "r1", SQL))
    bench.write(BRONZE, "r2", SQL)
    manifest = next(path for path in files(bench) if path.name.endswith("-m0.avro"))
    manifest.write_bytes(manifest.read_bytes()[:-20])
    before = files(bench)
    with pytest.raises(MeshError, match=r"which says what a table is made of, cannot be read: it has .* of .* bytes"):
        bench.store.remove_leftovers(["r2"], [BRONZE])
    manifest.unlink()
    with pytest.raises(MeshError, match="is not there"):
        bench.store.remove_leftovers(["r2"], [BRONZE])
    assert files(bench) == before - {manifest}


@pytest.fixture
def back(bench: Workbench) -> Workbench:
    """A table that went back to its second of three states, and whose first one was forgotten meanwhile."""
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    for n in (1, 2):
        bench.tables.commit_replace(BRONZE, f"r{n}", bench.write(BRONZE, f"r{n}", f"SELECT {n}::BIGINT id"))
    then = bench.tables.location(BRONZE)
    assert then is not None
    bench.tables.commit_replace(BRONZE, "r3", bench.write(BRONZE, "r3", "SELECT 3::BIGINT id"))
    now = bench.tables.location(BRONZE)
    lists(bench)[0].unlink()
    bench.store.publish([Swap(BRONZE, now, then)])
    return bench


def lists(bench: Workbench) -> list[Path]:
    """Manifest lists of a table's snapshots, oldest first."""
    location = bench.tables.location(BRONZE)
    assert location is not None
    return [Path(s["manifest-list"].removeprefix("file://")) for s in md.read(location)["snapshots"]]


def test_a_table_that_went_back_lists_what_was_forgotten_since_and_that_keeps_no_leftover(back: Workbench) -> None:
    first, second = lists(back)
    assert (first.exists(), second.exists()) == (False, True)
    assert back.store.remove_leftovers(["r3"], [BRONZE]) == 5, "data, two manifests, their list, its metadata"
    assert back.rows(BRONZE) == [{"id": 2}]
    assert second.exists()


def test_a_table_that_went_back_does_not_go_back_to_what_was_forgotten_since(back: Workbench) -> None:
    location = back.tables.location(BRONZE)
    assert location is not None
    first = md.read(location)["metadata-log"][-1]["metadata-file"]
    assert back.rows(BRONZE) == [{"id": 2}]
    assert not back.store.can_go_back(BRONZE, first)
    assert back.store.can_go_back(BRONZE, location)


def test_what_was_undone_stays_while_it_is_to_be_kept_and_is_whole(bench: Workbench) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    bench.tables.commit_replace(BRONZE, "r1", bench.write(BRONZE, "r1", SQL))
    then = bench.tables.location(BRONZE)
    bench.tables.commit_replace(BRONZE, "r2", bench.write(BRONZE, "r2", SQL))
    undone, newest = bench.tables.location(BRONZE), lists(bench)[-1]
    assert then is not None
    assert undone is not None
    bench.store.publish([Swap(BRONZE, undone, then)])
    before = files(bench)
    assert bench.store.remove_leftovers(["r2"], [BRONZE], None, [undone, f"{undone}.gone"]) == 0
    assert files(bench) == before
    newest.unlink()
    assert bench.store.remove_leftovers(["r2"], [BRONZE], None, [undone]) == 4, "data, two manifests, its metadata"
    assert bench.rows(BRONZE) == [{"id": 1}]


def test_the_current_state_of_a_table_that_went_back_has_to_be_known(back: Workbench) -> None:
    lists(back)[1].unlink()
    with pytest.raises(MeshError, match="is not there"):
        back.store.remove_leftovers(["r3"], [BRONZE])


def test_so_has_an_older_state_that_has_a_name(back: Workbench) -> None:
    location = back.tables.location(BRONZE)
    assert location is not None
    metadata = md.read(location)
    metadata["refs"]["year-end"] = {"type": "tag", "snapshot-id": metadata["snapshots"][0]["snapshot-id"]}
    Path(location).write_text(json.dumps(metadata))
    with pytest.raises(MeshError, match="is not there"):
        back.store.remove_leftovers(["r3"], [BRONZE])


def test_who_dies_while_files_go_leaves_no_snapshot_that_looks_whole(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.tables.ensure(BRONZE, [Field("id", "long")], replace=True)
    for n in (1, 2):
        bench.tables.commit_replace(BRONZE, f"r{n}", bench.write(BRONZE, f"r{n}", SQL))
    first = lists(bench)[0]
    bench.store.forget_snapshots(BRONZE, "r2", CURRENT_ONLY)
    unlink, gone = Path.unlink, []

    def dies(path: Path, missing_ok: bool = False) -> None:
        if gone:
            raise KeyboardInterrupt
        gone.append(path)
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", dies)
        with pytest.raises(KeyboardInterrupt):
            bench.store.remove_leftovers(["r1"], [BRONZE])
    assert gone == [first]
