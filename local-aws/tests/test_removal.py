"""What becomes of data when a deployment fails, when a stack goes, and when its deletion was asked for twice."""

from __future__ import annotations

from typing import Any

import pytest

from deployment import SALES, Deployment, Role
from product import Product

pytestmark = pytest.mark.soak

STACK = "sales-gold-daily-v1"
TABLE = ("sales", "daily_sales_v1")
BUCKETS = [f"shop-{SALES}-eu-west-1-{STACK}-{kind}" for kind in ("curated", "raw")]


def own(mesh: Deployment) -> list[str]:
    """Buckets of the product."""
    return sorted(each["Name"] for each in mesh.client("s3", SALES).list_buckets()["Buckets"] if STACK in each["Name"])


def others(orders: Product) -> tuple[str, str]:
    return orders.published("sales", "orders_v1")


def test_a_stack_that_goes_leaves_its_data(mesh: Deployment, orders: Product, gold_daily: Product) -> None:
    before, beside = gold_daily.published(*TABLE), others(orders)
    mesh.destroy(SALES, STACK)
    assert (mesh.status(SALES, STACK), own(mesh)) == ("", BUCKETS)
    assert (gold_daily.published(*TABLE), others(orders)) == (before, beside)


def test_it_is_deployed_again_by_a_retry_after_a_handler_has_failed(mesh: Deployment, orders: Product, gold_daily: Product) -> None:
    before, beside = gold_daily.published(*TABLE), others(orders)
    mesh.faults({"service": "glue", "operation": "GetTable", "where": {"Name": TABLE[1]}, "error": "InternalServiceException"})
    with pytest.raises(AssertionError, match="AWS refused: InternalServiceException"):
        mesh.deploy(SALES, STACK, "--import-existing-resources")
    mesh.faults()
    assert (mesh.status(SALES, STACK), own(mesh)) == ("ROLLBACK_COMPLETE", BUCKETS)
    assert (gold_daily.published(*TABLE), others(orders)) == (before, beside)

    mesh.deploy(SALES, STACK, "--import-existing-resources")
    assert mesh.status(SALES, STACK) == "CREATE_COMPLETE"
    assert (gold_daily.published(*TABLE), others(orders)) == (before, beside)


def test_a_deletion_that_was_asked_for_twice_waits_for_s3_and_then_leaves_nothing(
    mesh: Deployment, steward: Role, orders: Product, gold_daily: Product
) -> None:
    beside = others(orders)
    mesh.synthesise("deleted.out", products=STACK, deleteDataOf="dp_sales_gold_daily")
    mesh.deploy(SALES, STACK, app="deleted.out")
    deployed = mesh.client("cloudformation", SALES).get_template(StackName=STACK)["TemplateBody"]["Resources"].values()
    rules = [each["Properties"]["LifecycleConfiguration"]["Rules"] for each in deployed if each["Type"] == "AWS::S3::Bucket"]
    assert [{"delete-data", "noncurrent"} <= {rule["Id"] for rule in of} for of in rules] == [True, True]
    with pytest.raises(AssertionError, match="The bucket you tried to delete is not empty"):
        mesh.destroy(SALES, STACK, app="deleted.out")
    # An empty one has gone, the one with the table's files has not.
    assert BUCKETS[0] in own(mesh)

    expired(mesh)
    mesh.destroy(SALES, STACK, app="deleted.out")
    assert (mesh.status(SALES, STACK), own(mesh)) == ("", [])
    glue = steward.client("glue")
    tables = [table["Name"] for database in ("sales", "sales_internal") for table in glue.get_tables(DatabaseName=database)["TableList"]]
    assert [name for name in tables if "daily" in name] == []
    assert others(orders) == beside


def expired(mesh: Deployment) -> None:
    """What S3 does in a day or two by the rules of the buckets. Its own work needs no permission; here a role of the product does it."""
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{name}{end}" for name in BUCKETS for end in ("", "/*")]}
    s3: Any = mesh.role(SALES, "s3-lifecycle", everything, path="/mesh/sales/gold_daily-v1/").client("s3")
    for bucket in own(mesh):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
