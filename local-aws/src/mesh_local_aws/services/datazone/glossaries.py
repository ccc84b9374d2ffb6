"""Glossaries and their terms."""

from __future__ import annotations

from collections.abc import Sequence

from mesh_local_aws.hooks import Document
from mesh_local_aws.services.datazone import people, projects
from mesh_local_aws.services.datazone.store import Domain, Record, conflict, domain_of, given, invalid, new_id, now

_OF_GLOSSARY = ("name", "description", "status", "usageRestrictions")
_OF_TERM = ("name", "shortDescription", "longDescription", "termRelations", "status")


def create_glossary(asked: Document) -> Record:
    domain = domain_of(asked)
    project = projects.require_member(domain, asked["owningProjectIdentifier"])
    domain.unique("glossary", "name", asked["name"], owningProjectId=project["id"])
    return domain.add("glossary", {"owningProjectId": project["id"], "status": "DISABLED", **_made(domain), **given(asked, *_OF_GLOSSARY)})


def get_glossary(asked: Document) -> Record:
    return domain_of(asked).find("glossary", asked["identifier"])


def update_glossary(asked: Document) -> Record:
    domain = domain_of(asked)
    found = _mine(domain, asked["identifier"])
    return _changed(domain, found, given(asked, *_OF_GLOSSARY))


def delete_glossary(asked: Document) -> Document:
    domain = domain_of(asked)
    found = _mine(domain, asked["identifier"])
    if found["status"] != "DISABLED":
        raise conflict(f"the glossary {found['name']} is {found['status']}; disable it first")
    if domain.where("glossary term", glossaryId=found["id"]):
        raise conflict(f"the glossary {found['name']} has terms")
    domain.remove("glossary", found["id"])
    return {}


def create_glossary_term(asked: Document) -> Record:
    domain = domain_of(asked)
    glossary = _mine(domain, asked["glossaryIdentifier"])
    domain.unique("glossary term", "name", asked["name"], glossaryId=glossary["id"])
    _check_relations(domain, asked)
    return domain.add("glossary term", {"glossaryId": glossary["id"], "status": "DISABLED", **_made(domain), **given(asked, *_OF_TERM)})


def get_glossary_term(asked: Document) -> Record:
    return domain_of(asked).find("glossary term", asked["identifier"])


def update_glossary_term(asked: Document) -> Record:
    domain = domain_of(asked)
    found = domain.find("glossary term", asked["identifier"])
    _mine(domain, found["glossaryId"])
    _check_relations(domain, asked)
    return _changed(domain, found, given(asked, *_OF_TERM))


def delete_glossary_term(asked: Document) -> Document:
    domain = domain_of(asked)
    found = domain.find("glossary term", asked["identifier"])
    _mine(domain, found["glossaryId"])
    if found["status"] != "DISABLED":
        raise conflict(f"the term {found['name']} is {found['status']}; disable it first")
    domain.remove("glossary term", found["id"])
    return {}


def checked_terms(domain: Domain, ids: Sequence[str]) -> Document:
    """Terms as a record has them: none leaves the member out. Raises ValidationException of one that is not there."""
    absent = [id_ for id_ in ids if id_ not in domain.all("glossary term")]
    if absent:
        raise invalid(f"no glossary of domain {domain.id} has the terms {', '.join(absent)}")
    return {"glossaryTerms": list(ids)} if ids else {}


def described(domain: Domain, ids: Sequence[str]) -> Document:
    """Terms as a listing shows them."""
    terms = [domain.all("glossary term").get(id_) for id_ in ids]
    shown = [given(term, "name", "shortDescription") for term in terms if term is not None]
    return {"glossaryTerms": shown} if shown else {}


def _mine(domain: Domain, id_: str) -> Record:
    found = domain.find("glossary", id_)
    projects.require_member(domain, found["owningProjectId"])
    return found


def _made(domain: Domain) -> Record:
    maker = people.asker(domain)["id"]
    return {"id": new_id(), "domainId": domain.id, "createdAt": now(), "createdBy": maker, "updatedAt": now(), "updatedBy": maker}


def _changed(domain: Domain, record: Record, changes: Record) -> Record:
    record.update(changes, updatedAt=now(), updatedBy=people.asker(domain)["id"])
    return record


def _check_relations(domain: Domain, asked: Document) -> None:
    for ids in asked.get("termRelations", {}).values():
        checked_terms(domain, ids)


OPERATIONS = {
    "CreateGlossary": create_glossary,
    "GetGlossary": get_glossary,
    "UpdateGlossary": update_glossary,
    "DeleteGlossary": delete_glossary,
    "CreateGlossaryTerm": create_glossary_term,
    "GetGlossaryTerm": get_glossary_term,
    "UpdateGlossaryTerm": update_glossary_term,
    "DeleteGlossaryTerm": delete_glossary_term,
}
