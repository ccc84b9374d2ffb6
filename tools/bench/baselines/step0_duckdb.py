"""Step 0 by hand: what an engineer writes with DuckDB and PyIceberg to get the same Iceberg table, and nothing more.

python step0_duckdb.py ORDERS_FOLDER CAMPAIGNS_FOLDER OUT_FOLDER
"""

import os
import sys
import uuid

import duckdb

orders, campaigns, out = sys.argv[1:4]
os.makedirs(f"{out}/data", exist_ok=True)
file = f"{out}/data/{uuid.uuid4()}.parquet"
con = duckdb.connect()
con.execute("SET threads = 2")
con.execute(f"""
COPY (
  WITH clean AS (
    SELECT campaign_id, lower(trim(channel)) AS channel, CAST(campaign_cost AS DECIMAL(12, 2)) AS cost
    FROM read_csv('{campaigns}/*.csv', nullstr = ['', 'NA'], all_varchar = true)
    QUALIFY row_number() OVER (PARTITION BY campaign_id) = 1
  ), sums AS (
    SELECT campaign_id, sum(total_amount) AS revenue
    FROM read_parquet('{orders}/*.parquet') WHERE status IN ('paid', 'shipped', 'delivered') GROUP BY campaign_id
  )
  SELECT c.campaign_id, c.channel, CAST(coalesce(o.revenue, 0) AS DECIMAL(18, 2)) AS revenue, c.cost AS campaign_cost,
         (CAST(coalesce(o.revenue, 0) AS DOUBLE) - c.cost::DOUBLE) / nullif(c.cost::DOUBLE, 0) AS roi
  FROM clean c LEFT JOIN sums o USING (campaign_id)
) TO '{file}' (FORMAT parquet, COMPRESSION zstd)
""")

from pyiceberg.catalog.sql import SqlCatalog  # noqa: E402
from pyiceberg.schema import Schema  # noqa: E402
from pyiceberg.types import DecimalType, DoubleType, NestedField, StringType  # noqa: E402

catalog = SqlCatalog("mesh", uri=f"sqlite:///{out}/catalog.db", warehouse=f"file://{out}")
catalog.create_namespace_if_not_exists("marketing")
schema = Schema(
    NestedField(1, "campaign_id", StringType(), required=False),
    NestedField(2, "channel", StringType(), required=False),
    NestedField(3, "revenue", DecimalType(18, 2), required=False),
    NestedField(4, "campaign_cost", DecimalType(12, 2), required=False),
    NestedField(5, "roi", DoubleType(), required=False),
)
table = catalog.create_table("marketing.campaign_rois_v1", schema)
table.add_files([file])
