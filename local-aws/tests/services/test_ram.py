"""What is shared with whom."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from in_process import CONSUMER, PLATFORM, REGION, SALES, acting_as, client
from ministack.services.cloudformation import provisioners

from mesh_local_aws.services import ram

DOMAIN = f"arn:aws:datazone:{REGION}:{PLATFORM}:domain/dzd-shoply"


def test_a_share_reaches_the_accounts_that_it_names() -> None:
    client("ram").create_resource_share(name="DataZone-shoply", resourceArns=[DOMAIN], principals=[SALES])
    with acting_as(SALES, "anyone"):
        assert (ram.shared_with(DOMAIN, SALES), ram.shared_with(DOMAIN, CONSUMER)) == (True, False)
    shown = client("ram", SALES).get_resource_shares(resourceOwner="OTHER-ACCOUNTS")["resourceShares"]
    assert [share["name"] for share in shown] == ["DataZone-shoply"]
    assert client("ram", CONSUMER).get_resource_shares(resourceOwner="OTHER-ACCOUNTS")["resourceShares"] == []
    assert [
        each["arn"]
        for each in client("ram", SALES).list_resources(resourceOwner="OTHER-ACCOUNTS", resourceType="datazone:Domain")["resources"]
    ] == [DOMAIN]


def test_associations_are_waited_for_until_they_are_associated() -> None:
    share = client("ram").create_resource_share(name="DataZone-shoply", resourceArns=[DOMAIN], principals=[SALES])["resourceShare"]
    found = client("ram").get_resource_share_associations(associationType="PRINCIPAL", resourceShareArns=[share["resourceShareArn"]])[
        "resourceShareAssociations"
    ]
    assert [(each["associatedEntity"], each["status"]) for each in found] == [(SALES, "ASSOCIATED")]


def test_only_an_account_shares_what_is_its_own() -> None:
    with pytest.raises(ClientError, match=f"is no resource of account {SALES}"):
        client("ram", SALES).create_resource_share(name="theft", resourceArns=[DOMAIN], principals=[CONSUMER])


def test_a_template_changes_and_ends_a_share() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::RAM::ResourceShare"]
    before = {"Name": "DataZone-shoply", "ResourceArns": [DOMAIN], "Principals": [SALES]}
    after = before | {"Principals": [CONSUMER]}
    with acting_as(PLATFORM, "deployer"):
        arn, attributes = handlers["create"]("Share", before, "governance")
        assert attributes["Status"] == "ACTIVE"
        handlers["update"](arn, before, after, "governance", "Share")
        assert (ram.shared_with(DOMAIN, SALES), ram.shared_with(DOMAIN, CONSUMER)) == (False, True)
        handlers["delete"](arn, after)
        assert ram.shared_with(DOMAIN, CONSUMER) is False
