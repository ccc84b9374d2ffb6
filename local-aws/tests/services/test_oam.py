"""Who may show a platform its metrics."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from in_process import CONSUMER, PLATFORM, SALES, acting_as, client
from ministack.services.cloudformation import provisioners

LINK = {"LabelTemplate": "$AccountName", "ResourceTypes": ["AWS::CloudWatch::Metric"]}


def sink(*accounts: str) -> str:
    """Of the platform, as its template makes it, for metrics of those accounts."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["oam:CreateLink", "oam:UpdateLink"],
                "Resource": "*",
                "Principal": {"AWS": list(accounts)},
                "Condition": {"ForAllValues:StringEquals": {"oam:ResourceTypes": ["AWS::CloudWatch::Metric"]}},
            }
        ],
    }
    with acting_as(PLATFORM, "deployer"):
        create = provisioners._RESOURCE_HANDLERS["AWS::Oam::Sink"]["create"]
        ref, _ = create("Sink", {"Name": "mesh-platform", "Policy": policy}, "observability")
    return str(ref)


def test_an_account_that_the_sink_names_links_its_metrics() -> None:
    arn = sink(SALES)
    assert client("oam", SALES).create_link(SinkIdentifier=arn, **LINK)["Label"] == SALES
    attached = client("oam").list_attached_links(SinkIdentifier=arn)["Items"]
    assert [each["ResourceTypes"] for each in attached] == [["AWS::CloudWatch::Metric"]]
    with pytest.raises(ClientError, match=r"ConflictException.*has links"):
        client("oam").delete_sink(Identifier=arn)


def test_nobody_else_links_and_nothing_else_is_linked() -> None:
    arn = sink(SALES)
    with pytest.raises(ClientError, match=f"does not let account {CONSUMER}"):
        client("oam", CONSUMER).create_link(SinkIdentifier=arn, **LINK)
    with pytest.raises(ClientError, match="does not let account"):
        client("oam", SALES).create_link(SinkIdentifier=arn, LabelTemplate="$AccountName", ResourceTypes=["AWS::Logs::LogGroup"])


def test_an_account_has_one_sink_in_a_region() -> None:
    arn = sink(SALES)
    assert json.loads(client("oam").get_sink_policy(SinkIdentifier=arn)["Policy"])["Statement"]
    with pytest.raises(ClientError, match="ConflictException"):
        client("oam").create_sink(Name="another")
