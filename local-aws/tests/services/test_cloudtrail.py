"""A trail is made where it can deliver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from in_process import PLATFORM, acting_as
from ministack.services import cloudtrail as emulated
from ministack.services import s3
from ministack.services.cloudformation import provisioners

from mesh_local_aws import stores
from mesh_local_aws.hooks import Refused

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
