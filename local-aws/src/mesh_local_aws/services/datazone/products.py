"""Data products: named sets of assets, published as one."""

from __future__ import annotations

from mesh_local_aws.hooks import Document
from mesh_local_aws.services.datazone import form_types, glossaries, people, projects
from mesh_local_aws.services.datazone.assets import latest, revision
from mesh_local_aws.services.datazone.store import Domain, Record, conflict, domain_of, given, invalid, new_id, now, page


def create_data_product(asked: Document) -> Record:
    domain = domain_of(asked)
    project = projects.require_member(domain, asked["owningProjectIdentifier"])
    _check_name(domain, asked["name"])
    id_, maker = new_id(), people.asker(domain)["id"]
    product: Record = {"id": id_, "revisions": []}
    _append(
        domain,
        product,
        asked,
        {
            "id": id_,
            "domainId": domain.id,
            "owningProjectId": project["id"],
            "firstRevisionCreatedAt": now(),
            "firstRevisionCreatedBy": maker,
        },
    )
    return latest(domain.add("data product", product)) | {"status": "CREATING"}


def create_data_product_revision(asked: Document) -> Record:
    """What a revision does not bring is gone with it."""
    domain = domain_of(asked)
    product = domain.find("data product", asked["identifier"])
    before = latest(product)
    projects.require_member(domain, before["owningProjectId"])
    if asked["name"] != before["name"]:
        _check_name(domain, asked["name"])
    _append(domain, product, asked, given(before, "id", "domainId", "owningProjectId", "firstRevisionCreatedAt", "firstRevisionCreatedBy"))
    return latest(product) | {"status": "CREATING"}


def get_data_product(asked: Document) -> Record:
    """Without its listing, of which DataZone does not tell here."""
    return revision(domain_of(asked).find("data product", asked["identifier"]), asked.get("revision"), "data product")


def list_data_product_revisions(asked: Document) -> Document:
    return page(list(reversed(domain_of(asked).find("data product", asked["identifier"])["revisions"])), asked)


def delete_data_product(asked: Document) -> Document:
    domain = domain_of(asked)
    product = domain.find("data product", asked["identifier"])
    projects.require_member(domain, latest(product)["owningProjectId"])
    if any(each["status"] == "ACTIVE" for each in domain.where("listing", entityId=product["id"])):
        raise conflict(f"the data product {latest(product)['name']} is published")
    domain.remove("data product", product["id"])
    return {}


def _append(domain: Domain, product: Record, asked: Document, base: Record) -> None:
    for item in asked.get("items", ()):
        if item["identifier"] not in domain.all("asset"):
            raise invalid(f"domain {domain.id} has no asset {item['identifier']}")
    product["revisions"].append(
        {
            **base,
            "revision": str(len(product["revisions"]) + 1),
            "status": "CREATED",
            "formsOutput": form_types.checked_forms(domain, asked.get("formsInput", ())),
            "createdAt": now(),
            "createdBy": people.asker(domain)["id"],
            **glossaries.checked_terms(domain, asked.get("glossaryTerms", ())),
            **given(asked, "name", "description", "items"),
        }
    )


def _check_name(domain: Domain, name: str) -> None:
    if any(latest(each)["name"] == name for each in domain.all("data product").values()):
        raise conflict(f"domain {domain.id} has a data product {name} already")


OPERATIONS = {
    "CreateDataProduct": create_data_product,
    "CreateDataProductRevision": create_data_product_revision,
    "GetDataProduct": get_data_product,
    "ListDataProductRevisions": list_data_product_revisions,
    "DeleteDataProduct": delete_data_product,
}
