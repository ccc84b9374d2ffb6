"""A product that is built from another's: its certified snapshot, unloaded by Athena as the import role, with what that was granted."""

from __future__ import annotations

import json
import uuid

import pytest

from deployment import SALES, Deployment, Role
from product import Product

pytestmark = pytest.mark.soak

ROLE = f"arn:aws:iam::{SALES}:role/mesh/sales/gold_daily-v1/mesh-sales-gold-daily-v1-import"
ORDERS = {"TableCatalogId": SALES, "DatabaseName": "sales", "TableName": "orders_v1", "Name": "imports"}
RAW = f"shop-{SALES}-eu-west-1-sales-gold-daily-v1-raw"
RUN = f"import-{uuid.uuid4().hex[:8]}"


def test_without_a_grant_it_is_refused_before_a_row_is_read(mesh: Deployment, orders: Product, gold_daily: Product) -> None:
    found = gold_daily.ended(gold_daily.start({"mode": "full", "runId": RUN}), "FAILED")
    assert "Insufficient Lake Formation permission" in found["cause"]
    assert mesh.client("s3", SALES).list_objects_v2(Bucket=RAW, Prefix=f"imports/{RUN}/")["KeyCount"] == 0
    assert gold_daily.published("sales", "daily_sales_v1")[0] == ""


def test_what_was_granted_is_imported_and_nothing_else_and_the_run_says_of_which_snapshot(
    mesh: Deployment, steward: Role, orders: Product, gold_daily: Product
) -> None:
    lake = steward.client("lakeformation")
    table = steward.client("glue").get_table(DatabaseName="sales", Name="orders_v1")["Table"]
    granted = [name for name in (column["Name"] for column in table["StorageDescriptor"]["Columns"]) if name != "customer_email"]
    lake.create_data_cells_filter(TableData={**ORDERS, "ColumnNames": granted, "RowFilter": {"AllRowsWildcard": {}}})
    lake.grant_permissions(Principal={"DataLakePrincipalIdentifier": ROLE}, Resource={"DataCellsFilter": ORDERS}, Permissions=["SELECT"])
    # The run that was refused goes on, now that it may.
    gold_daily.ended(gold_daily.start({"mode": "full", "runId": RUN}), "SUCCEEDED")
    pin = json.loads(mesh.client("s3", SALES).get_object(Bucket=RAW, Key=f"imports/{RUN}/orders/_pin.json")["Body"].read())
    assert (sorted(pin["columns"]), pin["metadataLocation"]) == (sorted(granted), orders.published("sales", "orders_v1")[1])
    assert gold_daily.published("sales", "daily_sales_v1")[0] == RUN

    reader = mesh.reader(SALES, "of-days")
    daily = {"Table": {"DatabaseName": "sales", "Name": "daily_sales_v1"}}
    both = {"Table": {"DatabaseName": "sales", "Name": "orders_v1"}}
    for resource in (daily, both):
        lake.grant_permissions(Principal={"DataLakePrincipalIdentifier": reader.arn}, Resource=resource, Permissions=["SELECT"])
    asked = "SELECT sum(paid_amount), count(DISTINCT CAST(ordered_at AS DATE)) FROM orders_v1 WHERE paid_amount > 0"
    assert reader.query("SELECT sum(total_sales), count(*) FROM daily_sales_v1", "sales") == reader.query(asked, "sales")


def test_nobody_but_its_state_machine_takes_the_role_of_imports(mesh: Deployment, gold_daily: Product) -> None:
    with pytest.raises(Exception, match="AccessDenied"):
        mesh.client("sts", SALES).assume_role(RoleArn=ROLE, RoleSessionName="somebody")
