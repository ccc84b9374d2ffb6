"""EventBridge between accounts: a bus takes what its policy allows, and events keep the account that they are of."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from mesh_local_aws import hooks, resource_policies, sessions, stores
from mesh_local_aws.hooks import Document, Made, Place, Refused

log = logging.getLogger("mesh-local-aws")


def install() -> None:
    hooks.around("events", _put_events)
    hooks.replace("services.eventbridge", "_invoke_target", _to_other_accounts)
    resource_policies.keep("eventbridge", _policy)
    hooks.resource("AWS::Events::EventBusPolicy", create=_create_policy, update=_update_policy, delete=_delete_policy)
    hooks.resource("AWS::Events::Archive", create=_create_archive, update=_update_archive, delete=_delete_archive)


async def _put_events(operation: str, asked: Document, proceed: hooks.Proceed) -> Document:
    """IAM has agreed already, by the identity of who asks and, of another account's bus, by the policy of the bus."""
    if operation != "PutEvents" or not any(_other_account(entry.get("EventBusName", "")) for entry in asked["Entries"]):
        return await proceed(asked)
    answers = []
    for entry in asked["Entries"]:
        bus = entry.get("EventBusName", "")
        if _other_account(bus):
            answers.append(await asyncio.to_thread(_deliver, bus, entry))
        else:
            answers += (await proceed(asked | {"Entries": [entry]}))["Entries"]
    return {"Entries": answers, "FailedEntryCount": sum("ErrorCode" in each for each in answers)}


def _deliver(bus: str, entry: Document) -> Document:
    """Puts an event on another account's bus."""
    sender = hooks.caller().account
    with hooks.acting(*_place(bus)):
        if not stores.has_bus(_name(bus)):
            return {"ErrorCode": "ResourceNotFoundException", "ErrorMessage": f"Event bus {bus} does not exist."}
        return {"EventId": stores.deliver_event(_name(bus), entry, sender)}


def _to_other_accounts(original: Callable[..., None]) -> Callable[..., None]:
    """A rule forwards to another account's bus as the role of its target; what may not be delivered is lost."""

    def invoke(target: Document, event: Document, rule: Document, view: Any = None) -> None:
        bus = target.get("Arn", "")
        if not _other_account(bus):
            original(target, event, rule, view)
            return
        try:
            if "RoleArn" not in target:
                raise Refused("AccessDeniedException", "a target in another account needs a role")
            held = sessions.assume(target["RoleArn"], "events.amazonaws.com", "events", rule.get("Arn"))
            sessions.require(held, "events:PutEvents", bus)
        except Refused as refused:
            log.warning("EventBridge: rule %s does not deliver to %s: %s", rule.get("Name"), bus, refused.message)
            return
        entry = {key: event.get(key) for key in ("Source", "DetailType", "Detail", "Resources")}
        _deliver(bus, entry)

    return invoke


def _policy(arn: str) -> tuple[Document, str] | None:
    """Of a bus, and the account that it is of."""
    if ":event-bus/" not in arn:
        return None
    account, region = _place(arn)
    with hooks.acting(account, region):
        return stores.bus_policy(_name(arn)), account


def _other_account(bus: str) -> bool:
    return ":event-bus/" in bus and _place(bus)[0] != hooks.caller().account


def _place(arn: str) -> tuple[str, str]:
    """(account, region)"""
    _, _, _, region, account, *_ = arn.split(":")
    return account, region


def _name(bus: str) -> str:
    return bus.rpartition("event-bus/")[2]


# --- types of CloudFormation -----------------------------------------------------------------------------------------


def _create_policy(properties: Document, place: Place) -> Made:
    return _update_policy(f"{_bus(properties)}|{properties['StatementId']}", {}, properties, place)


def _update_policy(ref: str, _: Document, after: Document, __: Place) -> Made:
    bus = _bus(after)
    if not stores.has_bus(bus):
        raise Refused("ResourceNotFoundException", f"Event bus {bus} does not exist.")
    stores.put_bus_statement(bus, after["StatementId"], _statement(after))
    return Made(ref)


def _delete_policy(_: str, properties: Document) -> None:
    stores.put_bus_statement(_bus(properties), properties["StatementId"], None)


def _statement(properties: Document) -> Document:
    """Written out, or by the older properties of one account that may put events."""
    written = properties.get("Statement")
    if written is not None:
        return dict(json.loads(written) if isinstance(written, str) else written)
    principal, where = properties["Principal"], properties.get("Condition")
    return {
        "Effect": "Allow",
        "Action": properties.get("Action", "events:PutEvents"),
        "Resource": "*",
        "Principal": principal if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"},
        **({"Condition": {where["Type"]: {where["Key"]: where["Value"]}}} if where else {}),
    }


def _bus(properties: Document) -> str:
    return str(properties.get("EventBusName", "default"))


def _create_archive(properties: Document, place: Place) -> Made:
    name = properties.get("ArchiveName") or place.name(48)
    made = stores.call("events", "CreateArchive", _archive(properties) | {"ArchiveName": name, "EventSourceArn": properties["SourceArn"]})
    return Made(name, {"Arn": made["ArchiveArn"]})


def _update_archive(ref: str, _: Document, after: Document, __: Place) -> Made:
    made = stores.call("events", "UpdateArchive", _archive(after) | {"ArchiveName": ref})
    return Made(ref, {"Arn": made["ArchiveArn"]})


def _delete_archive(ref: str, _: Document) -> None:
    try:
        stores.call("events", "DeleteArchive", {"ArchiveName": ref})
    except Refused as refused:
        if refused.code != "ResourceNotFoundException":
            raise


def _archive(properties: Document) -> Document:
    pattern = properties.get("EventPattern")
    found = {key: properties[key] for key in ("Description", "RetentionDays", "KmsKeyIdentifier") if key in properties}
    return found | ({"EventPattern": pattern if isinstance(pattern, str) else json.dumps(pattern)} if pattern else {})
