"""The portable SQL, loaded when the first text of it is met: sqlglot takes longer to import than DuckDB."""

from __future__ import annotations

from collections.abc import Mapping


def translate_expression(text: str, types: Mapping[str, str]) -> str:
    """One expression over columns of these types. Raises SqlRefused."""
    from mesh_jobs.adapters.sql.translate import translate_expression as translate

    return translate(text, types)


def translate_query(
    text: str, tables: Mapping[str, str], types: Mapping[str, Mapping[str, str]], *, exact: bool = True
) -> str:
    """One query over these tables. Raises SqlRefused."""
    from mesh_jobs.adapters.sql.translate import translate_query as translate

    return translate(text, tables, types, exact=exact)


def columns_read(text: str) -> frozenset[str]:
    """Names of columns that a query or an expression reads."""
    from mesh_jobs.adapters.sql.translate import columns_read as read

    return read(text)
