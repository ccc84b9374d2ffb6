"""Step 0 by hand with PySpark on this machine's cores, into an Iceberg table.

python step0_pyspark.py ORDERS_FOLDER CAMPAIGNS_FOLDER OUT_FOLDER ICEBERG_JAR
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

orders_folder, campaigns_folder, out, jar = sys.argv[1:5]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.memory", "4g")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.sql.shuffle.partitions", "4")
    .config("spark.jars", jar)
    .config("spark.sql.catalog.mesh", "org.apache.iceberg.spark.SparkCatalog")
    .config("spark.sql.catalog.mesh.type", "hadoop")
    .config("spark.sql.catalog.mesh.warehouse", f"{out}/warehouse")
    .getOrCreate()
)
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
