"""What a run has kept is what it reads and what counts as read, also when it died before it could say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.application.outside import Outside
from mesh_jobs.domain.errors import MeshError
from mesh_jobs.domain.plan import FileFormat, FileSource
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.remotes import Answer, Fetched
from support.faults import Died
from support.memory import START, MemoryMesh, replaced
from support.runs import HEAD, O1, O2, PLAN, ids

KEY = ("dp_sales_orders", 1)
O3 = "o3,30.00,c@x.org,2030-01-01T06:00:00Z\n"
O4 = "o4,40.00,d@x.org,2030-01-01T06:30:00Z\n"


class Breaks:
    """An engine that ends before it knows the greatest watermark: the input is kept by then, and not remembered."""

    def __init__(self, engine: Any, end: BaseException) -> None:
        self._engine, self._end = engine, end

    def __getattr__(self, name: str) -> Any:
        return self._ends if name == "greatest" else getattr(self._engine, name)

    def _ends(self, *_: Any) -> None:
        raise self._end


def broken_off(mesh: MemoryMesh, end: BaseException, **ports: Any) -> None:
    outside = replaced(mesh.outside(), **ports)
    try:
        mesh.run(PLAN, "delta", replaced(outside, engine=Breaks(outside.engine, end)), run_id="d1")
    except Died:
        mesh.log.dead.add(f"process-{mesh.processes}")
    mesh.later(minutes=30)


@pytest.fixture(params=["failed", "killed"])
def end(request: pytest.FixtureRequest) -> BaseException:
    return MeshError("a worker was lost") if request.param == "failed" else Died("at greatest")


def after_a_load() -> MemoryMesh:
    mesh = MemoryMesh()
    mesh.land(PLAN, "1.csv", HEAD + O1 + O2)
    mesh.run(PLAN)
    mesh.later(hours=1)
    return mesh


def origins(mesh: MemoryMesh, run_id: str = "d1") -> list[str]:
    found = mesh.log.find(*KEY, run_id)
    assert found is not None
    return [f["origin"] for f in found.steps["ingest:shop"]["files"]]


def test_a_file_that_lands_before_a_run_goes_on_is_left_to_the_next_run(end: BaseException) -> None:
    mesh = after_a_load()
    mesh.land(PLAN, "2.csv", HEAD + O3)
    broken_off(mesh, end)
    mesh.land(PLAN, "3.csv", HEAD + O4)
    assert mesh.run(PLAN, "delta", run_id="d1").state == "published"
    assert (ids(mesh), origins(mesh)) == (["o1", "o2", "o3"], ["2.csv"])
    mesh.later(hours=1)
    assert mesh.run(PLAN, "delta").state == "published"
    assert ids(mesh) == ["o1", "o2", "o3", "o4"]


def test_a_file_that_is_overwritten_before_a_run_goes_on_is_read_again_by_the_next_run(end: BaseException) -> None:
    mesh = after_a_load()
    mesh.land(PLAN, "2.csv", HEAD + O3)
    broken_off(mesh, end)
    mesh.land(PLAN, "2.csv", HEAD + O3 + O4)
    mesh.run(PLAN, "delta", run_id="d1")
    assert ids(mesh) == ["o1", "o2", "o3"]
    mesh.later(hours=1)
    mesh.run(PLAN, "delta")
    assert ids(mesh) == ["o1", "o2", "o3", "o4"]


def test_a_run_goes_on_with_what_it_has_kept_when_the_source_has_been_emptied(end: BaseException) -> None:
    mesh = after_a_load()
    mesh.land(PLAN, "2.csv", HEAD + O3)
    broken_off(mesh, end)
    for name in ("1.csv", "2.csv"):
        mesh.raw.take_away(PLAN.product, "shop", name)
    assert mesh.run(PLAN, "delta", run_id="d1").state == "published"
    assert ids(mesh) == ["o1", "o2", "o3"]


class Shop:
    """A table whose answers come one after the other."""

    def __init__(self, *answers: tuple[str, tuple[str, ...]]) -> None:
        self._answers, self.asked = list(answers), 0

    def reaches(self, source: FileSource) -> bool:
        return True

    def fetch(self, source: FileSource, since: str | None, folder: Path, notice: Callable[[str], None]) -> Answer:
        rows, columns = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        path = folder / "part.csv"
        path.write_text(",".join(columns) + "\n" + rows)
        fields = tuple(Field(c, "timestamptz" if c == "updated_at" else "string") for c in columns)
        return Answer((Fetched(path, "orders at shop", rows),), fields, FileFormat("csv"), rows.count("\n"), START)


def with_shop(mesh: MemoryMesh, shop: Shop) -> Outside:
    return replace(mesh.outside(), remotes=shop)


def test_an_answer_that_was_kept_is_described_by_itself_and_asked_for_once(end: BaseException) -> None:
    columns = ("order_id", "amount", "email", "updated_at")
    turned = ("updated_at", "amount", "email", "order_id")
    shop = Shop((O1, columns), (O2, columns), ("2030-01-01T06:30:00Z,1,d@x.org,o4\n" * 2, turned))
    mesh = MemoryMesh()
    mesh.run(PLAN, outside=with_shop(mesh, shop))
    mesh.later(hours=1)
    broken_off(mesh, end, remotes=shop)
    assert mesh.run(PLAN, "delta", with_shop(mesh, shop), run_id="d1").state == "published"
    assert (ids(mesh), shop.asked) == (["o1", "o2"], 2)
    found = mesh.log.find(*KEY, "d1")
    assert found is not None
    step = found.steps["ingest:shop"]
    assert (step["rows"], [f["name"] for f in step["fields"]]) == (1, list(columns))
    mesh.later(hours=1)
    mesh.run(PLAN, "delta", with_shop(mesh, shop))
    assert ids(mesh) == ["o1", "o2", "o4"]


def test_what_a_run_of_the_same_id_has_kept_of_which_the_log_knows_nothing_is_not_taken_for_another() -> None:
    mesh = after_a_load()
    mesh.land(PLAN, "2.csv", HEAD + O3)
    mesh.run(PLAN, "delta", run_id="d1")
    anew = MemoryMesh(raw=mesh.raw)
    report = anew.run(PLAN, run_id="d1")
    assert (report.state, report.remedy) == ("failed", "start a new run, with another run id")
    assert report.message == ("an earlier run d1, which is not in the log, has already kept the input of source shop")
