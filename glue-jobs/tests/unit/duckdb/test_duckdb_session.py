"""What DuckDB may hold, and where the rest goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.duckdb.session import Session
from mesh_jobs.adapters.iceberg.tables import LocalTables

KEY = b"k" * 32


@contextmanager
def opened(work: Path, **limits: Any) -> Iterator[Session]:
    session = Session(work, KEY, **limits)
    try:
        yield session
    finally:
        session.close()


def setting(session: Session, name: str) -> str:
    return str(session.one(f"SELECT current_setting('{name}')")[0])


@pytest.mark.parametrize(
    ("limits", "held"), [({}, "858.3 MiB"), ({"memory_limit": "200MB"}, "190.7 MiB")], ids=["usual", "given"]
)
def test_an_engine_holds_no_more_than_its_limit(limits: dict[str, Any], held: str, tmp_path: Path) -> None:
    engine = DuckDbEngine(LocalTables(tmp_path / ".mesh"), tmp_path / "work", KEY, **limits)
    try:
        assert setting(engine._session, "memory_limit") == held
    finally:
        engine.close()


def test_what_does_not_fit_goes_to_the_folder_of_the_run(tmp_path: Path) -> None:
    work = tmp_path / "work"
    with opened(work, memory_limit="50MB", threads=1) as session:
        session.run("CREATE TEMP TABLE rows AS SELECT hash(i) AS a, hash(i + 1) AS b FROM range(5_000_000) t(i)")
        spilled = [Path(path) for (path,) in session.all("SELECT path FROM duckdb_temporary_files()")]
        assert spilled
        assert all(path.is_relative_to(work) for path in spilled)
        assert sum(path.stat().st_size for path in work.rglob("*") if path.is_file()) > 10_000_000
