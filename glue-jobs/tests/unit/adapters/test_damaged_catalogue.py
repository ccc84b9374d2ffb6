"""A file of runs and pointers that is damaged is told as that, by who reads it and by who writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog
from mesh_jobs.adapters.sqlite.database import Database
from mesh_jobs.adapters.sqlite.run_log import SqliteRunLog
from mesh_jobs.domain.errors import CatalogueFailed
from mesh_jobs.domain.table import TableName

NOW = datetime(2030, 1, 1, tzinfo=UTC)

USES: dict[str, Callable[[Path], object]] = {
    "runs": lambda state: list(log(state).runs("p", 1)),
    "find": lambda state: log(state).find("p", 1, "r1"),
    "last published": lambda state: log(state).last_published("p", 1),
    "begin": lambda state: log(state).begin(log(state).acquire("p", 1, "me", NOW), "r1", "full", "", NOW, {}),
}
OTHERS: dict[str, Callable[[Path], object]] = {
    "holder": lambda state: log(state).holder("p", 1, NOW),
    "watermarks": lambda state: log(state).watermarks("p", 1),
    "outbox": lambda state: log(state).outbox(),
    "acquire": lambda state: log(state).acquire("p", 1, "me", NOW),
    "pointers": lambda state: SqliteCatalog(state).find(TableName("sales", "orders_v1")),
}


def log(state: Path) -> SqliteRunLog:
    return SqliteRunLog(Database(state / "catalog.db"))


@pytest.mark.parametrize("use", USES | OTHERS)
def test_a_file_that_is_no_database(tmp_path: Path, use: str) -> None:
    (tmp_path / "catalog.db").write_bytes(b"no database at all, " * 100)
    with pytest.raises(CatalogueFailed, match=r"catalog\.db could not be read or changed: file is not a database"):
        (USES | OTHERS)[use](tmp_path)


@pytest.mark.parametrize("use", USES)
def test_a_table_of_another_form(tmp_path: Path, use: str) -> None:
    with sqlite3.connect(tmp_path / "catalog.db") as connection:
        connection.execute("CREATE TABLE mesh_runs (run_id TEXT)")
    with pytest.raises(CatalogueFailed, match=r"catalog\.db could not be read or changed: .*no.* column"):
        USES[use](tmp_path)
