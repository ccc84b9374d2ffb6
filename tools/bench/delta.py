"""Writes three deltas: each a part of the orders of the last three days, with a later updated_at and another status.

python delta.py ORDERS_FOLDER OUT_FOLDER PARTS
"""

import os
import sys

import duckdb

orders, out, parts = sys.argv[1:4]
con = duckdb.connect()
con.execute("SET TimeZone = 'UTC'")
newest = con.execute(f"SELECT max(ordered_at)::DATE::VARCHAR FROM '{orders}/*.parquet'").fetchone()[0]
for part in range(3):
    os.makedirs(f"{out}/{part}")
    con.execute(f"""
        COPY (
          SELECT * REPLACE (updated_at + INTERVAL {part + 1} DAY AS updated_at, 'delivered' AS status)
          FROM '{orders}/*.parquet'
          WHERE CAST(ordered_at AS DATE) > DATE '{newest}' - 3 AND hash(order_id) % {parts} = {part}
        ) TO '{out}/{part}/delta-{part}.parquet' (FORMAT parquet, COMPRESSION zstd)
    """)
