"""Policy grants: who may make a project in a domain unit, and who may become a member of one."""

from __future__ import annotations

import secrets
import string

from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.datazone import people, units
from mesh_local_aws.services.datazone.store import Domain, Record, conflict, domain_of, invalid, now, page

# https://docs.aws.amazon.com/datazone/latest/userguide/quotas.html
MOST_OF_A_POLICY = 20

DETAILS = {
    "CREATE_DOMAIN_UNIT": "createDomainUnit",
    "OVERRIDE_DOMAIN_UNIT_OWNERS": "overrideDomainUnitOwners",
    "ADD_TO_PROJECT_MEMBER_POOL": "addToProjectMemberPool",
    "OVERRIDE_PROJECT_OWNERS": "overrideProjectOwners",
    "CREATE_GLOSSARY": "createGlossary",
    "CREATE_FORM_TYPE": "createFormType",
    "CREATE_ASSET_TYPE": "createAssetType",
    "CREATE_PROJECT": "createProject",
    "CREATE_ENVIRONMENT_PROFILE": "createEnvironmentProfile",
    "DELEGATE_CREATE_ENVIRONMENT_PROFILE": "delegateCreateEnvironmentProfile",
    "CREATE_ENVIRONMENT": "createEnvironment",
    "CREATE_ENVIRONMENT_FROM_BLUEPRINT": "createEnvironmentFromBlueprint",
    "CREATE_PROJECT_FROM_PROJECT_PROFILE": "createProjectFromProjectProfile",
    "USE_ASSET_TYPE": "useAssetType",
}


def add_policy_grant(asked: Document) -> Record:
    domain, policy = domain_of(asked), asked["policyType"]
    if DETAILS[policy] not in asked["detail"]:
        raise invalid(f"the detail of {policy} is {DETAILS[policy]}, got {', '.join(asked['detail'])}")
    _entity(domain, asked)
    there = _grants(domain, asked)
    if any(each["principal"] == asked["principal"] for each in there):
        raise conflict(f"{policy} is granted to that principal already")
    if len(there) >= MOST_OF_A_POLICY:
        raise Refused("ServiceQuotaExceededException", f"there are {MOST_OF_A_POLICY} grants of {policy} already")
    id_ = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(10))
    return domain.add(
        "policy grant",
        {
            "grantId": id_,
            "createdAt": now(),
            "createdBy": people.asker(domain)["id"],
            **{key: asked[key] for key in ("entityType", "entityIdentifier", "policyType", "principal", "detail")},
        },
        id_,
    )


def remove_policy_grant(asked: Document) -> Document:
    domain = domain_of(asked)
    for each in _grants(domain, asked):
        if each["principal"] == asked["principal"] and asked.get("grantIdentifier", each["grantId"]) == each["grantId"]:
            domain.remove("policy grant", each["grantId"])
            return {}
    raise Refused("ResourceNotFoundException", f"{asked['policyType']} is not granted to that principal")


def list_policy_grants(asked: Document) -> Document:
    domain = domain_of(asked)
    _entity(domain, asked)
    return page(_grants(domain, asked), asked, "grantList")


def may_create_project(domain: Domain, unit_id: str, profile_id: str | None) -> bool:
    """Whether who asks was granted it on the unit, or on one above it that includes its children."""
    policy = "CREATE_PROJECT" if profile_id is None else "CREATE_PROJECT_FROM_PROJECT_PROFILE"
    mine = people.identities(domain)
    for grant in _reaching(domain, unit_id, policy):
        only = grant["detail"][DETAILS[policy]].get("projectProfiles")
        if _names(domain, grant["principal"], mine) and (not only or profile_id in only):
            return True
    return False


def may_become_member(domain: Domain, unit_id: str, ids: frozenset[str]) -> bool:
    """
    Whether somebody is in the member pool of the unit and of each above it: pools of a hierarchy intersect.
    https://docs.aws.amazon.com/datazone/latest/userguide/projectmembershippolicy.html
    """
    policy = "ADD_TO_PROJECT_MEMBER_POOL"
    return all(
        any(_names(domain, grant["principal"], ids) for grant in _reaching(domain, unit["id"], policy))
        for unit in units.line(domain, unit_id)
    )


def may_override_owners(domain: Domain, unit_id: str) -> bool:
    """Whether who asks may change the members of projects that it does not own."""
    mine = people.identities(domain)
    return any(_names(domain, grant["principal"], mine) for grant in _reaching(domain, unit_id, "OVERRIDE_PROJECT_OWNERS"))


def _reaching(domain: Domain, unit_id: str, policy: str) -> list[Record]:
    """Grants on a unit, and those above it that include its children."""
    return [
        grant
        for unit in units.line(domain, unit_id)
        for grant in domain.where("policy grant", entityType="DOMAIN_UNIT", entityIdentifier=unit["id"], policyType=policy)
        if unit["id"] == unit_id or grant["detail"][DETAILS[policy]].get("includeChildDomainUnits")
    ]


def _names(domain: Domain, principal: Document, ids: frozenset[str]) -> bool:
    """Whether a principal of a grant is one of those users and groups."""
    if "user" in principal:
        if "allUsersGrantFilter" in principal["user"]:
            return True
        found = people.user(domain, principal["user"]["userIdentifier"])
    elif "group" in principal:
        found = people.group(domain, principal["group"]["groupIdentifier"])
    else:
        return False
    return found is not None and found["id"] in ids


def _grants(domain: Domain, asked: Document) -> list[Record]:
    return domain.where("policy grant", **{key: asked[key] for key in ("entityType", "entityIdentifier", "policyType")})


def _entity(domain: Domain, asked: Document) -> None:
    kind, id_ = asked["entityType"], asked["entityIdentifier"]
    if kind == "DOMAIN_UNIT":
        domain.find("domain unit", id_)
    elif kind == "ENVIRONMENT_BLUEPRINT_CONFIGURATION":
        # `<account>:<blueprint>`
        domain.find("blueprint configuration", id_)
    else:
        raise invalid(f"policies on {kind} are not emulated")


OPERATIONS = {
    "AddPolicyGrant": add_policy_grant,
    "RemovePolicyGrant": remove_policy_grant,
    "ListPolicyGrants": list_policy_grants,
}
