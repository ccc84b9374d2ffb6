"""What Glue does here beyond the emulator: rulesets, jobs that are bounded, and refusals where it would accept in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from ministack.core import iam_actions
from ministack.services import glue
from ministack.services.cloudformation import changesets, provisioners

from mesh_local_aws import hooks, stores
from mesh_local_aws.hooks import Place, Refused
from mesh_local_aws.services import glue_jobs, glue_types, small_differences


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with hooks.acting("222222222222", "eu-west-1"):
        yield
        for state in (glue_types.RULESETS, glue._jobs, glue._job_runs):
            for key in list(state):
                del state[key]


async def _nothing(_: hooks.Document) -> hooks.Document:
    return {}


def answered(operation: str, asked: hooks.Document) -> hooks.Document:
    return asyncio.run(glue_types._more(operation, asked, _nothing))


def test_a_ruleset_of_a_stack_is_found_by_the_api() -> None:
    made = glue_types._create_ruleset({"Name": "orders", "Ruleset": 'Rules = [IsComplete "order_id"]'}, Place("stack", "Rules"))
    assert answered("GetDataQualityRuleset", {"Name": made.ref})["Ruleset"] == 'Rules = [IsComplete "order_id"]'
    with pytest.raises(Refused, match="already exists"):
        glue_types._create_ruleset({"Name": "orders", "Ruleset": "Rules = []"}, Place("stack", "Again"))
    glue_types._delete_ruleset(made.ref, {})
    with pytest.raises(Refused, match="there is no data quality ruleset orders"):
        answered("GetDataQualityRuleset", {"Name": "orders"})


def test_a_stack_takes_over_the_database_that_its_template_names_where_a_type_is_identified_and_no_other() -> None:
    glue_types.install()
    stores.call("glue", "CreateDatabase", {"DatabaseInput": {"Name": "sales"}})

    def taken_over(properties: hooks.Document) -> list[hooks.Document]:
        added = {"ResourceChange": {"Action": "Add", "ResourceType": "AWS::Glue::Database", "LogicalResourceId": "Published"}}
        template = {"Resources": {"Published": {"Properties": properties}}}
        return [each["ResourceIdentifier"] for each in changesets._existing_resources([added], template)]

    assert taken_over({"DatabaseName": "sales"}) == [{"DatabaseName": "sales"}]
    assert taken_over({"DatabaseName": "crm"}) == []
    assert taken_over({"DatabaseInput": {"Name": "sales"}}) == []
    assert provisioners._import_resource("AWS::Glue::Database", {"DatabaseName": "sales"}) == ("sales", {})
    glue._databases.pop("sales")


@pytest.mark.parametrize(("operation", "name"), [("CreateTable", "OpenTableFormatInput"), ("UpdateTable", "UpdateOpenTableFormatInput")])
def test_metadata_that_nobody_would_write_is_refused(operation: str, name: str) -> None:
    with pytest.raises(Refused, match="is not emulated; write the metadata file"):
        answered(operation, {"DatabaseName": "sales", name: {}})


@pytest.mark.parametrize(
    ("operation", "resource"), [("GetDatabase", "database/sales"), ("GetConnection", "connection/sales"), ("CreateJob", "job/sales")]
)
def test_a_request_is_held_against_what_it_names(operation: str, resource: str) -> None:
    place = ("us-west-2", "111111111111")
    headers = {"x-amz-target": f"AWSGlue.{operation}"}
    hooks.held_against("glue", small_differences._named_in_glue)
    assert (
        iam_actions.extract_resource_arn("glue", "POST", "/", headers, b'{"Name": "sales"}', {}, *place)
        == f"arn:aws:glue:{place[0]}:{place[1]}:{resource}"
    )


def test_a_job_runs_as_often_at_once_as_it_says() -> None:
    glue._jobs["etl"] = {"Name": "etl", "Role": "arn:aws:iam::222222222222:role/none", "Command": {"ScriptLocation": "s3://a/b"}}
    stores.glue_runs("etl").append({"Id": "jr_1", "JobName": "etl", "JobRunState": "RUNNING", "StartedOn": 0})
    with pytest.raises(Refused, match="etl may run 1 times at once, and does") as caught:
        glue_jobs.start({"JobName": "etl"})
    assert caught.value.code == "ConcurrentRunsExceededException"


def test_a_run_that_has_ended_is_not_stopped() -> None:
    stores.glue_runs("etl").append({"Id": "jr_1", "JobName": "etl", "JobRunState": "SUCCEEDED", "StartedOn": 0})
    answer = glue_jobs.stop({"JobName": "etl", "JobRunIds": ["jr_1", "jr_2"]})
    assert [error["ErrorDetail"]["ErrorCode"] for error in answer["Errors"]] == ["InvalidInputException", "EntityNotFoundException"]


def test_a_job_whose_role_is_not_there_fails_and_says_so() -> None:
    job = {"Name": "etl", "Role": "arn:aws:iam::222222222222:role/none", "Command": {"ScriptLocation": "s3://a/b"}}
    run = {"Id": "jr_1", "JobName": "etl", "JobRunState": "STARTING", "StartedOn": 0}
    glue_jobs._work(job, run)
    assert run["JobRunState"] == "FAILED"
    assert "there is no such role" in str(run["ErrorMessage"])
