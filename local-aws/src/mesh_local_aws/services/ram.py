"""Resource Access Manager: shares of resources with other accounts.

All accounts here belong to one organisation that shares among itself, so an association needs no invitation. Which actions
a share's permission allows is stored and not enforced: https://docs.aws.amazon.com/ram/latest/userguide/what-is.html
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

from mesh_local_aws import answers, hooks
from mesh_local_aws.hooks import Document, Made, Place, Refused
from mesh_local_aws.wire import Api

SHARES = hooks.state("ram")

_KINDS = {"resourceArns": "RESOURCE", "principals": "PRINCIPAL", "sources": "SOURCE"}
_PROPERTIES = {"ResourceArns": "resourceArns", "Principals": "principals", "Sources": "sources"}


def install() -> None:
    operations = {name: _answered(name, act) for name, act in _OPERATIONS.items()}
    hooks.service("ram", operations, arn=lambda _, asked: asked.get("resourceShareArn"))
    hooks.resource("AWS::RAM::ResourceShare", create=_create, update=_update, delete=_delete)


def shared_with(resource: str, account: str) -> bool:
    """Whether a share of another account lets one account, a role of it or the organisation at a resource."""
    for _, share in _everywhere():
        associated = {each["associatedEntity"] for each in share["associations"] if each["status"] == "ASSOCIATED"}
        if resource in associated and any(_means(principal, account) for principal in associated):
            return True
    return False


def create_resource_share(asked: Document) -> Document:
    caller, now = hooks.caller(), time.time()
    arn = f"arn:aws:ram:{caller.region}:{caller.account}:resource-share/{uuid.uuid4()}"
    share = {
        "resourceShareArn": arn,
        "name": asked["name"],
        "owningAccountId": caller.account,
        "status": "ACTIVE",
        "featureSet": "STANDARD",
        "allowExternalPrincipals": asked.get("allowExternalPrincipals", True),
        "creationTime": now,
        "lastUpdatedTime": now,
        "tags": [dict(tag) for tag in asked.get("tags", ())],
        "permissionArns": list(asked.get("permissionArns", ())),
        "associations": [],
    }
    SHARES[arn] = share
    _associate(share, asked)
    return {"resourceShare": share}


def get_resource_shares(asked: Document) -> Document:
    account = hooks.caller().account
    shares = [
        share
        for owner, share in _everywhere()
        if (owner == account if asked["resourceOwner"] == "SELF" else owner != account and _reaches(share, account))
        and share["resourceShareArn"] in asked.get("resourceShareArns", (share["resourceShareArn"],))
        and asked.get("name", share["name"]) == share["name"]
        and asked.get("resourceShareStatus", share["status"]) == share["status"]
    ]
    return {"resourceShares": shares}


def update_resource_share(asked: Document) -> Document:
    share = _mine(asked)
    share.update({key: asked[key] for key in ("name", "allowExternalPrincipals") if key in asked}, lastUpdatedTime=time.time())
    return {"resourceShare": share}


def delete_resource_share(asked: Document) -> Document:
    del SHARES[_mine(asked)["resourceShareArn"]]
    return {"returnValue": True}


def associate_resource_share(asked: Document) -> Document:
    return {"resourceShareAssociations": _associate(_mine(asked), asked)}


def disassociate_resource_share(asked: Document) -> Document:
    share = _mine(asked)
    named = {entity for key in _KINDS for entity in asked.get(key, ())}
    gone = [each for each in share["associations"] if each["associatedEntity"] in named]
    share["associations"] = [each for each in share["associations"] if each["associatedEntity"] not in named]
    return {"resourceShareAssociations": [each | {"status": "DISASSOCIATING"} for each in gone]}


def get_resource_share_associations(asked: Document) -> Document:
    account = hooks.caller().account
    found = [
        each
        for owner, share in _everywhere()
        if owner == account
        for each in share["associations"]
        if each["associationType"] == asked["associationType"]
        and each["resourceShareArn"] in asked.get("resourceShareArns", (each["resourceShareArn"],))
        and asked.get("associationStatus", each["status"]) == each["status"]
        and asked.get("resourceArn", asked.get("principal", each["associatedEntity"])) == each["associatedEntity"]
    ]
    return {"resourceShareAssociations": found}


def get_resource_share_invitations(_: Document) -> Document:
    """In an organisation that shares among itself nobody is invited."""
    return {"resourceShareInvitations": []}


def list_resources(asked: Document) -> Document:
    shares = get_resource_shares({"resourceOwner": asked["resourceOwner"]})["resourceShares"]
    found = [
        {
            "arn": each["associatedEntity"],
            "type": _type(each["associatedEntity"]),
            "resourceShareArn": share["resourceShareArn"],
            "status": "AVAILABLE",
            "creationTime": each["creationTime"],
            "lastUpdatedTime": each["lastUpdatedTime"],
        }
        for share in shares
        for each in share["associations"]
        if each["associationType"] == "RESOURCE"
    ]
    wanted = asked.get("resourceType")
    return {
        "resources": [each for each in found if wanted in (None, each["type"]) and each["arn"] in asked.get("resourceArns", (each["arn"],))]
    }


def enable_sharing_with_aws_organization(_: Document) -> Document:
    return {"returnValue": True}


# --- the type of CloudFormation --------------------------------------------------------------------------------------


def _create(properties: Document, _: Place) -> Made:
    asked = {key: properties[name] for name, key in (*_PROPERTIES.items(), ("PermissionArns", "permissionArns")) if name in properties}
    tags = [{"key": tag["Key"], "value": tag["Value"]} for tag in properties.get("Tags", ())]
    external = properties.get("AllowExternalPrincipals", True) in (True, "true")
    return _made(
        create_resource_share({"name": properties["Name"], "allowExternalPrincipals": external, "tags": tags, **asked})["resourceShare"]
    )


def _update(ref: str, before: Document, after: Document, _: Place) -> Made:
    share = update_resource_share({"resourceShareArn": ref, "name": after["Name"]})["resourceShare"]
    share["permissionArns"] = list(after.get("PermissionArns", ()))
    for name, key in _PROPERTIES.items():
        disassociate_resource_share(
            {"resourceShareArn": ref, key: [each for each in before.get(name, ()) if each not in after.get(name, ())]}
        )
        associate_resource_share({"resourceShareArn": ref, key: [each for each in after.get(name, ()) if each not in before.get(name, ())]})
    return _made(share)


def _delete(ref: str, _: Document) -> None:
    SHARES.pop(ref, None)


def _made(share: Document) -> Made:
    arn = share["resourceShareArn"]
    return Made(
        arn, {"Arn": arn, "Status": share["status"], "OwningAccountId": share["owningAccountId"], "FeatureSet": share["featureSet"]}
    )


# --- shares ----------------------------------------------------------------------------------------------------------


def _associate(share: Document, asked: Document) -> list[Document]:
    now, made = time.time(), []
    for key, kind in _KINDS.items():
        for entity in asked.get(key, ()):
            _check(kind, entity, share["owningAccountId"])
            made.append(
                {
                    "resourceShareArn": share["resourceShareArn"],
                    "resourceShareName": share["name"],
                    "associatedEntity": entity,
                    "associationType": kind,
                    "status": "ASSOCIATED",
                    "external": False,
                    "creationTime": now,
                    "lastUpdatedTime": now,
                }
            )
    known = {each["associatedEntity"] for each in made}
    share["associations"] = [each for each in share["associations"] if each["associatedEntity"] not in known] + made
    return made


def _check(kind: str, entity: str, owner: str) -> None:
    parts = entity.split(":")
    if kind == "RESOURCE" and (len(parts) < 6 or parts[4] != owner):
        raise Refused(
            "MalformedArnException" if len(parts) < 6 else "InvalidParameterException", f"{entity} is no resource of account {owner}"
        )
    if kind == "PRINCIPAL" and not (entity.isdigit() and len(entity) == 12) and len(parts) < 6:
        raise Refused("InvalidParameterException", f"the principal {entity} is neither an account nor an ARN")


def _everywhere() -> Iterator[tuple[str, Document]]:
    """(owner, share) of the caller's region."""
    region = hooks.caller().region
    return ((account, share) for account, where, _, share in SHARES.everywhere() if where == region)


def _mine(asked: Document) -> Document:
    found = SHARES.get(asked["resourceShareArn"])
    if found is None:
        raise Refused("UnknownResourceException", f"there is no resource share {asked['resourceShareArn']}")
    return found


def _reaches(share: Document, account: str) -> bool:
    return any(each["associationType"] == "PRINCIPAL" and _means(each["associatedEntity"], account) for each in share["associations"])


def _means(principal: str, account: str) -> bool:
    if principal.startswith("arn:aws:organizations:"):
        return True
    return principal == account or (principal.startswith("arn:aws:iam:") and principal.split(":")[4] == account)


def _type(arn: str) -> str:
    """`datazone:Domain`"""
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    kind = resource.replace("/", ":").split(":")[0]
    return f"{service}:{kind[:1].upper()}{kind[1:]}"


def _answered(name: str, act: hooks.Operation) -> hooks.Operation:
    return lambda asked: answers.shown(Api.of("ram"), name, act(asked))


_OPERATIONS: dict[str, hooks.Operation] = {
    "CreateResourceShare": create_resource_share,
    "GetResourceShares": get_resource_shares,
    "UpdateResourceShare": update_resource_share,
    "DeleteResourceShare": delete_resource_share,
    "AssociateResourceShare": associate_resource_share,
    "DisassociateResourceShare": disassociate_resource_share,
    "GetResourceShareAssociations": get_resource_share_associations,
    "GetResourceShareInvitations": get_resource_share_invitations,
    "ListResources": list_resources,
    "EnableSharingWithAwsOrganization": enable_sharing_with_aws_organization,
}
