"""Files that were deleted by mistake come back from the versions of the curated bucket, by the steps of
docs/operations.md, "What was moved or deleted by mistake"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mesh_jobs.adapters.aws.clients import Clients
from support.aws import emulated
from support.jobs import Product, deployed_product
from support.plans import orders_document
from support.strict import strict

pytestmark = pytest.mark.ci

HEADER = "order_id,amount,email,updated_at\n"
FIRST = f"{HEADER}o1,10.50,a@x.org,2030-01-01T00:00:00Z\n"
SECOND = f"{HEADER}o1,12.00,a@x.org,2030-01-02T00:00:00Z\no2,3.00,b@x.org,2030-01-02T01:00:00Z\n"
READ = "sales.orders_v1"


@pytest.fixture(scope="module")
def orders() -> Iterator[Product]:
    """Published twice, in a bucket that keeps versions as the product's does. A test restores what it lost."""
    with emulated(), strict():
        clients = Clients()
        made = deployed_product(clients, orders_document())
        clients.s3.put_bucket_versioning(Bucket=made.bucket("curated"), VersioningConfiguration={"Status": "Enabled"})
        for n, rows in ((1, FIRST), (2, SECOND)):
            made.land(f"{n}.csv", rows, at=f"2030-01-0{n}T05:00:00+00:00")
            assert made.run(now=f"2030-01-0{n}T06:00:00Z", run_id=f"run-{n}").error is None
        yield made


def versions(product: Product, kind: str) -> Iterator[dict[str, Any]]:
    pages = product.clients.s3.get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=product.bucket("curated"), Prefix="tables/"):
        yield from page.get(kind, ())


def delete_by_mistake(product: Product) -> int:
    keys = {each["Key"] for each in versions(product, "Versions") if each["IsLatest"]}
    for key in keys:
        product.clients.s3.delete_object(Bucket=product.bucket("curated"), Key=key)
    return len(keys)


def test_files_that_were_deleted_come_back_over_their_delete_markers(orders: Product) -> None:
    before = orders.rows(READ)
    assert [row["order_id"] for row in before] == ["o1", "o2"]
    assert delete_by_mistake(orders) > 0
    with pytest.raises(FileNotFoundError):
        orders.rows(READ)

    last = {each["Key"]: each["VersionId"] for each in reversed(list(versions(orders, "Versions")))}
    bucket = orders.bucket("curated")
    for marker in [m for m in versions(orders, "DeleteMarkers") if m["IsLatest"]]:
        key = marker["Key"]
        source = {"Bucket": bucket, "Key": key, "VersionId": last[key]}
        orders.clients.s3.copy_object(Bucket=bucket, Key=key, CopySource=source)
    assert orders.rows(READ) == before
    # And the product goes on from there.
    orders.land("3.csv", f"{HEADER}o3,1.00,c@x.org,2030-01-03T00:00:00Z\n", at="2030-01-03T05:00:00+00:00")
    assert orders.run(now="2030-01-03T06:00:00Z", run_id="run-3").error is None
    assert [row["order_id"] for row in orders.rows(READ)][-1] == "o3"
