"""Places in S3 that Lake Formation hands out data of, each with the role that it does it with."""

from __future__ import annotations

import datetime

from mesh_local_aws import hooks, sessions
from mesh_local_aws.hooks import Document, Refused

STATE = hooks.state("lakeformation-locations")


def register(asked: Document) -> Document:
    arn = asked["ResourceArn"]
    if arn in STATE:
        raise Refused("AlreadyExistsException", f"Resource is already registered: {arn}")
    _put(arn, asked)
    return {}


def update(asked: Document) -> Document:
    _existing(asked["ResourceArn"])
    _put(asked["ResourceArn"], asked)
    return {}


def _put(arn: str, asked: Document) -> None:
    role = asked.get("RoleArn")
    if role is None and asked.get("UseServiceLinkedRole") is not True:
        raise Refused("InvalidInputException", "RoleArn, or UseServiceLinkedRole true")
    if role is not None:
        sessions.assume(role, "lakeformation.amazonaws.com", "AWSLF-registration")
    STATE[arn] = {
        "ResourceArn": arn,
        **({"RoleArn": role} if role else {}),
        "HybridAccessEnabled": bool(asked.get("HybridAccessEnabled")),
        "LastModified": datetime.datetime.now(datetime.UTC).isoformat(),
    }


def deregister(asked: Document) -> Document:
    _existing(asked["ResourceArn"])
    del STATE[asked["ResourceArn"]]
    return {}


def describe(asked: Document) -> Document:
    return {"ResourceInfo": _existing(asked["ResourceArn"])}


def listed(_: Document) -> Document:
    return {"ResourceInfoList": list(STATE.values())}


def of(location: str) -> Document | None:
    """The registration that covers a place, the closest one."""
    arn = "arn:aws:s3:::" + location.removeprefix("s3://").removeprefix("s3a://")
    covering = [key for key in STATE if f"{arn}/".startswith(key.rstrip("/") + "/")]
    return STATE[max(covering, key=len)] if covering else None


def _existing(arn: str) -> Document:
    if arn not in STATE:
        raise Refused("EntityNotFoundException", f"Resource is not registered: {arn}")
    return STATE[arn]


OPERATIONS = {
    "RegisterResource": register,
    "UpdateResource": update,
    "DeregisterResource": deregister,
    "DescribeResource": describe,
    "ListResources": listed,
}
