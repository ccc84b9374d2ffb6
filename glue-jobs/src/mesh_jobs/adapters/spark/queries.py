"""SQL of a product, run as it was written over frames under names of its own."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import DataFrame

from mesh_jobs.adapters.spark.session import Session


def queried(session: Session, text: str, tables: Mapping[str, DataFrame]) -> DataFrame:
    """The result of a query, not computed yet. Raises AnalysisException, and ParseException for what is no query."""
    try:
        for name, frame in tables.items():
            frame.createOrReplaceTempView(name)
        # Anything but a query cannot stand here, and would be carried out at once.
        return session.spark.sql(f"SELECT * FROM (\n{text.strip().removesuffix(';')}\n)")
    finally:
        for name in tables:
            session.spark.catalog.dropTempView(name)
