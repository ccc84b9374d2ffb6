"""Athena over Iceberg tables, as whoever asks may see them: PyIceberg reads, DuckDB computes, Lake Formation decides.

A query is Trino's SQL, put into DuckDB's by sqlglot; a function that only one of them has is an error that names it.
Tables that are not Iceberg are read by the emulator.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document


def install() -> None:
    hooks.replace("services.athena", "_run_duckdb", _queries)
    hooks.held_against("athena", _of_its_workgroup)
    hooks.around("athena", _enforced)


async def _enforced(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
    """
    What a workgroup says of results holds, whatever a query says, where the workgroup is enforced.
    https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html
    """
    if operation == "StartQueryExecution" and stores.is_enforced(asked.get("WorkGroup", "primary")):
        asked = {key: value for key, value in asked.items() if key != "ResultConfiguration"}
    return await proceed(asked)


def _queries(original: Callable[..., Awaitable[Document]]) -> Callable[..., Awaitable[Document]]:
    async def run(query: str, database: str, catalog: str | None = None) -> Document:
        found = await asyncio.to_thread(_answer, query, database)
        return await original(query, database, catalog) if found is None else found

    return run


def _of_its_workgroup(operation: str, asked: Document, found: str) -> str:
    """A query belongs to a work group, whatever names it:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html"""
    if found != "*":
        return found
    named = [asked.get("QueryExecutionId"), *(asked.get("QueryExecutionIds") or [])]
    groups = {stores.work_group(each) for each in named if each is not None}
    who = hooks.caller()
    # Several queries of several groups: IAM is asked for all of them on AWS, for none of them here.
    return f"arn:aws:athena:{who.region}:{who.account}:workgroup/{groups.pop()}" if len(groups) == 1 and None not in groups else found


def _answer(query: str, database: str) -> Document | None:
    # What reads and computes takes as long to load as all the rest.
    from mesh_local_aws.services.athena import queries

    return queries.answer(query, database)
