"""Spark's grammar with the names of functions left as they are written: what they mean is ours to say."""

from __future__ import annotations

from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.spark import Spark
from sqlglot.parsers.spark import SparkParser

_GRAMMAR = ("CAST", "TRY_CAST", "EXTRACT", "TRIM", "SUBSTRING", "POSITION")


class PortableSpark(Spark):
    """Only functions with a grammar of their own, such as CAST(x AS t), become nodes of their own."""

    class Parser(SparkParser):
        FUNCTIONS = {}  # noqa: RUF012
        ARRAY_CONSTRUCTORS = {}  # noqa: RUF012
        FUNCTION_PARSERS = {k: v for k, v in SparkParser.FUNCTION_PARSERS.items() if k in _GRAMMAR}  # noqa: RUF012
        NO_PAREN_FUNCTION_PARSERS = {  # noqa: RUF012
            k: v for k, v in SparkParser.NO_PAREN_FUNCTION_PARSERS.items() if k in ("CASE", "IF")
        }


class DuckDBAsSpark(DuckDB):
    """DuckDB under the sessions' setting: nulls come first when ascending, unless the text says otherwise."""

    NULL_ORDERING = "nulls_are_small"
