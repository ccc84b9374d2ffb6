"""A full load of orders by hand with PySpark: the newest row of each order, by day, into an Iceberg table. No checks.

python load_pyspark.py ORDERS_FOLDER OUT_FOLDER
"""

import sys

from pyspark.sql import Window
from pyspark.sql import functions as F
from session import session

orders_folder, out = sys.argv[1:3]
spark = session(out)
newest = Window.partitionBy("order_id").orderBy(F.col("updated_at").desc())
orders = spark.read.parquet(orders_folder).withColumn("nth", F.row_number().over(newest)).where("nth = 1").drop("nth")
table = orders.writeTo("mesh.sales.orders_v1").using("iceberg").partitionedBy(F.days("ordered_at"))
# What our jobs write: zstd is Iceberg's default, its first level is not, and is the quicker one.
table.tableProperty("write.parquet.compression-level", "1").createOrReplace()
spark.stop()
