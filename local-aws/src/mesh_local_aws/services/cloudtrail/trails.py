"""Trails as a template makes them."""

from __future__ import annotations

from mesh_local_aws import hooks, resource_policies, stores
from mesh_local_aws.hooks import Document, Made, Place, Refused

_OF_TRAIL = {
    "S3BucketName": "S3BucketName",
    "S3KeyPrefix": "S3KeyPrefix",
    "SnsTopicName": "SnsTopicName",
    "IncludeGlobalServiceEvents": "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail": "IsMultiRegionTrail",
    "EnableLogFileValidation": "EnableLogFileValidation",
    "IsOrganizationTrail": "IsOrganizationTrail",
    "KMSKeyId": "KmsKeyId",
}


def install() -> None:
    hooks.resource("AWS::CloudTrail::Trail", create=_create, update=_update, delete=_delete)


def _create(properties: Document, place: Place) -> Made:
    name = properties.get("TrailName") or place.name(128)
    _check_bucket(name, properties)
    stores.call("cloudtrail", "CreateTrail", _trail(properties) | {"Name": name})
    return _selected(name, properties)


def _update(ref: str, _: Document, after: Document, __: Place) -> Made:
    _check_bucket(ref, after)
    stores.call("cloudtrail", "UpdateTrail", _trail(after) | {"Name": ref})
    return _selected(ref, after)


def _delete(ref: str, _: Document) -> None:
    try:
        stores.call("cloudtrail", "DeleteTrail", {"Name": ref})
    except Refused as refused:
        if refused.code != "TrailNotFoundException":
            raise


def _selected(name: str, properties: Document) -> Made:
    selectors: Document = {key: properties[key] for key in ("EventSelectors", "AdvancedEventSelectors") if key in properties}
    if selectors:
        stores.call("cloudtrail", "PutEventSelectors", {"TrailName": name, **selectors})
    stores.call("cloudtrail", "StartLogging" if properties["IsLogging"] in (True, "true") else "StopLogging", {"Name": name})
    return Made(name, {"Arn": _arn(name)})


def _trail(properties: Document) -> Document:
    found = {name: properties[key] for key, name in _OF_TRAIL.items() if key in properties}
    return {key: {"true": True, "false": False}.get(value, value) for key, value in found.items()}


def _check_bucket(name: str, properties: Document) -> None:
    """
    A trail is refused where it could not deliver.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    bucket = properties["S3BucketName"]
    owner = stores.bucket_owner(bucket)
    if owner is None:
        raise Refused("S3BucketDoesNotExistException", f"S3 bucket {bucket} does not exist!")
    prefix = f"{properties['S3KeyPrefix']}/" if properties.get("S3KeyPrefix") else ""
    delivered = f"arn:aws:s3:::{bucket}/{prefix}AWSLogs/{hooks.caller().account}/CloudTrail"
    for action, resource in (
        ("s3:GetBucketAcl", f"arn:aws:s3:::{bucket}"),
        ("s3:PutObject", f"{delivered}/{hooks.caller().region}/log.json.gz"),
    ):
        if not resource_policies.lets_service(
            stores.bucket_policy(bucket), "cloudtrail.amazonaws.com", action, resource, _arn(name), _DELIVERED
        ):
            raise Refused(
                "InsufficientS3BucketPolicyException",
                f"Incorrect S3 bucket policy is detected for bucket: {bucket}: no {action} on {resource}",
            )


# Of every object that CloudTrail writes.
_DELIVERED = {"s3:x-amz-acl": "bucket-owner-full-control", "s3:x-amz-server-side-encryption": "aws:kms"}


def _arn(name: str) -> str:
    caller = hooks.caller()
    return f"arn:aws:cloudtrail:{caller.region}:{caller.account}:trail/{name}"
