"""A job that builds on another product reads what the state machine had unloaded of it, and judges its certificate."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mesh_jobs.adapters.aws.clients import Clients
from support.jobs import Product, deployed_product
from support.plans import column, orders_document, table

ORDERS = "order_id,amount,email,updated_at\no1,10.50,a@x.org,2030-01-01T00:00:00Z\n"
POINTER = "s3://crm-curated/tables/crm/customers_v1/metadata/00007.metadata.json"
FACTS = {
    "mesh.run-id": "r7",
    "mesh.verdict": "certified",
    "mesh.certified-at": "2030-01-01T05:00:00Z",
    "mesh.newest": "2030-01-01T04:30:00Z",
    "mesh.snapshot-id": "3821550127947089009",
}
#: As Athena unloads them: a moment is ISO 8601 text.
CUSTOMERS = pa.table(
    {
        "customer_id": ["c1", "c2", "c3"],
        "country": ["DE", "DE", "FR"],
        "since": ["2029-12-31T23:59:59.123456Z", None, "2030-01-01T00:00:00.000001Z"],
        "visits": [[1, 2], [], None],
    }
)


def importing() -> dict[str, Any]:
    """The orders of the other tests, and a copy of what the customers of another domain say."""
    made = orders_document()
    customers = {
        "kind": "product",
        "name": "customers",
        "product": "dp_crm_customers",
        "major": 1,
        "object": "customers",
        "database": "crm",
        "table": "customers_v1",
        "fields": [
            {"name": "customer_id", "type": "string"},
            {"name": "country", "type": "string"},
            {"name": "since", "type": "timestamptz"},
            {"name": "visits", "type": {"kind": "list", "element": "long"}},
            {"name": "email", "type": "string"},
        ],
        "primaryKey": ["customer_id"],
        "maxAgeSeconds": 86400,
    }
    copied = table(
        "customers_seen",
        "gold",
        ["customers"],
        columns=[
            column("customer_id"),
            column("country"),
            column("since", "timestamptz"),
            column("visits", {"kind": "list", "element": "long"}),
        ],
    )
    return {**made, "sources": [*made["sources"], customers], "tables": [*made["tables"], copied]}


@pytest.fixture
def orders(clients: Clients) -> Product:
    product = deployed_product(clients, importing())
    product.land("1.csv", ORDERS)
    return product


def unload(product: Product, run_id: str, rows: pa.Table | None, facts: dict[str, str], folder: str = "a") -> str:
    """As the state machine does before it starts a job; the folder of the run's imports."""
    s3, bucket = product.clients.s3, product.bucket("raw")
    place = f"imports/{run_id}/customers/"
    if rows is not None:
        body = io.BytesIO()
        pq.write_table(rows, body, compression="zstd")
        # Athena names its files without an extension.
        s3.put_object(Bucket=bucket, Key=f"{place}{folder}/20300101_050505_00001_x", Body=body.getvalue())
    pin = {
        "folder": f"s3://{bucket}/{place}{folder}/",
        "columns": ["customer_id", "country", "since", "visits"],
        "metadataLocation": POINTER,
        "facts": facts,
    }
    s3.put_object(Bucket=bucket, Key=f"{place}_pin.json", Body=json.dumps(pin).encode())
    return f"s3://{bucket}/imports/{run_id}/"


def customers_in(product: Product) -> list[dict[str, Any]]:
    rows = product.rows("sales.customers_seen_v1")
    return sorted(
        ({**r, "since": r["since"] and r["since"].isoformat()} for r in rows), key=lambda r: str(r["customer_id"])
    )


EXPECTED = [
    {
        "customer_id": "c1",
        "country": "DE",
        "since": "2029-12-31T23:59:59.123456+00:00",
        "visits": [1, 2],
    },
    {"customer_id": "c2", "country": "DE", "since": None, "visits": []},
    {"customer_id": "c3", "country": "FR", "since": "2030-01-01T00:00:00.000001+00:00", "visits": None},
]
AT = {"now": "2030-01-01T06:00:00Z", "run_id": "r1"}


def test_a_product_reads_what_was_unloaded_of_another_and_pins_it_to_the_run(orders: Product) -> None:
    ended = orders.run(imports=unload(orders, "r1", CUSTOMERS, FACTS), **AT)
    assert ended.error is None, ended.log
    assert customers_in(orders) == EXPECTED
    record = orders.log.find("dp_sales_orders", 1, "r1")
    assert record is not None
    digest = record.steps["import:customers"]["unloaded"].pop("digest")
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
    assert record.steps["import:customers"] == {
        "product": "dp_crm_customers",
        "runId": "r7",
        "snapshotId": 3821550127947089009,
        "metadataLocation": POINTER,
        "certifiedAt": "2030-01-01T05:00:00Z",
        "newest": "2030-01-01T04:30:00Z",
        "unloaded": {
            "folder": f"s3://{orders.bucket('raw')}/imports/r1/customers/a/",
            "columns": ["customer_id", "country", "since", "visits"],
            "files": 1,
        },
    }


@pytest.mark.soak
def test_spark_reads_the_same_of_it(orders: Product) -> None:
    job = orders.start(engine="spark", imports=unload(orders, "r1", CUSTOMERS, FACTS), **AT)
    out, error = job.communicate(timeout=240)
    assert job.returncode == 0, out + error
    assert customers_in(orders) == EXPECTED


@pytest.mark.soak
def test_a_table_without_rows_is_unloaded_to_no_file(orders: Product) -> None:
    ended = orders.run(imports=unload(orders, "r1", None, FACTS), **AT)
    assert ended.error is None, ended.log
    assert customers_in(orders) == []


@pytest.mark.soak
def test_a_run_that_is_tried_again_keeps_what_it_had_pinned(orders: Product) -> None:
    imports = unload(orders, "r1", CUSTOMERS, FACTS)
    assert orders.run(step="build", imports=imports, **AT).error is None
    unload(orders, "r1", CUSTOMERS.slice(0, 1), {**FACTS, "mesh.run-id": "r8"}, folder="b")
    assert orders.run(imports=imports, **AT).error is None
    assert customers_in(orders) == EXPECTED


@pytest.mark.soak
def test_what_was_imported_is_replayed(orders: Product) -> None:
    assert orders.run(imports=unload(orders, "r1", CUSTOMERS, FACTS), **AT).error is None
    ended = orders.run(replay_from="r1", run_id="r2", now="2030-01-03T06:00:00Z")
    assert ended.error is None, ended.log
    assert customers_in(orders) == EXPECTED


@pytest.mark.ci
def test_what_was_imported_and_has_expired_is_not_taken_for_a_table_without_rows(orders: Product) -> None:
    s3, bucket = orders.clients.s3, orders.bucket("raw")
    assert orders.run(imports=unload(orders, "r1", CUSTOMERS, FACTS), **AT).error is None
    (key,) = (o["Key"] for o in s3.list_objects_v2(Bucket=bucket, Prefix="imports/r1/customers/a/")["Contents"])
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.delete_object(Bucket=bucket, Key=key)
    gone = orders.run(replay_from="r1", run_id="r2", now="2030-01-03T06:00:00Z")
    assert gone.error is not None
    assert "source customers: what was imported from dp_crm_customers is no longer in" in gone.error
    assert "0 of 1 files are left" in gone.error
    assert "start a new run" in gone.error
    s3.put_object(Bucket=bucket, Key=key, Body=body + b" ")
    another = orders.run(replay_from="r1", run_id="r3", now="2030-01-03T06:00:00Z")
    assert another.error is not None
    assert "is no longer in" in another.error
    assert customers_in(orders) == EXPECTED


@pytest.mark.ci
def test_what_is_not_certified_or_too_old_stops_the_run(orders: Product) -> None:
    problems = {
        "dp_crm_customers v1 has published nothing yet": {},
        "dp_crm_customers v1 is only provisional": {**FACTS, "mesh.verdict": "provisional"},
        "dp_crm_customers v1 was certified 49.0 h ago; source customers takes data of at most 24 h": {
            **FACTS,
            "mesh.certified-at": "2029-12-30T05:00:00Z",
        },
    }
    for n, (problem, facts) in enumerate(problems.items()):
        ended = orders.run(imports=unload(orders, f"r{n}", CUSTOMERS, facts), **{**AT, "run_id": f"r{n}"})
        assert ended.error is not None
        assert problem in ended.error


@pytest.mark.ci
def test_a_job_that_nothing_was_imported_for_says_how_that_is_done(orders: Product) -> None:
    ended = orders.run(**AT)
    assert ended.error is not None
    assert "start the product's state machine, which imports before it builds" in ended.error
    missing = orders.run(now="2030-01-01T06:00:00Z", run_id="r2", imports=f"s3://{orders.bucket('raw')}/imports/r2/")
    assert missing.error is not None
    assert "source customers: nothing was imported, there is no s3://" in missing.error


@pytest.mark.soak
def test_a_column_that_was_not_granted_is_not_there(orders: Product) -> None:
    orders.document["tables"][-1]["columns"].append(column("email"))
    orders.deploy()
    ended = orders.run(imports=unload(orders, "r1", CUSTOMERS, FACTS), **AT)
    assert ended.error is not None
    assert "email" in ended.error
