"""What a laptop is told of a deployment, by what a job has left there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.entrypoints import deployed
from mesh_jobs.entrypoints.local import Command
from mesh_jobs.entrypoints.protocol import FINE, Lines, Stop
from support.aws import emulated
from support.jobs import Product, deployed_product
from support.plans import orders_document
from support.strict import strict

ORDERS = (
    "order_id,amount,email,updated_at\n"
    "o1,10.50,a@x.org,2030-01-01T00:00:00Z\n"
    "o2,-1,b@x.org,2030-01-01T01:00:00Z\n"
    "o3,ten,c@x.org,2030-01-01T02:00:00Z\n"
)


class Said:
    """Stands where the protocol's lines do."""

    def __init__(self) -> None:
        self.result: dict[str, Any] = {}

    def emit(self, event: str, **fields: Any) -> None:
        self.result = fields


def told(command: Command, product: Product, **request: Any) -> dict[str, Any]:
    said = Said()
    names = {"runTable": product.runs_in}
    document = {"plan": product.document, "deployment": names, **request}
    assert command(document, cast(Lines, said), Stop()) == FINE
    return said.result


@pytest.fixture(scope="module")
def published() -> Iterator[Product]:
    with emulated(), strict():
        product = deployed_product(Clients(), orders_document())
        product.land("1.csv", ORDERS, at="2030-01-01T05:00:00+00:00")
        assert product.run(now="2030-01-01T06:00:00Z", run_id="init-1").error is None
        yield product


ASKED = {"products": [{"id": "dp_sales_orders", "major": 1, "environment": None}]}


def test_what_a_job_did_is_what_the_verbs_show_of_it(published: Product) -> None:
    [status] = told(deployed.status, published, **ASKED, now="2030-01-01T07:00:00Z")["products"]
    assert (status["state"], status["lastRun"]["runId"]) == ("published", "init-1")
    assert told(deployed.certificate, published)["certificate"] == status["certificate"]

    asked = {"from": "2030-01-01T00:00:00Z", "until": "2030-02-01T00:00:00Z", **ASKED}
    [month] = told(deployed.history, published, **asked)["products"]
    assert [one["score"] for one in month["published"]] == [status["certificate"]["score"]]


@pytest.mark.parametrize("kept", [True, False])
def test_what_one_can_go_back_to_is_what_the_publisher_says(
    published: Product, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    certified = told(deployed.certificate, published)["certificate"]["certificateId"]
    asked: list[Any] = []

    def publisher(clients: Clients, function: str, question: Any) -> Any:
        asked.append((function, question))
        return {"certificates": [{"certificateId": certified}] if kept else []}

    monkeypatch.setattr(deployed, "_invoke", publisher)
    names = {"runTable": published.runs_in, "publisher": "mesh-sales-publisher", "identity": {"Domain": "sales"}}
    choices = told(deployed.rollback, published, deployment=names)["certificates"]
    assert [c["certificateId"] for c in choices] == ([certified] if kept else [])
    assert asked == [("mesh-sales-publisher", {"Domain": "sales", "action": "certificates"})]


def test_of_rows_set_aside_it_tells_how_many_and_why_and_shows_none(published: Product) -> None:
    told_of = told(deployed.quarantine, published)
    assert sum(group["rows"] for group in told_of["groups"]) > 0
    assert told_of["rows"] == []
    assert told(deployed.quarantine, published, runId="another")["groups"] == []
    with pytest.raises(BadRequest, match="shown to nobody"):
        told(deployed.quarantine, published, row=1)


def test_a_domain_that_is_not_deployed_has_no_table_of_runs(published: Product) -> None:
    elsewhere = {"deployment": {"runTable": "marketing-runs"}}
    [status] = told(deployed.status, published, **ASKED, **elsewhere)["products"]
    assert (status["state"], status["runs"]) == ("not deployed", [])


def test_what_is_landed_lies_where_the_source_looks(published: Product, tmp_path: Path) -> None:
    from mesh_jobs.adapters.aws.raw_zone import S3RawZone
    from mesh_jobs.domain.plan import FileSource

    [source] = [s for s in published.plan.sources if isinstance(s, FileSource)]
    (tmp_path / "2.csv").write_text(ORDERS, encoding="utf-8")
    zone = S3RawZone(published.clients.s3, published.bucket("raw"))
    zone.land(source, [tmp_path / "2.csv"])
    landed = zone.landed(published.plan.product, source)
    assert sorted(one.origin.rpartition("/")[2] for one in landed) == ["1.csv", "2.csv"]
