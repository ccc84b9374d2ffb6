"""A run of a data source: the tables of the Glue catalogue that its filters name, as assets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.datazone import assets, environments, listings
from mesh_local_aws.services.datazone.form_types import DATA_SOURCE, GLUE_TABLE
from mesh_local_aws.services.datazone.store import Domain, Record, given, now


def imported(domain: Domain, source: Record, run_id: str) -> Document:
    """What a run has done: its status, an activity for each table, and how many assets it made or changed."""
    account, region = environments.place_of_source(domain, source)
    filters = source.get("configuration", {}).get("glueRunConfiguration", {}).get("relationalFilterConfigurations", [])
    activities = []
    try:
        for each in filters:
            for table in _tables(account, region, each):
                arn = f"arn:aws:glue:{region}:{account}:table/{each['databaseName']}/{table['Name']}"
                activities.append(
                    {
                        "database": each["databaseName"],
                        "technicalName": table["Name"],
                        "dataSourceRunId": run_id,
                        "projectId": source["projectId"],
                        "createdAt": now(),
                        "updatedAt": now(),
                        **_import(domain, source, table, arn),
                    }
                )
    except Refused as refused:
        error = {"errorType": "RESOURCE_NOT_FOUND_EXCEPTION", "errorDetail": refused.message}
        return {"status": "FAILED", "activities": activities, "errorMessage": error}
    return {"status": "SUCCESS", "activities": activities, "runStatisticsForAssets": _statistics(activities)}


def _tables(account: str, region: str, wanted: Document) -> Iterator[Document]:
    database = wanted["databaseName"]
    expressions = wanted.get("filterExpressions") or [{"type": "INCLUDE", "expression": "*"}]
    with hooks.acting(account, region):
        if stores.glue_database(database) is None:
            raise Refused("EntityNotFoundException", f"account {account} has no database {database} in {region}")
        tables = stores.call("glue", "GetTables", {"DatabaseName": database})["TableList"]

    def named(kind: str, name: str) -> bool:
        return any(each["type"] == kind and fnmatchcase(name, each["expression"]) for each in expressions)

    includes_all = not any(each["type"] == "INCLUDE" for each in expressions)
    for table in sorted(tables, key=lambda each: str(each["Name"])):
        if (includes_all or named("INCLUDE", table["Name"])) and not named("EXCLUDE", table["Name"]):
            yield table


def _import(domain: Domain, source: Record, table: Document, arn: str) -> Document:
    """The status of the asset, and its id. Only the form that is the table's own is written anew."""
    form = {"formName": "GlueTableForm", "typeIdentifier": GLUE_TABLE, "content": json.dumps(_content(table, arn))}
    known = next(iter(domain.where("asset", externalIdentifier=arn)), None)
    if known is None:
        reference = {
            "formName": "DataSourceReferenceForm",
            "typeIdentifier": DATA_SOURCE,
            "content": json.dumps({"dataSourceIdentifier": {"id": source["id"], "type": "GLUE"}}),
        }
        asset = assets.add_asset(
            domain,
            source["projectId"],
            {
                "name": table["Name"],
                **given({"description": table.get("Description")}, "description"),
                "typeIdentifier": assets.GLUE_TABLE_ASSET,
                "externalIdentifier": arn,
                "formsInput": [form, reference, *_as_input(source.get("assetFormsOutput", []))],
            },
        )
        return _published(domain, source, asset) | {"dataAssetId": asset["id"]}
    before = assets.latest(known)
    if before["owningProjectId"] != source["projectId"] or _source_of(before) != source["id"]:
        return {"dataAssetStatus": "SKIPPED_ALREADY_IMPORTED", "dataAssetId": known["id"]}
    if any(each["formName"] == "GlueTableForm" and each["content"] == form["content"] for each in before["formsOutput"]):
        return {"dataAssetStatus": "UNCHANGED", "dataAssetId": known["id"]}
    others = [each for each in before["formsOutput"] if each["formName"] != "GlueTableForm"]
    assets.revise(domain, known, {**given(before, "name", "description", "glossaryTerms"), "formsInput": [form, *_as_input(others)]})
    return {"dataAssetStatus": "SUCCEEDED_UPDATED", "dataAssetId": known["id"]}


def _published(domain: Domain, source: Record, asset: Record) -> Document:
    if source["publishOnImport"]:
        listings.create_listing_change_set(
            {
                "domainIdentifier": domain.id,
                "entityIdentifier": asset["id"],
                "entityType": "ASSET",
                "action": "PUBLISH",
            }
        )
    return {"dataAssetStatus": "SUCCEEDED_CREATED"}


def _content(table: Document, arn: str) -> Document:
    storage = table.get("StorageDescriptor", {})
    columns = [
        {"columnName": each["Name"], "dataType": each.get("Type", ""), **({"description": each["Comment"]} if each.get("Comment") else {})}
        for each in (*storage.get("Columns", ()), *table.get("PartitionKeys", ()))
    ]
    return {"tableName": table["Name"], "tableArn": arn, "sourceLocation": storage.get("Location", ""), "columns": columns}


def _source_of(revision: Record) -> str | None:
    """Of an asset that its data source still looks after."""
    form = next((each for each in revision["formsOutput"] if each["typeName"] == DATA_SOURCE), None)
    found: str | None = None if form is None else json.loads(form["content"]).get("dataSourceIdentifier", {}).get("id")
    return found


def _as_input(forms: list[Document]) -> list[Document]:
    return [{"typeIdentifier": form["typeName"], **given(form, "formName", "typeRevision", "content")} for form in forms]


def _statistics(activities: list[Document]) -> Document:
    counted = {
        "added": "SUCCEEDED_CREATED",
        "updated": "SUCCEEDED_UPDATED",
        "unchanged": "UNCHANGED",
        "skipped": "SKIPPED_ALREADY_IMPORTED",
        "failed": "FAILED",
    }
    return {key: sum(each["dataAssetStatus"] == status for each in activities) for key, status in counted.items()}
