"""Announcements, documents and the masking key."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from mesh_jobs.adapters.aws.announcer import EventBusAnnouncer, S3Archive
from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.aws.failures import AwsFailed
from mesh_jobs.adapters.aws.masking_key import masking_key
from mesh_jobs.domain.errors import MeshError
from mesh_jobs.domain.plan import Product
from support.aws import BUCKET
from support.events import heard, listen

EVENT = {
    "type": "product.published",
    "id": "3f0c",
    "time": "2030-01-01T06:00:00Z",
    "product": "dp_sales_orders",
    "domain": "sales",
    "score": 100.0,
}
KEY = bytes(range(32))


def test_an_event_is_heard_on_the_bus_of_its_domain(clients: Clients) -> None:
    listen(clients, "mesh", source="mesh.sales")
    EventBusAnnouncer(clients.events, "mesh").announce(EVENT)
    (event,) = heard(clients)
    assert (event["source"], event["detail-type"], event["detail"]) == ("mesh.sales", "product.published", EVENT)
    assert event["time"] == "2030-01-01T06:00:00Z"


class Refusing:
    def put_events(self, **request: Any) -> dict[str, Any]:
        return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}]}


def test_an_event_that_the_bus_did_not_take_is_an_error() -> None:
    with pytest.raises(AwsFailed, match=r"announcing product\.published on bus mesh: ThrottlingException"):
        EventBusAnnouncer(Refusing(), "mesh").announce(EVENT)


def test_a_document_is_kept_with_its_run(clients: Clients) -> None:
    product = Product("dp_sales_orders", "Orders", "sales", "orders", "1.0.0", 1, "active", "o@shoply.com", "dev")
    document = {"verdict": "certified", "title": "Bestellungen ü"}
    S3Archive(clients.s3, BUCKET).keep(product, "r1", "certificate", document)
    found = clients.s3.get_object(Bucket=BUCKET, Key="runs/dp_sales_orders@dev-v1/r1/certificate.json")
    assert json.loads(found["Body"].read()) == document


@pytest.mark.parametrize(
    "value",
    [{"SecretBinary": KEY}, {"SecretString": KEY.hex()}, {"SecretString": base64.b64encode(KEY).decode() + "\n"}],
)
def test_the_masking_key_is_read_as_it_is_stored(clients: Clients, value: dict[str, Any]) -> None:
    clients.secrets.create_secret(Name="mesh/masking-key", **value)
    assert masking_key(clients.secrets, "mesh/masking-key") == KEY


@pytest.mark.parametrize("value", ["", "short", KEY.hex()[:-2], '{"key": "0001"}'])
def test_another_secret_is_no_masking_key_and_is_not_shown(clients: Clients, value: str) -> None:
    clients.secrets.create_secret(Name="mesh/masking-key", SecretString=value or " ")
    with pytest.raises(MeshError) as caught:
        masking_key(clients.secrets, "mesh/masking-key")
    assert str(caught.value) == "the secret mesh/masking-key is not a key of 32 bytes"


def test_a_secret_that_is_not_there_is_named(clients: Clients) -> None:
    with pytest.raises(AwsFailed, match="reading the masking key mesh/none: ResourceNotFoundException"):
        masking_key(clients.secrets, "mesh/none")
