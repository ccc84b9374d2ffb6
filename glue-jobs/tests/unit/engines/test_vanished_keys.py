"""Keys that vanish are buried as text, whatever types the key has from one full run to the next."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from mesh_jobs.domain.plan import Partition
from mesh_jobs.domain.table import Field
from support.bench import Bench, protected, table

pytestmark = [pytest.mark.usefixtures("quick"), pytest.mark.parametrize("bench", ["duckdb", "spark"], indirect=True)]


def full(bench: Bench, kind: Any, *ids: Any, run: str, **more: Any) -> int:
    """A full run of a table whose key is of that type; how many keys vanished."""
    orders = table(primary_key=("id",), **more)
    return bench.save(orders, {"rows": bench.given([{"id": i} for i in ids], Field("id", kind))}, run).vanished


def buried(bench: Bench) -> list[tuple[str, str]]:
    return sorted((r["_mesh_run_id"], r["id"]) for r in bench.rows(table().tombstones))


def test_a_key_of_another_type_is_told_by_how_it_reads(bench: Bench) -> None:
    full(bench, "long", 1, 2, 3, run="full-1")
    assert full(bench, "string", "1", "A-7", run="full-2") == 2
    assert full(bench, "string", "1", "A-7", run="full-3") == 0
    assert full(bench, "long", 1, run="full-4") == 1
    assert buried(bench) == [("full-2", "2"), ("full-2", "3"), ("full-4", "A-7")]


def test_keys_that_vanished_under_another_type_stay_beside_the_others(bench: Bench) -> None:
    full(bench, "long", 1, 2, 3, run="full-1")
    assert full(bench, "long", 1, 2, run="full-2") == 1
    assert full(bench, "string", "1", run="full-3") == 1
    assert full(bench, "decimal(5, 2)", run="full-4") == 1
    assert buried(bench) == [("full-2", "3"), ("full-3", "2"), ("full-4", "1")]


def test_a_key_may_come_to_be_protected(bench: Bench) -> None:
    full(bench, "int", 1, 2, 3, run="full-1")
    full(bench, "int", 1, 2, run="full-2")
    assert full(bench, "int", 1, run="full-3", protected=protected("id")) == 1
    (_, open_), (_, hidden) = buried(bench)
    assert (open_, len(hidden)) == ("3", 64)


def test_a_run_that_was_stopped_after_the_table_had_its_new_columns_buries_the_same_keys(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(bench, "long", 1, 2, 3, run="full-1")

    class Stopped(sys.modules[type(bench.engine).__module__].Writer):  # type: ignore[misc]
        def _tombstones(self, *_: Any) -> int:
            raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(sys.modules[type(bench.engine).__module__], "Writer", Stopped)
        with pytest.raises(KeyboardInterrupt):
            full(bench, "string", "1", run="full-2")
    assert full(bench, "string", "1", run="full-2") == 2
    assert buried(bench) == [("full-2", "2"), ("full-2", "3")]


@pytest.mark.parametrize("before", [(), (Partition("id", "identity"),)])
def test_a_key_of_a_type_that_widens_is_the_same_key(bench: Bench, before: tuple[Partition, ...]) -> None:
    full(bench, "int", 1, 2, run="full-1", partition_by=before)
    assert full(bench, "long", 1, 5_000_000_000, run="full-2", partition_by=before) == 1
    assert buried(bench) == [("full-2", "2")]
