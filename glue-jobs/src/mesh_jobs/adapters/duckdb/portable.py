"""The portable SQL, loaded when the first text of it is met: sqlglot takes longer to import than DuckDB."""

from __future__ import annotations

from collections.abc import Mapping

from mesh_jobs.adapters.duckdb.types import plan_type, storable


def translate_expression(text: str, types: Mapping[str, str]) -> str:
    """One expression over columns of these DuckDB types. Raises SqlRefused."""
    from mesh_jobs.adapters.sql.translate import translate_expression as translate

    return translate(text, {c: plan_type(storable(t)) for c, t in types.items()})


def translate_query(
    text: str, tables: Mapping[str, str], types: Mapping[str, Mapping[str, str]], *, exact: bool = True
) -> str:
    """One query over these tables. Raises SqlRefused."""
    from mesh_jobs.adapters.sql.translate import translate_query as translate

    known = {table: {c: plan_type(storable(t)) for c, t in columns.items()} for table, columns in types.items()}
    return translate(text, tables, known, exact=exact)
