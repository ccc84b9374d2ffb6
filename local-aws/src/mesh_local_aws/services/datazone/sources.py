"""Data sources: which tables of the lake a project keeps in its inventory."""

from __future__ import annotations

from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.datazone import environments, form_types, imports, projects
from mesh_local_aws.services.datazone.store import Domain, Record, conflict, domain_of, given, invalid, new_id, now, page

# https://docs.aws.amazon.com/datazone/latest/userguide/quotas.html
RUNS_A_DAY = 25
_DAY = 24 * 3600

_OF_SOURCE = ("name", "description", "enableSetting", "publishOnImport", "recommendation", "schedule")


def create_data_source(asked: Document) -> Record:
    domain = domain_of(asked)
    project = projects.require_member(domain, asked["projectIdentifier"])
    if asked["type"] != "GLUE":
        raise invalid(f"data sources of type {asked['type']} are not emulated")
    domain.unique("data source", "name", asked["name"], projectId=project["id"])
    id_ = new_id()
    source = {
        "id": id_,
        "dataSourceId": id_,
        "domainId": domain.id,
        "projectId": project["id"],
        "type": "GLUE",
        "status": "READY",
        "enableSetting": "ENABLED",
        "publishOnImport": False,
        "createdAt": now(),
        "updatedAt": now(),
        **_where(domain, project, asked),
        **given(asked, *_OF_SOURCE),
    }
    account, region = environments.place_of_source(domain, source)
    return domain.add("data source", source | _configured(domain, asked, account, region)) | {"status": "CREATING"}


def get_data_source(asked: Document) -> Record:
    return domain_of(asked).find("data source", asked["identifier"])


def list_data_sources(asked: Document) -> Document:
    domain = domain_of(asked)
    domain.find("project", asked["projectIdentifier"])
    found = domain.where(
        "data source",
        projectId=asked["projectIdentifier"],
        environmentId=asked.get("environmentIdentifier"),
        connectionId=asked.get("connectionIdentifier"),
        type=asked.get("type"),
        status=asked.get("status"),
    )
    return page([each for each in found if each["name"].startswith(asked.get("name", ""))], asked)


def update_data_source(asked: Document) -> Record:
    domain = domain_of(asked)
    source = _mine(domain, asked["identifier"])
    account, region = environments.place_of_source(domain, source)
    source.update(given(asked, *_OF_SOURCE), **_configured(domain, asked, account, region), updatedAt=now())
    return source | {"status": "UPDATING"}


def delete_data_source(asked: Document) -> Record:
    """What it has imported stays."""
    domain = domain_of(asked)
    source = _mine(domain, asked["identifier"])
    return domain.remove("data source", source["id"]) | {"status": "DELETING"}


def start_data_source_run(asked: Document) -> Record:
    """Done at once; the answer says REQUESTED, as DataZone's does, which takes a while."""
    domain = domain_of(asked)
    source = _mine(domain, asked["dataSourceIdentifier"])
    if source["enableSetting"] != "ENABLED":
        raise conflict(f"the data source {source['name']} is disabled")
    today = [run for run in domain.where("data source run", dataSourceId=source["id"]) if run["createdAt"] > now() - _DAY]
    if len(today) >= RUNS_A_DAY:
        raise Refused("ServiceQuotaExceededException", f"the data source {source['name']} was run {RUNS_A_DAY} times in a day")
    run = domain.add(
        "data source run",
        {
            "id": new_id(),
            "domainId": domain.id,
            "dataSourceId": source["id"],
            "projectId": source["projectId"],
            "type": "PRIORITIZED",
            "createdAt": now(),
            "startedAt": now(),
            "updatedAt": now(),
        },
    )
    run.update(imports.imported(domain, source, run["id"]), stoppedAt=now(), updatedAt=now())
    source.update({"lastRunStatus": run["status"], "lastRunAt": now(), "lastRunAssetCount": len(run["activities"])})
    return {key: value for key, value in run.items() if key != "stoppedAt"} | {"status": "REQUESTED"}


def get_data_source_run(asked: Document) -> Record:
    return domain_of(asked).find("data source run", asked["identifier"])


def list_data_source_runs(asked: Document) -> Document:
    """Newest first."""
    domain = domain_of(asked)
    domain.find("data source", asked["dataSourceIdentifier"])
    found = domain.where("data source run", dataSourceId=asked["dataSourceIdentifier"], status=asked.get("status"))
    return page(found[::-1], asked)


def list_data_source_run_activities(asked: Document) -> Document:
    activities = domain_of(asked).find("data source run", asked["identifier"])["activities"]
    return page([each for each in activities if asked.get("status", each["dataAssetStatus"]) == each["dataAssetStatus"]], asked)


def _mine(domain: Domain, id_: str) -> Record:
    source = domain.find("data source", id_)
    projects.require_member(domain, source["projectId"])
    return source


def _where(domain: Domain, project: Record, asked: Document) -> Document:
    """A domain of version 2 knows connections, one of version 1 environments; each refuses the other's."""
    noun, wanted, other = (
        ("connection", "connectionIdentifier", "environmentIdentifier")
        if domain.is_v2
        else ("environment", "environmentIdentifier", "connectionIdentifier")
    )
    if wanted not in asked or other in asked:
        raise invalid(f"a data source of a domain of version {'2' if domain.is_v2 else '1'} has a {wanted}, and no {other}")
    found = domain.find(noun, asked[wanted])
    if found["projectId"] != project["id"]:
        raise invalid(f"the {noun} {found['name']} is another project's")
    return {f"{noun}Id": found["id"]}


def _configured(domain: Domain, asked: Document, account: str, region: str) -> Document:
    forms = {"assetFormsOutput": form_types.checked_forms(domain, asked["assetFormsInput"])} if "assetFormsInput" in asked else {}
    if "configuration" not in asked:
        return forms
    if "glueRunConfiguration" not in asked["configuration"]:
        raise invalid("the configuration of a data source of type GLUE is its glueRunConfiguration")
    run = asked["configuration"]["glueRunConfiguration"]
    if domain.is_v2 and "dataAccessRole" in run:
        raise invalid("a data source of a domain of version 2 has no dataAccessRole: its connection says how tables are read")
    return forms | {"configuration": {"glueRunConfiguration": run | {"accountId": account, "region": region}}}


OPERATIONS = {
    "CreateDataSource": create_data_source,
    "GetDataSource": get_data_source,
    "ListDataSources": list_data_sources,
    "UpdateDataSource": update_data_source,
    "DeleteDataSource": delete_data_source,
    "StartDataSourceRun": start_data_source_run,
    "GetDataSourceRun": get_data_source_run,
    "ListDataSourceRuns": list_data_source_runs,
    "ListDataSourceRunActivities": list_data_source_run_activities,
}
