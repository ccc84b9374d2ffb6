"""A product of a deployed mesh, seen from outside: its executions, its lock, the records of its runs, what consumers read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from deployment import REGION, Deployment
from diagnosis import history, log

#: Seconds in which anything here comes to its end, on a machine that is busy with other things.
LONGEST = 600


@dataclass
class Product:
    mesh: Deployment
    account: str
    name: str

    def __post_init__(self) -> None:
        self.states = self.mesh.client("stepfunctions", self.account)
        self.glue = self.mesh.client("glue", self.account)
        self.machine = f"arn:aws:states:{REGION}:{self.account}:stateMachine:mesh-{self.name}"
        domain, *entity, major = self.name.split("-")
        self.table = f"mesh-{domain}-runs"
        self.partition = f"dp_{domain}_{'_'.join(entity)}#{major}"

    # --- executions -----------------------------------------------------------------------------------------------------

    def definition(self) -> dict[str, dict[str, Any]]:
        """State → what it is, rounds of a Map included, as deployed."""
        return dict(_states(json.loads(self.states.describe_state_machine(stateMachineArn=self.machine)["definition"])))

    def has_mode(self, mode: str) -> bool:
        return f'"{mode}"' in self.definition()["Is it one?"]["Choices"][0]["Condition"]

    def start(self, given: dict[str, Any], name: str | None = None) -> str:
        more = {} if name is None else {"name": name}
        return str(self.states.start_execution(stateMachineArn=self.machine, input=json.dumps(given), **more)["executionArn"])

    def stop(self, arn: str) -> None:
        self.states.stop_execution(executionArn=arn, cause="somebody stopped it")

    def redrive(self, arn: str) -> None:
        self.states.redrive_execution(executionArn=arn)

    def described(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.states.describe_execution(executionArn=arn)
        return found

    def ended(self, arn: str, status: str) -> dict[str, Any]:
        """Raises AssertionError with its history where it ends otherwise."""
        self.until(lambda: self.described(arn)["status"] != "RUNNING", f"the end of {arn}", arn)
        found = self.described(arn)
        assert found["status"] == status, f"{found.get('error')}: {found.get('cause')}\n{history(self.mesh, self.account, arn)}"
        return found

    def last_entered(self, arn: str) -> str | None:
        """The state that it is at, or ended at."""
        newest = self.states.get_execution_history(executionArn=arn, reverseOrder=True, maxResults=10)["events"]
        return next((str(event["stateEnteredEventDetails"]["name"]) for event in newest if "stateEnteredEventDetails" in event), None)

    def comes_to(self, arn: str, state: str) -> None:
        def there() -> bool:
            if self.last_entered(arn) == state:
                return True
            assert self.described(arn)["status"] == "RUNNING", f"it never came to {state}:\n{history(self.mesh, self.account, arn)}"
            return False

        self.until(there, state, arn)

    def until(self, holds: Callable[[], bool], what: str, arn: str) -> None:
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            if holds():
                return
            time.sleep(0.4)
        raise AssertionError(f"{what}: not within {LONGEST} s\n{history(self.mesh, self.account, arn)}")

    # --- jobs -----------------------------------------------------------------------------------------------------------

    def start_job(self, job: str, told: dict[str, str]) -> None:
        """With arguments that begin with `--mesh-`."""
        arguments = {f"--mesh-{name}": value for name, value in told.items()}
        self.glue.start_job_run(JobName=f"mesh-{self.name}-{job}", Arguments=arguments)

    def runs_of(self, job: str) -> list[dict[str, Any]]:
        """Newest first."""
        found: list[dict[str, Any]] = self.glue.get_job_runs(JobName=f"mesh-{self.name}-{job}")["JobRuns"]
        return found

    def log_of(self, job: str) -> list[str]:
        """What its newest run has said."""
        return log(self.mesh, self.account, self.runs_of(job)[0])

    def jobs_at_work(self) -> list[str]:
        runs = [run for job in ("etl", "quality") for run in self.runs_of(job)]
        return [run["Id"] for run in runs if run["JobRunState"] in ("STARTING", "RUNNING", "STOPPING")]

    # --- what it leaves behind --------------------------------------------------------------------------------------------

    def owner(self) -> str | None:
        """Of the lock."""
        found = self._item("lock").get("owner")
        return None if found is None else str(found["S"])

    def record(self, run_id: str) -> dict[str, str]:
        """`state` and `message` of a run; nothing where there is no such run."""
        head = self._head(run_id)
        return {name: head[name]["S"] for name in ("state", "message") if "S" in head.get(name, {})}

    def certificate(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._head(run_id)["certificate"]["S"])
        return found

    def runs(self) -> list[str]:
        """Ids of all runs."""
        found = self.mesh.client("dynamodb", self.account).query(
            TableName=self.table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues={":pk": {"S": self.partition}, ":sk": {"S": "id#"}},
        )
        return [item["sk"]["S"].removeprefix("id#") for item in found["Items"]]

    def published(self, database: str, table: str) -> tuple[str, str]:
        """(run, metadata file) that consumers read."""
        parameters = self.mesh.steward(self.account).client("glue").get_table(DatabaseName=database, Name=table)["Table"]["Parameters"]
        return parameters.get("mesh.run-id", ""), parameters["metadata_location"]

    def _head(self, run_id: str) -> dict[str, Any]:
        sequence = self._item(f"id#{run_id}").get("sequence")
        return {} if sequence is None else self._item(f"run#{int(sequence['N']):012}")

    def _item(self, sk: str) -> dict[str, Any]:
        key = {"pk": {"S": self.partition}, "sk": {"S": sk}}
        found = self.mesh.client("dynamodb", self.account).get_item(TableName=self.table, Key=key, ConsistentRead=True)
        return dict(found.get("Item", {}))


def _states(definition: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in definition["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from _states(state["ItemProcessor"])
