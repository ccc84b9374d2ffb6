"""Links to databases: entries of a catalogue by which another account's tables are found, without being given.

https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-about.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mesh_local_aws import hooks, sessions, stores
from mesh_local_aws.hooks import Document

#: What is looked up where a link leads; a database of its own account is the link itself.
_BEHIND = {"GetTable", "GetTables"}
_READS = {*_BEHIND, "GetDatabase"}


def keep(database: str, asked: Document) -> None:
    """The emulator makes databases without what they lead to."""
    found, target = stores.glue_database(database), asked.get("TargetDatabase")
    if found is not None and target is not None:
        found["TargetDatabase"] = target


def target(database: str) -> tuple[str, str] | None:
    """(account, database) that a link of this account leads to; None of what is no link."""
    found = (stores.glue_database(database) or {}).get("TargetDatabase")
    return None if found is None else (found["CatalogId"], found["DatabaseName"])


@contextmanager
def followed(operation: str, asked: Document) -> Iterator[Document]:
    """The request, in the account whose catalogue answers it. Raises Refused where IAM does not let the caller look there."""
    who = hooks.caller()
    database = asked.get("DatabaseName") or asked.get("Name", "")
    account = asked.get("CatalogId") or who.account
    if account == who.account and operation in _BEHIND:
        account, database = target(database) or (account, database)
    if account == who.account or operation not in _READS:
        yield asked
        return
    may_look(sessions.twin(who.principal), operation, account, database, asked.get("Name") if operation == "GetTable" else None)
    named = {"DatabaseName": database} if "DatabaseName" in asked else {}
    with hooks.acting(account):
        yield {key: value for key, value in {**asked, **named}.items() if key != "CatalogId"}


def may_look(own: sessions.Credentials, operation: str, account: str, database: str, table: str | None) -> None:
    """
    Raises Refused where IAM does not let somebody look at another account's catalogue.
    https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-read-data.html
    """
    for resource in (*([] if table is None else [f"table/{database}/{table}"]), f"database/{database}", "catalog"):
        sessions.require(own, f"glue:{operation}", f"arn:aws:glue:{hooks.caller().region}:{account}:{resource}")
