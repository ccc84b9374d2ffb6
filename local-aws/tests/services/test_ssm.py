"""Parameters that a platform shares."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from in_process import CONSUMER, PLATFORM, REGION, SALES, acting_as, client
from ministack.services import ssm as emulated

from mesh_local_aws import stores
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
