"""Step 0 by hand with PySpark on this machine's cores, into an Iceberg table.

python step0_pyspark.py ORDERS_FOLDER CAMPAIGNS_FOLDER OUT_FOLDER
"""

import sys

from pyspark.sql import functions as F
from session import session

orders_folder, campaigns_folder, out = sys.argv[1:4]
spark = session(out)
revenue = (
    spark.read.parquet(orders_folder)
    .where(F.col("status").isin("paid", "shipped", "delivered"))
    .groupBy("campaign_id")
    .agg(F.sum("total_amount").alias("revenue"))
)
campaigns = (
    spark.read.csv(campaigns_folder, header=True, nullValue="NA")
    .withColumn("channel", F.lower(F.trim("channel")))
    .withColumn("campaign_cost", F.col("campaign_cost").cast("decimal(12,2)"))
    .dropDuplicates(["campaign_id"])
)
cost = F.col("campaign_cost").cast("double")
rois = campaigns.join(F.broadcast(revenue), "campaign_id", "left").select(
    "campaign_id",
    "channel",
    F.coalesce("revenue", F.lit(0)).cast("decimal(18,2)").alias("revenue"),
    "campaign_cost",
    ((F.coalesce("revenue", F.lit(0)).cast("double") - cost) / cost).alias("roi"),
)
rois.writeTo("mesh.marketing.campaign_rois_v1").using("iceberg").createOrReplace()
spark.stop()
