"""Writes three deltas: the orders of the last days with a later updated_at and another status.

python delta.py ORDERS_FOLDER OUT_FOLDER ROWS
"""

import os
import sys

import duckdb

orders, out, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
con = duckdb.connect()
con.execute("SET TimeZone = 'UTC'")
for part in range(3):
    os.makedirs(f"{out}/{part}")
    con.execute(f"""
        COPY (
          SELECT * REPLACE (updated_at + INTERVAL {part + 1} DAY AS updated_at, 'delivered' AS status)
          FROM '{orders}/*.parquet' ORDER BY ordered_at DESC, order_id LIMIT {rows}
        ) TO '{out}/{part}/delta-{part}.parquet' (FORMAT parquet, COMPRESSION zstd)
    """)
