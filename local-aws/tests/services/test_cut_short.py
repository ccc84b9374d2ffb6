"""What was at work when the process ended has ended with it, and says so: nobody waits for it, and it can be begun again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import cloudformation as emulated
from ministack.services import glue, stepfunctions

from mesh_local_aws import cloudformation, executions, hooks, stores
from mesh_local_aws.hooks.written import Writer
from mesh_local_aws.services import glue_jobs

ARN = "arn:aws:states:eu-west-1:222222222222:execution:m:e"


@pytest.fixture(autouse=True)
def _here() -> Iterator[None]:
    with hooks.acting("222222222222", "eu-west-1"):
        yield
        for stored in (emulated._stacks, glue._job_runs, stepfunctions._executions):
            stored.clear()


def test_a_run_of_a_job_has_failed_and_keeps_no_other_from_beginning() -> None:
    runs = [{"Id": "jr_1", "JobRunState": "RUNNING"}, {"Id": "jr_2", "JobRunState": "SUCCEEDED"}]
    stores.glue_runs("etl").extend(runs)
    glue_jobs.end_those_cut_short()
    assert [run["JobRunState"] for run in stores.glue_runs("etl")] == ["FAILED", "SUCCEEDED"]
    assert runs[0]["ErrorMessage"] == "the local AWS stopped while it was running"


def test_the_end_of_an_execution_is_told_once_to_whoever_gives_back_its_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(executions, "tell", lambda execution: told.append((execution["name"], hooks.caller().account)))
    # As the emulator reads those that were running.
    cut: dict[str, Any] = {"name": "cut", "status": "FAILED", "error": "States.ServiceRestart"}
    done: dict[str, Any] = {"name": "done", "status": "FAILED", "endings": {"0": "FAILED"}}
    stepfunctions._executions.update({ARN: cut, f"{ARN}2": done, f"{ARN}3": {"name": "well", "status": "SUCCEEDED"}})
    executions.end_those_cut_short()
    executions.end_those_cut_short()
    assert told == [("cut", "222222222222")]


@pytest.mark.parametrize(
    ("begun", "stands"),
    [
        ("CREATE_IN_PROGRESS", "ROLLBACK_FAILED"),
        ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
        ("DELETE_IN_PROGRESS", "DELETE_FAILED"),
        ("REVIEW_IN_PROGRESS", "REVIEW_IN_PROGRESS"),
        ("UPDATE_COMPLETE", "UPDATE_COMPLETE"),
    ],
)
def test_a_stack_stands_where_the_next_deployment_goes_on_from(begun: str, stands: str) -> None:
    emulated._stacks["sales"] = {"StackStatus": begun}
    cloudformation.end_those_cut_short()
    assert emulated._stacks["sales"]["StackStatus"] == stands


def test_one_that_cannot_be_ended_keeps_no_other_and_nothing_that_is_kept_from_it(caplog: pytest.LogCaptureFixture) -> None:
    called: list[str] = []
    writer = Writer()
    writer.resume(lambda: [][0])
    writer.resume(lambda: called.append("another"))
    writer.settle()
    assert (called, "IndexError" in caplog.text) == (["another"], True)
