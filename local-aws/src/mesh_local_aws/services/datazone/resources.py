"""The types of CloudFormation, each made by the operations that an application would call."""

from __future__ import annotations

from typing import Any

from botocore.model import Shape

from mesh_local_aws import hooks, schemas, wire
from mesh_local_aws.hooks import Document, Made, Place, Refused
from mesh_local_aws.wire import Api

# Type, its operations, and what the operations call the one that is meant.
_BY_ID = (
    ("DomainUnit", "CreateDomainUnit", "UpdateDomainUnit", "DeleteDomainUnit"),
    ("Project", "CreateProject", "UpdateProject", "DeleteProject"),
    ("ProjectProfile", "CreateProjectProfile", "UpdateProjectProfile", "DeleteProjectProfile"),
    ("DataSource", "CreateDataSource", "UpdateDataSource", "DeleteDataSource"),
    ("Environment", "CreateEnvironment", None, "DeleteEnvironment"),
    ("SubscriptionTarget", "CreateSubscriptionTarget", "UpdateSubscriptionTarget", "DeleteSubscriptionTarget"),
)


def install() -> None:
    for name, create, update, delete in _BY_ID:
        _by_id(f"AWS::DataZone::{name}", create, update, delete)
    hooks.importable("AWS::DataZone::DomainUnit", "DomainId", "Id", found=_unit)
    hooks.resource("AWS::DataZone::Domain", create=_create_domain, update=_update_domain, delete=_delete_domain)
    hooks.resource("AWS::DataZone::PolicyGrant", create=_create_grant, delete=_delete_grant)
    hooks.resource("AWS::DataZone::Owner", create=_create_owner, delete=_delete_owner)
    hooks.resource("AWS::DataZone::ProjectMembership", create=_create_membership, update=_update_membership, delete=_delete_membership)
    hooks.resource("AWS::DataZone::FormType", create=_create_form_type, update=_update_form_type, delete=_delete_form_type)
    hooks.resource("AWS::DataZone::UserProfile", create=_create_user, update=_update_user, delete=_delete_user)
    hooks.resource("AWS::DataZone::GroupProfile", create=_create_group, update=_update_group, delete=_delete_group)
    hooks.resource(
        "AWS::DataZone::EnvironmentBlueprintConfiguration", create=_put_blueprint, update=_change_blueprint, delete=_delete_blueprint
    )


def _by_id(type_: str, create: str, update: str | None, delete: str) -> None:
    def created(properties: Document, _: Place) -> Made:
        return _made(type_, properties, _call(create, _asked(create, properties)))

    def updated(ref: str, _: Document, after: Document, __: Place) -> Made:
        return _made(type_, after, _call(str(update), _asked(str(update), after) | {"identifier": _last(ref)}))

    def deleted(ref: str, properties: Document) -> None:
        _gone(delete, _asked(delete, properties) | {"identifier": _last(ref)})

    hooks.resource(type_, create=created, update=updated if update else None, delete=deleted)


def _unit(domain: str, unit: str) -> Made | None:
    try:
        return _made(
            "AWS::DataZone::DomainUnit", {"DomainId": domain}, _call("GetDomainUnit", {"domainIdentifier": domain, "identifier": unit})
        )
    except Refused:
        return None


def _create_domain(properties: Document, _: Place) -> Made:
    return _made("AWS::DataZone::Domain", properties, _call("CreateDomain", _asked("CreateDomain", properties)))


def _update_domain(ref: str, _: Document, after: Document, __: Place) -> Made:
    _call("UpdateDomain", _asked("UpdateDomain", after) | {"identifier": ref})
    return _made("AWS::DataZone::Domain", after, _call("GetDomain", {"identifier": ref}))


def _delete_domain(ref: str, _: Document) -> None:
    _gone("DeleteDomain", {"identifier": ref})


def _create_grant(properties: Document, _: Place) -> Made:
    return _made("AWS::DataZone::PolicyGrant", properties, _call("AddPolicyGrant", _asked("AddPolicyGrant", properties)))


def _delete_grant(_: str, properties: Document) -> None:
    _gone("RemovePolicyGrant", _asked("RemovePolicyGrant", properties))


def _create_owner(properties: Document, _: Place) -> Made:
    _call("AddEntityOwner", _asked("AddEntityOwner", properties))
    owner = properties["Owner"]
    kind = "User" if "User" in owner else "Group"
    return _made("AWS::DataZone::Owner", properties, {"ownerType": kind.upper(), "ownerIdentifier": owner[kind][f"{kind}Identifier"]})


def _delete_owner(_: str, properties: Document) -> None:
    _gone("RemoveEntityOwner", _asked("RemoveEntityOwner", properties))


def _create_membership(properties: Document, _: Place) -> Made:
    _call("CreateProjectMembership", _asked("CreateProjectMembership", properties))
    member = properties["Member"]
    kind = "USER_IDENTIFIER" if "UserIdentifier" in member else "GROUP_IDENTIFIER"
    return _made(
        "AWS::DataZone::ProjectMembership", properties, {"memberIdentifier": next(iter(member.values())), "memberIdentifierType": kind}
    )


def _update_membership(ref: str, before: Document, after: Document, place: Place) -> Made:
    _delete_membership(ref, before)
    return _create_membership(after, place)


def _delete_membership(_: str, properties: Document) -> None:
    _gone("DeleteProjectMembership", _asked("DeleteProjectMembership", properties))


def _create_form_type(properties: Document, _: Place) -> Made:
    made = _call("CreateFormType", _asked("CreateFormType", properties))
    return _made("AWS::DataZone::FormType", properties, made | {"formTypeIdentifier": made["name"]})


def _update_form_type(_: str, __: Document, after: Document, place: Place) -> Made:
    """There is no operation for it: the same name again makes another revision."""
    return _create_form_type(after, place)


def _delete_form_type(ref: str, properties: Document) -> None:
    _gone("DeleteFormType", {"domainIdentifier": properties["DomainIdentifier"], "formTypeIdentifier": _last(ref)})


def _create_user(properties: Document, _: Place) -> Made:
    made = _call("CreateUserProfile", _asked("CreateUserProfile", properties))
    return _made("AWS::DataZone::UserProfile", properties, made)


def _update_user(_: str, __: Document, after: Document, ___: Place) -> Made:
    asked = _asked("UpdateUserProfile", after)
    found = _call("UpdateUserProfile" if "status" in asked else "GetUserProfile", asked)
    return _made("AWS::DataZone::UserProfile", after, found)


def _delete_user(_: str, properties: Document) -> None:
    """There is no operation for it: a profile stays, deactivated, and can be made again."""
    _gone("UpdateUserProfile", _asked("UpdateUserProfile", properties) | {"status": "DEACTIVATED"})


def _create_group(properties: Document, _: Place) -> Made:
    return _made("AWS::DataZone::GroupProfile", properties, _call("CreateGroupProfile", _asked("CreateGroupProfile", properties)))


def _update_group(ref: str, _: Document, after: Document, __: Place) -> Made:
    asked = {"domainIdentifier": after["DomainIdentifier"], "groupIdentifier": _last(ref)}
    found = _call("UpdateGroupProfile", asked | {"status": after["Status"]}) if "Status" in after else _call("GetGroupProfile", asked)
    return _made("AWS::DataZone::GroupProfile", after, found)


def _delete_group(ref: str, properties: Document) -> None:
    _gone(
        "UpdateGroupProfile", {"domainIdentifier": properties["DomainIdentifier"], "groupIdentifier": _last(ref), "status": "NOT_ASSIGNED"}
    )


def _put_blueprint(properties: Document, _: Place) -> Made:
    asked = _asked("PutEnvironmentBlueprintConfiguration", properties)
    return _made(
        "AWS::DataZone::EnvironmentBlueprintConfiguration", properties, _call("PutEnvironmentBlueprintConfiguration", _by_name(asked))
    )


def _change_blueprint(_: str, __: Document, after: Document, place: Place) -> Made:
    return _put_blueprint(after, place)


def _delete_blueprint(_: str, properties: Document) -> None:
    _gone("DeleteEnvironmentBlueprintConfiguration", _by_name(_asked("DeleteEnvironmentBlueprintConfiguration", properties)))


def _by_name(asked: Document) -> Document:
    """A template may name a blueprint of AWS instead of its id, which every domain has another of."""
    name = asked["environmentBlueprintIdentifier"]
    found = _call("ListEnvironmentBlueprints", {"domainIdentifier": asked["domainIdentifier"], "name": name, "managed": True})["items"]
    return asked | {"environmentBlueprintIdentifier": found[0]["id"] if found else name}


# --- properties and requests -----------------------------------------------------------------------------------------


def _call(operation: str, asked: Document) -> Document:
    return wire.call(Api.of("datazone"), hooks.SERVICES["datazone"], operation, asked)


def _gone(operation: str, asked: Document) -> None:
    """What is not there any more is deleted."""
    try:
        _call(operation, asked)
    except Refused as refused:
        if refused.code != "ResourceNotFoundException":
            raise


def _asked(operation: str, properties: Document) -> Document:
    """Of a template's properties, what an operation takes, as it takes it."""
    found: Document = _lowered(Api.of("datazone").shape(operation).input_shape, properties)
    return found


def _lowered(shape: Shape | None, value: Any) -> Any:
    if shape is None:
        return value
    if shape.type_name == "structure":
        names = {member: member[0].upper() + member[1:] for member in shape.members}
        return {member: _lowered(shape.members[member], value[name]) for member, name in names.items() if name in value}
    if shape.type_name == "list":
        return [_lowered(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, list):
        # A template has lists where the API has maps: tags, and parameters by region.
        return {item.get("Key") or item["Region"]: item["Value"] if "Key" in item else item.get("Parameters", {}) for item in value}
    if shape.type_name == "boolean":
        return value in (True, "true")
    return int(value) if shape.type_name == "integer" else value


def _made(type_: str, properties: Document, record: Document) -> Made:
    """`Ref` is the primary identifier, its parts joined, and `Fn::GetAtt` knows the read-only properties."""
    schema = schemas.schema(type_) or {}
    known = properties | {key[0].upper() + key[1:]: value for key, value in record.items()}
    if "Id" in known:
        known["Identifier"] = known["Id"]
    parts = [str(known[name]) for name in _properties(schema, "primaryIdentifier")]
    return Made("|".join(parts), {name: known[name] for name in _properties(schema, "readOnlyProperties") if name in known})


def _properties(schema: Document, which: str) -> list[str]:
    return [path.removeprefix("/properties/") for path in schema.get(which, ())]


def _last(ref: str) -> str:
    return ref.rpartition("|")[2]
