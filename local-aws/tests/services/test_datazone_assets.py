"""What a data source imports, and what people and handlers write on it."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from catalogue import Lake, kept_forms
from in_process import client


def test_a_run_makes_an_asset_of_each_table_that_the_filters_name() -> None:
    lake = Lake("order_id", "total")
    lake.create_table("returns_v1", "return_id")
    assert lake.run() == {"orders_v1": "SUCCEEDED_CREATED"}
    asset = lake.asset()
    forms = {form["formName"]: json.loads(form["content"]) for form in asset["formsOutput"]}
    assert [column["columnName"] for column in forms["GlueTableForm"]["columns"]] == ["order_id", "total"]
    assert forms["DataSourceReferenceForm"]["dataSourceIdentifier"]["id"] == lake.source
    assert asset["externalIdentifier"] == "arn:aws:glue:eu-west-1:111122223333:table/sales/orders_v1"
    assert "listing" not in asset
    assert lake.run() == {"orders_v1": "UNCHANGED"}


def test_a_run_after_a_change_of_the_table_keeps_what_others_wrote() -> None:
    lake = Lake("order_id")
    lake.run()
    revision = lake.create_form_type()
    ours = {
        "formName": "MeshContract",
        "typeIdentifier": "MeshContractForm",
        "typeRevision": revision,
        "content": json.dumps({"product": "dp_sales_orders"}),
    }
    lake.publisher.create_asset_revision(
        domainIdentifier=lake.id,
        identifier=lake.assets["orders_v1"],
        name="orders",
        description="One row per order",
        formsInput=[*kept_forms(lake.asset()), ours],
    )
    lake.change_table("orders_v1", "order_id", "channel")
    assert lake.run() == {"orders_v1": "SUCCEEDED_UPDATED"}
    asset = lake.asset()
    forms = {form["formName"]: json.loads(form["content"]) for form in asset["formsOutput"]}
    assert forms["MeshContract"] == {"product": "dp_sales_orders"}
    assert [column["columnName"] for column in forms["GlueTableForm"]["columns"]] == ["order_id", "channel"]
    assert (asset["name"], asset["description"], asset["revision"]) == ("orders", "One row per order", "3")


def test_a_run_of_a_database_that_is_not_there_fails_and_says_so() -> None:
    lake = Lake()
    lake.publisher.update_data_source(
        domainIdentifier=lake.id,
        identifier=lake.source,
        configuration={
            "glueRunConfiguration": {"relationalFilterConfigurations": [{"databaseName": "marketing"}]},
        },
    )
    run = lake.publisher.start_data_source_run(domainIdentifier=lake.id, dataSourceIdentifier=lake.source)
    ended = lake.publisher.get_data_source_run(domainIdentifier=lake.id, identifier=run["id"])
    assert ended["status"] == "FAILED"
    assert ended["errorMessage"]["errorDetail"] == "account 111122223333 has no database marketing in eu-west-1"


def test_a_data_source_is_run_25_times_a_day_and_no_more() -> None:
    lake = Lake()
    for _ in range(25):
        lake.run()
    with pytest.raises(ClientError, match="ServiceQuotaExceededException"):
        lake.run()


def test_a_revision_replaces_every_form_and_has_to_bring_the_tables_own() -> None:
    lake = Lake()
    lake.run()
    asked = {"domainIdentifier": lake.id, "identifier": lake.assets["orders_v1"], "name": "orders"}
    with pytest.raises(ClientError, match=r"ValidationException.*GlueTableForm is required"):
        lake.publisher.create_asset_revision(
            **asked, formsInput=[form for form in kept_forms(lake.asset()) if form["formName"] != "GlueTableForm"]
        )
    only = [form for form in kept_forms(lake.asset()) if form["formName"] == "GlueTableForm"]
    assert [form["formName"] for form in lake.publisher.create_asset_revision(**asked, formsInput=only)["formsOutput"]] == ["GlueTableForm"]
    # Its data source no longer looks after it.
    assert lake.run() == {"orders_v1": "SKIPPED_ALREADY_IMPORTED"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({}, "product is missing"),
        ({"product": "p", "owner": "o"}, "owner is no member of MeshContractForm"),
        ({"product": "p", "rows": "many"}, "rows is no Integer"),
    ],
)
def test_a_form_is_held_against_its_type(content: dict[str, str], why: str) -> None:
    lake = Lake()
    lake.run()
    form = {
        "formName": "MeshContract",
        "typeIdentifier": "MeshContractForm",
        "typeRevision": lake.create_form_type(),
        "content": json.dumps(content),
    }
    with pytest.raises(ClientError, match=f"ValidationException.*form MeshContract: {why}"):
        lake.publisher.create_asset_revision(
            domainIdentifier=lake.id,
            identifier=lake.assets["orders_v1"],
            name="orders",
            formsInput=[*kept_forms(lake.asset()), form],
        )


def test_a_form_names_a_revision_that_its_type_has() -> None:
    lake = Lake()
    lake.run()
    lake.create_form_type()
    form = {"formName": "MeshContract", "typeIdentifier": "MeshContractForm", "typeRevision": "7", "content": '{"product": "p"}'}
    with pytest.raises(ClientError, match="the form type MeshContractForm has no revision 7"):
        lake.publisher.create_asset_revision(
            domainIdentifier=lake.id,
            identifier=lake.assets["orders_v1"],
            name="orders",
            formsInput=[*kept_forms(lake.asset()), form],
        )


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("structure Other { a: String }", "has no structure MeshContractForm"),
        ("structure MeshContractForm { a: String, a: String }", "has the member a twice"),
        ("structure MeshContractForm { a String }", "expected :, received String"),
        ("structure MeshContractForm {", "received the end of the text"),
    ],
)
def test_the_model_of_a_form_type_is_smithy(model: str, why: str) -> None:
    lake = Lake()
    with pytest.raises(ClientError, match=f"ValidationException.*{why}"):
        lake.publisher.create_form_type(
            domainIdentifier=lake.id, owningProjectIdentifier=lake.project, name="MeshContractForm", model={"smithy": model}
        )


def test_only_members_of_the_project_write_on_its_assets() -> None:
    lake = Lake()
    lake.run()
    with pytest.raises(ClientError, match="AccessDenied"):
        lake.datazone.create_asset_revision(
            domainIdentifier=lake.id, identifier=lake.assets["orders_v1"], name="mine", formsInput=kept_forms(lake.asset())
        )


def test_a_client_token_that_comes_again_gets_the_first_answer() -> None:
    lake = Lake()
    asked = {"domainIdentifier": lake.id, "dataSourceIdentifier": lake.source}
    first = lake.publisher.start_data_source_run(**asked, clientToken="once")
    assert lake.publisher.start_data_source_run(**asked, clientToken="once")["id"] == first["id"]
    assert lake.publisher.start_data_source_run(**asked, clientToken="twice")["id"] != first["id"]


def test_a_client_token_is_for_one_request() -> None:
    lake = Lake()
    lake.publisher.create_glossary(domainIdentifier=lake.id, owningProjectIdentifier=lake.project, name="sales", clientToken="one")
    with pytest.raises(ClientError, match="ConflictException"):
        lake.publisher.create_glossary(domainIdentifier=lake.id, owningProjectIdentifier=lake.project, name="other", clientToken="one")


def test_terms_are_there_before_they_are_named_and_gone_before_their_glossary() -> None:
    lake = Lake()
    lake.run()
    asked = {"domainIdentifier": lake.id, "identifier": lake.assets["orders_v1"], "name": "orders", "formsInput": kept_forms(lake.asset())}
    with pytest.raises(ClientError, match=r"ValidationException.*has the terms nowhere"):
        lake.publisher.create_asset_revision(**asked, glossaryTerms=["nowhere"])
    glossary = lake.publisher.create_glossary(
        domainIdentifier=lake.id, owningProjectIdentifier=lake.project, name="shoply", status="ENABLED"
    )["id"]
    term = lake.publisher.create_glossary_term(domainIdentifier=lake.id, glossaryIdentifier=glossary, name="Order", status="ENABLED")["id"]
    assert lake.publisher.create_asset_revision(**asked, glossaryTerms=[term])["glossaryTerms"] == [term]
    found = lake.publisher.search(domainIdentifier=lake.id, searchScope="GLOSSARY_TERM", searchText="order")["items"]
    assert [each["glossaryTermItem"]["id"] for each in found] == [term]
    with pytest.raises(ClientError, match="disable it first"):
        lake.publisher.delete_glossary(domainIdentifier=lake.id, identifier=glossary)
    lake.publisher.update_glossary(domainIdentifier=lake.id, identifier=glossary, status="DISABLED")
    with pytest.raises(ClientError, match="has terms"):
        lake.publisher.delete_glossary(domainIdentifier=lake.id, identifier=glossary)


def test_quality_is_a_series_of_an_asset() -> None:
    lake = Lake()
    lake.run()
    quality = "amazon.datazone.DataQualityResultFormType"
    revision = lake.publisher.get_form_type(domainIdentifier=lake.id, formTypeIdentifier=quality)["revision"]

    def post(at: int, score: float) -> None:
        lake.publisher.post_time_series_data_points(
            domainIdentifier=lake.id,
            entityIdentifier=lake.assets["orders_v1"],
            entityType="ASSET",
            forms=[
                {
                    "formName": "MeshCertification",
                    "typeIdentifier": quality,
                    "typeRevision": revision,
                    "timestamp": at,
                    "content": json.dumps({"evaluations": [], "passingPercentage": score, "evaluationsCount": 0}),
                }
            ],
        )

    post(2_000_000, 90.0)
    post(1_000_000, 80.0)
    points = lake.publisher.list_time_series_data_points(
        domainIdentifier=lake.id,
        entityIdentifier=lake.assets["orders_v1"],
        entityType="ASSET",
        formName="MeshCertification",
    )["items"]
    assert [json.loads(point["contentSummary"])["passingPercentage"] for point in points] == [90.0, 80.0]
    latest = lake.asset()["latestTimeSeriesDataPointFormsOutput"]
    assert [json.loads(point["contentSummary"])["passingPercentage"] for point in latest] == [90.0]


def test_lineage_is_told_by_run_events_of_openlineage() -> None:
    lake = Lake()
    event = {
        "eventType": "COMPLETE",
        "eventTime": "2030-01-01T00:00:00Z",
        "producer": "https://shoply.com",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
        "run": {"runId": "r1"},
        "job": {"namespace": "mesh://sales", "name": "mesh-sales-orders-v1"},
        "outputs": [{"namespace": "arn:aws:glue", "name": "table/sales/orders_v1"}],
    }
    told = lake.publisher.post_lineage_event(domainIdentifier=lake.id, event=json.dumps(event).encode())
    assert json.loads(lake.publisher.get_lineage_event(domainIdentifier=lake.id, identifier=told["id"])["event"].read()) == event
    listed = lake.publisher.list_lineage_events(domainIdentifier=lake.id)["items"]
    assert [each["eventSummary"]["openLineageRunEventSummary"]["runId"] for each in listed] == ["r1"]
    without = {key: value for key, value in event.items() if key != "run"}
    with pytest.raises(ClientError, match=r"ValidationException.*run is missing"):
        lake.publisher.post_lineage_event(domainIdentifier=lake.id, event=json.dumps(without).encode())


def test_an_operation_that_is_not_emulated_says_so() -> None:
    lake = Lake()
    with pytest.raises(ClientError, match="datazone:ListNotifications is not emulated"):
        lake.publisher.list_notifications(domainIdentifier=lake.id, type="TASK")


def test_what_the_model_refuses_never_arrives() -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*identifier"):
        client("datazone").get_domain(identifier="not-a-domain")
