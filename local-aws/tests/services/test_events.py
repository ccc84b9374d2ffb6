"""Events between accounts."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import ministack.app as app
import pytest
from in_process import CONSUMER, PLATFORM, REGION, SALES, acting_as, decided_by_resource
from ministack.services import eventbridge
from ministack.services.cloudformation import provisioners

BUS = f"arn:aws:events:{REGION}:{PLATFORM}:event-bus/mesh"
ENTRY = {"Source": "mesh", "DetailType": "Published", "Detail": json.dumps({"product": "sales/orders-v1"}), "EventBusName": BUS}


@pytest.fixture(autouse=True)
def _bus_of_the_mesh() -> None:
    with acting_as(PLATFORM, "deployer"):
        create("AWS::Events::EventBus", Name="mesh")
        create("AWS::Events::Archive", ArchiveName="mesh", SourceArn=BUS, RetentionDays=90)
        statement = {"Effect": "Allow", "Principal": {"AWS": [SALES]}, "Action": ["events:PutEvents"], "Resource": [BUS]}
        create("AWS::Events::EventBusPolicy", EventBusName="mesh", StatementId="TheMesh", Statement=statement)


def create(type_: str, **properties: Any) -> str:
    ref, _ = provisioners._RESOURCE_HANDLERS[type_]["create"]("Resource", properties, "governance")
    return str(ref)


def put(account: str, *entries: dict[str, str]) -> dict[str, Any]:
    with acting_as(account, "publisher"):
        headers = {"x-amz-target": "AWSEvents.PutEvents", "content-type": "application/x-amz-json-1.1"}
        _, _, body = asyncio.run(app.SERVICE_HANDLERS["events"]("POST", "/", headers, json.dumps({"Entries": list(entries)}).encode(), {}))
    found: dict[str, Any] = json.loads(body)
    return found


def archived() -> list[tuple[str, str]]:
    """(account, type) of what the bus of the mesh was told."""
    with acting_as(PLATFORM, "auditor"):
        return [(event["Account"], event["DetailType"]) for event in eventbridge._archives["mesh"].get("Events", [])]


def allowed(account: str) -> str:
    """What the bus itself says of another account's role."""
    decision, owner = decided_by_resource(account, "events:PutEvents", BUS)
    assert owner == PLATFORM
    return decision


def test_a_bus_takes_what_another_account_tells_it_and_knows_whose_it_is() -> None:
    answer = put(SALES, ENTRY, {**ENTRY, "EventBusName": "default"})
    assert (answer["FailedEntryCount"], len(answer["Entries"])) == (0, 2)
    assert archived() == [(SALES, "Published")]


def test_iam_asks_the_policy_of_the_bus() -> None:
    assert (allowed(SALES), allowed(CONSUMER)) == ("Allow", "ImplicitDeny")
    with acting_as(PLATFORM, "deployer"):
        provisioners._RESOURCE_HANDLERS["AWS::Events::EventBusPolicy"]["delete"](
            "mesh|TheMesh", {"EventBusName": "mesh", "StatementId": "TheMesh"}
        )
    assert allowed(SALES) == "ImplicitDeny"


def test_a_bus_that_is_not_there_takes_nothing() -> None:
    answer = put(SALES, {**ENTRY, "EventBusName": f"{BUS}-of-another"})
    assert (answer["FailedEntryCount"], answer["Entries"][0]["ErrorCode"]) == (1, "ResourceNotFoundException")


def test_a_rule_forwards_to_another_account_only_as_a_role() -> None:
    with acting_as(SALES, "deployer"):
        create("AWS::Events::Rule", Name="drift", EventPattern={"source": ["mesh"]}, Targets=[{"Id": "Mesh", "Arn": BUS}])
    put(SALES, {**ENTRY, "EventBusName": "default"})
    assert archived() == []
