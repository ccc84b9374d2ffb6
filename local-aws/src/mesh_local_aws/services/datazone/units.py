"""Domain units and their owners: the tree in which policies are granted."""

from __future__ import annotations

from mesh_local_aws.hooks import Document
from mesh_local_aws.services.datazone import people
from mesh_local_aws.services.datazone.store import Domain, Record, conflict, domain_of, given, invalid, new_id, now, page

# https://docs.aws.amazon.com/datazone/latest/userguide/quotas.html
DEEPEST = 5


def create_domain_unit(asked: Document) -> Record:
    domain = domain_of(asked)
    parent = domain.find("domain unit", asked["parentDomainUnitIdentifier"])
    domain.unique("domain unit", "name", asked["name"], parentDomainUnitId=parent["id"])
    above = line(domain, parent["id"])
    if len(above) >= DEEPEST:
        raise invalid(f"a domain has at most {DEEPEST} levels of units, and {parent['name']} is on the last")
    return add_unit(domain, asked["name"], parent["id"], asked.get("description")) | {
        "ancestorDomainUnitIds": [each["id"] for each in above]
    }


def get_domain_unit(asked: Document) -> Record:
    return domain_of(asked).find("domain unit", asked["identifier"])


def update_domain_unit(asked: Document) -> Record:
    domain = domain_of(asked)
    unit = domain.find("domain unit", asked["identifier"])
    if asked.get("name", unit["name"]) != unit["name"]:
        domain.unique("domain unit", "name", asked["name"], parentDomainUnitId=unit.get("parentDomainUnitId"))
    unit.update(given(asked, "name", "description"), lastUpdatedAt=now(), lastUpdatedBy=people.asker(domain)["id"])
    return unit


def delete_domain_unit(asked: Document) -> Record:
    domain = domain_of(asked)
    unit = domain.find("domain unit", asked["identifier"])
    if unit["id"] == domain.record["rootDomainUnitId"]:
        raise invalid("the root unit goes with its domain")
    if domain.where("domain unit", parentDomainUnitId=unit["id"]) or domain.where("project", domainUnitId=unit["id"]):
        raise conflict(f"the unit {unit['name']} has units or projects in it")
    domain.remove("domain unit", unit["id"])
    for grant in domain.where("policy grant", entityIdentifier=unit["id"]):
        domain.remove("policy grant", grant["grantId"])
    return {}


def list_domain_units_for_parent(asked: Document) -> Document:
    domain = domain_of(asked)
    parent = domain.find("domain unit", asked["parentDomainUnitIdentifier"])
    return page(domain.where("domain unit", parentDomainUnitId=parent["id"]), asked)


def add_entity_owner(asked: Document) -> Document:
    owners, owner = _owners(asked), _owner(asked)
    if owner in owners:
        raise conflict("it is an owner already")
    owners.append(owner)
    return {}


def list_entity_owners(asked: Document) -> Document:
    return page(_owners(asked), asked, "owners")


def remove_entity_owner(asked: Document) -> Document:
    owners, owner = _owners(asked), _owner(asked)
    if owner not in owners:
        raise invalid("it is no owner of this unit")
    owners.remove(owner)
    return {}


def add_unit(domain: Domain, name: str, parent: str | None, description: str | None) -> Record:
    """Owned by who asks for it."""
    maker = people.asker(domain)["id"]
    return domain.add(
        "domain unit",
        {
            "domainId": domain.id,
            "id": new_id(),
            "name": name,
            "parentDomainUnitId": parent,
            "description": description,
            "owners": [{"user": {"userId": maker}}],
            "createdAt": now(),
            "createdBy": maker,
        },
    )


def line(domain: Domain, unit_id: str) -> list[Record]:
    """A unit and those above it, up to the root."""
    unit = domain.find("domain unit", unit_id)
    parent = unit.get("parentDomainUnitId")
    return [unit, *(line(domain, parent) if parent else [])]


def _owners(asked: Document) -> list[Document]:
    owners: list[Document] = domain_of(asked).find("domain unit", asked["entityIdentifier"])["owners"]
    return owners


def _owner(asked: Document) -> Document:
    domain, owner = domain_of(asked), asked["owner"]
    if "user" in owner:
        return {"user": {"userId": people.known_user(domain, owner["user"]["userIdentifier"])["id"]}}
    name = owner["group"]["groupIdentifier"]
    return {"group": {"groupId": people.get_group_profile({"domainIdentifier": domain.id, "groupIdentifier": name})["id"]}}


OPERATIONS = {
    "CreateDomainUnit": create_domain_unit,
    "GetDomainUnit": get_domain_unit,
    "UpdateDomainUnit": update_domain_unit,
    "DeleteDomainUnit": delete_domain_unit,
    "ListDomainUnitsForParent": list_domain_units_for_parent,
    "AddEntityOwner": add_entity_owner,
    "ListEntityOwners": list_entity_owners,
    "RemoveEntityOwner": remove_entity_owner,
}
