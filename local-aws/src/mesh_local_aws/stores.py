"""What the emulator keeps, where a service of ours has to look at it or change it: of the caller's account and region."""

from __future__ import annotations

import importlib
import json
import os
import re
import time
import uuid
from datetime import datetime
from typing import Any

import ministack.app as app
from ministack.core import iam_actions, responses
from ministack.services import athena, cloudtrail, dynamodb, eventbridge, glue, iam, s3, scheduler
from ministack.services.cloudformation import provisioners

from mesh_local_aws.refusal import Document
from mesh_local_aws.wire import Api, Request, answer_of


def glue_table(database: str, name: str) -> Document | None:
    found: Document | None = glue._tables.get(f"{database}/{name}")
    return found


def glue_database(name: str) -> Document | None:
    found: Document | None = glue._databases.get(name)
    return found


def linked_table(database: str, name: str) -> Document | None:
    """A table of this account's catalogue, or behind a link of its database to another account's."""
    target = (glue_database(database) or {}).get("TargetDatabase")
    if not target:
        return glue_table(database, name)
    with responses.request_scope(target["CatalogId"], target.get("Region") or responses.get_region()):
        return glue_table(target["DatabaseName"], name)


def glue_job(name: str) -> Document | None:
    found: Document | None = glue._jobs.get(name)
    return found


def glue_runs(job: str) -> list[Document]:
    """Of a job, oldest first; what is appended stays."""
    found: list[Document] = glue._job_runs.setdefault(job, [])
    return found


def every_glue_run() -> list[Document]:
    """Of all accounts and regions."""
    return [run for runs in glue._job_runs._data.values() for run in runs]


#: Of services that the emulator has under another name than botocore.
_MODULES = {"events": "eventbridge"}


def call(service: str, operation: str, asked: Document) -> Document:
    """The emulator's own function behind an operation, without permissions. Raises Refused."""
    function = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()
    home = importlib.import_module(f"ministack.services.{_MODULES.get(service, service)}")
    status, _, body = getattr(home, f"_{function}")(asked)
    return answer_of(Api.of(service), operation, status, body)


def partition_key(table: str) -> str | None:
    """Of a table of DynamoDB; None where there is no such table."""
    found = dynamodb._tables.get(table)
    return None if found is None else next((str(key["AttributeName"]) for key in found["KeySchema"] if key["KeyType"] == "HASH"), None)


def bucket_owner(bucket: str) -> str | None:
    found: str | None = s3._bucket_owner_account(bucket)
    return found


def delete_bucket(bucket: str) -> None:
    """As S3 deletes it. Raises ValueError where something is in it."""
    status, _, body = s3._delete_bucket(bucket)
    if status not in (204, 404):
        text = body.decode() if isinstance(body, bytes) else body
        message = re.search(r"<Message>(.*?)</Message>", text)
        raise ValueError(message[1] if message else text)


def set_bucket_tags(bucket: str, tags: Document) -> None:
    s3._bucket_tags[bucket] = tags


def athena_workgroup(name: str) -> Document | None:
    found: Document | None = athena._workgroups.get(name)
    return found


def work_group(query: str) -> str | None:
    """Of a query of Athena; None where there is no such query."""
    found = athena._executions.get(query)
    return None if found is None else str(found["WorkGroup"])


def athena_types() -> dict[str, str]:
    """DuckDB's names of types → Athena's."""
    found: dict[str, str] = athena._DUCKDB_TYPE_MAP
    return found


def is_enforced(workgroup: str) -> bool:
    """Whether a workgroup of Athena does not let queries say where their results go."""
    found = (athena._workgroups.get(workgroup) or {}).get("Configuration") or {}
    return str(found.get("EnforceWorkGroupConfiguration", False)).lower() == "true"


def put_event(source: str, detail_type: str, detail: str, resources: list[str]) -> None:
    """On the default bus, as a service of AWS."""
    eventbridge._put_events(
        {"Entries": [{"Source": source, "DetailType": detail_type, "Detail": detail, "Resources": resources}]}, allow_aws_source=True
    )


def resource_handlers(type_: str) -> dict[str, Any]:
    """create, update and delete of a type of CloudFormation that the emulator has."""
    found: dict[str, Any] = provisioners._RESOURCE_HANDLERS[type_]
    return found


def has_policy(arn: str) -> bool:
    """Of the customer's own, in the caller's account."""
    return arn in iam._policies


def bucket_policy(bucket: str) -> Document | None:
    """Of whichever account's bucket."""
    owner = s3._bucket_owner_account(bucket)
    found = None if owner is None else s3._bucket_policies.get_scoped(owner, None, bucket)
    return json.loads(found) if isinstance(found, str | bytes) and found else None


def write_object(bucket: str, key: str, content: bytes) -> None:
    """As a service that the bucket's policy lets."""
    owner = s3._bucket_owner_account(bucket)
    if owner is not None:
        with responses.request_scope(owner, responses.get_region()):
            s3._put_object(bucket, key, content, {"content-length": str(len(content))})


# --- CloudTrail ------------------------------------------------------------------------------------------------------


def action_of(request: Request) -> tuple[str, str | None]:
    """(service, action as IAM names it) of a request; no action of what IAM does not know."""
    words = routing_words(request)
    service: str = app.detect_service(request.method, request.path, request.headers, words)
    return service, iam_actions.extract_iam_action(service, request.method, request.path, request.headers, request.body, words)


def routing_words(request: Request) -> Document:
    """What a request says in its query or as a form."""
    found: Document = app._routing_params(request.method, request.path, request.headers, request.body, request.query)
    return found


def trails_of(account: str) -> list[tuple[str, Document]]:
    """(account that has it, trail) of those that record an account; with the trail its `selectors`, and `organization` if it is of one."""
    organization = os.environ.get("MESH_ORGANIZATION")
    found = []
    for (owner, region, name), trail in list(cloudtrail._trails._data.items()):
        whole = bool(trail.get("IsOrganizationTrail")) and organization is not None
        if not trail.get("IsLogging") or (owner != account and not whole):
            continue
        selectors = cloudtrail._event_selectors._data.get((owner, region, name)) or cloudtrail._DEFAULT_EVENT_SELECTORS
        found.append((owner, {**trail, "selectors": selectors, **({"organization": organization} if whole else {})}))
    return found


def keep_event(event: Document) -> None:
    """In the history of this account, which LookupEvents answers from."""
    session = event["userIdentity"].get("sessionContext", {}).get("sessionIssuer", {})
    cloudtrail._get_event_queue().append(
        {
            "EventId": event["eventID"],
            "EventName": event["eventName"],
            "EventSource": event["eventSource"],
            "EventTime": time.time(),
            "Username": event["userIdentity"].get("arn", "").rpartition("/")[2] or session.get("userName", ""),
            "AccessKeyId": "",
            "ReadOnly": str(event["readOnly"]).lower(),
            "Resources": [],
            "CloudTrailEvent": json.dumps(event),
        }
    )


# --- EventBridge -----------------------------------------------------------------------------------------------------


def has_bus(name: str) -> bool:
    return name == "default" or name in eventbridge._event_buses


def bus_policy(name: str) -> Document:
    found: Document = eventbridge._event_bus_policies.get(name) or {"Version": "2012-10-17", "Statement": []}
    return found


def put_bus_statement(name: str, sid: str, statement: Document | None) -> None:
    """Replaces a statement of a bus's policy; None takes it away."""
    others = [each for each in bus_policy(name)["Statement"] if each.get("Sid") != sid]
    added = [] if statement is None else [{**statement, "Sid": sid}]
    eventbridge._event_bus_policies[name] = {"Version": "2012-10-17", "Statement": others + added}


def deliver_event(bus: str, entry: Document, account: str) -> str:
    """Puts an event that is of another account on a bus of this one. The event's id."""
    record = {
        "EventId": str(uuid.uuid4()), "EventBusName": bus, "Time": int(time.time()), "Account": account, "Region": responses.get_region(),
        "Source": entry.get("Source", ""), "DetailType": entry.get("DetailType", ""), "Detail": entry.get("Detail", "{}"),
        "Resources": entry.get("Resources") or [],
    }  # fmt: skip
    eventbridge._events_log_list().append(record)
    view = eventbridge._pattern_event_view(record)
    eventbridge._dispatch_event(record, view)
    eventbridge._archive_event(record, view)
    return str(record["EventId"])


# --- EventBridge Scheduler -------------------------------------------------------------------------------------------


def every_schedule() -> list[tuple[str, str, Document]]:
    """(account, region, schedule) of all accounts and regions."""
    return [(account, region, found) for (account, region, _), found in list(scheduler._schedules._data.items())]


def delete_schedule(schedule: Document) -> None:
    scheduler._schedules.pop(f"{schedule['GroupName']}/{schedule['Name']}", None)


def rate_seconds(expression: str) -> int | None:
    """Of `rate(1 hour)`; None of another expression."""
    found: int | None = eventbridge._parse_rate_seconds(expression)
    return found


def next_cron(expression: str, after: datetime) -> datetime | None:
    """When `cron(0 5 * * ? *)` is due next, in the time zone of `after`; None where it never is, or is no cron."""
    fields = eventbridge._parse_cron_fields(expression)
    found: datetime | None = None if fields is None else eventbridge._cron_next_fire(fields, after)
    return found
