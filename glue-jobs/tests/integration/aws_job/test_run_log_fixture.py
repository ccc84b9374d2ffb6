"""A run log as the jobs leave it, pinned: the publisher, which is written in TypeScript, goes on with it.

`MESH_UPDATE_FIXTURES=1 pytest …` writes it again."""

from __future__ import annotations

import base64
import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.aws import layout
from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.aws.dynamo import DynamoTable
from mesh_jobs.adapters.aws.run_log import DynamoRunLog
from mesh_jobs.adapters.plan_json import plan_digest
from mesh_jobs.application.publish import published_event
from mesh_jobs.domain.plan import Product
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.table_store import Swap
from support.run_table import make_run_table

FIXTURE = Path(__file__).parents[2] / "fixtures" / "run-log" / "publication.json"
LEASE = timedelta(minutes=15)
OWNER = "arn:aws:states:eu-central-1:111122223333:execution:mesh-sales-orders-v1:first"
LATER = "arn:aws:states:eu-central-1:111122223333:execution:mesh-sales-orders-v1:second"
CURATED = "s3://shoply-curated/tables"
PLAN = {
    "planVersion": 2,
    "generator": "cdk-data-mesh 0.1.0",
    "product": {"id": "dp_sales_orders", "name": "Bücher"},
    "share": 0.25,
}


def at(minute: int) -> datetime:
    return datetime(2030, 1, 1, 6, minute, 0, 250_000, tzinfo=UTC)


def certificate(run_id: str, checks: int) -> dict[str, Any]:
    """Its parts that publishing looks at; many checks, that do not compress, make it large."""
    drawn = random.Random(checks)
    return {
        "certificateId": f"c-{run_id}",
        "product": "dp_sales_orders",
        "environment": None,
        "version": "1.0.0",
        "runId": run_id,
        "mode": "full",
        "issuedAt": "2030-01-01T06:05:00Z",
        "contractDigest": "sha256:" + "c" * 64,
        "planDigest": plan_digest(PLAN),
        "verdict": "certified",
        "score": 92.86,
        "reasons": [],
        "warnings": [],
        "tables": [
            {
                "table": "orders",
                "rows": 3,
                "snapshotId": "3821550127947089009",
                "metadataLocation": f"{CURATED}/sales/orders_v1/metadata/00002-{run_id}.metadata.json",
            }
        ],
        "checks": [{"id": f"{drawn.getrandbits(256):x}", "passed": True} for _ in range(checks)],
        "freshness": {"seconds": 3600, "limitSeconds": 21600, "passed": True, "newest": "2030-01-01T05:05:00Z"},
        "availability": {"percent": 100.0, "promisedPercent": 99.5},
        "stability": {"changes": ["orders: channel was added"], "passed": True},
    }


def outcome(run_id: str, document: dict[str, Any]) -> dict[str, Any]:
    product = Product("dp_sales_orders", "Orders", "sales", "orders", "1.0.0", 1, "active", "orders-owner@shoply.com")
    return {
        "swaps": [
            {
                "table": ["sales", "orders_v1"],
                "expected": f"{CURATED}/sales/orders_v1/metadata/00001-before.metadata.json",
                "new": document["tables"][0]["metadataLocation"],
            }
        ],
        "watermarks": {"shop": "2030-01-01T05:00:00.000000+00:00"},
        "events": [published_event(product, document)],
    }


def dump(dynamodb: Any) -> list[dict[str, Any]]:
    """Every item in DynamoDB's own JSON, by its keys."""

    def plain(value: Any) -> Any:
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        return value

    items = dynamodb.scan(TableName="sales-runs")["Items"]
    items.sort(key=lambda i: (i["pk"]["S"], i["sk"]["S"]))
    return [{n: {k: plain(v) for k, v in wired.items()} for n, wired in sorted(item.items())} for item in items]


def uncompressed(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is compressed as what it says: how zlib does it is its own affair."""
    bodies = {i["sk"]["S"].partition("#part#")[2]: base64.b64decode(i["body"]["B"]) for i in items if "body" in i}
    found = []
    for item in items:
        plain = {n: base64.b64decode(v["B"]) if "B" in v else v["S"] for n, v in item.items() if "N" not in v}
        packed = {n.removesuffix("Z").removesuffix("Parts") for n in plain if n.endswith(("Z", "Parts"))}
        kept = {n: v for n, v in item.items() if not n.endswith(("Z", "Parts"))}
        if "body" not in item:
            found.append({**kept, **{name: layout.unpacked(name, plain, bodies) for name in packed}})
    return found


def stages(clients: Clients) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The table after each step of two runs: the first one is published, the second one ends in each other way."""
    make_run_table(clients.dynamodb, "sales-runs")
    log = DynamoRunLog(DynamoTable(clients.dynamodb, "sales-runs"), LEASE, ("dp_sales_orders", 1))
    lock = log.acquire("dp_sales_orders", 1, OWNER, at(0))
    log.begin(lock, "init-1", "init", plan_digest(PLAN), at(0), {"asked": "init"})
    log.step(lock, "init-1", "ingest:shop", {"files": [{"origin": "landing/shop/1.csv"}] * 600})
    log.step(lock, "init-1", "build:orders", {"table": "orders", "rowsIn": 4, "quarantined": 1})
    document = certificate("init-1", checks=200)
    ending = outcome("init-1", document)
    log.step(lock, "init-1", "outcome", ending)
    log.certify(lock, "init-1", document)
    yield "certified", dump(clients.dynamodb)
    log.commit(lock, "init-1", [Swap(TableName(*s["table"]), s["expected"], s["new"]) for s in ending["swaps"]])
    yield "publishing", dump(clients.dynamodb)
    log.published(lock, "init-1", ending["watermarks"], ending["events"], at(6))
    yield "published", dump(clients.dynamodb)
    for number, _ in log.outbox():
        log.delivered(number)
    log.release(lock)
    yield "announced", dump(clients.dynamodb)
    lock = log.acquire("dp_sales_orders", 1, LATER, at(10))
    log.begin(lock, "delta-2", "delta", plan_digest(PLAN), at(10), {})
    yield "running", dump(clients.dynamodb)
    log.end(lock, "delta-2", "failed", "the execution was aborted", None, at(12))
    log.step(lock, "delta-2", "stopped", True)
    yield "stopped", dump(clients.dynamodb)


def test_the_run_log_that_the_publisher_goes_on_with_is_the_one_that_jobs_write(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    generations = count(1)
    # Small, so that there are parts of an item and the fixture stays small.
    monkeypatch.setattr("mesh_jobs.adapters.aws.layout._PART", 2048)
    monkeypatch.setattr("mesh_jobs.adapters.aws.run_log.secrets.token_hex", lambda _: f"{next(generations):08x}")
    made = {"plan": PLAN, "planDigest": plan_digest(PLAN), "stages": dict(stages(clients))}
    if os.environ.get("MESH_UPDATE_FIXTURES"):
        FIXTURE.parent.mkdir(exist_ok=True)
        FIXTURE.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
    pinned = json.loads(FIXTURE.read_text())
    assert (pinned["plan"], pinned["planDigest"]) == (made["plan"], made["planDigest"])
    for stage, items in made["stages"].items():
        assert uncompressed(pinned["stages"][stage]) == uncompressed(items), stage
