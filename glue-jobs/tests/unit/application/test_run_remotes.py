"""Sources that are fetched: what is new of them, and that no row gets lost on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.domain.errors import ConservationBroken
from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.remotes import Answer, Fetched
from support.memory import START, MemoryMesh
from support.runs import HEAD, O1, O2, PLAN, ids

O3 = "o3,30.00,c@x.org,2030-01-01T02:00:00Z\n"
FIELDS = (
    Field("order_id", "string"),
    Field("amount", "string"),
    Field("email", "string"),
    Field("updated_at", "timestamptz"),
)


@dataclass
class Shop:
    """A table: its rows, and how many of them it says it has sent."""

    rows: str
    counted: int | None = None
    is_there: bool = True
    asked: tuple[str | None, ...] = ()

    def reaches(self, source: FileSource) -> bool:
        return self.is_there

    def fetch(self, source: FileSource, since: str | None, folder: Path, notice: Callable[[str], None]) -> Answer:
        self.asked += (since,)
        path = folder / "part.csv"
        path.write_text(HEAD + self.rows)
        file = Fetched(path, "orders at shop", hashlib.sha256(self.rows.encode()).hexdigest())
        counted = self.rows.count("\n") if self.counted is None else self.counted
        return Answer((file,), FIELDS, FileFormat("csv"), counted, START)


def run(mesh: MemoryMesh, shop: Shop, mode: Any = None) -> Any:
    return mesh.run(PLAN, mode, outside=replace(mesh.outside(), remotes=shop))


def test_a_delta_asks_from_the_watermark_and_what_came_just_so_before_is_not_new() -> None:
    mesh, shop = MemoryMesh(), Shop(O1 + O2)
    run(mesh, shop)
    shop.rows = O2 + O3
    mesh.later(hours=1)
    assert run(mesh, shop, "delta").state == "published"
    assert ids(mesh) == ["o1", "o2", "o3"]
    mesh.later(hours=1)
    assert run(mesh, shop, "delta").state == "skipped"
    assert shop.asked == (None, "2030-01-01T00:00:00+00:00", "2030-01-01T01:00:00+00:00")


def test_a_full_run_of_the_same_rows_is_a_run(tmp_path: Path) -> None:
    mesh, shop = MemoryMesh(), Shop(O1)
    run(mesh, shop)
    mesh.later(hours=1)
    assert run(mesh, shop, "full").state == "published"


@pytest.mark.parametrize("mode", ["full", "delta"])
def test_a_row_that_was_sent_and_did_not_arrive_stops_the_run(mode: str) -> None:
    mesh, shop = MemoryMesh(), Shop(O1)
    run(mesh, shop)
    mesh.later(hours=1)
    with pytest.raises(ConservationBroken, match="orders_raw: source shop sent 3 rows, and 2 came in"):
        run(mesh, replace(shop, rows=O2 + O3, counted=3), mode)
    assert ids(mesh) == ["o1"]


def test_the_first_delta_after_a_sample_reads_all_there_is() -> None:
    mesh, shop = MemoryMesh(), Shop(O1 + O2, is_there=False)
    mesh.land(PLAN, "sample.csv", HEAD + O3)
    run(mesh, shop)
    shop.is_there = True
    mesh.later(hours=1)
    run(mesh, shop, "delta")
    assert shop.asked == (None,)
    assert ids(mesh) == ["o1", "o2", "o3"]
    assert any("source shop was read from files before" in w for w in mesh.progress.warnings)
    mesh.later(hours=1)
    run(mesh, shop, "full")
    assert ids(mesh) == ["o1", "o2"]
