"""Listings: what of assets and data products consumers find."""

from __future__ import annotations

import json

from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.datazone import assets, glossaries, people, projects
from mesh_local_aws.services.datazone.store import Domain, Record, conflict, domain_of, given, invalid, new_id, now

NOUNS = {"ASSET": "asset", "DATA_PRODUCT": "data product"}


def create_listing_change_set(asked: Document) -> Record:
    """Done at once; the answer says CREATING, as DataZone's does, which takes a while."""
    domain = domain_of(asked)
    entity = domain.find(NOUNS[asked["entityType"]], asked["entityIdentifier"])
    current = assets.latest(entity)
    projects.require_member(domain, current["owningProjectId"])
    if asked.get("entityRevision", current["revision"]) != current["revision"]:
        raise invalid(f"only the latest revision, {current['revision']}, can be published, not {asked['entityRevision']}")
    listing = _publish(domain, asked["entityType"], current) if asked["action"] == "PUBLISH" else _unpublish(domain, entity)
    return {"listingId": listing["id"], "listingRevision": listing["listingRevision"], "status": "CREATING"}


def get_listing(asked: Document) -> Record:
    domain = domain_of(asked)
    listing = domain.find("listing", asked["identifier"])
    if asked.get("listingRevision", listing["listingRevision"]) != listing["listingRevision"]:
        raise Refused("ResourceNotFoundException", f"the listing {listing['id']} has no revision {asked['listingRevision']} any more")
    item = item_of(domain, listing)
    return listing if item is None else listing | {"item": item}


def delete_listing(asked: Document) -> Document:
    domain = domain_of(asked)
    listing = domain.find("listing", asked["identifier"])
    projects.require_member(domain, listing["owningProjectId"])
    if listing["status"] != "INACTIVE":
        raise conflict(f"the listing {listing['name']} is {listing['status']}; unpublish it first")
    domain.remove("listing", listing["id"])
    return {}


def active(domain: Domain, listing_id: str) -> Record:
    """Raises ResourceNotFoundException of one that consumers do not find."""
    listing = domain.find("listing", listing_id)
    if listing["status"] != "ACTIVE" or listing["onlyInProduct"]:
        raise Refused("ResourceNotFoundException", f"the listing {listing_id} is not published")
    return listing


def listed_assets(domain: Domain, listing: Record) -> list[Record]:
    """Listings of the assets that a consumer gets with one: itself, or those of the items of a data product."""
    if listing["entityType"] == "ASSET":
        return [listing]
    return [domain.find("listing", id_) for id_ in listing["itemListings"]]


def entity_of(domain: Domain, listing: Record) -> Record | None:
    """What is listed, in the revision that is; None of what has been deleted since."""
    entity = domain.all(NOUNS[listing["entityType"]]).get(listing["entityId"])
    return None if entity is None else assets.revision(entity, listing["entityRevision"], NOUNS[listing["entityType"]])


def item_of(domain: Domain, listing: Record) -> Document | None:
    entity = entity_of(domain, listing)
    if entity is None:
        return None
    shown = {
        "createdAt": entity["createdAt"],
        "owningProjectId": entity["owningProjectId"],
        "forms": forms_of(entity),
        **glossaries.described(domain, entity.get("glossaryTerms", ())),
    }
    if listing["entityType"] == "ASSET":
        return {
            "assetListing": {"assetId": entity["id"], "assetRevision": entity["revision"], "assetType": entity["typeIdentifier"], **shown}
        }
    items = [{"listingId": each["id"], "listingRevision": each["listingRevision"]} for each in listed_assets(domain, listing)]
    return {"dataProductListing": {"dataProductId": entity["id"], "dataProductRevision": entity["revision"], "items": items, **shown}}


def forms_of(entity: Record) -> str:
    """As one JSON text, by the names of the forms."""
    return json.dumps({form["formName"]: json.loads(form["content"]) for form in entity.get("formsOutput", ())})


def _publish(domain: Domain, kind: str, entity: Record) -> Record:
    if kind == "ASSET":
        return _list(domain, kind, entity, onlyInProduct=False)
    if not entity.get("items"):
        raise invalid(f"the data product {entity['name']} has no items")
    items = [_list_item(domain, id_)["id"] for id_ in assets.item_ids(entity)]
    return _list(domain, kind, entity, onlyInProduct=False, itemListings=items)


def _list_item(domain: Domain, asset_id: str) -> Record:
    """An asset that is not published for itself is listed with the product, and found only through it."""
    own = next((each for each in domain.where("listing", entityId=asset_id, status="ACTIVE") if not each["onlyInProduct"]), None)
    return own or _list(domain, "ASSET", assets.latest(domain.find("asset", asset_id)), onlyInProduct=True)


def _list(domain: Domain, kind: str, entity: Record, **more: object) -> Record:
    before = next(iter(domain.where("listing", entityId=entity["id"])), None)
    who = people.asker(domain)["id"]
    base = before or {"id": new_id(), "domainId": domain.id, "createdAt": now(), "createdBy": who, "listingRevision": "0"}
    return domain.add(
        "listing",
        {
            **base,
            "entityType": kind,
            "entityId": entity["id"],
            "entityRevision": entity["revision"],
            "owningProjectId": entity["owningProjectId"],
            "description": "",
            **given(entity, "name", "description"),
            "status": "ACTIVE",
            "listingRevision": str(int(base["listingRevision"]) + 1),
            "updatedAt": now(),
            "updatedBy": who,
            **more,
        },
    )


def _unpublish(domain: Domain, entity: Record) -> Record:
    listing = next((each for each in domain.where("listing", entityId=entity["id"], status="ACTIVE") if not each["onlyInProduct"]), None)
    if listing is None:
        raise Refused("ResourceNotFoundException", f"{assets.latest(entity)['name']} is not published")
    _end(domain, listing)
    for id_ in listing.get("itemListings", ()):
        item = domain.find("listing", id_)
        elsewhere = [each for each in domain.where("listing", status="ACTIVE") if id_ in each.get("itemListings", ())]
        if item["onlyInProduct"] and not elsewhere:
            _end(domain, item)
    return listing


def _end(domain: Domain, listing: Record) -> None:
    listing.update(
        status="INACTIVE",
        listingRevision=str(int(listing["listingRevision"]) + 1),
        updatedAt=now(),
        updatedBy=people.asker(domain)["id"],
    )


OPERATIONS = {
    "CreateListingChangeSet": create_listing_change_set,
    "GetListing": get_listing,
    "DeleteListing": delete_listing,
}
