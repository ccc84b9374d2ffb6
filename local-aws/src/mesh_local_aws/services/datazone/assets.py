"""Assets: each revision brings all of its forms."""

from __future__ import annotations

from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.datazone import form_types, glossaries, people, projects
from mesh_local_aws.services.datazone.form_types import DATA_SOURCE, GLUE_TABLE
from mesh_local_aws.services.datazone.store import Domain, Record, conflict, domain_of, given, invalid, new_id, now, page

GLUE_TABLE_ASSET = "amazon.datazone.GlueTableAssetType"
# Forms that an asset of a type must have, by the form's name.
REQUIRED = {GLUE_TABLE_ASSET: {"GlueTableForm": GLUE_TABLE}}
TYPE_REVISION = "7"


def create_asset(asked: Document) -> Record:
    domain = domain_of(asked)
    project = projects.require_member(domain, asked["owningProjectIdentifier"])
    return shown(domain, add_asset(domain, project["id"], asked))


def create_asset_revision(asked: Document) -> Record:
    domain = domain_of(asked)
    asset = domain.find("asset", asked["identifier"])
    projects.require_member(domain, latest(asset)["owningProjectId"])
    return shown(domain, revise(domain, asset, asked))


def get_asset(asked: Document) -> Record:
    domain = domain_of(asked)
    return shown(domain, domain.find("asset", asked["identifier"]), asked.get("revision"))


def list_asset_revisions(asked: Document) -> Document:
    revisions = domain_of(asked).find("asset", asked["identifier"])["revisions"]
    return page(list(reversed(revisions)), asked)


def delete_asset(asked: Document) -> Document:
    domain = domain_of(asked)
    asset = domain.find("asset", asked["identifier"])
    projects.require_member(domain, latest(asset)["owningProjectId"])
    if any(each["status"] == "ACTIVE" for each in domain.where("listing", entityId=asset["id"])):
        raise conflict(f"the asset {latest(asset)['name']} is published")
    holder = next((each for each in domain.all("data product").values() if asset["id"] in item_ids(latest(each))), None)
    if holder is not None:
        raise conflict(f"the asset {latest(asset)['name']} is in the data product {latest(holder)['name']}")
    domain.remove("asset", asset["id"])
    return {}


def add_asset(domain: Domain, project_id: str, asked: Document) -> Record:
    """The asset with its first revision."""
    if asked["typeIdentifier"] not in REQUIRED:
        raise Refused(
            "ResourceNotFoundException", f"the asset type {asked['typeIdentifier']} is not emulated; there are {', '.join(REQUIRED)}"
        )
    if "externalIdentifier" in asked:
        domain.unique("asset", "externalIdentifier", asked["externalIdentifier"])
    id_, maker = new_id(), people.asker(domain)["id"]
    asset: Record = {"id": id_, "externalIdentifier": asked.get("externalIdentifier"), "revisions": []}
    _append(
        domain,
        asset,
        asked,
        {
            "id": id_,
            "domainId": domain.id,
            "owningProjectId": project_id,
            "firstRevisionCreatedAt": now(),
            "firstRevisionCreatedBy": maker,
            **given(asked, "typeIdentifier", "externalIdentifier"),
        },
    )
    return domain.add("asset", asset)


def revise(domain: Domain, asset: Record, asked: Document) -> Record:
    """What a revision does not bring is gone with it."""
    before = latest(asset)
    kept = ("id", "domainId", "owningProjectId", "typeIdentifier", "externalIdentifier", "firstRevisionCreatedAt", "firstRevisionCreatedBy")
    _append(domain, asset, asked, given(before, *kept))
    return asset


def latest(entity: Record) -> Record:
    """Of an asset or a data product."""
    found: Record = entity["revisions"][-1]
    return found


def revision(entity: Record, number: str | None, noun: str) -> Record:
    """The latest unless one is asked for. Raises ResourceNotFoundException."""
    for each in reversed(entity["revisions"]):
        if number in (None, each["revision"]):
            found: Record = each
            return found
    raise Refused("ResourceNotFoundException", f"the {noun} {entity['id']} has no revision {number}")


def is_managed(asset: Record) -> bool:
    """
    Whether it can be subscribed to: not where a revision has dropped the form of its data source. One that was made without a data
    source, as CreateAsset allows, is fulfilled by whoever owns it:
    https://docs.aws.amazon.com/datazone/latest/userguide/grant-access-to-unmanaged-asset.html
    """
    first, last = asset["revisions"][0], latest(asset)
    return any(form["typeName"] == DATA_SOURCE for form in last["formsOutput"]) or not any(
        form["typeName"] == DATA_SOURCE for form in first["formsOutput"]
    )


def item_ids(product: Record) -> list[str]:
    return [item["identifier"] for item in product.get("items", ())]


def shown(domain: Domain, asset: Record, number: str | None = None) -> Record:
    """A revision with what stands beside it: the asset's own listing, and its newest data points."""
    found = dict(revision(asset, number, "asset"))
    own = [each for each in domain.where("listing", entityId=asset["id"]) if not each["onlyInProduct"]]
    if own:
        found["listing"] = {"listingId": own[0]["id"], "listingStatus": own[0]["status"]}
    points = {
        each["formName"]: each for each in sorted(domain.where("data point", entityId=asset["id"]), key=lambda each: each["timestamp"])
    }
    if points:
        found["latestTimeSeriesDataPointFormsOutput"] = list(points.values())
    return found


def _append(domain: Domain, asset: Record, asked: Document, base: Record) -> None:
    forms = form_types.checked_forms(domain, asked.get("formsInput", ()))
    for name, type_ in REQUIRED[base["typeIdentifier"]].items():
        if not any(form["formName"] == name and form["typeName"] == type_ for form in forms):
            raise invalid(f"{name} is required of an asset of type {base['typeIdentifier']}")
    if asked.get("typeRevision", TYPE_REVISION) != TYPE_REVISION:
        raise invalid(f"the asset type {base['typeIdentifier']} has no revision {asked['typeRevision']}")
    asset["revisions"].append(
        {
            **base,
            "revision": str(len(asset["revisions"]) + 1),
            "typeRevision": TYPE_REVISION,
            "formsOutput": forms,
            "createdAt": now(),
            "createdBy": people.asker(domain)["id"],
            **glossaries.checked_terms(domain, asked.get("glossaryTerms", ())),
            **given(asked, "name", "description"),
        }
    )


OPERATIONS = {
    "CreateAsset": create_asset,
    "CreateAssetRevision": create_asset_revision,
    "GetAsset": get_asset,
    "ListAssetRevisions": list_asset_revisions,
    "DeleteAsset": delete_asset,
}
