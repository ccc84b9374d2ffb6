"""Lake Formation's types of CloudFormation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document, Made, Place
from mesh_local_aws.services.lakeformation import enforcement, filters, grants, links, locations, principals, settings, tags


def install() -> None:
    hooks.resource("AWS::LakeFormation::DataLakeSettings", create=_put_settings, update=_change_settings, delete=_leave_settings)
    hooks.resource("AWS::LakeFormation::Resource", create=_register, update=_change_registration, delete=_deregister)
    hooks.resource(
        "AWS::LakeFormation::Tag", create=_create_tag, update=_change_tag, delete=lambda ref, _: _ignore(tags.delete({"TagKey": ref}))
    )
    hooks.resource("AWS::LakeFormation::TagAssociation", create=_associate, delete=_dissociate)
    hooks.resource("AWS::LakeFormation::DataCellsFilter", create=_create_filter, delete=_delete_filter)
    hooks.resource("AWS::LakeFormation::PrincipalPermissions", create=_grant, delete=_revoke)
    handlers = stores.resource_handlers("AWS::Glue::Database")
    handlers["create"] = _owned(handlers["create"])
    tables = stores.resource_handlers("AWS::Glue::Table")
    tables["create"] = _owned_table(tables["create"])


def _owned(original: Callable[..., Any]) -> Callable[..., Any]:
    """A database that a stack makes is its role's, like one that is made by the API."""

    def create(logical_id: str, properties: Document, stack: str) -> Any:
        name, attributes = original(logical_id, properties, stack)
        defaults = properties["DatabaseInput"].get("CreateTableDefaultPermissions")
        database = stores.glue_database(name)
        if defaults is not None and database is not None:
            database["CreateTableDefaultPermissions"] = defaults
        links.keep(name, properties["DatabaseInput"])
        enforcement.database_made(principals.of_caller(), name)
        return name, attributes

    return create


def _owned_table(original: Callable[..., Any]) -> Callable[..., Any]:
    """So is a table, and everybody's whom its database's defaults name."""

    def create(logical_id: str, properties: Document, stack: str) -> Any:
        made = original(logical_id, properties, stack)
        enforcement.table_made(principals.of_caller(), properties["DatabaseName"], properties["TableInput"]["Name"])
        return made

    return create


def _put_settings(properties: Document, place: Place) -> Made:
    _merge({}, properties)
    return Made(place.name())


def _change_settings(ref: str, before: Document, after: Document, _: Place) -> Made:
    _merge(before, after)
    return Made(ref)


def _merge(before: Document, after: Document) -> None:
    """APPEND keeps administrators that others named; REPLACE does not."""
    now, admins = settings.current(), after.get("Admins", [])
    if after.get("MutationType", "APPEND") == "APPEND":
        mine = [admin["DataLakePrincipalIdentifier"] for admin in [*before.get("Admins", []), *admins]]
        admins = [*(admin for admin in now["DataLakeAdmins"] if admin["DataLakePrincipalIdentifier"] not in mine), *admins]
    wanted = {**now, "DataLakeAdmins": admins}
    for name in (
        "CreateDatabaseDefaultPermissions",
        "CreateTableDefaultPermissions",
        "Parameters",
        "AllowExternalDataFiltering",
        "AllowFullTableExternalDataAccess",
        "ExternalDataFilteringAllowList",
        "AuthorizedSessionTagValueList",
        "TrustedResourceOwners",
    ):
        if name in after:
            wanted[name] = after[name]
    settings.put({"DataLakeSettings": wanted})


def _leave_settings(_: str, __: Document) -> None:
    """Deleting the resource changes no settings: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lakeformation-datalakesettings.html"""


def _register(properties: Document, _: Place) -> Made:
    locations.register(_registration(properties))
    return Made(properties["ResourceArn"])


def _change_registration(ref: str, _: Document, after: Document, __: Place) -> Made:
    locations.update(_registration(after))
    return Made(ref)


def _registration(properties: Document) -> Document:
    linked = str(properties.get("UseServiceLinkedRole", False)).lower() == "true"
    return {**{key: properties[key] for key in ("ResourceArn", "RoleArn") if key in properties}, "UseServiceLinkedRole": linked}


def _deregister(ref: str, _: Document) -> None:
    locations.deregister({"ResourceArn": ref})


def _create_tag(properties: Document, _: Place) -> Made:
    tags.create(properties)
    return Made(properties["TagKey"])


def _change_tag(ref: str, before: Document, after: Document, _: Place) -> Made:
    gone = [value for value in before["TagValues"] if value not in after["TagValues"]]
    tags.update({"TagKey": ref, "TagValuesToAdd": after["TagValues"], "TagValuesToDelete": gone})
    return Made(ref)


def _associate(properties: Document, place: Place) -> Made:
    tags.add(properties)
    return Made(place.name(), {"ResourceIdentifier": str(properties["Resource"]), "TagsIdentifier": str(properties["LFTags"])})


def _dissociate(_: str, properties: Document) -> None:
    tags.remove(properties)


def _create_filter(properties: Document, _: Place) -> Made:
    filters.create({"TableData": properties})
    return Made("|".join(properties[key] for key in ("TableCatalogId", "DatabaseName", "TableName", "Name")))


def _delete_filter(_: str, properties: Document) -> None:
    filters.delete(properties)


def _grant(properties: Document, place: Place) -> Made:
    grants.grant(properties)
    return Made(
        place.name(),
        {"PrincipalIdentifier": properties["Principal"]["DataLakePrincipalIdentifier"], "ResourceIdentifier": str(properties["Resource"])},
    )


def _revoke(_: str, properties: Document) -> None:
    grants.revoke(properties)


def _ignore(_: object) -> None:
    return None
