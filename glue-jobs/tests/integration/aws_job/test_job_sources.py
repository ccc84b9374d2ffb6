"""A job that reads a table of a real PostgreSQL through a connection in Secrets Manager."""

from __future__ import annotations

import json

import pytest

from mesh_jobs.adapters.aws.clients import Clients
from support.jobs import Product, deployed_product
from support.plans import orders_document
from support.postgres import DATABASE, PASSWORD, USER, postgres


@pytest.fixture
def orders(clients: Clients) -> Product:
    postgres().sql(
        "DROP TABLE IF EXISTS orders",
        "CREATE TABLE orders (order_id text, amount text, email text, updated_at timestamptz)",
        "INSERT INTO orders VALUES ('o1', '1.5', 'a@x.org', '2030-01-01Z'), ('o2', 'x', 'secret@x.org', '2030-01-01Z')",
    )
    document = orders_document()
    shop = document["sources"][0]
    del shop["path"]
    shop |= {"kind": "remote", "connector": "jdbc", "file": {"format": "auto", "nullValues": []}}
    shop["options"] = {"engine": "postgresql", "connection": "shop", "table": "public.orders"}
    return deployed_product(clients, document)


def connect(clients: Clients, **more: object) -> None:
    login = {"host": "127.0.0.1", "port": postgres().port, "dbname": DATABASE, "username": USER, "password": PASSWORD}
    secret = json.dumps({"engine": "postgres", **login, **more})
    clients.secrets.create_secret(Name="mesh-sales-connection-shop", SecretString=secret)


def test_a_job_reads_a_table_and_keeps_what_it_read_in_the_raw_bucket(orders: Product, clients: Clients) -> None:
    connect(clients)
    ended = orders.run(run_id="init-1", now="2030-01-01T06:00:00Z", connections="mesh-sales-connection-")
    assert ended.error is None, ended.log
    assert [(r["order_id"], str(r["amount"])) for r in orders.rows("sales.orders_v1")] == [("o1", "1.50")]
    assert PASSWORD not in ended.log
    assert "secret@" not in ended.log
    kept = clients.s3.list_objects_v2(Bucket=orders.bucket("raw"), Prefix="raw/shop/init-1/")["Contents"]
    assert [o["Key"].rpartition("/")[2] for o in kept] == ["00000-part-00000-000.csv.gz", "manifest.json"]


@pytest.mark.ci
def test_a_job_without_its_connection_says_which_secret_is_missing(orders: Product, clients: Clients) -> None:
    ended = orders.run(run_id="init-1", connections="mesh-sales-connection-")
    assert ended.error is not None
    assert "source shop: there is no connection shop: mesh-sales-connection-shop is not there" in ended.error

    connect(clients, password="wrong")
    ended = orders.run(run_id="init-1", connections="mesh-sales-connection-")
    assert ended.error is not None
    assert "password authentication failed" in ended.error
    assert "wrong" not in ended.error + ended.log
