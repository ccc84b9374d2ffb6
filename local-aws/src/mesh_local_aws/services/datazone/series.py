"""Time series of assets and listings: quality, as it was measured from run to run."""

from __future__ import annotations

import json
from datetime import datetime

from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.datazone import assets, form_types, projects
from mesh_local_aws.services.datazone.store import Domain, Record, domain_of, given, new_id, page


def post_time_series_data_points(asked: Document) -> Document:
    domain = domain_of(asked)
    entity = _entity(domain, asked)
    projects.require_member(domain, entity["owningProjectId"])
    posted = [_point(domain, entity, form) for form in asked["forms"]]
    # All or none.
    for point in posted:
        for known in domain.where("data point", entityId=entity["id"], formName=point["formName"], timestamp=point["timestamp"]):
            domain.remove("data point", known["id"])
        domain.add("data point", point)
    return {"domainId": domain.id, "entityId": entity["id"], "entityType": asked["entityType"], "forms": posted}


def list_time_series_data_points(asked: Document) -> Document:
    """Newest first."""
    domain = domain_of(asked)
    found = domain.where("data point", entityId=_entity(domain, asked)["id"], formName=asked["formName"])
    found = [each for each in found if _seconds(asked, "startedAt", each) <= each["timestamp"] <= _seconds(asked, "endedAt", each)]
    return page(sorted(found, key=lambda each: -each["timestamp"]), asked)


def get_time_series_data_point(asked: Document) -> Document:
    domain = domain_of(asked)
    point = domain.find("data point", asked["identifier"])
    if (point["entityId"], point["formName"]) != (_entity(domain, asked)["id"], asked["formName"]):
        raise Refused(
            "ResourceNotFoundException", f"{asked['entityIdentifier']} has no data point {asked['identifier']} of {asked['formName']}"
        )
    return {"domainId": domain.id, "entityType": asked["entityType"], "form": point, **given(point, "entityId", "formName")}


def delete_time_series_data_points(asked: Document) -> Document:
    domain = domain_of(asked)
    entity = _entity(domain, asked)
    projects.require_member(domain, entity["owningProjectId"])
    for each in domain.where("data point", entityId=entity["id"], formName=asked["formName"]):
        domain.remove("data point", each["id"])
    return {}


def _entity(domain: Domain, asked: Document) -> Record:
    """The asset, of which a listing shows the same points."""
    id_ = asked["entityIdentifier"]
    if asked["entityType"] == "LISTING":
        id_ = domain.find("listing", id_)["entityId"]
    return assets.latest(domain.find("asset", id_))


def _point(domain: Domain, entity: Record, form: Document) -> Record:
    type_ = form_types.check_content(domain, form["formName"], form["typeIdentifier"], form.get("typeRevision"), form.get("content"))
    content = json.loads(form.get("content", "{}"))
    return {
        "id": new_id(),
        "entityId": entity["id"],
        "typeRevision": type_["revision"],
        "timestamp": _epoch(form["timestamp"]),
        # What is short enough for a list.
        "contentSummary": json.dumps({key: value for key, value in content.items() if not isinstance(value, list | dict)}),
        **given(form, "formName", "typeIdentifier", "content"),
    }


def _seconds(asked: Document, key: str, point: Record) -> float:
    return _epoch(asked[key]) if key in asked else float(point["timestamp"])


def _epoch(when: datetime | float) -> float:
    return when.timestamp() if isinstance(when, datetime) else float(when)


OPERATIONS = {
    "PostTimeSeriesDataPoints": post_time_series_data_points,
    "ListTimeSeriesDataPoints": list_time_series_data_points,
    "GetTimeSeriesDataPoint": get_time_series_data_point,
    "DeleteTimeSeriesDataPoints": delete_time_series_data_points,
}
