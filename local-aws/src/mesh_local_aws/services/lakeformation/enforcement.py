"""What grants come to: which tables, columns and rows somebody sees, and which entries of the catalogue they may change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.lakeformation import filters, grants, links, locations, principals, settings, tags

Guard = Callable[[str, Document, hooks.Proceed], Awaitable[Document]]
"""(who asks, the request, what hands it on) → the answer."""


@dataclass(frozen=True)
class Cells:
    """Some columns of some rows; `rows` is a condition of SQL, None for all."""

    columns: frozenset[str]
    rows: str | None


def select(principal: str, table: Document) -> list[Cells]:
    """What SELECT somebody has on a table of this account's catalogue: nothing, all, or several parts of it."""
    database, name = table["DatabaseName"], table["Name"]
    columns = frozenset(column["Name"] for column in table["StorageDescriptor"].get("Columns", []) + (table.get("PartitionKeys") or []))
    found: list[Cells] = []
    for held in grants.held_by(principal):
        if not {"SELECT", "ALL"} & set(held["Permissions"]):
            continue
        [(kind, what)] = held["Resource"].items()
        if kind == "Table" and what["DatabaseName"] == database and ("TableWildcard" in what or what.get("Name") == name):
            return [Cells(columns, None)]
        if kind == "TableWithColumns" and (what["DatabaseName"], what["Name"]) == (database, name):
            found.append(Cells(_columns(what, columns), None))
        elif kind == "DataCellsFilter" and (what["DatabaseName"], what["TableName"]) == (database, name):
            one = filters.find(database, name, what["Name"])
            if one is not None:
                found.append(Cells(_columns(one, columns), one.get("RowFilter", {}).get("FilterExpression")))
        elif kind == "LFTagPolicy" and what["ResourceType"] == "TABLE":
            seen = frozenset(column for column in columns if tags.match(what["Expression"], tags.on_column(database, name, column)))
            if seen:
                found.append(Cells(seen, None))
    return found


def _columns(what: Document, columns: frozenset[str]) -> frozenset[str]:
    if what.get("ColumnNames"):
        return columns & frozenset(what["ColumnNames"])
    return columns - frozenset((what.get("ColumnWildcard") or {}).get("ExcludedColumnNames", []))


def permissions(principal: str, database: str, table: str | None) -> set[str]:
    """On a database, or on a table without a look at its columns and rows. ALL includes every other."""
    found: set[str] = set()
    for held in grants.held_by(principal):
        [(kind, what)] = held["Resource"].items()
        here = (
            (kind == "Database" and table is None and what["Name"] == database)
            or (
                kind == "Table"
                and table is not None
                and what["DatabaseName"] == database
                and ("TableWildcard" in what or what.get("Name") == table)
            )
            or (kind == "TableWithColumns" and (what["DatabaseName"], what["Name"]) == (database, table))
            or (kind == "DataCellsFilter" and (what["DatabaseName"], what["TableName"]) == (database, table))
            or (
                kind == "LFTagPolicy"
                and what["ResourceType"] == ("DATABASE" if table is None else "TABLE")
                and tags.match(what["Expression"], tags.CARRIED.get(database, {}) if table is None else tags.on_table(database, table))
            )
        )
        if here:
            found |= set(held["Permissions"])
    return found


async def glue(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
    """The catalogue behind its guard."""
    guard = _GUARDS.get(operation)
    me = principals.of_caller()
    if operation in ("GetTable", "GetTables") and links.target(asked["DatabaseName"]) is not None:
        see_link(me, asked["DatabaseName"])
    with links.followed(operation, asked) as there:
        return await (proceed(there) if guard is None else guard(me, there, proceed))


def see_link(me: str, database: str) -> None:
    """Raises Refused: what is behind a link is found by those who may see the link itself."""
    if not _sees_database(me, database):
        raise _insufficient("Describe", database)


async def _get_table(me: str, asked: Document, proceed: hooks.Proceed) -> Document:
    answer = await proceed(asked)
    return {**answer, "Table": _seen(me, answer["Table"])}


async def _get_tables(me: str, asked: Document, proceed: hooks.Proceed) -> Document:
    answer = await proceed(asked)
    return {**answer, "TableList": [_seen(me, table) for table in answer["TableList"] if _sees(me, table)]}


async def _get_database(me: str, asked: Document, proceed: hooks.Proceed) -> Document:
    answer = await proceed(asked)
    if not _sees_database(me, asked["Name"]):
        raise _insufficient("Describe", asked["Name"])
    return answer


async def _get_databases(me: str, asked: Document, proceed: hooks.Proceed) -> Document:
    answer = await proceed(asked)
    return {**answer, "DatabaseList": [each for each in answer["DatabaseList"] if _sees_database(me, each["Name"])]}


def _sees_database(me: str, name: str) -> bool:
    if settings.is_admin(me) or permissions(me, name, None):
        return True
    return any(what.get("DatabaseName") == name for held in grants.held_by(me) for what in held["Resource"].values())


def _sees(me: str, table: Document) -> bool:
    return settings.is_admin(me) or bool(permissions(me, table["DatabaseName"], table["Name"]))


def _seen(me: str, table: Document) -> Document:
    """A table as it is described to somebody: without the columns that their SELECT leaves out."""
    if settings.is_admin(me):
        return table
    held = permissions(me, table["DatabaseName"], table["Name"])
    if not held:
        raise _insufficient("Describe", f"{table['DatabaseName']}.{table['Name']}")
    governed = {**table, "IsRegisteredWithLakeFormation": locations.of(table["StorageDescriptor"].get("Location", "")) is not None}
    if held & {"ALL", "ALTER", "INSERT", "DELETE", "DROP"}:
        return governed
    parts = select(me, table)
    if not parts:
        return governed
    columns = frozenset().union(*(part.columns for part in parts))
    storage = table["StorageDescriptor"]
    return {
        **governed,
        "StorageDescriptor": {**storage, "Columns": [each for each in storage.get("Columns", []) if each["Name"] in columns]},
    }


def _needs(permission: str, of_table: bool) -> Guard:
    async def guard(me: str, asked: Document, proceed: hooks.Proceed) -> Document:
        database = asked["DatabaseName"]
        table = (asked.get("Name") or asked.get("TableInput", {}).get("Name")) if of_table else None
        known = stores.glue_table(database, table) is not None if table else stores.glue_database(database) is not None
        held = permissions(me, database, table)
        if known and not settings.is_admin(me) and not {permission, "ALL"} & held:
            raise _insufficient(permission.replace("_", " ").title(), database if table is None else f"{database}.{table}")
        _hold_location(me, asked.get("TableInput", {}))
        answer = await proceed(asked)
        if not of_table:
            table_made(me, database, asked["TableInput"]["Name"])
        return answer

    return guard


def _hold_location(me: str, table: Document) -> None:
    place = table.get("StorageDescriptor", {}).get("Location", "")
    registered = locations.of(place)
    if registered is None:
        return
    for held in grants.held_by(me):
        what = held["Resource"].get("DataLocation")
        if what is not None and (registered["ResourceArn"] + "/").startswith(what["ResourceArn"].rstrip("/") + "/"):
            return
    raise _insufficient("Data Location Access", place)


def table_made(me: str, database: str, table: str) -> None:
    """Who makes a table has everything on it, and what the account gives everybody."""
    grants.give(me, grants.normal({"Table": {"DatabaseName": database, "Name": table}}), ["ALL"], ["ALL"])
    defaults = (stores.glue_database(database) or {}).get("CreateTableDefaultPermissions")
    for each in settings.current()["CreateTableDefaultPermissions"] if defaults is None else defaults:
        grants.give(
            each["Principal"]["DataLakePrincipalIdentifier"],
            grants.normal({"Table": {"DatabaseName": database, "Name": table}}),
            each["Permissions"],
            [],
        )


async def _create_database(me: str, asked: Document, proceed: hooks.Proceed) -> Document:
    answer = await proceed(asked)
    links.keep(asked["DatabaseInput"]["Name"], asked["DatabaseInput"])
    database_made(me, asked["DatabaseInput"]["Name"])
    return answer


def database_made(me: str, name: str) -> None:
    resource = grants.normal({"Database": {"Name": name}})
    grants.give(me, resource, ["ALL"], ["ALL"])
    for each in settings.current()["CreateDatabaseDefaultPermissions"]:
        grants.give(each["Principal"]["DataLakePrincipalIdentifier"], resource, each["Permissions"], [])


def _insufficient(permission: str, what: str) -> Refused:
    return Refused("AccessDeniedException", f"Insufficient Lake Formation permission(s): Required {permission} on {what}")


_GUARDS: dict[str, Guard] = {
    "GetTable": _get_table,
    "GetTables": _get_tables,
    "GetDatabase": _get_database,
    "GetDatabases": _get_databases,
    "CreateDatabase": _create_database,
    "CreateTable": _needs("CREATE_TABLE", False),
    "UpdateTable": _needs("ALTER", True),
    "DeleteTable": _needs("DROP", True),
}
