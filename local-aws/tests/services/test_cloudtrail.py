"""A trail is made where it can deliver, and delivers what its selectors name."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from in_process import CONSUMER, PLATFORM, REGION, acting_as
from ministack.services import cloudtrail as emulated
from ministack.services import s3
from ministack.services.cloudformation import provisioners

from mesh_local_aws import hooks, stores, wire
from mesh_local_aws.hooks import Refused
from mesh_local_aws.services.athena import trail
from mesh_local_aws.services.cloudtrail import recording
from mesh_local_aws.services.cloudtrail.events import Call, spelled

ARCHIVE = "shop-audit"
TRAIL = {
    "TrailName": "mesh-platform-audit",
    "S3BucketName": ARCHIVE,
    "IsLogging": True,
    "IsMultiRegionTrail": True,
    "EnableLogFileValidation": True,
}


@pytest.fixture(autouse=True)
def _in_the_platform() -> Iterator[None]:
    with acting_as(PLATFORM, "deployer"):
        yield
    emulated.reset()
    s3.reset()


def create(type_: str, **properties: Any) -> str:
    ref, _ = provisioners._RESOURCE_HANDLERS[type_]["create"]("Resource", properties, "audit")
    return str(ref)


def let_it_deliver() -> None:
    create("AWS::S3::Bucket", BucketName=ARCHIVE)
    trail = {"Service": "cloudtrail.amazonaws.com"}
    create(
        "AWS::S3::BucketPolicy",
        Bucket=ARCHIVE,
        PolicyDocument={
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": trail, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{ARCHIVE}"},
                {
                    "Effect": "Allow",
                    "Principal": trail,
                    "Action": "s3:PutObject",
                    "Resource": f"arn:aws:s3:::{ARCHIVE}/AWSLogs/{PLATFORM}/*",
                    "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
                },
            ],
        },
    )


def test_a_trail_records_what_its_selectors_say() -> None:
    let_it_deliver()
    selectors = [{"Name": "managed", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
    name = create("AWS::CloudTrail::Trail", **TRAIL, AdvancedEventSelectors=selectors)
    assert stores.call("cloudtrail", "GetTrailStatus", {"Name": name})["IsLogging"] is True
    assert stores.call("cloudtrail", "GetEventSelectors", {"TrailName": name})["AdvancedEventSelectors"] == selectors


def test_a_trail_without_its_bucket_is_refused() -> None:
    with pytest.raises(Refused, match="S3 bucket shop-audit does not exist"):
        create("AWS::CloudTrail::Trail", **TRAIL)


def test_a_trail_that_may_not_write_into_its_bucket_is_refused() -> None:
    create("AWS::S3::Bucket", BucketName=ARCHIVE)
    with pytest.raises(Refused, match="InsufficientS3BucketPolicyException"):
        create("AWS::CloudTrail::Trail", **TRAIL)


READER = hooks.Caller(CONSUMER, REGION, f"arn:aws:sts::{CONSUMER}:assumed-role/analyst/ann")
OBJECTS = [
    {
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::shop-"], "NotStartsWith": [f"arn:aws:s3:::{ARCHIVE}/"]},
        ]
    }
]


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """What is delivered, by key; only when it is asked for."""
    found: dict[str, list[dict[str, Any]]] = {}
    monkeypatch.setattr(
        stores, "write_object", lambda _, key, content: found.update({key: json.loads(gzip.decompress(content))["Records"]})
    )
    monkeypatch.setattr(recording.threading, "Timer", lambda *_: SimpleNamespace(start=lambda: None))
    return found


def touched(bucket: str) -> Call:
    return Call("s3.amazonaws.com", "GetObject", hooks.caller(), {}, True, object_arn=f"arn:aws:s3:::{bucket}/orders.parquet")


def test_objects_are_recorded_that_a_selector_names_and_no_others(files: dict[str, list[dict[str, Any]]]) -> None:
    let_it_deliver()
    create("AWS::CloudTrail::Trail", **TRAIL, AdvancedEventSelectors=OBJECTS)
    for bucket in ("shop-orders-curated", "someone-elses", ARCHIVE):
        recording.record(touched(bucket))
    recording.record(Call("glue.amazonaws.com", "CreateTable", hooks.caller(), {}, False))
    recording.deliver()
    [[key, records]] = files.items()
    assert key.startswith(f"AWSLogs/{PLATFORM}/CloudTrail/{REGION}/20")
    assert [record["resources"][0]["ARN"] for record in records] == ["arn:aws:s3:::shop-orders-curated/orders.parquet"]


def test_a_read_across_accounts_is_recorded_in_both_and_the_owner_learns_no_name(files: dict[str, list[dict[str, Any]]]) -> None:
    let_it_deliver()
    create("AWS::CloudTrail::Trail", **TRAIL)
    call = Call(
        "lakeformation.amazonaws.com", "GetDataAccess", READER, {"tableArn": "t"}, True, additional={"lakeFormationPrincipal": "ann"}
    )
    recording.shared_by(call, [CONSUMER, PLATFORM])
    recording.deliver()
    [[owners]] = files.values()
    assert owners["userIdentity"] == {"type": "AssumedRole", "principalId": "analyst:ann", "accountId": CONSUMER}
    assert "additionalEventData" not in owners
    with hooks.acting(CONSUMER, REGION):
        [readers] = [json.loads(each["CloudTrailEvent"]) for each in emulated._get_event_queue()]
    assert (readers["sharedEventID"], readers["userIdentity"]["arn"]) == (owners["sharedEventID"], READER.principal)


def test_a_request_is_spelled_as_events_are() -> None:
    asked = {"Principal": {"DataLakePrincipalIdentifier": "ann"}, "Parameters": {"CROSS_ACCOUNT_VERSION": "4"}, "Permissions": ["SELECT"]}
    assert spelled(asked) == {
        "principal": {"dataLakePrincipalIdentifier": "ann"},
        "parameters": {"CROSS_ACCOUNT_VERSION": "4"},
        "permissions": ["SELECT"],
    }


def test_types_of_a_trail_are_those_of_its_table() -> None:
    assert trail._duckdb("struct<type:string,by:map<string,string>>") == 'STRUCT("type" VARCHAR, "by" MAP(VARCHAR, VARCHAR))'
    assert trail._duckdb("array<struct<arn:string>>") == 'STRUCT("arn" VARCHAR)[]'


def test_a_call_of_cloudwatch_is_recorded_with_what_it_asks_for() -> None:
    signed = f"AWS4-HMAC-SHA256 Credential={PLATFORM}/20301128/{REGION}/monitoring/aws4_request, SignedHeaders=host, Signature=0"
    target = "GraniteServiceVersion20100801.PutMetricAlarm"
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": target, "authorization": signed}
    body = json.dumps({"AlarmName": "late", "Threshold": 50.0}).encode()
    call = recording._call(wire.Request("POST", "/", headers, body, {}), (200, {}, b""))
    assert call is not None
    assert (call.name, call.asked) == ("PutMetricAlarm", {"alarmName": "late", "threshold": 50.0})
