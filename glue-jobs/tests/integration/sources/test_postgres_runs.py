"""Runs of a product whose source is a table of a real PostgreSQL, on both engines."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from support.one_engine import OneEngine
from support.plans import orders_document
from support.postgres import Postgres, connection, postgres

LATER = "2030-01-01T07:00:00Z"
TABLE = """
DROP TABLE IF EXISTS orders;
CREATE TABLE orders (order_id text PRIMARY KEY, amount text, email text, updated_at timestamptz, internal_note text);
INSERT INTO orders VALUES
  ('o1', '10.00', 'a@x.org', '2030-01-01 00:00:00+00', 'x'), ('o2', '-5', 'b@x.org', '2030-01-01 01:00:00+00', 'x'),
  ('o3', 'ten', 'c@x.org', '2030-01-01 02:00:00+00', 'x'), ('o4', '7', 'd@x.org', '2030-01-01 02:00:00.123456+00', 'x')
"""


def document(**source: Any) -> dict[str, Any]:
    """The orders of the other tests, out of the data base."""
    made = orders_document()
    shop = made["sources"][0]
    del shop["path"]
    shop |= {"kind": "remote", "connector": "jdbc", "file": {"format": "auto", "nullValues": []}, **source}
    shop["options"] = {"engine": "postgresql", "connection": "shop", "table": "public.orders"}
    return made


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Postgres:
    server = postgres()
    server.sql(TABLE)
    monkeypatch.setenv("MESH_CONNECTION_SHOP", connection(server))
    return server


def of(report: Any, table: str) -> tuple[int, int, int, int]:
    found = next(t for t in report.tables if t.table == table)
    return found.rows_in, found.rows_out, found.quarantined, found.removed


@pytest.mark.parametrize("engine", ["duckdb", pytest.param("spark", marks=pytest.mark.soak)])
def test_every_row_of_the_table_is_published_quarantined_or_removed_with_a_reason(
    engine: str, server: Postgres, tmp_path: Path
) -> None:
    mesh = OneEngine(tmp_path, engine)
    report = mesh.run_product(document())
    assert report.state == "published", report.message
    assert of(report, "orders_raw") == (4, 4, 0, 0)
    assert of(report, "orders_clean") == (4, 2, 1, 1)

    # A delta takes what changed in the overlap of an hour, and merges it; a reload sees what vanished.
    server.sql(
        "UPDATE orders SET amount = '8', updated_at = '2030-01-01 06:30:00+00' WHERE order_id = 'o4'",
        "INSERT INTO orders VALUES ('o5', '1', NULL, '2030-01-01 06:40:00+00')",
        "DELETE FROM orders WHERE order_id = 'o1'",
    )
    report = mesh.run_product(document(), "delta", now=LATER)
    assert of(report, "orders_raw") == (3, 3, 0, 0)
    rows = mesh.call("show", mesh.request(document(), table="orders")).last["tables"][0]["rows"]
    assert sorted((r["order_id"], r["amount"]) for r in rows) == [("o1", "10.00"), ("o4", "8.00"), ("o5", "1.00")]
    report = mesh.run_product(document(), "full", now=LATER)
    assert next(t.vanished for t in report.tables if t.table == "orders") == 1

    # What was read is kept, the declared columns alone, and replayed when the table is no more.
    kept = next((tmp_path / ".mesh" / "raw").rglob("*.csv.gz"))
    assert gzip.decompress(kept.read_bytes()).startswith(b"order_id,amount,email,updated_at\n")
    server.sql("DROP TABLE orders")
    again = mesh.call("run", mesh.request(document(), mode="full", inputs={}, replayFrom=report.run_id))
    assert (again.code, again.last["state"]) == (0, "published"), again.last
