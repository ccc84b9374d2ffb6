"""Requests to subscribe, and the subscriptions that an approval makes of them."""

from __future__ import annotations

import json

from mesh_local_aws.hooks import Document
from mesh_local_aws.services.datazone import events, form_types, grants, listings, people, projects
from mesh_local_aws.services.datazone.assets import is_managed
from mesh_local_aws.services.datazone.store import Domain, Record, conflict, domain_of, given, invalid, new_id, now, page


def create_subscription_request(asked: Document) -> Record:
    """Of one project for one listing; approved at once where the listing's terms ask for no approval."""
    domain = domain_of(asked)
    principal = asked["subscribedPrincipals"][0]
    if len(asked["subscribedPrincipals"]) != 1 or "project" not in principal:
        raise invalid("a request is of one project; other principals are not emulated")
    project = projects.require_member(domain, principal["project"]["identifier"])
    if len(asked["subscribedListings"]) != 1:
        raise invalid("a request is for one listing")
    listing = listings.active(domain, asked["subscribedListings"][0]["identifier"])
    _check_subscribable(domain, listing)
    same = {"projectId": project["id"], "listingId": listing["id"]}
    if domain.where("subscription request", status="PENDING", **same) or domain.where("subscription", status="APPROVED", **same):
        raise conflict(f"the project {project['name']} has asked for {listing['name']} already, or has it")
    request = domain.add(
        "subscription request",
        {
            "id": new_id(),
            "domainId": domain.id,
            "status": "PENDING",
            "requestReason": asked["requestReason"],
            **same,
            "approverProjectId": listing["owningProjectId"],
            "subscribedPrincipals": [{"project": given(project, "id", "name")}],
            "subscribedListings": [_subscribed(domain, listing)],
            **_made(domain),
            **_forms(domain, asked),
        },
    )
    automatic = not _approval_required(domain, listing)
    _tell(domain, "Subscription Request Created", request, autoApproved=automatic)
    return _accept(domain, request, "approved by the terms of the listing") if automatic else request


def get_subscription_request_details(asked: Document) -> Record:
    return domain_of(asked).find("subscription request", asked["identifier"])


def list_subscription_requests(asked: Document) -> Document:
    return page(_listed(asked, "subscription request"), asked)


def update_subscription_request(asked: Document) -> Record:
    domain = domain_of(asked)
    request = _pending(domain, asked["identifier"])
    projects.require_member(domain, request["projectId"])
    request.update({"requestReason": asked["requestReason"], **_changed(domain)})
    return request


def delete_subscription_request(asked: Document) -> Document:
    domain = domain_of(asked)
    request = _pending(domain, asked["identifier"])
    projects.require_member(domain, request["projectId"])
    domain.remove("subscription request", request["id"])
    _tell(domain, "Subscription Request Deleted", request)
    return {}


def accept_subscription_request(asked: Document) -> Record:
    domain = domain_of(asked)
    request = _pending(domain, asked["identifier"])
    projects.require_member(domain, request["approverProjectId"])
    return _accept(domain, request, asked.get("decisionComment"))


def reject_subscription_request(asked: Document) -> Record:
    domain = domain_of(asked)
    request = _pending(domain, asked["identifier"])
    projects.require_member(domain, request["approverProjectId"])
    request.update({"status": "REJECTED", "reviewerId": people.asker(domain)["id"], **given(asked, "decisionComment"), **_changed(domain)})
    _tell(domain, "Subscription Request Rejected", request)
    return request


def get_subscription(asked: Document) -> Record:
    return domain_of(asked).find("subscription", asked["identifier"])


def list_subscriptions(asked: Document) -> Document:
    found = _listed(asked, "subscription")
    wanted = asked.get("subscriptionRequestIdentifier")
    return page([each for each in found if wanted in (None, each["subscriptionRequestId"])], asked)


def revoke_subscription(asked: Document) -> Record:
    """By who publishes."""
    domain = domain_of(asked)
    subscription = domain.find("subscription", asked["identifier"])
    projects.require_member(domain, subscription["approverProjectId"])
    return _end(domain, subscription, "REVOKED", asked.get("retainPermissions", False))


def cancel_subscription(asked: Document) -> Record:
    """By who subscribes."""
    domain = domain_of(asked)
    subscription = domain.find("subscription", asked["identifier"])
    projects.require_member(domain, subscription["projectId"])
    return _end(domain, subscription, "CANCELLED", keep=False)


def _accept(domain: Domain, request: Record, comment: str | None) -> Record:
    request.update(
        {
            "status": "ACCEPTED",
            "reviewerId": people.asker(domain)["id"],
            **given({"decisionComment": comment}, "decisionComment"),
            **_changed(domain),
        }
    )
    _tell(domain, "Subscription Request Accepted", request)
    subscription = domain.add(
        "subscription",
        {
            "id": new_id(),
            "domainId": domain.id,
            "status": "APPROVED",
            "subscriptionRequestId": request["id"],
            "retainPermissions": False,
            "subscribedPrincipal": request["subscribedPrincipals"][0],
            "subscribedListing": request["subscribedListings"][0],
            **given(request, "projectId", "listingId", "approverProjectId"),
            **_made(domain),
        },
    )
    _tell(domain, "Subscription Created", subscription)
    return request


def _end(domain: Domain, subscription: Record, status: str, keep: bool) -> Record:
    if subscription["status"] != "APPROVED":
        raise conflict(f"the subscription {subscription['id']} is {subscription['status']}")
    subscription.update({"status": status, "retainPermissions": keep, **_changed(domain)})
    _tell(domain, f"Subscription {status.capitalize()}", subscription)
    if not keep:
        grants.revoke_of(domain, subscription)
    return subscription


def _pending(domain: Domain, id_: str) -> Record:
    request = domain.find("subscription request", id_)
    if request["status"] != "PENDING":
        raise conflict(f"the subscription request {id_} is {request['status']}")
    return request


def _listed(asked: Document, noun: str) -> list[Record]:
    """Last changed first."""
    found = domain_of(asked).where(
        noun,
        status=asked.get("status"),
        listingId=asked.get("subscribedListingId"),
        projectId=asked.get("owningProjectId"),
        approverProjectId=asked.get("approverProjectId"),
    )
    return sorted(found, key=lambda each: each["updatedAt"], reverse=asked.get("sortOrder") != "ASCENDING")


def _check_subscribable(domain: Domain, listing: Record) -> None:
    """An asset that its data source no longer looks after cannot be subscribed to."""
    for each in listings.listed_assets(domain, listing):
        if not is_managed(domain.find("asset", each["entityId"])):
            raise invalid(f"{each['name']} is not managed by a data source, so nobody can subscribe to it")


def _approval_required(domain: Domain, listing: Record) -> bool:
    entity = listings.entity_of(domain, listing) or {}
    terms = [json.loads(form["content"]) for form in entity.get("formsOutput", ()) if form["typeName"] == form_types.SUBSCRIPTION_TERMS]
    return not any(each["approvalRequired"] == "NO" for each in terms)


def _subscribed(domain: Domain, listing: Record) -> Document:
    owner = domain.find("project", listing["owningProjectId"])
    entity = listings.entity_of(domain, listing) or {}
    shown = {
        "id": listing["id"],
        "revision": listing["listingRevision"],
        "name": listing["name"],
        "description": listing["description"],
        "ownerProjectId": owner["id"],
        "ownerProjectName": owner["name"],
    }
    about = {"entityId": entity["id"], "entityRevision": entity["revision"]}
    if listing["entityType"] == "ASSET":
        return shown | {"item": {"assetListing": about | {"entityType": entity["typeIdentifier"], "forms": listings.forms_of(entity)}}}
    items = [given(each, "entityId", "entityRevision") | {"entityType": "ASSET"} for each in listings.listed_assets(domain, listing)]
    return shown | {
        "item": {"productListing": about | {"name": listing["name"], "description": listing["description"], "assetListings": items}}
    }


def _forms(domain: Domain, asked: Document) -> Document:
    return {"metadataForms": form_types.checked_forms(domain, asked["metadataForms"])} if "metadataForms" in asked else {}


def _made(domain: Domain) -> Record:
    return {"createdBy": people.asker(domain)["id"], "createdAt": now(), **_changed(domain)}


def _changed(domain: Domain) -> Record:
    return {"updatedBy": people.asker(domain)["id"], "updatedAt": now()}


def _tell(domain: Domain, detail_type: str, record: Record, **more: object) -> None:
    listed = record.get("subscribedListings") or [record["subscribedListing"]]
    events.tell(
        domain,
        detail_type,
        "SubscriptionEntityType" if "subscribedListing" in record else "SubscriptionRequestEntityType",
        record["id"],
        record["projectId"],
        {
            "status": record["status"],
            "requesterId": record["createdBy"],
            "subscribedListings": [given(each, "id", "name", "ownerProjectId", "item") | {"version": each["revision"]} for each in listed],
            "subscribedPrincipals": [{"id": record["projectId"], "type": "PROJECT"}],
            **given(record, "subscriptionRequestId"),
            **more,
        },
    )


OPERATIONS = {
    "CreateSubscriptionRequest": create_subscription_request,
    "GetSubscriptionRequestDetails": get_subscription_request_details,
    "ListSubscriptionRequests": list_subscription_requests,
    "UpdateSubscriptionRequest": update_subscription_request,
    "DeleteSubscriptionRequest": delete_subscription_request,
    "AcceptSubscriptionRequest": accept_subscription_request,
    "RejectSubscriptionRequest": reject_subscription_request,
    "GetSubscription": get_subscription,
    "ListSubscriptions": list_subscriptions,
    "RevokeSubscription": revoke_subscription,
    "CancelSubscription": cancel_subscription,
}
