"""Data cells filters: columns and rows of one table."""

from __future__ import annotations

import uuid

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document, Refused

STATE = hooks.state("lakeformation-filters")


def find(database: str, table: str, name: str) -> Document | None:
    return STATE.get(f"{database}/{table}/{name}")


def create(asked: Document) -> Document:
    wanted = asked["TableData"]
    if find(wanted["DatabaseName"], wanted["TableName"], wanted["Name"]) is not None:
        raise Refused(
            "AlreadyExistsException", f"there is a data cells filter {wanted['Name']} on {wanted['DatabaseName']}.{wanted['TableName']}"
        )
    _put(wanted)
    return {}


def update(asked: Document) -> Document:
    wanted = asked["TableData"]
    _existing(wanted)
    _put(wanted)
    return {}


def get(asked: Document) -> Document:
    return {"DataCellsFilter": _existing(asked)}


def delete(asked: Document) -> Document:
    _existing(asked)
    del STATE[f"{asked['DatabaseName']}/{asked['TableName']}/{asked['Name']}"]
    return {}


def listed(asked: Document) -> Document:
    of = asked.get("Table")
    return {
        "DataCellsFilters": [
            each
            for each in STATE.values()
            if of is None or (each["DatabaseName"] == of["DatabaseName"] and of.get("Name", each["TableName"]) == each["TableName"])
        ]
    }


def _existing(asked: Document) -> Document:
    found = find(asked["DatabaseName"], asked["TableName"], asked["Name"])
    if found is None:
        raise Refused(
            "EntityNotFoundException", f"there is no data cells filter {asked['Name']} on {asked['DatabaseName']}.{asked['TableName']}"
        )
    return found


def _put(wanted: Document) -> None:
    database, name = wanted["DatabaseName"], wanted["TableName"]
    table = stores.glue_table(database, name)
    if table is None:
        raise Refused("EntityNotFoundException", f"Table {database}.{name} not found")
    if wanted.get("ColumnNames") and wanted.get("ColumnWildcard") is not None:
        raise Refused("InvalidInputException", "ColumnNames or ColumnWildcard, not both")
    columns = {column["Name"]: column["Type"] for column in table["StorageDescriptor"].get("Columns", [])}
    excluded = (wanted.get("ColumnWildcard") or {}).get("ExcludedColumnNames", [])
    missing = {*wanted.get("ColumnNames", []), *excluded} - set(columns)
    if missing:
        raise Refused("InvalidInputException", f"{database}.{name} has no columns {sorted(missing)}")
    STATE[f"{database}/{name}/{wanted['Name']}"] = {
        **{key: value for key, value in wanted.items() if value is not None},
        "TableCatalogId": wanted.get("TableCatalogId", hooks.caller().account),
        "VersionId": uuid.uuid4().hex,
    }


OPERATIONS = {
    "CreateDataCellsFilter": create,
    "UpdateDataCellsFilter": update,
    "GetDataCellsFilter": get,
    "DeleteDataCellsFilter": delete,
    "ListDataCellsFilter": listed,
}
