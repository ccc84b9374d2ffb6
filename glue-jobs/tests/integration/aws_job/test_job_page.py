"""The page on the job tells the truth: its logs and arguments are those of a job. test_job.py has its permissions.

`MESH_UPDATE_PAGES=1 pytest …` writes what a job says into the page."""

from __future__ import annotations

import os
import re

import pytest

from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.entrypoints.job_arguments import OPTIONAL, REQUIRED
from support.jobs import Product, deployed_product
from support.permissions import PAGE
from support.plans import orders_document

ORDERS = (
    "order_id,amount,email,updated_at\n"
    "o1,10.50,a@x.org,2030-01-01T00:00:00Z\n"
    "o2,-1,b@x.org,2030-01-01T01:00:00Z\n"
    "o3,ten,c@x.org,2030-01-01T02:00:00Z\n"
)


@pytest.fixture
def orders(clients: Clients) -> Product:
    made = orders_document()
    made["tables"][2]["checks"][2] |= {"threshold": [1]}
    product = deployed_product(clients, made)
    product.land("orders.csv", ORDERS, at="2030-01-01T05:00:00+00:00")
    return product


def on_page(title: str, said: str) -> None:
    """Whether the block under a title is what was said, but for times."""
    page = PAGE.read_text("utf-8")
    start = page.index("```text\n", page.index(f"<!-- {title} -->")) + len("```text\n")
    end = page.index("```", start)
    if os.environ.get("MESH_UPDATE_PAGES"):
        PAGE.write_text(page[:start] + said + page[end:], "utf-8")
        return
    assert timeless(page[start:end]) == timeless(said)


def timeless(text: str) -> str:
    return re.sub(r"\d+(\.\d)? s\b", "0.1 s", text)


@pytest.mark.soak
def test_the_logs_on_the_page_are_those_of_a_job(orders: Product) -> None:
    loaded = orders.run(run_id="full-20300101T060000Z", mode="full", now="2030-01-01T06:00:00Z")
    assert loaded.error is None
    on_page("the log of a load", loaded.log)

    orders.document["tables"][2]["checks"][2] |= {"severity": "critical"}
    orders.deploy()
    rejected = orders.run(run_id="full-20300102T060000Z", mode="full", now="2030-01-02T06:00:00Z")
    assert rejected.error is not None
    on_page("the log of a rejected run", rejected.log)
    on_page("the error of a rejected run", rejected.error + "\n")


def test_the_arguments_on_the_page_are_those_of_the_job() -> None:
    rows = [line.split("|")[1] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `--mesh-")]
    listed = [a for row in rows for a in re.findall(r"`--mesh-([\w-]+)`", row)]
    assert sorted(listed) == sorted((*REQUIRED, *OPTIONAL))
