"""The portable SQL: read as Spark's, checked, and written for DuckDB. Imports no engine."""
