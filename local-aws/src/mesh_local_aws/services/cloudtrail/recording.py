"""What trails record: each request that changes something, who looks into the lake or takes a role, and who touches an object that a
selector names. Other reads are not recorded. A file is delivered within a second, where AWS takes minutes."""

from __future__ import annotations

import gzip
import json
import logging
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import UnknownServiceError

from mesh_local_aws import hooks, stores, wire
from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.cloudtrail.events import Call, event, spelled

log = logging.getLogger("mesh-local-aws")

#: Services whose reads are recorded too.
_READS = {"lakeformation", "glue", "athena", "sts"}
_OF_OBJECTS = {"GetObject", "PutObject", "DeleteObject", "HeadObject"}
#: Of requests that hold what nobody may read later.
_NOT_SAID = {"secretsmanager", "kms"}
#: (account that delivers, trail, account, region) → records.
_waiting: dict[tuple[str, str, str, str], list[Document]] = {}
_lock = threading.Lock()


def install() -> None:
    hooks.replace("app", "_dispatch_service_request", _watched)


Dispatch = Callable[..., Awaitable[tuple[int, Document, bytes]]]


def _watched(original: Dispatch) -> Dispatch:
    async def dispatch(
        method: str, path: str, headers: Document, body: bytes, query: Document, request: str
    ) -> tuple[int, Document, bytes]:
        answer = await original(method, path, headers, body, query, request)
        try:
            call = _call(wire.Request(method, path, headers, body, query), answer)
        except Exception:
            log.exception("CloudTrail does not record %s %s", method, path)
        else:
            if call is not None:
                record(call)
        return answer

    return dispatch


def record(call: Call) -> None:
    """In the account of who asks and, of an object that was reached, in that of its bucket."""
    accounts = [call.caller.account]
    bucket = None if call.object_arn is None else stores.bucket_owner(call.object_arn.removeprefix("arn:aws:s3:::").split("/")[0])
    if call.error is None and bucket is not None and bucket not in accounts:
        accounts.append(bucket)
    shared_by(call, accounts)


def shared_by(call: Call, accounts: list[str]) -> None:
    """In each of the accounts, under one id where they are several."""
    shared = str(uuid.uuid4()) if len(accounts) > 1 else None
    for account in accounts:
        with hooks.acting(account, call.caller.region):
            made = event(call, account, shared)
            if call.category == "Management":
                stores.keep_event(made)
            for owner, trail in stores.trails_of(account):
                if any(_selected(call, each) for each in trail["selectors"]):
                    with _lock:
                        if not _waiting:
                            threading.Timer(1, deliver).start()
                        _waiting.setdefault((owner, trail["Name"], account, call.caller.region), []).append(made)


def deliver() -> None:
    """Writes what waits, a file for each trail, account and region."""
    with _lock:
        files = dict(_waiting)
        _waiting.clear()
    for (owner, name, account, region), records in files.items():
        trail = next((each for of, each in stores.trails_of(account) if (of, each["Name"]) == (owner, name)), None)
        if trail is None:
            continue
        now = time.gmtime()
        prefix = f"{trail['S3KeyPrefix']}/" if trail.get("S3KeyPrefix") else ""
        whose = f"{trail['organization']}/{account}" if trail.get("organization") else account
        key = (
            f"{prefix}AWSLogs/{whose}/CloudTrail/{region}/{time.strftime('%Y/%m/%d', now)}/"
            f"{account}_CloudTrail_{region}_{time.strftime('%Y%m%dT%H%MZ', now)}_{uuid.uuid4().hex[:16]}.json.gz"
        )
        stores.write_object(trail["S3BucketName"], key, gzip.compress(json.dumps({"Records": records}).encode()))


# --- which calls -----------------------------------------------------------------------------------------------------


def _call(request: wire.Request, answer: tuple[int, Document, bytes]) -> Call | None:
    """None of what is not recorded."""
    service, action = stores.action_of(request)
    if action is None or service == "cloudtrail":
        return None
    name = action.partition(":")[2]
    reads = name.startswith(("Get", "List", "Describe", "Head", "Search", "Batch", "Lookup"))
    who = hooks.caller()
    made = Call(f"{service}.amazonaws.com", name, who, {}, reads, _error(answer))
    if service == "s3":
        bucket, _, key = unquote(request.path).lstrip("/").partition("/")
        if name in _OF_OBJECTS and key:
            return replace(made, asked={"bucketName": bucket, "key": key}, object_arn=f"arn:aws:s3:::{bucket}/{key}")
        return None if reads else replace(made, asked={"bucketName": bucket})
    if reads and service not in _READS:
        return None
    return replace(made, asked={} if service in _NOT_SAID else _asked(service, request))


def _asked(service: str, request: wire.Request) -> Document:
    try:
        found: Document = spelled(wire.read(hooks.api_of(service), request)[1])
    except (Refused, UnknownServiceError):
        # The emulator's name for it is no API's, or it is not as the API has it.
        found = spelled({key: value[0] if isinstance(value, list) else value for key, value in stores.routing_words(request).items()})
    return found


def _error(answer: tuple[int, Document, bytes]) -> tuple[str, str] | None:
    status, _, body = answer
    if status < 400:
        return None
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    try:
        said = json.loads(text)
        return str(said.get("__type", said.get("code", "InternalFailure"))).rpartition("#")[2], str(
            said.get("message", said.get("Message", ""))
        )
    except (ValueError, AttributeError):
        return _between(text, "Code") or "InternalFailure", _between(text, "Message")


def _between(text: str, tag: str) -> str:
    return text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]


def _selected(call: Call, selector: Document) -> bool:
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html"""
    if "FieldSelectors" not in selector:
        return bool(call.category == "Management" and selector.get("IncludeManagementEvents", True))
    said: dict[str, Any] = {
        "eventCategory": call.category,
        "eventName": call.name,
        "eventSource": call.source,
        "readOnly": str(call.reads).lower(),
        "resources.type": None if call.object_arn is None else "AWS::S3::Object",
        "resources.ARN": call.object_arn,
    }
    return all(_fits(said.get(each["Field"]), each) for each in selector["FieldSelectors"])


def _fits(value: str | None, condition: Document) -> bool:
    if value is None:
        return False
    tests: dict[str, Callable[[str], bool]] = {"Equals": value.__eq__, "StartsWith": value.startswith, "EndsWith": value.endswith}
    for name, test in tests.items():
        if condition.get(name) and not any(test(each) for each in condition[name]):
            return False
        if any(test(each) for each in condition.get(f"Not{name}") or []):
            return False
    return True
