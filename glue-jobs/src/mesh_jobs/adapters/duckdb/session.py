"""One DuckDB connection with the settings under which both engines agree, and names for what is made in it."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from mesh_jobs.adapters.duckdb.masking import set_key
from mesh_jobs.adapters.duckdb.s3 import S3Access
from mesh_jobs.adapters.duckdb.types import NOT_FROM_FOLDERS, text
from mesh_jobs.adapters.sql.macros import MACROS, needed_by
from mesh_jobs.ports.engine import Dataset

#: Inputs below this size are staged in memory; larger ones in a Parquet file of the working folder.
SMALL_INPUT = 48 * 1024 * 1024

#: What DuckDB holds at most, whatever the number of rows; about 100 MB of the process are beside it. It is what keeping
#: the keys of 20 million rows apart takes: more of them spill to the working folder.
MEMORY_LIMIT = "900MB"

#: System columns: where a row came from, and a number that is its own within one relation. By it rows that are traced
#: are in the order they arrived: the later file comes later, within a file the later row.
FILE, ROW, PLACE = "_mesh_file", "_mesh_row", "_mesh_place"


@dataclass(frozen=True)
class Relation(Dataset):
    """An engine's dataset: a view or table of the session. `columns` are name and DuckDB type; the system columns
    _mesh_file and _mesh_row come with it when `traced`, _mesh_place when `placed`. `bad` is a table of
    records that could not be read, with `bad_losses` by rule and reason; `size` is the bytes behind it."""

    at: str
    columns: tuple[tuple[str, str], ...]
    traced: bool = False
    placed: bool = False
    size: int = 0
    bad: str | None = None
    bad_losses: tuple[tuple[str, str, int], ...] = ()

    @property
    def types(self) -> dict[str, str]:
        return dict(self.columns)


class Session:
    """Owns the connection. `work` takes what does not fit into memory; with `s3` there are tables in S3."""

    def __init__(
        self,
        work: Path,
        masking_key: bytes | Callable[[], bytes],
        memory_limit: str = MEMORY_LIMIT,
        threads: int | None = None,
        s3: bool = False,
    ) -> None:
        work.mkdir(parents=True, exist_ok=True)
        self.work = work
        self._key = masking_key
        self._has_key = False
        self._numbers = itertools.count()
        self._macros: set[str] = set()
        self.db = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory_limit,
                "temp_directory": str(work / "spill"),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                **({"threads": str(threads)} if threads else {}),
            },
        )
        self._s3 = S3Access(self.db) if s3 else None
        if not s3:
            self.run(f"SET partitioned_write_max_open_files = {_open_files()}")
        self.run("SET TimeZone = 'UTC'")
        self.run("SET default_null_order = 'nulls_first_on_asc_last_on_desc'")
        self.run("SET preserve_insertion_order = false")
        self.run("SET enable_progress_bar = false")

    def close(self) -> None:
        self.db.close()

    def run(self, sql: str) -> None:
        self._execute(sql)

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        return self._execute(sql).fetchall()

    def first(self, sql: str) -> tuple[Any, ...] | None:
        """The first row, None when there is none."""
        return self._execute(sql).fetchone()

    def one(self, sql: str) -> tuple[Any, ...]:
        row = self.first(sql)
        assert row is not None
        return tuple(row)

    def _execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        if self._s3 is not None:
            self._s3.refresh()
        # To make all macros would take longer than most statements do.
        for name in needed_by(sql):
            if name not in self._macros:
                self.db.execute(MACROS[name])
                self._macros.add(name)
        return self.db.execute(sql)

    def fresh(self, what: str) -> str:
        """A new name for a view or table."""
        return f"mesh_{what}_{next(self._numbers)}"

    def need_key(self) -> None:
        """Loads the masking key into the session, once and only if something is hashed."""
        if not self._has_key:
            key = self._key if isinstance(self._key, bytes) else self._key()
            set_key(self.db, key)
            self._has_key = True

    def describe(self, sql: str) -> tuple[tuple[str, str], ...]:
        return tuple((r[0], r[1]) for r in self.all(f"DESCRIBE {sql}"))

    def view(self, sql: str, what: str = "view") -> str:
        at = self.fresh(what)
        self.run(f"CREATE TEMP VIEW {at} AS {sql}")
        return at

    def stage(self, sql: str, size: int, what: str = "stage") -> str:
        """Computes a query once, its rows in the order they come, numbered from 0 in the column _mesh_place."""
        at = self.fresh(what)
        self.run("SET preserve_insertion_order = true")
        try:
            if size < SMALL_INPUT:
                self.run(f"CREATE TEMP TABLE {at}_rows AS {sql}")
                self.run(f"CREATE TEMP VIEW {at} AS SELECT *, rowid AS {PLACE} FROM {at}_rows")
            else:
                path = self.work / f"{at}.parquet"
                self.run(f"COPY ({sql}) TO {text(str(path))} (FORMAT parquet, COMPRESSION lz4)")
                self.run(
                    f"CREATE TEMP VIEW {at} AS SELECT * RENAME (file_row_number AS {PLACE}) "
                    f"FROM read_parquet({text(str(path))}, file_row_number = true, {NOT_FROM_FOLDERS})"
                )
        finally:
            self.run("SET preserve_insertion_order = false")
        return at

    def relation(self, sql: str, *, size: int = 0, traced: bool = False, placed: bool = False, **more: Any) -> Relation:
        """A view over a query as a relation; which system columns it has is said by `traced` and `placed`."""
        at = self.view(sql)
        own = {*((FILE, ROW) if traced else ()), *((PLACE,) if placed else ())}
        columns = tuple((n, t) for n, t in self.describe(f"SELECT * FROM {at}") if n not in own)
        return Relation(at, columns, traced, placed, size, **more)


def place(number: str, row: str) -> str:
    """SQL of the place of a row of several files: by the number of its file among them, and by what rises in it."""
    return f"((({number})::BIGINT << 40) + {row})"


def among(at: str, numbers: Sequence[int]) -> str:
    """A query of rows of some files, their places those that they have among all files: `numbers` are the files' own
    there."""
    number = nth(numbers, f"{PLACE} >> 40")
    return f"SELECT * REPLACE ({place(number, f'({PLACE} & {(1 << 40) - 1})')} AS {PLACE}) FROM {at}"


def nth(values: Sequence[int | str | None], number: str) -> str:
    """SQL of one of some values by its number, from 0: in constant time, where a map would be searched."""
    listed = ", ".join("NULL" if v is None else text(v) if isinstance(v, str) else str(v) for v in values)
    return f"([{listed}])[(({number})::BIGINT) + 1]" if len(values) > 1 else listed


#: The place of a row among all rows of one read_parquet.
PARQUET_PLACE = f"{place('file_index', 'file_row_number')} AS {PLACE}"


def _open_files() -> int:
    """How many partitions are written to at once: of more, whose rows come mixed, each would have many small files. In
    S3 each one takes memory of its own, so there it is DuckDB's hundred, and compaction follows."""
    if sys.platform == "win32":
        # Which has no limit to ask for, and no module that asks.
        return 100
    import resource

    may, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1000 if may == resource.RLIM_INFINITY else max(100, min(1000, may // 2))
