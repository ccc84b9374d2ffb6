"""Changed orders by hand with PySpark: a plain MERGE INTO the table that load_pyspark.py made.

python merge_pyspark.py DELTA_FOLDER OUT_FOLDER
"""

import sys

from session import session

delta_folder, out = sys.argv[1:3]
spark = session(out)
spark.read.parquet(delta_folder).createOrReplaceTempView("delta")
spark.sql("""
    MERGE INTO mesh.sales.orders_v1 t USING delta s ON t.order_id = s.order_id
    WHEN MATCHED THEN UPDATE SET *
    WHEN NOT MATCHED THEN INSERT *
""")
spark.stop()
