"""Search: of a project's inventory, and of what is published."""

from __future__ import annotations

from collections.abc import Callable

from mesh_local_aws.hooks import Document
from mesh_local_aws.services.datazone import glossaries, listings
from mesh_local_aws.services.datazone.assets import latest
from mesh_local_aws.services.datazone.store import Domain, Record, domain_of, given, invalid, page

_SCOPES = {"ASSET": "assetItem", "DATA_PRODUCT": "dataProductItem", "GLOSSARY": "glossaryItem", "GLOSSARY_TERM": "glossaryTermItem"}


def search(asked: Document) -> Document:
    domain, scope = domain_of(asked), asked["searchScope"]
    found = [
        each
        for each in _inventory(domain, scope)
        if asked.get("owningProjectIdentifier", each["owningProjectId"]) == each["owningProjectId"]
    ]
    return _answer(asked, found, lambda each: {_SCOPES[scope]: each})


def search_listings(asked: Document) -> Document:
    domain = domain_of(asked)
    found = [_listed(domain, each) for each in domain.where("listing", status="ACTIVE") if not each["onlyInProduct"]]
    return _answer(asked, found, lambda each: {"assetListing" if "entityType" in each else "dataProductListing": each})


def _inventory(domain: Domain, scope: str) -> list[Record]:
    if scope == "GLOSSARY":
        return list(domain.all("glossary").values())
    if scope == "GLOSSARY_TERM":
        return [
            each | given(domain.find("glossary", each["glossaryId"]), "owningProjectId") for each in domain.all("glossary term").values()
        ]
    entities = [latest(each) for each in domain.all("asset" if scope == "ASSET" else "data product").values()]
    return [each | {"identifier": each["id"], "_text": listings.forms_of(each)} for each in entities]


def _listed(domain: Domain, listing: Record) -> Record:
    entity = listings.entity_of(domain, listing) or {}
    shown = {
        "listingId": listing["id"],
        "listingRevision": listing["listingRevision"],
        "listingCreatedBy": listing["createdBy"],
        "listingUpdatedBy": listing["updatedBy"],
        "_text": listings.forms_of(entity),
        "additionalAttributes": {"forms": listings.forms_of(entity)},
        **given(listing, "name", "description", "entityId", "entityRevision", "createdAt", "owningProjectId"),
        **glossaries.described(domain, entity.get("glossaryTerms", ())),
    }
    if listing["entityType"] == "ASSET":
        return shown | {"entityType": entity.get("typeIdentifier", "")}
    return shown | {
        "items": [{"listingId": each["id"], "listingRevision": each["listingRevision"]} for each in listings.listed_assets(domain, listing)]
    }


def _answer(asked: Document, records: list[Record], shown: Callable[[Record], Document]) -> Document:
    words = asked.get("searchText", "").lower().split()
    found = [each for each in records if _has(each, words) and _matches(each, asked.get("filters"))]
    order = asked.get("sort")
    if order is not None:
        found.sort(key=lambda each: str(each.get(order["attribute"], "")), reverse=order.get("order") == "DESCENDING")
    return page([shown(each) for each in found], asked) | {"totalMatchCount": len(found)}


def _has(record: Record, words: list[str]) -> bool:
    """Each word somewhere in what a person reads of it: a search is no comparison."""
    terms = " ".join(term["name"] for term in record.get("glossaryTerms", ()) if isinstance(term, dict))
    text = (
        " ".join(str(record.get(key, "")) for key in ("name", "description", "shortDescription", "longDescription", "_text")) + f" {terms}"
    )
    return all(word in text.lower() for word in words)


def _matches(record: Record, clause: Document | None) -> bool:
    if clause is None:
        return True
    if "and" in clause:
        return all(_matches(record, each) for each in clause["and"])
    if "or" in clause:
        return any(_matches(record, each) for each in clause["or"])
    wanted = clause["filter"]
    if "intValue" in wanted or wanted.get("operator", "EQ") != "EQ":
        raise invalid("a search by a number or another operator than EQ is not emulated")
    value = record.get(wanted["attribute"])
    return wanted.get("value") in value if isinstance(value, list) else value == wanted.get("value")


OPERATIONS = {
    "Search": search,
    "SearchListings": search_listings,
}
