"""Going back on real Iceberg tables, and on from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.local import InProcess
from support.plans import orders_document

PLAN = orders_document()
HEAD = "order_id,amount,email,updated_at\n"


@pytest.fixture
def mesh(tmp_path: Path) -> InProcess:
    return InProcess(tmp_path)


def amounts(mesh: InProcess) -> dict[str, str]:
    shown = mesh.call("show", mesh.request(PLAN, limit=10)).last["tables"]
    return {r["order_id"]: r["amount"] for r in next(t["rows"] for t in shown if t["table"] == "sales.orders_v1")}


def run(mesh: InProcess, now: str, name: str, row: str) -> dict[str, Any]:
    mesh.land(name, HEAD + row, at=now)
    ran = mesh.run(PLAN, now=now)
    assert (ran.code, ran.last["state"]) == (0, "published"), ran.stderr + str(ran.last)
    return dict(ran.last["certificate"])


@pytest.mark.ci
def test_a_delta_after_a_rollback_goes_on_from_it_and_what_was_undone_is_put_away(mesh: InProcess) -> None:
    first = run(mesh, "2030-01-01T06:00:00Z", "1.csv", "o1,10.00,a@x.org,2030-01-01T00:00:00Z\n")
    wrong = run(mesh, "2030-01-01T07:00:00Z", "2.csv", "o1,99.00,a@x.org,2030-01-01T05:00:00Z\n")
    assert amounts(mesh) == {"o1": "99.00"}

    choices = mesh.call("rollback", mesh.request(PLAN)).last["certificates"]
    assert [c["certificateId"] for c in choices] == [wrong["certificateId"], first["certificateId"]]
    asked = mesh.request(PLAN, certificateId=first["certificateId"], now="2030-01-01T08:00:00Z")
    back = mesh.call("rollback", asked)
    assert (back.code, back.last["certificate"]) == (0, first), back.stderr + str(back.last)
    assert amounts(mesh) == {"o1": "10.00"}
    assert mesh.call("show", mesh.request(PLAN)).last["certificate"] == first
    again = mesh.call("rollback", asked)
    assert (again.code, again.last["code"]) == (1, "cannot-go-back")

    # What was wrong is mended at its source, and comes with the next file.
    (mesh.state / "landing/sales/orders-v1/shop/2.csv").unlink()
    run(mesh, "2030-01-01T09:00:00Z", "3.csv", "o1,12.00,a@x.org,2030-01-01T05:00:00Z\n")
    assert amounts(mesh) == {"o1": "12.00"}
    # The first run of a day puts away what no table is made of: nothing of the undone run is left.
    run(mesh, "2030-01-02T10:00:00Z", "4.csv", "o2,20.00,b@x.org,2030-01-02T05:00:00Z\n")
    assert amounts(mesh) == {"o1": "12.00", "o2": "20.00"}
    undone = [p.name for p in (mesh.state / "warehouse").rglob(f"*{wrong['runId']}*") if p.is_file()]
    assert undone == []
    gone = mesh.call("rollback", mesh.request(PLAN, certificateId=wrong["certificateId"]))
    assert "was undone by a rollback" in gone.last["message"]


def test_a_history_tells_publications_and_what_went_wrong_in_a_time(mesh: InProcess) -> None:
    first = run(mesh, "2030-01-01T06:00:00Z", "1.csv", "o1,10.00,a@x.org,2030-01-01T00:00:00Z\n")
    mesh.land("2.csv", HEAD + ",1,a@x.org,2030-01-01T05:00:00Z\n")
    assert mesh.run(PLAN, now="2030-01-01T07:00:00Z").code == 1
    request = {
        "state": str(mesh.state),
        "products": [{"id": "dp_sales_orders", "major": 1}],
        "from": "2030-01-01T00:00:00Z",
        "until": "2030-02-01T00:00:00Z",
    }
    (found,) = mesh.call("history", request).last["products"]
    assert [(p["at"], p["score"], p["rollback"]) for p in found["published"]] == [
        (first["issuedAt"], first["score"], False)
    ]
    (incident,) = found["incidents"]
    assert incident["kind"] in ("failed", "rejected")
    assert incident["at"].startswith("2030-01-01T07:00")
