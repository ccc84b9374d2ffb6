"""Executions of the deployed state machine, stopped, timed out, redriven and doubled at every state that it has."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from deployment import SALES, Deployment, Role
from product import Product
from walk import Step, Walk

pytestmark = pytest.mark.soak

ORDERS, DAILY = ("sales", "orders_v1"), ("sales", "daily_sales_v1")
#: A run whose execution is no more.
GONE = {"step": "build", "run-id": "gone", "owner": "gone", "fence": "0", "mode": "full"}
FAILS = {"error": "States.TaskFailed", "message": "a job that fails"}
BUILD_FAILS = {"state": "Build", **FAILS}
#: While it is so, a job that looks whether it still has the lock tries again and again.
DYNAMODB_IS_BUSY = {
    "service": "dynamodb",
    "operation": "UpdateItem",
    "where": {"UpdateExpression": "SET #leaseUntil = :until"},
    "error": "ProvisionedThroughputExceededException",
}


@pytest.fixture(autouse=True)
def _no_faults(mesh: Deployment) -> Iterator[None]:
    yield
    mesh.faults()


def of_a_run(orders: Product) -> tuple[Step, ...]:
    """Whatever a run can come to, in its order: what ends it early comes before what takes long."""

    def somebody_is_at_work() -> None:
        orders.start_job("etl", GONE)

    return (
        Step("Request"), Step("Is it one?"), Step("Acquire"), Step("Busy", busy=True), Step("Wait for the lock", busy=True),
        Step("Evict"), Step("Evicted?"), Step("Wait for jobs to stop", (DYNAMODB_IS_BUSY,), through=(("Evict", somebody_is_at_work),)),
        Step("Resume"), Step("Where it stands"),
        Step("Redriven?", (BUILD_FAILS,)), Step("Fail the run", (BUILD_FAILS,)),
        Step("Tell of the failure", (BUILD_FAILS, {"state": "Fail the run", **FAILS})), Step("Failed", (BUILD_FAILS,)),
        Step("Build"), Step("Look"), Step("Certify"), Step("Commit"), Step("Publish"), Step("Record"), Step("Announce"),
        Step("Tell of the outbox", ({"state": "Announce", **FAILS},)), Step("Release"), Step("Done"),
    )  # fmt: skip


#: With these nothing begins: state → (request, status that it ends with).
OF_NO_RUN: dict[str, tuple[dict[str, Any], str]] = {
    "Bad request": ({"mode": "weekly"}, "FAILED"),
    "Skip": ({"mode": "delta"}, "SUCCEEDED"),
    "Skipped": ({"mode": "delta"}, "SUCCEEDED"),
}


@dataclasses.dataclass
class Import:
    """What the days are built from, and who may read it."""

    steward: Role

    def __post_init__(self) -> None:
        self.lake, self.glue = self.steward.client("lakeformation"), self.steward.client("glue")
        role = f"arn:aws:iam::{SALES}:role/mesh/sales/gold_daily-v1/mesh-sales-gold-daily-v1-import"
        self.grant = {
            "Principal": {"DataLakePrincipalIdentifier": role},
            "Resource": {"Table": {"DatabaseName": ORDERS[0], "Name": ORDERS[1]}},
            "Permissions": ["SELECT"],
        }
        # Who moves a pointer may alter the table, and use the place that it is at.
        me = {"DataLakePrincipalIdentifier": self.steward.arn}
        self.lake.grant_permissions(**{**self.grant, "Principal": me, "Permissions": ["ALTER"]})
        [place] = [
            each["ResourceArn"] for each in self.lake.list_resources()["ResourceInfoList"] if "orders-v1-curated" in each["ResourceArn"]
        ]
        self.lake.grant_permissions(Principal=me, Resource={"DataLocation": {"ResourceArn": place}}, Permissions=["DATA_LOCATION_ACCESS"])

    def may(self) -> None:
        self.lake.grant_permissions(**self.grant)

    def may_not(self) -> None:
        self.lake.revoke_permissions(**self.grant)

    def moves(self) -> None:
        """To where it was before; a second time, back again."""
        table = self.glue.get_table(DatabaseName=ORDERS[0], Name=ORDERS[1])["Table"]
        kept = {key: table[key] for key in ("Name", "StorageDescriptor", "TableType", "Parameters") if key in table}
        here, there = kept["Parameters"]["metadata_location"], kept["Parameters"]["previous_metadata_location"]
        kept["Parameters"] = {**kept["Parameters"], "metadata_location": there, "previous_metadata_location": here}
        self.glue.update_table(DatabaseName=ORDERS[0], TableInput=kept)


def nothing() -> None:
    pass


def of_imports(orders: Import) -> tuple[Step, ...]:
    """Whatever a run that is built from another product comes to besides, rounds of the Map included."""
    moved_twice = (("Where it is now", orders.moves), ("Where it is", nothing), ("Where it is now", orders.moves))
    return (
        Step("Replays?"), Step("Imports"), Step("Import"), Step("Where it is"), Step("Unload"), Step("Wait for Athena"),
        Step("Keep the lock"), Step("How far Athena is"), Step("Unloaded?"),
        Step("Not unloaded", through=(("Unload", orders.may_not),), arrived=orders.may),
        Step("Where it is now"), Step("Unmoved?"), Step("Moved twice", through=moved_twice), Step("Pin"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def imported(steward: Role, orders: Product, gold_daily: Product) -> Import:
    found = Import(steward)
    found.may()
    return found


def stopped_at_each(made: Walk, steps: tuple[Step, ...], subtests: pytest.Subtests) -> None:
    """One execution, which is stopped at each and redriven to the next."""
    walk, arn = made, ""
    for step in steps:
        with subtests.test(state=step.state):
            if step.state == "Record" and walk.is_out():
                # Whoever goes on finds that it is published, and has no need of this state.
                walk.is_done(arn)
                walk, arn = dataclasses.replace(walk), ""
            if arn == "":
                arn = walk.begin(step)
            else:
                walk.go_on(arn, step)
            walk.arrive(arn, step)
            if walk.has_the_lock(arn) and walk.product.has_mode("delta"):
                walk.keeps_others_out()
            walk.stop(arn)
            walk.is_left(arn)
            continue
        # It is lost; those that follow begin anew.
        walk.end()
        walk, arn = dataclasses.replace(walk), ""
    walk.is_done(arn)
    walk.is_published()


def timed_out_at_each(walk: Walk, steps: tuple[Step, ...], subtests: pytest.Subtests) -> None:
    """At least once is what schedules promise: another execution of the same request waits while this one is at work. It goes on
    with the run when this one's time is over, and comes to the next state; redriven, each finds that the run was done."""
    twin: str | None = None
    for step, following in itertools.zip_longest(steps, steps[1:]):
        with subtests.test(state=step.state):
            arn = twin or walk.begin(step)
            twin = None
            walk.arrive(arn, step)
            if following is not None and walk.has_the_lock(arn):
                twin = walk.begin(following)
                walk.product.comes_to(twin, "Wait for the lock")
            walk.time_out(arn, step)
            if twin is None:
                walk.is_left(arn)
            continue
        walk.end()
        walk, twin = dataclasses.replace(walk), None
    for arn, step in zip(walk.executions, steps, strict=False):
        with subtests.test(redriven=step.state):
            walk.is_done(arn)
    walk.is_published()


def test_stopped_at_every_state_it_leaves_all_sound_and_goes_on_when_redriven(orders: Product, subtests: pytest.Subtests) -> None:
    stopped_at_each(Walk(orders, ORDERS), of_a_run(orders), subtests)


def test_timed_out_at_every_state_its_twin_goes_on_with_the_run_and_so_does_a_redrive(orders: Product, subtests: pytest.Subtests) -> None:
    timed_out_at_each(Walk(orders, ORDERS), of_a_run(orders), subtests)


def test_stopped_in_an_import_it_imports_again_when_redriven(gold_daily: Product, imported: Import, subtests: pytest.Subtests) -> None:
    stopped_at_each(Walk(gold_daily, DAILY), of_imports(imported), subtests)


def test_timed_out_in_an_import_its_twin_imports_again(gold_daily: Product, imported: Import, subtests: pytest.Subtests) -> None:
    timed_out_at_each(Walk(gold_daily, DAILY), of_imports(imported), subtests)


@pytest.mark.parametrize("state", OF_NO_RUN)
@pytest.mark.parametrize("ending", ["stopped", "timed out"])
def test_where_no_run_begins_none_is_left(orders: Product, state: str, ending: str) -> None:
    request, ends = OF_NO_RUN[state]
    walk, step = Walk(orders, ORDERS, request), Step(state, busy=state.startswith("Skip"))
    arn = walk.begin(step)
    walk.arrive(arn, step)
    if ending == "stopped":
        walk.stop(arn)
    else:
        walk.time_out(arn, step)
    walk.is_done(arn, ends)
    assert (orders.record(walk.run_id), orders.published(*ORDERS)[0]) == ({}, walk.before)


def test_stopped_while_a_job_is_at_work_it_stops_the_job(orders: Product, subtests: pytest.Subtests) -> None:
    walk = Walk(orders, ORDERS)
    arn = walk.begin(Step("Build"))
    for job, step in (("etl", Step("Build")), ("quality", Step("Certify"))):
        walk.arrive(arn, step)
        orders.mesh.faults()
        orders.until(lambda job=job: orders.runs_of(job)[0]["JobRunState"] == "RUNNING", f"{job} is at work", arn)
        walk.stop(arn)
        walk.is_left(arn)
        assert orders.runs_of(job)[0]["JobRunState"] == "STOPPED"
        if job == "etl":
            walk.go_on(arn, Step("Certify"))
    walk.is_done(arn)
    walk.is_published()


def test_a_run_that_failed_goes_on_when_its_execution_is_redriven(mesh: Deployment, orders: Product) -> None:
    walk = Walk(orders, ORDERS)
    arn = walk.begin(Step("Certify", ({"state": "Certify", **FAILS},)))
    walk.arrive(arn, Step("Certify"))
    mesh.faults({"state": "Certify", **FAILS})
    found = orders.ended(arn, "FAILED")
    assert (found["error"], found["redriveStatus"]) == ("RunFailed", "REDRIVABLE")
    assert f"run {walk.run_id} failed: " in found["cause"]
    assert orders.record(walk.run_id)["state"] == "failed"
    walk.is_done(arn)
    walk.is_published()


def test_every_state_is_walked(orders: Product, gold_daily: Product, imported: Import) -> None:
    walked = {step.state for step in (*of_a_run(orders), *of_imports(imported))} | set(OF_NO_RUN)
    assert walked == set(orders.definition()) | set(gold_daily.definition())
