"""Lineage events, as OpenLineage writes them."""

from __future__ import annotations

import json
from datetime import datetime

from mesh_local_aws.hooks import Document
from mesh_local_aws.services.datazone import people
from mesh_local_aws.services.datazone.store import Record, domain_of, invalid, new_id, now, page

_STATES = ("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER")


def post_lineage_event(asked: Document) -> Record:
    """IAM decides who may, not a project: https://docs.aws.amazon.com/datazone/latest/userguide/datazone-data-lineage.html"""
    domain = domain_of(asked)
    event = _run_event(asked["event"])
    return domain.add(
        "lineage event",
        {
            "id": new_id(),
            "domainId": domain.id,
            "event": json.dumps(event),
            "createdBy": people.asker(domain)["id"],
            "createdAt": now(),
            "processingStatus": "SUCCESS",
            "eventTime": datetime.fromisoformat(event["eventTime"]).timestamp(),
            "eventSummary": {
                "openLineageRunEventSummary": {
                    "eventType": event["eventType"],
                    "runId": event["run"]["runId"],
                    "job": _named(event["job"]),
                    "inputs": [_named(each) for each in event.get("inputs", ())],
                    "outputs": [_named(each) for each in event.get("outputs", ())],
                }
            },
        },
    )


def get_lineage_event(asked: Document) -> Record:
    found = domain_of(asked).find("lineage event", asked["identifier"])
    return found | {"event": found["event"].encode()}


def list_lineage_events(asked: Document) -> Document:
    found = domain_of(asked).where("lineage event", processingStatus=asked.get("processingStatus"))
    found = [
        each
        for each in found
        if ("timestampAfter" not in asked or each["eventTime"] >= asked["timestampAfter"].timestamp())
        and ("timestampBefore" not in asked or each["eventTime"] <= asked["timestampBefore"].timestamp())
    ]
    return page(sorted(found, key=lambda each: each["eventTime"], reverse=asked.get("sortOrder") != "ASCENDING"), asked)


def _run_event(blob: bytes | str) -> Document:
    """Raises ValidationException of what is no RunEvent: the only kind that DataZone takes."""
    try:
        event = json.loads(blob)
        if event["eventType"] not in _STATES:
            raise invalid(f"eventType of the lineage event is {event['eventType']}, not one of {', '.join(_STATES)}")
        datetime.fromisoformat(event["eventTime"])
        for entity in (event["job"], *event.get("inputs", ()), *event.get("outputs", ())):
            _named(entity)
        _ = event["run"]["runId"], event["producer"], event["schemaURL"]
    except KeyError as absent:
        raise invalid(f"the lineage event is no RunEvent of OpenLineage: {absent.args[0]} is missing") from None
    except (TypeError, ValueError) as bad:
        raise invalid(f"the lineage event is no RunEvent of OpenLineage: {bad}") from None
    found: Document = event
    return found


def _named(entity: Document) -> Document:
    return {"name": entity["name"], "namespace": entity["namespace"]}


OPERATIONS = {
    "PostLineageEvent": post_lineage_event,
    "GetLineageEvent": get_lineage_event,
    "ListLineageEvents": list_lineage_events,
}
