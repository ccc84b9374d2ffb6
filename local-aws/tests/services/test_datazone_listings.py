"""What consumers find, and how they come to have it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from catalogue import Lake, kept_forms
from in_process import client

from mesh_local_aws import hooks, stores


@pytest.fixture(name="events")
def _events(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """(detail type, detail) of everything that is put on a bus."""
    told: list[tuple[str, dict[str, Any]]] = []

    def put_event(source: str, detail_type: str, detail: str, _: list[str]) -> None:
        assert source == "aws.datazone"
        told.append((detail_type, json.loads(detail)))

    monkeypatch.setattr(stores, "put_event", put_event)
    return told


class Market(Lake):
    """A product of sales that is published, and a project that wants it."""

    def __init__(self) -> None:
        super().__init__()
        self.run()
        self.product = self.create_product()
        self.listing = self.publish(self.product["id"])
        self.reporting = client("datazone", role="reporting")
        self.consumer = self.create_project(self.reporting, "reporting")

    def request(self) -> dict[str, Any]:
        made: dict[str, Any] = self.reporting.create_subscription_request(
            domainIdentifier=self.id,
            subscribedPrincipals=[{"project": {"identifier": self.consumer}}],
            subscribedListings=[{"identifier": self.listing}],
            requestReason="monthly figures",
        )
        return made


def test_a_product_is_published_with_its_assets_which_are_found_only_through_it() -> None:
    market = Market()
    listing = market.publisher.get_listing(domainIdentifier=market.id, identifier=market.listing)
    assert (listing["status"], listing["name"]) == ("ACTIVE", "sales/orders v1")
    assert len(listing["item"]["dataProductListing"]["items"]) == 1
    found = market.reporting.search_listings(domainIdentifier=market.id, searchText="ORDERS")["items"]
    assert [next(iter(each)) for each in found] == ["dataProductListing"]
    assert "listing" not in market.asset()


def test_only_the_latest_revision_is_published() -> None:
    market = Market()
    market.publisher.create_data_product_revision(
        domainIdentifier=market.id,
        identifier=market.product["id"],
        name="sales/orders v1",
        items=market.product["items"],
        description="new",
    )
    with pytest.raises(ClientError, match=r"ValidationException.*only the latest revision, 2"):
        market.publisher.create_listing_change_set(
            domainIdentifier=market.id,
            entityIdentifier=market.product["id"],
            entityType="DATA_PRODUCT",
            entityRevision="1",
            action="PUBLISH",
        )
    market.publish(market.product["id"])
    listing = market.publisher.get_listing(domainIdentifier=market.id, identifier=market.listing)
    assert (listing["listingRevision"], listing["item"]["dataProductListing"]["dataProductRevision"]) == ("2", "2")


def test_things_go_in_the_order_in_which_they_hang_on_each_other() -> None:
    market = Market()
    product, asset = (
        {"domainIdentifier": market.id, "identifier": market.product["id"]},
        {"domainIdentifier": market.id, "identifier": market.assets["orders_v1"]},
    )
    with pytest.raises(ClientError, match=r"ConflictException.*is published"):
        market.publisher.delete_data_product(**product)
    market.publish(market.product["id"], action="UNPUBLISH")
    assert market.publisher.get_listing(domainIdentifier=market.id, identifier=market.listing)["status"] == "INACTIVE"
    with pytest.raises(ClientError, match=r"ConflictException.*is in the data product"):
        market.publisher.delete_asset(**asset)
    market.publisher.delete_data_product(**product)
    market.publisher.delete_asset(**asset)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        market.publisher.get_asset(**asset)


def test_a_request_is_told_accepted_by_who_publishes_and_makes_a_subscription(events: list[tuple[str, dict[str, Any]]]) -> None:
    market = Market()
    request = market.request()
    kind, detail = events[0]
    assert (kind, detail["metadata"]["domain"], detail["metadata"]["id"]) == ("Subscription Request Created", market.id, request["id"])
    assert detail["data"]["subscribedListings"][0]["id"] == market.listing
    assert detail["data"]["subscribedPrincipals"] == [{"id": market.consumer, "type": "PROJECT"}]
    asked = {"domainIdentifier": market.id, "identifier": request["id"]}
    with pytest.raises(ClientError, match="AccessDenied"):
        market.reporting.accept_subscription_request(**asked)
    assert market.publisher.accept_subscription_request(**asked, decisionComment="welcome")["status"] == "ACCEPTED"
    held = market.publisher.list_subscriptions(
        domainIdentifier=market.id, approverProjectId=market.project, subscribedListingId=market.listing, status="APPROVED"
    )
    assert [each["subscribedPrincipal"]["project"]["name"] for each in held["items"]] == ["reporting"]
    assert [each[0] for each in events] == ["Subscription Request Created", "Subscription Request Accepted", "Subscription Created"]
    with pytest.raises(ClientError, match="ConflictException"):
        market.request()
    with pytest.raises(ClientError, match=r"ConflictException.*is ACCEPTED"):
        market.publisher.reject_subscription_request(**asked)


def test_what_is_granted_is_told_by_who_grants(events: list[tuple[str, dict[str, Any]]]) -> None:
    market = Market()
    market.publisher.accept_subscription_request(domainIdentifier=market.id, identifier=market.request()["id"])
    environment = market.reporting.list_environments(domainIdentifier=market.id, projectIdentifier=market.consumer)["items"][0]["id"]
    asked = {
        "domainIdentifier": market.id,
        "environmentIdentifier": environment,
        "name": "lake",
        "type": "GlueSubscriptionTargetType",
        "authorizedPrincipals": ["reporting"],
        "subscriptionTargetConfig": [{"formName": "GlueSubscriptionTargetConfigForm", "content": '{"databaseName": "sales"}'}],
        "manageAccessRole": "arn:aws:iam::444455556666:role/manage",
        "applicableAssetTypes": ["amazon.datazone.GlueTableAssetType"],
    }
    with pytest.raises(ClientError, match="subscriptionGrantCreationMode has to be MANUAL"):
        market.reporting.create_subscription_target(**asked)
    target = market.reporting.create_subscription_target(**asked, subscriptionGrantCreationMode="MANUAL")["id"]
    grant = market.reporting.create_subscription_grant(
        domainIdentifier=market.id,
        environmentIdentifier=environment,
        subscriptionTargetIdentifier=target,
        grantedEntity={"listing": {"identifier": market.listing, "revision": "1"}},
    )
    assert (grant["status"], grant["assets"][0]["status"]) == ("PENDING", "GRANT_PENDING")
    done = market.publisher.update_subscription_grant_status(
        domainIdentifier=market.id,
        identifier=grant["id"],
        assetIdentifier=grant["assets"][0]["assetId"],
        status="GRANTED",
    )
    assert done["status"] == "COMPLETED"
    subscription = market.publisher.list_subscriptions(domainIdentifier=market.id)["items"][0]["id"]
    assert market.publisher.revoke_subscription(domainIdentifier=market.id, identifier=subscription)["status"] == "REVOKED"
    assert (
        market.reporting.get_subscription_grant(domainIdentifier=market.id, identifier=grant["id"])["assets"][0]["status"]
        == "REVOKE_PENDING"
    )
    assert [each[0] for each in events][3:] == [
        "Subscription Grant Requested",
        "Subscription Grant Completed",
        "Subscription Revoked",
        "Subscription Grant Revoke Requested",
    ]


def test_terms_that_ask_for_no_approval_approve_at_once(events: list[tuple[str, dict[str, Any]]]) -> None:
    market = Market()
    terms = {
        "formName": "SubscriptionTermsForm",
        "typeIdentifier": "amazon.datazone.SubscriptionTermsFormType",
        "typeRevision": "1",
        "content": '{"approvalRequired": "NO"}',
    }
    market.publisher.create_data_product_revision(
        domainIdentifier=market.id,
        identifier=market.product["id"],
        name="sales/orders v1",
        items=market.product["items"],
        formsInput=[terms],
    )
    market.publish(market.product["id"])
    assert market.request()["status"] == "ACCEPTED"
    assert events[0][1]["data"]["autoApproved"] is True


def test_an_asset_that_no_data_source_looks_after_cannot_be_subscribed_to() -> None:
    market = Market()
    only = [form for form in kept_forms(market.asset()) if form["formName"] == "GlueTableForm"]
    market.publisher.create_asset_revision(
        domainIdentifier=market.id, identifier=market.assets["orders_v1"], name="orders", formsInput=only
    )
    with pytest.raises(ClientError, match=r"ValidationException.*not managed by a data source"):
        market.request()


def test_an_asset_that_its_project_has_described_can_be_subscribed_to() -> None:
    market = Market()
    form = next(form for form in kept_forms(market.asset()) if form["formName"] == "GlueTableForm")
    asset = market.publisher.create_asset(
        domainIdentifier=market.id,
        owningProjectIdentifier=market.project,
        name="refunds_v1",
        typeIdentifier="amazon.datazone.GlueTableAssetType",
        formsInput=[form],
    )
    market.publisher.create_data_product_revision(
        domainIdentifier=market.id,
        identifier=market.product["id"],
        name="sales/orders v1",
        items=[{"itemType": "ASSET", "identifier": asset["id"]}],
    )
    market.publish(market.product["id"])
    assert market.request()["status"] == "PENDING"


def test_what_is_not_published_cannot_be_subscribed_to() -> None:
    market = Market()
    market.publish(market.product["id"], action="UNPUBLISH")
    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*is not published"):
        market.request()


def test_everything_that_is_kept_is_json(events: list[tuple[str, dict[str, Any]]]) -> None:
    market = Market()
    market.publisher.accept_subscription_request(domainIdentifier=market.id, identifier=market.request()["id"])
    for name in ("datazone", "datazone-tokens", "ram"):
        for *_, document in hooks.state(name).everywhere():
            assert json.loads(json.dumps(document)) == document
    assert events
