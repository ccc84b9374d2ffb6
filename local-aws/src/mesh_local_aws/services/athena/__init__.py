"""Athena over Iceberg tables, as whoever asks may see them: PyIceberg reads, DuckDB computes, Lake Formation decides.

A query is Trino's SQL, put into DuckDB's by sqlglot; a function that only one of them has is an error that names it.
Tables that are not Iceberg are read by the emulator.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from mesh_local_aws import hooks
from mesh_local_aws.hooks import Document


def install() -> None:
    hooks.replace("services.athena", "_run_duckdb", _queries)


def _queries(original: Callable[..., Awaitable[Document]]) -> Callable[..., Awaitable[Document]]:
    async def run(query: str, database: str, catalog: str | None = None) -> Document:
        found = await asyncio.to_thread(_answer, query, database)
        return await original(query, database, catalog) if found is None else found

    return run


def _answer(query: str, database: str) -> Document | None:
    # What reads and computes takes as long to load as all the rest.
    from mesh_local_aws.services.athena import queries

    return queries.answer(query, database)
