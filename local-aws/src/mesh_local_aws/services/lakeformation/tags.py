"""LF-tags, and what carries them: a table those of its database too, a column those of its table, unless it has its own."""

from __future__ import annotations

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document, Refused

STATE = hooks.state("lakeformation-tags")
#: "database", "database/table" or "database/table/column" → key → values.
CARRIED = hooks.state("lakeformation-tagged")


def create(asked: Document) -> Document:
    if asked["TagKey"] in STATE:
        raise Refused("InvalidInputException", f"Tag key already exists: {asked['TagKey']}")
    STATE[asked["TagKey"]] = {"TagKey": asked["TagKey"], "TagValues": list(asked["TagValues"])}
    return {}


def get(asked: Document) -> Document:
    return {"CatalogId": hooks.caller().account, **_existing(asked["TagKey"])}


def update(asked: Document) -> Document:
    tag = _existing(asked["TagKey"])
    values = [value for value in tag["TagValues"] if value not in asked.get("TagValuesToDelete", [])]
    values += [value for value in asked.get("TagValuesToAdd", []) if value not in values]
    if len(values) > 1000:
        raise Refused("ResourceNumberLimitExceededException", f"{asked['TagKey']} would have {len(values)} values, and may have 1,000")
    STATE[asked["TagKey"]] = {**tag, "TagValues": values}
    return {}


def delete(asked: Document) -> Document:
    _existing(asked["TagKey"])
    del STATE[asked["TagKey"]]
    for key, carried in list(CARRIED.items()):
        CARRIED[key] = {name: values for name, values in carried.items() if name != asked["TagKey"]}
    return {}


def listed(_: Document) -> Document:
    tags = [{"CatalogId": hooks.caller().account, **tag} for tag in STATE.values()]
    # A list has at least one in the service's model.
    return {"LFTags": tags} if tags else {}


def hold(key: str, values: list[str]) -> None:
    """Raises Refused for a tag that is not there, or a value that it has not."""
    missing = set(values) - {*_existing(key)["TagValues"], "*"}
    if missing:
        raise Refused("EntityNotFoundException", f"Tag {key} has no values {sorted(missing)}")


def _existing(key: str) -> Document:
    if key not in STATE:
        raise Refused("EntityNotFoundException", f"Tag key {key} does not exist")
    return STATE[key]


def add(asked: Document) -> Document:
    for tag in asked["LFTags"]:
        hold(tag["TagKey"], tag["TagValues"])
    for place in _places(asked["Resource"]):
        CARRIED[place] = {**CARRIED.get(place, {}), **{tag["TagKey"]: tag["TagValues"] for tag in asked["LFTags"]}}
    return {"Failures": []}


def remove(asked: Document) -> Document:
    going = {tag["TagKey"] for tag in asked["LFTags"]}
    for place in _places(asked["Resource"]):
        CARRIED[place] = {key: values for key, values in CARRIED.get(place, {}).items() if key not in going}
    return {"Failures": []}


def of_resource(asked: Document) -> Document:
    [(kind, what)] = asked["Resource"].items()
    database = what["Name"] if kind == "Database" else what["DatabaseName"]
    inherits = asked.get("ShowAssignedLFTags") is not True
    answer = _told("LFTagOnDatabase", CARRIED.get(database, {}))
    if kind == "Database":
        return answer
    _places(asked["Resource"])
    name = what["Name"]
    answer |= _told("LFTagsOnTable", on_table(database, name) if inherits else CARRIED.get(f"{database}/{name}", {}))
    table = stores.glue_table(database, name) or {}
    columns = []
    for column in table["StorageDescriptor"].get("Columns", []):
        own = CARRIED.get(f"{database}/{name}/{column['Name']}", {})
        if found := {**on_table(database, name), **own} if inherits else own:
            columns.append({"Name": column["Name"], **_told("LFTags", found)})
    return {**answer, "LFTagsOnColumns": columns} if columns else answer


def _told(name: str, carried: dict[str, list[str]]) -> Document:
    """What carries no tag is left out of an answer."""
    account = hooks.caller().account
    return {name: [{"CatalogId": account, "TagKey": key, "TagValues": values} for key, values in carried.items()]} if carried else {}


def on_table(database: str, table: str) -> dict[str, list[str]]:
    return {**CARRIED.get(database, {}), **CARRIED.get(f"{database}/{table}", {})}


def on_column(database: str, table: str, column: str) -> dict[str, list[str]]:
    return {**on_table(database, table), **CARRIED.get(f"{database}/{table}/{column}", {})}


def match(expression: list[Document], carried: dict[str, list[str]]) -> bool:
    """Every condition, each by one of its values."""
    return all(
        ("*" in each["TagValues"] and each["TagKey"] in carried) or set(each["TagValues"]) & set(carried.get(each["TagKey"], []))
        for each in expression
    )


def _places(resource: Document) -> list[str]:
    [(kind, what)] = resource.items()
    if kind == "Database":
        if stores.glue_database(what["Name"]) is None:
            raise Refused("EntityNotFoundException", f"Database {what['Name']} not found")
        return [what["Name"]]
    database, name = what["DatabaseName"], what.get("Name")
    table = stores.glue_table(database, name or "")
    if table is None:
        raise Refused("EntityNotFoundException", f"Table {database}.{name} not found")
    if kind != "TableWithColumns":
        return [f"{database}/{name}"]
    known = [column["Name"] for column in table["StorageDescriptor"].get("Columns", [])]
    wanted = what.get("ColumnNames", known)
    missing = set(wanted) - set(known)
    if missing:
        raise Refused("EntityNotFoundException", f"{database}.{name} has no columns {sorted(missing)}")
    return [f"{database}/{name}/{column}" for column in wanted]


OPERATIONS = {
    "CreateLFTag": create,
    "GetLFTag": get,
    "UpdateLFTag": update,
    "DeleteLFTag": delete,
    "ListLFTags": listed,
    "AddLFTagsToResource": add,
    "RemoveLFTagsFromResource": remove,
    "GetResourceLFTags": of_resource,
}
