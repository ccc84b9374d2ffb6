"""What a local AWS says of what went wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from deployment import OPERATIONS, SALES, Deployment


def history(mesh: Deployment, account: str, execution: str) -> str:
    """What happened to an execution: states that it came to, and what they ended with."""
    lines = []
    for event in mesh.client("stepfunctions", account).get_execution_history(executionArn=execution, maxResults=1000)["events"]:
        details: dict[str, Any] = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
        told = " ".join(str(details[key]) for key in ("name", "error", "cause", "redriveCount") if details.get(key))
        if "Failed" in event["type"] or "Entered" in event["type"] or event["type"].startswith("Execution"):
            lines.append(f"{event['timestamp']:%H:%M:%S} {event['type']} {told}"[:2000])
    return "\n".join([execution, *lines])


def said(mesh: Deployment) -> str:
    """What it says of itself: its newest executions, jobs that failed, stacks that did, and its log."""
    return "\n\n".join([*_newest_executions(mesh), *_failed_jobs(mesh), *_failed_stacks(mesh), *_log(mesh)])


def _newest_executions(mesh: Deployment) -> Iterator[str]:
    for account in (SALES, OPERATIONS):
        states = mesh.client("stepfunctions", account)
        for machine in states.list_state_machines()["stateMachines"]:
            for execution in states.list_executions(stateMachineArn=machine["stateMachineArn"], maxResults=1)["executions"]:
                yield f"{execution['status']} {history(mesh, account, execution['executionArn'])}"


def _failed_jobs(mesh: Deployment) -> Iterator[str]:
    for account in (SALES, OPERATIONS):
        glue = mesh.client("glue", account)
        for job in glue.get_jobs()["Jobs"]:
            run = next(iter(glue.get_job_runs(JobName=job["Name"], MaxResults=1)["JobRuns"]), None)
            if run is None or run["JobRunState"] not in ("FAILED", "TIMEOUT"):
                continue
            lines = log(mesh, account, run)
            yield "\n".join([f"{job['Name']} {run['JobRunState']}: {run.get('ErrorMessage')}", *lines[-20:]])


def log(mesh: Deployment, account: str, run: dict[str, Any]) -> list[str]:
    """What a run of a job has said: what went wrong first."""
    logs = mesh.client("logs", account)
    known = {group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]}
    return [
        str(event["message"])
        for stream in (f"{run['LogGroupName']}/error", f"{run['LogGroupName']}/output")
        if stream in known
        for event in logs.filter_log_events(logGroupName=stream, logStreamNames=[run["Id"]])["events"]
    ]


def _failed_stacks(mesh: Deployment) -> Iterator[str]:
    for account in (SALES, OPERATIONS):
        stacks = mesh.client("cloudformation", account)
        for stack in stacks.describe_stacks()["Stacks"]:
            for event in stacks.describe_stack_events(StackName=stack["StackName"])["StackEvents"]:
                if event["ResourceStatus"].endswith("FAILED"):
                    yield f"{stack['StackName']} {event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"[:2000]


def _log(mesh: Deployment) -> list[str]:
    lines = (mesh.folder / ".mesh" / "aws" / "server.log").read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if re.search(r" (WARNING|ERROR) ", line)][-20:]
