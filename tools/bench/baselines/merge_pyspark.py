"""Changed orders by hand with PySpark: a plain MERGE INTO the table that load_pyspark.py made. It refuses two changed
rows for one stored row, so the newest of each order is taken first.

python merge_pyspark.py DELTA_FOLDER OUT_FOLDER
"""

import sys

from pyspark.sql import Window
from pyspark.sql import functions as F
from session import session

delta_folder, out = sys.argv[1:3]
spark = session(out)
newest = Window.partitionBy("order_id").orderBy(F.col("updated_at").desc())
delta = spark.read.parquet(delta_folder).withColumn("nth", F.row_number().over(newest)).where("nth = 1").drop("nth")
delta.createOrReplaceTempView("delta")
spark.sql("""
    MERGE INTO mesh.sales.orders_v1 t USING delta s ON t.order_id = s.order_id
    WHEN MATCHED THEN UPDATE SET *
    WHEN NOT MATCHED THEN INSERT *
""")
spark.stop()
