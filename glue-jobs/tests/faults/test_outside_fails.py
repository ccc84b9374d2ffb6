"""What a run stands on gives way: the disk is full, the catalogue refuses a commit. Certified data stays as it was, a
person is told in plain words, and the same run goes on once that is mended."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.local import InProcess
from support.one_engine import OneEngine
from support.two_products import STEPS, TwoProducts

HERE = Path(__file__).parent
ROWS = 20_000


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A mesh that stands before its first delta, and where it must be copied to, as tables hold absolute paths."""
    folder = tmp_path_factory.mktemp("mesh")
    mesh = TwoProducts(folder / "mesh")
    mesh.root.mkdir()
    mesh.prepare(ROWS, "duckdb")
    mesh.more(0, ROWS)
    shutil.move(mesh.root, folder / "template")
    return folder / "template", mesh.root


def can_mount() -> bool:
    """Whether this user may have a name space of his own: a Linux that allows it to anybody, or root."""
    try:
        return subprocess.run(["unshare", "--mount", "--map-root-user", "true"], check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not can_mount(), reason="a small file system cannot be mounted here")
@pytest.mark.parametrize(
    ("engine", "room"),
    [
        ("duckdb", 300_000),
        pytest.param("duckdb", 700_000, marks=pytest.mark.soak),
        pytest.param("spark", 1_000_000, marks=pytest.mark.soak),
    ],
)
def test_a_full_disk_ends_a_run_in_plain_words_and_loses_nothing(
    engine: str, room: int, template: tuple[Path, Path]
) -> None:
    source, point = template
    shutil.rmtree(point, ignore_errors=True)
    point.mkdir()
    arguments = [str(HERE / "full_disk.py"), str(source), str(point), engine, str(room)]
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    assert said["code"] == 1, said
    assert "the disk is full" in told(said["event"]), said
    assert "Traceback" not in said["stderr"]
    assert published(said["between"]) == published(said["before"])
    assert said["again"] == 0
    assert published(said["after"]) != published(said["before"])
    assert said["after"]["unreachable"] == 0


@pytest.mark.parametrize(
    ("engine", "database"),
    [
        ("duckdb", "sales"),
        pytest.param("duckdb", "sales_internal", marks=pytest.mark.soak),
        pytest.param("spark", "sales_internal", marks=pytest.mark.soak),
        pytest.param("spark", "sales", marks=pytest.mark.soak),
    ],
)
def test_a_catalogue_that_refuses_a_commit_ends_a_run_in_plain_words_and_loses_nothing(
    engine: str, database: str, template: tuple[Path, Path]
) -> None:
    source, point = template
    shutil.rmtree(point, ignore_errors=True)
    shutil.copytree(source, point)
    mesh = TwoProducts(point)
    before = mesh.left()
    _, plan, mode, now = STEPS[0]
    change(mesh, refusing(database))
    running = InProcess(point) if engine == "duckdb" else mesh
    refused = running.call("run", mesh.asked(plan, mode, now, engine))
    assert refused.code == 1, refused.last
    assert "the catalogue is being moved" in told(refused.last)
    assert "Traceback" not in refused.stderr
    assert mesh.left().published() == before.published()
    change(mesh, "DROP TRIGGER refuse")
    mesh.ran(plan, mode, now, engine)
    after = mesh.left()
    assert after.published() != before.published()
    assert after.unreachable == 0


@pytest.mark.ci
def test_spark_names_the_catalogue_that_refuses_what_it_wrote_and_nothing_is_lost(template: tuple[Path, Path]) -> None:
    source, point = template
    shutil.rmtree(point, ignore_errors=True)
    shutil.copytree(source, point)
    mesh, on_spark = TwoProducts(point), OneEngine(point, "spark")
    before = mesh.left()
    _, plan, mode, now = STEPS[0]
    change(mesh, refusing("sales_internal"))
    refused = on_spark.run_product(plan, mode, now, "delta-1")
    assert refused.state == "failed"
    assert "the catalogue is being moved" in str(refused.message)
    assert mesh.left().published() == before.published()
    change(mesh, "DROP TRIGGER refuse")
    again = on_spark.run_product(plan, mode, now, "delta-1")
    assert again.state == "published", again.message
    after = mesh.left()
    assert after.published() != before.published()
    assert after.unreachable == 0


def refusing(database: str) -> str:
    return (
        f"CREATE TRIGGER refuse BEFORE UPDATE ON iceberg_tables WHEN NEW.table_namespace = '{database}' "
        "BEGIN SELECT RAISE(ABORT, 'the catalogue is being moved'); END"
    )


def change(mesh: TwoProducts, statement: str) -> None:
    connection = sqlite3.connect(mesh.state / "catalog.db")
    connection.execute(statement)
    connection.commit()
    connection.close()


def told(event: dict[str, Any]) -> str:
    """What a person reads, be it an error or the report of a failed run."""
    assert event["event"] in ("error", "result"), event
    assert event.get("code") != "bug", event
    return str(event["message"])


def published(state: dict[str, Any]) -> dict[str, Any]:
    return {name: rows for name, rows in state["tables"].items() if not name.split(".")[0].endswith("_internal")}
