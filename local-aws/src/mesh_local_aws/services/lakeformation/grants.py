"""Who may do what on which database, table, columns, filter, tag or location."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.lakeformation import filters, principals, settings, tags

STATE = hooks.state("lakeformation-grants")
ALLOWED = {
    "Catalog": {"ALL", "CREATE_DATABASE", "CREATE_LF_TAG", "CREATE_LF_TAG_EXPRESSION"},
    "Database": {"ALL", "ALTER", "DROP", "DESCRIBE", "CREATE_TABLE"},
    "Table": {"ALL", "SELECT", "ALTER", "DROP", "DELETE", "INSERT", "DESCRIBE"},
    "TableWithColumns": {"SELECT"},
    "DataLocation": {"DATA_LOCATION_ACCESS"},
    "DataCellsFilter": {"SELECT", "DESCRIBE", "DROP"},
    "LFTag": {"ALTER", "DROP", "DESCRIBE", "ASSOCIATE", "GRANT_WITH_LF_TAG_EXPRESSION"},
    "LFTagPolicy": {"ALL", "SELECT", "ALTER", "DROP", "DELETE", "INSERT", "DESCRIBE", "CREATE_TABLE"},
}


def grant(asked: Document) -> Document:
    """On top of what is there. Raises Refused."""
    _may_grant(asked)
    principal, resource = asked["Principal"]["DataLakePrincipalIdentifier"], normal(asked["Resource"])
    _hold(principal, resource, asked["Permissions"])
    give(principal, resource, asked["Permissions"], asked.get("PermissionsWithGrantOption", []))
    return {}


def give(principal: str, resource: Document, permissions: list[str], grantable: list[str]) -> None:
    """Without asking whether anybody may."""
    key = _key(principal, resource)
    held = STATE.get(key) or {
        "Principal": {"DataLakePrincipalIdentifier": principal},
        "Resource": resource,
        "Permissions": [],
        "PermissionsWithGrantOption": [],
    }
    STATE[key] = {
        **held,
        "Permissions": sorted({*held["Permissions"], *permissions}),
        "PermissionsWithGrantOption": sorted({*held["PermissionsWithGrantOption"], *grantable}),
    }


def revoke(asked: Document) -> Document:
    _may_grant(asked)
    key = _key(asked["Principal"]["DataLakePrincipalIdentifier"], normal(asked["Resource"]))
    held = STATE.get(key)
    going, options = set(asked["Permissions"]), set(asked.get("PermissionsWithGrantOption", []))
    if held is None or not going & set(held["Permissions"]):
        raise Refused("InvalidInputException", "No permissions revoked. Grantee does not have the permissions")
    left = [each for each in held["Permissions"] if each not in going]
    if left:
        STATE[key] = {
            **held,
            "Permissions": left,
            "PermissionsWithGrantOption": [each for each in held["PermissionsWithGrantOption"] if each not in going | options],
        }
    else:
        del STATE[key]
    return {}


def _batch(act: Callable[[Document], Document]) -> Callable[[Document], Document]:
    def batch(asked: Document) -> Document:
        if len(asked["Entries"]) > 20:
            raise Refused("InvalidInputException", f"a batch takes 20 entries, got {len(asked['Entries'])}")
        failures = []
        for entry in asked["Entries"]:
            try:
                act(entry)
            except Refused as refused:
                failures.append({"RequestEntry": entry, "Error": {"ErrorCode": refused.code, "ErrorMessage": refused.message}})
        return {"Failures": failures}

    return batch


def listed(asked: Document) -> Document:
    wanted = asked.get("Principal", {}).get("DataLakePrincipalIdentifier")
    resource = normal(asked["Resource"]) if asked.get("Resource") else None
    found = [
        _shown(held)
        for held in STATE.values()
        if (wanted is None or held["Principal"]["DataLakePrincipalIdentifier"] == wanted)
        and (resource is None or _about(held["Resource"], resource))
        and (asked.get("ResourceType") is None or _kind_of(held["Resource"]) == asked["ResourceType"])
    ]
    start, most = int(asked.get("NextToken") or 0), asked.get("MaxResults", 100)
    page = {"PrincipalResourcePermissions": found[start : start + most]}
    return page if start + most >= len(found) else {**page, "NextToken": str(start + most)}


def _shown(held: Document) -> Document:
    """SELECT on a whole table is listed as SELECT on all of its columns, beside what else there is."""
    return held


def held_by(principal: str) -> Iterator[Document]:
    """Every grant that is one to the principal, in the account whose catalogue this is."""
    return (held for held in STATE.values() if principals.names(held["Principal"]["DataLakePrincipalIdentifier"], principal))


def normal(resource: Document) -> Document:
    """One way to write each resource, so that a grant is found again."""
    if len(resource) != 1:
        raise Refused("InvalidInputException", "a resource is exactly one of " + ", ".join(ALLOWED))
    [(kind, what)] = resource.items()
    what = {key: value for key, value in what.items() if key not in ("CatalogId", "TableCatalogId", "Id")}
    if kind == "TableWithColumns":
        if "ColumnNames" in what:
            what["ColumnNames"] = sorted(what["ColumnNames"])
        elif not (what.get("ColumnWildcard") or {}).get("ExcludedColumnNames"):
            what["ColumnWildcard"] = {}
    return {kind: what}


def _hold(principal: str, resource: Document, permissions: list[str]) -> None:
    if not principals.exists(principal):
        raise Refused("InvalidInputException", f"Invalid principal, {principal}")
    [(kind, what)] = resource.items()
    wrong = set(permissions) - ALLOWED[kind]
    if wrong:
        raise Refused("InvalidInputException", f"Permissions {sorted(wrong)} are not applicable to {kind}")
    if kind == "Database" and stores.glue_database(what["Name"]) is None:
        raise Refused("EntityNotFoundException", f"Database {what['Name']} not found")
    if kind in ("Table", "TableWithColumns") and "Name" in what:
        table = stores.glue_table(what["DatabaseName"], what["Name"])
        if table is None:
            raise Refused("EntityNotFoundException", f"Table {what['DatabaseName']}.{what['Name']} not found")
        missing = set(what.get("ColumnNames", [])) - {column["Name"] for column in table["StorageDescriptor"].get("Columns", [])}
        if missing:
            raise Refused("InvalidInputException", f"{what['Name']} has no columns {sorted(missing)}")
    if kind == "DataCellsFilter" and filters.find(what["DatabaseName"], what["TableName"], what["Name"]) is None:
        raise Refused(
            "EntityNotFoundException", f"there is no data cells filter {what['Name']} on {what['DatabaseName']}.{what['TableName']}"
        )
    if kind == "LFTag":
        tags.hold(what["TagKey"], what["TagValues"])
    if kind == "LFTagPolicy":
        for condition in what["Expression"]:
            tags.hold(condition["TagKey"], condition["TagValues"])


def _may_grant(asked: Document) -> None:
    """Administrators, and who was given the permission with the option to pass it on."""
    me = principals.of_caller()
    if settings.is_admin(me):
        return
    resource = normal(asked["Resource"])
    held = STATE.get(_key(me, resource)) or {"PermissionsWithGrantOption": []}
    if set(asked["Permissions"]) <= set(held["PermissionsWithGrantOption"]) and not asked.get("PermissionsWithGrantOption"):
        return
    wanted = f"{', '.join(asked['Permissions'])} on {json.dumps(resource)}"
    why = f"{me} is no data lake administrator and cannot grant {wanted}"
    raise Refused("AccessDeniedException", f"Insufficient Lake Formation permission(s): {why}")


def _key(principal: str, resource: Document) -> str:
    return f"{principal} {json.dumps(resource, sort_keys=True)}"


def _about(held: Document, wanted: Document) -> bool:
    """What is asked for a table is told of its columns and filters too."""
    if held == wanted:
        return True
    [(kind, what)] = wanted.items()
    [(held_kind, held_what)] = held.items()
    if kind != "Table" or held_kind not in ("TableWithColumns", "DataCellsFilter"):
        return False
    name = held_what.get("Name") if held_kind == "TableWithColumns" else held_what.get("TableName")
    return held_what.get("DatabaseName") == what.get("DatabaseName") and ("TableWildcard" in what or name == what.get("Name"))


def _kind_of(resource: Document) -> str:
    kinds = {
        "Catalog": "CATALOG",
        "Database": "DATABASE",
        "Table": "TABLE",
        "TableWithColumns": "TABLE",
        "DataLocation": "DATA_LOCATION",
        "LFTag": "LF_TAG",
        "LFTagPolicy": "LF_TAG_POLICY",
    }
    return kinds.get(next(iter(resource)), "TABLE")


OPERATIONS = {
    "GrantPermissions": grant,
    "RevokePermissions": revoke,
    "BatchGrantPermissions": _batch(grant),
    "BatchRevokePermissions": _batch(revoke),
    "ListPermissions": listed,
}
