"""Spark's SQL into DuckDB's."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp


def translate_expression(text: str) -> str:
    """One expression."""
    return sqlglot.parse_one(text, read="spark").sql("duckdb")


def translate_query(text: str, tables: Mapping[str, str]) -> str:
    """One query; its tables are replaced."""
    tree = sqlglot.parse_one(text, read="spark")
    lookup = {k.lower(): v for k, v in tables.items()}
    for t in tree.find_all(exp.Table):
        if t.name.lower() in lookup:
            if not t.alias:
                t.set("alias", exp.TableAlias(this=exp.to_identifier(t.name)))
            t.set("this", exp.to_identifier(lookup[t.name.lower()]))
    return tree.sql("duckdb")


def columns_read(text: str) -> frozenset[str]:
    """Names of columns that an expression reads."""
    return frozenset(c.name for c in sqlglot.parse_one(text, read="spark").find_all(exp.Column))
