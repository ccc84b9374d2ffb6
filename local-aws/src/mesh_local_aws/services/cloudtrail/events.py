"""What is recorded of one call."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from mesh_local_aws import hooks, sessions
from mesh_local_aws.hooks import Document


@dataclass(frozen=True)
class Call:
    """Who asked a service for what, and what came of it."""

    #: As the event calls it: `lakeformation.amazonaws.com`.
    source: str
    name: str
    caller: hooks.Caller
    asked: Document
    reads: bool
    #: Code and message of a refusal.
    error: tuple[str, str] | None = None
    #: The object of S3 that it is about; None of what is managed.
    object_arn: str | None = None
    address: str = "127.0.0.1"
    additional: Document = field(default_factory=dict)
    moment: float = field(default_factory=time.time)

    @property
    def category(self) -> str:
        return "Management" if self.object_arn is None else "Data"


def event(call: Call, recipient: str, shared: str | None = None) -> Document:
    """The record in one account; an account that only owns what was read learns no more of who read it than their id."""
    identity = _identity(call.caller)
    if recipient != call.caller.account:
        identity = {key: identity[key] for key in ("type", "principalId", "accountId")}
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(call.moment)),
        "eventSource": call.source,
        "eventName": call.name,
        "awsRegion": call.caller.region,
        "sourceIPAddress": call.address,
        "userAgent": call.address,
        **({} if call.error is None else {"errorCode": call.error[0], "errorMessage": call.error[1]}),
        "requestParameters": call.asked or None,
        "responseElements": None,
        **({"additionalEventData": call.additional} if call.additional and recipient == call.caller.account else {}),
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": call.reads,
        **({} if call.object_arn is None else {"resources": [{"type": "AWS::S3::Object", "ARN": call.object_arn}]}),
        "eventType": "AwsApiCall",
        "managementEvent": call.category == "Management",
        "recipientAccountId": recipient,
        **({} if shared is None else {"sharedEventID": shared}),
        "eventCategory": call.category,
    }


def _identity(caller: hooks.Caller) -> Document:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
    arn, account = caller.principal, caller.account
    if ":assumed-role/" in arn:
        account = arn.split(":")[4]
        _, name, session = arn.split("/", 2)
        role = sessions.role_named(account, name) or f"arn:aws:iam::{account}:role/{name}"
        identity = (sessions.role(role) or {}).get("RoleId", name)
        return {
            "type": "AssumedRole",
            "principalId": f"{identity}:{session}",
            "arn": arn,
            "accountId": account,
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "principalId": identity, "arn": role, "accountId": account, "userName": name},
                "attributes": {"mfaAuthenticated": "false"},
            },
        }
    kind = "Root" if arn.endswith(":root") else "IAMUser"
    return {"type": kind, "principalId": account, "arn": arn, "accountId": account}


def spelled(value: Any) -> Any:
    """A request as events spell it: names begin with a small letter, keys that are a user's stay, and times are texts."""
    if isinstance(value, dict):
        return {key if key.isupper() else f"{key[:1].lower()}{key[1:]}": spelled(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [spelled(each) for each in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
