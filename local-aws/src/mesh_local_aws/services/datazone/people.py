"""Profiles of users and groups, and who of them asks."""

from __future__ import annotations

import uuid

from mesh_local_aws import hooks
from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.datazone.store import Domain, Record, domain_of, invalid, page


def create_user_profile(asked: Document) -> Record:
    domain, name = domain_of(asked), asked["userIdentifier"]
    known = user(domain, name)
    if known is not None and known["status"] == "DEACTIVATED":
        known["status"] = "ASSIGNED"
        return known
    if known is not None:
        raise Refused("ConflictException", f"domain {domain.id} has a profile of {name} already")
    if asked.get("userType", "IAM_ROLE" if _is_arn(name) else "SSO_USER") == "SSO_USER":
        return _add(domain, {"type": "SSO", "status": "ASSIGNED", "details": {"sso": {"username": name}}})
    if not _is_arn(name):
        raise invalid(f"userIdentifier of a {asked['userType']} is its ARN, got {name}")
    return _add(domain, {"type": "IAM", "status": "ASSIGNED", "details": {"iam": {"arn": name}}})


def get_user_profile(asked: Document) -> Record:
    domain = domain_of(asked)
    found = user(domain, asked["userIdentifier"])
    if found is None or asked.get("type", found["type"]) != found["type"]:
        raise Refused("ResourceNotFoundException", f"domain {domain.id} has no profile of {asked['userIdentifier']}")
    return found


def update_user_profile(asked: Document) -> Record:
    found = get_user_profile(asked)
    found["status"] = asked["status"]
    return found


def search_user_profiles(asked: Document) -> Document:
    kind = {"DATAZONE_IAM_USER": "IAM", "DATAZONE_USER": None}.get(asked["userType"], "SSO")
    text = asked.get("searchText", "").lower()
    return page([each for each in domain_of(asked).where("user", type=kind) if text in _name(each).lower()], asked)


def create_group_profile(asked: Document) -> Record:
    domain = domain_of(asked)
    if ("groupIdentifier" in asked) == ("rolePrincipalArn" in asked):
        raise invalid("a group has either a groupIdentifier, of Identity Center, or a rolePrincipalArn")
    name = asked.get("groupIdentifier") or asked["rolePrincipalArn"]
    known = group(domain, name)
    if known is not None and known["status"] == "NOT_ASSIGNED":
        known["status"] = "ASSIGNED"
        return known
    if known is not None:
        raise Refused("ConflictException", f"domain {domain.id} has a profile of {name} already")
    record = {"domainId": domain.id, "id": str(uuid.uuid4()), "status": "ASSIGNED", "groupName": name}
    return domain.add("group", record | ({"rolePrincipalArn": name} if _is_arn(name) else {}))


def get_group_profile(asked: Document) -> Record:
    domain = domain_of(asked)
    found = group(domain, asked["groupIdentifier"])
    if found is None:
        raise Refused("ResourceNotFoundException", f"domain {domain.id} has no profile of {asked['groupIdentifier']}")
    return found


def update_group_profile(asked: Document) -> Record:
    found = get_group_profile(asked)
    found["status"] = asked["status"]
    return found


# --- who is who ----------------------------------------------------------------------------------------------------


def user(domain: Domain, name: str) -> Record | None:
    """By the profile's id, an ARN of the principal, or the name in Identity Center."""
    by_id = domain.all("user").get(name)
    if by_id is not None:
        return by_id
    wanted = identity(name)
    return next((each for each in domain.all("user").values() if identity(_name(each)) == wanted), None)


def group(domain: Domain, name: str) -> Record | None:
    """By the profile's id, its name in Identity Center, or the ARN of the role that is the group."""
    by_id = domain.all("group").get(name)
    return by_id or next((each for each in domain.all("group").values() if identity(each["groupName"]) == identity(name)), None)


def known_user(domain: Domain, name: str) -> Record:
    """A principal of the domain's own account has a profile as soon as it is named. Raises ResourceNotFoundException."""
    found = user(domain, name)
    if found is None and _is_arn(name) and name.split(":")[4] == domain.account:
        return _add(domain, {"type": "IAM", "status": "ACTIVATED", "details": {"iam": {"arn": name}}})
    if found is None:
        raise Refused("ResourceNotFoundException", f"domain {domain.id} has no profile of {name}")
    return found


def asker(domain: Domain) -> Record:
    """The profile of who asks. Raises AccessDeniedException where another account's principal has none."""
    caller = hooks.caller()
    try:
        return known_user(domain, _role_of(caller.principal))
    except Refused:
        raise not_permitted(f"{caller.principal} has no profile in domain {domain.id}") from None


def identities(domain: Domain) -> frozenset[str]:
    """Ids of the profiles that who asks acts as: its own, and those of groups that its role is."""
    mine = identity(hooks.caller().principal)
    groups = [each["id"] for each in domain.all("group").values() if identity(each.get("rolePrincipalArn", "")) == mine]
    return frozenset([asker(domain)["id"], *groups])


def not_permitted(why: str) -> Refused:
    return Refused("AccessDeniedException", f"User is not permitted to perform this operation: {why}")


def identity(name: str) -> str:
    """The same for all ARNs of a principal: a session of a role is that role, and the path of its name does not count."""
    if not _is_arn(name):
        return name
    *_, account, resource = _role_of(name).split(":")
    kind, _, rest = resource.partition("/")
    return f"{account}:{kind}/{rest.rpartition('/')[2]}"


def _role_of(arn: str) -> str:
    """Of a session of an assumed role, the role."""
    parts = arn.split(":")
    if not parts[-1].startswith("assumed-role/"):
        return arn
    return f"{parts[0]}:{parts[1]}:iam::{parts[4]}:role/{parts[-1].split('/')[1]}"


def _is_arn(name: str) -> bool:
    return name.startswith("arn:")


def _name(profile: Record) -> str:
    details: Document = profile["details"]
    return str(details["iam"]["arn"] if "iam" in details else details["sso"]["username"])


def _add(domain: Domain, profile: Record) -> Record:
    return domain.add("user", {"domainId": domain.id, "id": str(uuid.uuid4()), **profile})


OPERATIONS = {
    "CreateUserProfile": create_user_profile,
    "GetUserProfile": get_user_profile,
    "UpdateUserProfile": update_user_profile,
    "SearchUserProfiles": search_user_profiles,
    "CreateGroupProfile": create_group_profile,
    "GetGroupProfile": get_group_profile,
    "UpdateGroupProfile": update_group_profile,
}
