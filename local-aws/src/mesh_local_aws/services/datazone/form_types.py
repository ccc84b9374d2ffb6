"""Form types, and whether a form is what its type says."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.datazone import people, projects, smithy
from mesh_local_aws.services.datazone.smithy import Member
from mesh_local_aws.services.datazone.store import Domain, Record, conflict, domain_of, given, invalid, now, page

SYSTEM = "amazon.datazone."
GLUE_TABLE = f"{SYSTEM}GlueTableFormType"
DATA_SOURCE = f"{SYSTEM}DataSourceReferenceFormType"
SUBSCRIPTION_TERMS = f"{SYSTEM}SubscriptionTermsFormType"
DATA_QUALITY = f"{SYSTEM}DataQualityResultFormType"

# Revision, and what is known to be required; AWS does not publish the rest of their members, so those are not checked.
_OF_EVERY_DOMAIN = {
    GLUE_TABLE: ("5", "@required tableName: String"),
    DATA_SOURCE: ("2", ""),
    SUBSCRIPTION_TERMS: ("1", "@required approvalRequired: String"),
    DATA_QUALITY: ("8", "@required evaluationsCount: Integer, @required evaluations: Evaluations"),
    f"{SYSTEM}AssetCommonDetailsFormType": ("6", ""),
    f"{SYSTEM}ColumnBusinessMetadataFormType": ("4", ""),
    f"{SYSTEM}GlueSubscriptionTargetConfigFormType": ("1", "@required databaseName: String"),
}

_PRIMITIVES: dict[str, type | tuple[type, ...]] = {
    "String": str,
    "Boolean": bool,
    "Integer": int,
    "Long": int,
    "Short": int,
    "Byte": int,
    "Float": (int, float),
    "Double": (int, float),
}


def add_system_types(domain: Domain) -> None:
    for name, (revision, members) in _OF_EVERY_DOMAIN.items():
        text = f"structure {name.removeprefix(SYSTEM)} {{ {members} }}"
        domain.add(
            "form type",
            {
                "id": name,
                "revisions": [
                    {
                        "domainId": domain.id,
                        "name": name,
                        "revision": revision,
                        "model": {"smithy": text},
                        "status": "ENABLED",
                        "createdAt": domain.record["createdAt"],
                    }
                ],
            },
        )


def create_form_type(asked: Document) -> Record:
    """A name that the same project uses already gets a new revision, as an update in CloudFormation makes one."""
    domain, name = domain_of(asked), asked["name"]
    project = projects.require_member(domain, asked["owningProjectIdentifier"])
    if name.startswith(SYSTEM):
        raise invalid(f"names that begin with {SYSTEM} are AWS's")
    _members(name, asked["model"]["smithy"])
    there = domain.all("form type").get(name, {"revisions": []})["revisions"]
    if there and there[-1]["owningProjectId"] != project["id"]:
        raise conflict(f"the form type {name} is another project's")
    revision = {
        "domainId": domain.id,
        "revision": str(len(there) + 1),
        "owningProjectId": project["id"],
        "originProjectId": project["id"],
        "originDomainId": domain.id,
        "status": "DISABLED",
        "createdAt": now(),
        "createdBy": people.asker(domain)["id"],
        **given(asked, "name", "model", "status", "description"),
    }
    domain.add("form type", {"id": name, "revisions": [*there, revision]})
    return revision


def get_form_type(asked: Document) -> Record:
    return revision_of(domain_of(asked), asked["formTypeIdentifier"], asked.get("revision"))


def delete_form_type(asked: Document) -> Document:
    domain, name = domain_of(asked), asked["formTypeIdentifier"]
    latest = revision_of(domain, name)
    if name.startswith(SYSTEM):
        raise invalid(f"{name} is AWS's")
    projects.require_member(domain, latest["owningProjectId"])
    if latest["status"] != "DISABLED":
        raise conflict(f"the form type {name} is {latest['status']}; disable it first")
    for noun in ("asset", "data product"):
        if any(form["typeName"] == name for each in domain.all(noun).values() for form in each["revisions"][-1].get("formsOutput", ())):
            raise conflict(f"one of the {noun}s has a form of the type {name}")
    domain.remove("form type", name)
    return {}


def search_types(asked: Document) -> Document:
    """Of form types; of those AWS manages, or of those of projects."""
    if asked["searchScope"] != "FORM_TYPE":
        raise invalid(f"a search for {asked['searchScope']} is not emulated")
    domain, text = domain_of(asked), asked.get("searchText", "").lower()
    found = [each["revisions"][-1] for each in domain.all("form type").values()]
    found = [each for each in found if each["name"].startswith(SYSTEM) == asked["managed"] and text in each["name"].lower()]
    return page([{"formTypeItem": each} for each in found], asked) | {"totalMatchCount": len(found)}


def revision_of(domain: Domain, name: str, revision: str | None = None) -> Record:
    """The latest unless one is asked for. Raises ResourceNotFoundException."""
    for each in reversed(domain.find("form type", name)["revisions"]):
        if revision in (None, each["revision"]):
            found: Record = each
            return found
    raise Refused("ResourceNotFoundException", f"the form type {name} has no revision {revision}")


def checked_forms(domain: Domain, forms: Sequence[Document]) -> list[Document]:
    """Forms as an answer shows them. Raises ValidationException, with the form, of one that its type does not allow."""
    names = [form["formName"] for form in forms]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise invalid(f"the form {twice} is there twice")
    return [_checked(domain, form) for form in forms]


def check_content(domain: Domain, form_name: str, type_name: str, revision: str | None, content: str | None) -> Record:
    """The revision of the type that the content is of. Raises ValidationException."""
    try:
        type_ = revision_of(domain, type_name, revision)
    except Refused as absent:
        raise invalid(f"form {form_name}: {absent.message}") from None
    try:
        found = json.loads(content or "{}")
    except ValueError as bad:
        raise invalid(f"form {form_name}: its content is no JSON: {bad}") from None
    if type_["status"] != "ENABLED":
        raise invalid(f"form {form_name}: the form type {type_name} is {type_['status']}")
    if not isinstance(found, dict):
        raise invalid(f"form {form_name}: its content is no JSON object")
    members = _members(type_name, type_["model"]["smithy"])
    problems = [f"{each.name} is missing" for each in members if each.required and found.get(each.name) in (None, "")]
    if not type_name.startswith(SYSTEM):
        problems += [f"{key} is no member of {type_name}" for key in found if key not in {each.name for each in members}]
    problems += [f"{each.name} is no {each.type}" for each in members if not _is(found.get(each.name), each.type)]
    if problems:
        raise invalid(f"form {form_name}: {'; '.join(problems)}")
    return type_


def _checked(domain: Domain, form: Document) -> Document:
    if "typeIdentifier" not in form:
        raise invalid(f"form {form['formName']}: typeIdentifier is missing")
    type_ = check_content(domain, form["formName"], form["typeIdentifier"], form.get("typeRevision"), form.get("content"))
    return {
        "formName": form["formName"],
        "typeName": type_["name"],
        "typeRevision": type_["revision"],
        "content": form.get("content", "{}"),
    }


def _members(name: str, text: str) -> list[Member]:
    structure = name.removeprefix(SYSTEM)
    try:
        found = smithy.structures(text)
    except smithy.NotSmithy as bad:
        raise invalid(f"the model of {name} is no Smithy: {bad}") from None
    if structure not in found:
        raise invalid(f"the model of {name} has no structure {structure}")
    return found[structure]


def _is(value: object, type_: str) -> bool:
    expected = _PRIMITIVES.get(type_)
    if value is None or expected is None:
        return True
    return isinstance(value, expected) and (type_ == "Boolean" or not isinstance(value, bool))


OPERATIONS = {
    "CreateFormType": create_form_type,
    "GetFormType": get_form_type,
    "DeleteFormType": delete_form_type,
    "SearchTypes": search_types,
}
