"""What a job is told, and what it says when it is told something else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.entrypoints.job_arguments import job_arguments

LEAST = [
    *("--mesh-plan", "s3://shoply-orders/plan.json"),
    *("--mesh-raw-bucket", "shoply-orders-raw"),
    *("--mesh-curated-bucket", "shoply-orders-curated"),
    *("--mesh-run-table", "sales-runs"),
]
GLUE = [
    *("--job-bookmark-option", "job-bookmark-disable"),
    *("--TempDir", "s3://aws-glue-assets/temporary/"),
    *("--conf", "spark.executor.memoryOverhead=1g --conf spark.driver.memory=8g"),
    *("--JOB_ID", "j_1"),
    *("--JOB_RUN_ID", "jr_2"),
    *("--JOB_NAME", "orders-v1"),
    "--enable-metrics",
]


def test_the_least_that_a_job_needs() -> None:
    found = job_arguments(LEAST)
    assert (found.plan, found.step, found.run_id, found.mode) == ("s3://shoply-orders/plan.json", "run", None, None)
    assert (found.owner, found.fence, found.engine, found.now, found.job) == (None, None, None, None, None)


def test_what_glue_adds_is_let_be_and_tells_who_the_job_is() -> None:
    assert job_arguments([*GLUE, *LEAST]).job == "orders-v1/jr_2"


def test_all_that_a_job_can_be_told() -> None:
    more = {
        "step": "certify",
        "run-id": "delta-20300101T060000Z",
        "mode": "delta",
        "replay-from": "full-1",
        "engine": "duckdb",
        "owner": "arn:aws:states:eu-central-1:111122223333:execution:orders-v1:x",
        "fence": "7",
        "imports": "s3://raw/imports/delta-20300101T060000Z/",
        "masking-key-secret": "mesh/masking-key",
        "event-bus": "mesh",
        "now": "2030-01-01T06:00:00",
    }
    found = job_arguments([*LEAST, *(w for name, value in more.items() for w in (f"--mesh-{name}", value))])
    assert (found.step, found.mode, found.engine, found.fence) == ("certify", "delta", "duckdb", 7)
    assert found.imports == "s3://raw/imports/delta-20300101T060000Z/"
    assert found.now == datetime(2030, 1, 1, 6, tzinfo=UTC)


def test_what_a_state_machine_leaves_empty_is_not_given() -> None:
    found = job_arguments([*LEAST, "--mesh-mode", "", "--mesh-imports", "", "--mesh-event-bus="])
    assert (found.mode, found.imports, found.event_bus) == (None, None, None)


def test_values_may_follow_an_equals_sign() -> None:
    assert job_arguments([*LEAST, "--mesh-run-id=r-1"]).run_id == "r-1"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["--mesh-plann", "x"], "--mesh-plann is no argument; did you mean --mesh-plan?"),
        (["--mesh-zzz", "x"], "--mesh-zzz is no argument"),
        (["--mesh-step", "sing"], "--mesh-step is one of run, build, certify, publish, got 'sing'"),
        (["--mesh-mode", "weekly"], "--mesh-mode is one of init, full, delta, got 'weekly'"),
        (["--mesh-engine", "pandas"], "--mesh-engine is one of spark, duckdb, got 'pandas'"),
        (["--mesh-step", "certify"], "--mesh-run-id is missing: step certify continues a run"),
        (["--mesh-owner", "me"], "--mesh-owner and --mesh-fence go together"),
        (["--mesh-owner", "me", "--mesh-fence", "-1"], "--mesh-fence is a number, got '-1'"),
        (["--mesh-run-id", "a b"], "--mesh-run-id is at most 80 letters"),
        (["--mesh-now", "soon"], "--mesh-now is a time like 2025-01-31T06:00:00Z, got 'soon'"),
        (
            ["--mesh-imports", "imports/r1"],
            "--mesh-imports is a folder in S3, s3://<bucket>/<prefix>/, got 'imports/r1'",
        ),
        (["--mesh-plan", "s3://other/plan.json"], "--mesh-plan is given twice"),
    ],
)
def test_what_is_wrong_is_named(more: list[str], problem: str) -> None:
    with pytest.raises(BadRequest) as caught:
        job_arguments([*LEAST, *more])
    assert problem in str(caught.value)
    assert caught.value.remedy == "docs/guides/job.md lists the arguments of a job"


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(BadRequest) as caught:
        job_arguments(["--mesh-plan", "plan.json", "--mesh-raw-bucket", "--mesh-step", "sing"])
    said = str(caught.value).split("; ")
    assert [s.split(" ")[0] for s in said] == [
        "--mesh-raw-bucket",
        "--mesh-curated-bucket",
        "--mesh-run-table",
        "--mesh-step",
        "--mesh-plan",
    ]
