"""Where subscriptions are fulfilled, and how far that is. DataZone grants nothing itself here: who does tells it."""

from __future__ import annotations

from mesh_local_aws.hooks import Document
from mesh_local_aws.services.datazone import events, listings, people, projects
from mesh_local_aws.services.datazone.assets import GLUE_TABLE_ASSET
from mesh_local_aws.services.datazone.store import Domain, Record, conflict, domain_of, given, invalid, new_id, now, page

_OF_TARGET = (
    "name",
    "type",
    "subscriptionTargetConfig",
    "authorizedPrincipals",
    "manageAccessRole",
    "applicableAssetTypes",
    "provider",
    "subscriptionGrantCreationMode",
)
_EVENTS = {
    "GRANTED": "Subscription Grant Completed",
    "GRANT_FAILED": "Subscription Grant Failed",
    "REVOKED": "Subscription Grant Revoke Completed",
    "REVOKE_FAILED": "Subscription Grant Revoke Failed",
}


def create_subscription_target(asked: Document) -> Record:
    domain = domain_of(asked)
    environment = domain.find("environment", asked["environmentIdentifier"])
    projects.require_member(domain, environment["projectId"])
    _check_mode(asked.get("subscriptionGrantCreationMode", "AUTOMATIC"))
    maker = people.asker(domain)["id"]
    return domain.add(
        "subscription target",
        {
            "id": new_id(),
            "domainId": domain.id,
            "projectId": environment["projectId"],
            "environmentId": environment["id"],
            "provider": "Amazon DataZone",
            "createdBy": maker,
            "createdAt": now(),
            "updatedBy": maker,
            "updatedAt": now(),
            **given(asked, *_OF_TARGET),
        },
    )


def get_subscription_target(asked: Document) -> Record:
    return domain_of(asked).find("subscription target", asked["identifier"])


def list_subscription_targets(asked: Document) -> Document:
    return page(domain_of(asked).where("subscription target", environmentId=asked["environmentIdentifier"]), asked)


def update_subscription_target(asked: Document) -> Record:
    domain = domain_of(asked)
    target = domain.find("subscription target", asked["identifier"])
    projects.require_member(domain, target["projectId"])
    _check_mode(asked.get("subscriptionGrantCreationMode", "MANUAL"))
    target.update(given(asked, *_OF_TARGET), updatedBy=people.asker(domain)["id"], updatedAt=now())
    return target


def delete_subscription_target(asked: Document) -> Document:
    domain = domain_of(asked)
    target = domain.find("subscription target", asked["identifier"])
    projects.require_member(domain, target["projectId"])
    if domain.where("subscription grant", subscriptionTargetId=target["id"]):
        raise conflict(f"the subscription target {target['name']} has grants")
    domain.remove("subscription target", target["id"])
    return {}


def create_subscription_grant(asked: Document) -> Record:
    domain = domain_of(asked)
    target = _target(domain, asked)
    projects.require_member(domain, target["projectId"])
    wanted = asked["grantedEntity"]["listing"]
    listing = domain.find("listing", wanted["identifier"])
    subscription = next(iter(domain.where("subscription", projectId=target["projectId"], listingId=listing["id"], status="APPROVED")), None)
    if subscription is None:
        raise invalid(f"the project of the target has no approved subscription to {listing['name']}")
    if domain.where("subscription grant", subscriptionTargetId=target["id"], listingId=listing["id"]):
        raise conflict(f"the target {target['name']} has a grant for {listing['name']} already")
    assets = [each for each in listings.listed_assets(domain, listing) if GLUE_TABLE_ASSET in target["applicableAssetTypes"]]
    maker = people.asker(domain)["id"]
    grant = domain.add(
        "subscription grant",
        {
            "id": new_id(),
            "domainId": domain.id,
            "environmentId": target["environmentId"],
            "subscriptionTargetId": target["id"],
            "projectId": target["projectId"],
            "grantedEntity": {"listing": {"id": listing["id"], "revision": wanted["revision"]}},
            "subscriptionId": subscription["id"],
            "listingId": listing["id"],
            "status": "PENDING",
            "createdBy": maker,
            "createdAt": now(),
            "updatedBy": maker,
            "updatedAt": now(),
            "assets": [
                {"assetId": each["entityId"], "assetRevision": each["entityRevision"], "status": "GRANT_PENDING"} for each in assets
            ],
        },
    )
    for asset in grant["assets"]:
        _tell(domain, grant, asset, "Subscription Grant Requested")
    return grant


def get_subscription_grant(asked: Document) -> Record:
    return domain_of(asked).find("subscription grant", asked["identifier"])


def list_subscription_grants(asked: Document) -> Document:
    found = domain_of(asked).where(
        "subscription grant",
        environmentId=asked.get("environmentId"),
        subscriptionTargetId=asked.get("subscriptionTargetId"),
        listingId=asked.get("subscribedListingId"),
        subscriptionId=asked.get("subscriptionId"),
        projectId=asked.get("owningProjectId"),
    )
    return page(found, asked)


def update_subscription_grant_status(asked: Document) -> Record:
    """Told by who grants, asset by asset; the grant as a whole is as far as all of them are."""
    domain = domain_of(asked)
    grant = domain.find("subscription grant", asked["identifier"])
    asset = next((each for each in grant["assets"] if each["assetId"] == asked["assetIdentifier"]), None)
    if asset is None:
        raise invalid(f"the grant {grant['id']} is of no asset {asked['assetIdentifier']}")
    asset.update(given(asked, "status", "failureCause", "targetName"))
    if asked["status"] == "GRANTED":
        asset["grantedTimestamp"] = now()
    elif asked["status"].endswith("_FAILED"):
        asset["failureTimestamp"] = now()
    grant.update(status=_overall([each["status"] for each in grant["assets"]]), updatedBy=people.asker(domain)["id"], updatedAt=now())
    if asked["status"] in _EVENTS:
        _tell(domain, grant, asset, _EVENTS[asked["status"]])
    return grant


def delete_subscription_grant(asked: Document) -> Record:
    domain = domain_of(asked)
    grant = domain.find("subscription grant", asked["identifier"])
    projects.require_member(domain, grant["projectId"])
    return domain.remove("subscription grant", grant["id"])


def revoke_of(domain: Domain, subscription: Record) -> None:
    """Asks for the end of what a subscription was granted."""
    for grant in domain.where("subscription grant", subscriptionId=subscription["id"]):
        for asset in grant["assets"]:
            asset["status"] = "REVOKE_PENDING"
            _tell(domain, grant, asset, "Subscription Grant Revoke Requested")
        grant.update(status="PENDING", updatedAt=now())


def _overall(statuses: list[str]) -> str:
    failed = {each for each in statuses if each.endswith("_FAILED")}
    if any(each.endswith("_PENDING") for each in statuses):
        return "PENDING"
    if any(each.endswith("_IN_PROGRESS") for each in statuses):
        return "IN_PROGRESS"
    return "GRANT_AND_REVOKE_FAILED" if len(failed) > 1 else failed.pop() if failed else "COMPLETED"


def _target(domain: Domain, asked: Document) -> Record:
    if "subscriptionTargetIdentifier" in asked:
        return domain.find("subscription target", asked["subscriptionTargetIdentifier"])
    found = domain.where("subscription target", environmentId=asked["environmentIdentifier"])
    if len(found) != 1:
        raise invalid(f"the environment {asked['environmentIdentifier']} has {len(found)} subscription targets; name one")
    return found[0]


def _check_mode(mode: str) -> None:
    if mode != "MANUAL":
        raise invalid("DataZone's own fulfilment is not emulated: subscriptionGrantCreationMode has to be MANUAL")


def _tell(domain: Domain, grant: Record, asset: Record, detail_type: str) -> None:
    events.tell(
        domain,
        detail_type,
        "SubscriptionGrantEntityType",
        grant["id"],
        grant["projectId"],
        {
            "subscriptionTarget": {"id": grant["subscriptionTargetId"], "environmentId": grant["environmentId"]},
            "asset": {
                "listingId": grant["listingId"],
                "listingVersion": grant["grantedEntity"]["listing"]["revision"],
                "id": asset["assetId"],
                "status": asset["status"],
            },
            "subscriptionId": grant["subscriptionId"],
        },
    )


OPERATIONS = {
    "CreateSubscriptionTarget": create_subscription_target,
    "GetSubscriptionTarget": get_subscription_target,
    "ListSubscriptionTargets": list_subscription_targets,
    "UpdateSubscriptionTarget": update_subscription_target,
    "DeleteSubscriptionTarget": delete_subscription_target,
    "CreateSubscriptionGrant": create_subscription_grant,
    "GetSubscriptionGrant": get_subscription_grant,
    "ListSubscriptionGrants": list_subscription_grants,
    "UpdateSubscriptionGrantStatus": update_subscription_grant_status,
    "DeleteSubscriptionGrant": delete_subscription_grant,
}
