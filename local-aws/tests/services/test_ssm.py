"""Parameters that a platform shares."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import ministack.app as app
import pytest
from in_process import CONSUMER, PLATFORM, REGION, SALES, acting_as, client
from ministack.core import iam_actions
from ministack.services import ssm as emulated

from mesh_local_aws import sessions, stores
from mesh_local_aws.hooks import Refused

SINK = f"arn:aws:ssm:{REGION}:{PLATFORM}:parameter/mesh/platform/observability/sink-arn"


@pytest.fixture(autouse=True)
def _parameters() -> Iterator[None]:
    client("ram").create_resource_share(name="observability", resourceArns=[SINK], principals=[SALES])
    yield
    emulated.reset()


def put(tier: str) -> None:
    with acting_as(PLATFORM, "deployer"):
        name = SINK.partition("parameter")[2]
        stores.call("ssm", "PutParameter", {"Name": name, "Value": "arn:aws:oam:sink", "Type": "String", "Tier": tier, "Overwrite": True})


def read(account: str) -> str:
    with acting_as(account, "deployer"):
        return str(stores.call("ssm", "GetParameter", {"Name": SINK})["Parameter"]["Value"])


def test_an_account_reads_what_is_shared_with_it_by_its_arn() -> None:
    put("Advanced")
    assert read(SALES) == "arn:aws:oam:sink"
    with pytest.raises(Refused, match="ParameterNotFound"):
        read(CONSUMER)


def test_a_parameter_of_the_standard_tier_is_not_shared() -> None:
    put("Standard")
    with pytest.raises(Refused, match="ParameterNotFound"):
        read(SALES)


def test_each_of_several_parameters_is_permitted_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(sessions, "require", lambda _, action, resource: asked.append(resource))
    headers = {"x-amz-target": "AmazonSSM.GetParameters", "content-type": "application/x-amz-json-1.1"}
    body = json.dumps({"Names": ["/mesh/catalogue/domain-id", "/mesh/catalogue/domain-unit-id/sales"]}).encode()
    with acting_as(PLATFORM, "publisher"):
        of_the_request = iam_actions.extract_resource_arn("ssm", "POST", "/", headers, body, {}, REGION, PLATFORM)
        asyncio.run(app.SERVICE_HANDLERS["ssm"]("POST", "/", headers, body, {}))
    here = f"arn:aws:ssm:{REGION}:{PLATFORM}:parameter/mesh/catalogue"
    assert [of_the_request, *asked] == [f"{here}/domain-id", f"{here}/domain-unit-id/sales"]
