"""The embedded engine: streams through DuckDB, commits through Iceberg."""
