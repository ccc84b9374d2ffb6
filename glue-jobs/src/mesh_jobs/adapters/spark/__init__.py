"""The engine past one machine: Spark 3.5 over Iceberg, on Glue and on a laptop."""
