"""Makes the retail example's data: orders, payments and campaigns, any number of them.

    .venv/bin/python tools/examples/retail.py --out DIR --orders 200000 --campaigns 1000 --seed 7

The same seed and sizes give the same rows on every machine: every value comes from an integer
mix of the row number and the seed, never from a clock or a random generator.

Defects are planted in exact numbers: a permutation of the row numbers decides which rows carry
one, so they are scattered over the file, never overlap, and can be counted beforehand. The
counts are printed as JSON: {"rows", "defects", "expect"}; `expect` holds what a right pipeline
must come to, computed from the model rather than from the files.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
from retail_model import (
    CAMPAIGN_DEFECTS,
    MACROS,
    ORDER_DEFECTS,
    Sizes,
    campaigns_file,
    campaigns_model,
    orders_file,
    orders_model,
    payments_file,
    planted,
)

FORMATS = ("csv", "jsonl", "parquet")
TABLES = ("orders", "payments", "campaigns")


def expectations(db: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """What a right pipeline must come to, from the model."""
    certified = "NOT is_negative AND NOT is_malformed AND NOT is_statusless"
    orders, paid, revenue = db.execute(
        f"SELECT count(*), count(*) FILTER (is_paid), sum(cents) FILTER (is_paid) FROM model WHERE {certified}"
    ).fetchone() or (0, 0, 0)
    attributed, campaigns = db.execute(
        f"""SELECT sum(m.cents), count(DISTINCT c.campaign) FROM model m JOIN campaign_model c USING (campaign_id)
            WHERE m.is_paid AND NOT c.is_removed AND NOT c.is_costless AND {certified.replace("is_", "m.is_")}"""
    ).fetchone() or (0, 0)
    kept = db.execute("SELECT count(*) FROM campaign_model WHERE NOT is_removed AND NOT is_costless").fetchone() or (0,)
    return {
        "orders": orders,
        "paidOrders": paid,
        "revenue": f"{(revenue or 0) / 100:.2f}",
        "campaigns": kept[0],
        "campaignsWithRevenue": campaigns,
        "attributedRevenue": f"{(attributed or 0) / 100:.2f}",
    }


def save(db: duckdb.DuckDBPyConnection, query: str, path: Path, nulls: str) -> int:
    """Writes the query to the file and returns its number of rows."""
    options = {
        "csv": f"FORMAT csv, HEADER true, NULLSTR '{nulls}', TIMESTAMPFORMAT '%Y-%m-%d %H:%M:%S+00'",
        "jsonl": "FORMAT json, ARRAY false, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%SZ'",
        "parquet": "FORMAT parquet, COMPRESSION zstd",
    }[path.suffix[1:]]
    partial = path.with_name(path.name + ".partial")
    row = db.execute(f"COPY ({query}) TO '{partial}' ({options})").fetchone()
    partial.replace(path)  # so that a killed run never leaves half a file behind
    return int(row[0]) if row else 0


def generate(
    out: Path,
    sizes: Sizes,
    formats: dict[str, str],
    *,
    null_order_id: bool = False,
    threads: int | None = None,
) -> dict[str, object]:
    """Writes the tables named in `formats` into `out`; returns rows, defects and expectations."""
    out.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect(config={"threads": threads} if threads else {})
    db.execute("SET TimeZone = 'UTC'")
    db.execute(MACROS.format(seed=sizes.seed))
    # A table, because its scan is spread over the cores and that of range() is not.
    db.execute(f"CREATE TABLE numbers AS SELECT range AS i FROM range({sizes.orders})")
    orders = planted(sizes.orders, ORDER_DEFECTS)
    campaigns = planted(sizes.campaigns, CAMPAIGN_DEFECTS)
    db.execute(f"CREATE VIEW model AS {orders_model(sizes, orders)}")
    db.execute(f"CREATE TABLE campaign_model AS {campaigns_model(sizes, campaigns)}")
    queries = {
        "orders": (orders_file(null_order_id), ""),
        "payments": (payments_file(), ""),
        "campaigns": (campaigns_file(), "NA"),
    }
    rows = {
        table: save(db, queries[table][0], out / f"{table}.{extension}", queries[table][1])
        for table, extension in formats.items()
    }
    return {
        "rows": rows,
        "defects": {**orders, **campaigns, "nullOrderIds": int(null_order_id)},
        "expect": expectations(db),
    }


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Makes the retail example's data, with known defects.")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    parser.add_argument("--orders", type=int, default=200_000, help="distinct orders (default 200000)")
    parser.add_argument("--campaigns", type=int, default=1_000, help="distinct campaigns (default 1000)")
    parser.add_argument("--days", type=int, default=90, help="days that the orders span (default 90)")
    parser.add_argument("--start", default="2026-01-01", help="the first day (default 2026-01-01)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--tables", default=",".join(TABLES), help="which tables to write (default all)")
    parser.add_argument("--format", choices=FORMATS, help="one for all; default: csv, but jsonl for payments")
    parser.add_argument("--null-order-id", action="store_true", help="plant one null order id: the run must abort")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args(arguments)
    tables = options.tables.split(",")
    unknown = sorted(set(tables) - set(TABLES))
    if unknown:
        parser.error(f"unknown table {', '.join(unknown)}; choose from {', '.join(TABLES)}")
    if options.orders < 1 or options.campaigns < 1:
        parser.error("--orders and --campaigns must be at least 1")
    natural = {"orders": "csv", "payments": "jsonl", "campaigns": "csv"}
    sizes = Sizes(options.orders, options.campaigns, options.days, options.start, options.seed)
    result = generate(
        options.out,
        sizes,
        {table: options.format or natural[table] for table in tables},
        null_order_id=options.null_order_id,
        threads=options.threads,
    )
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
