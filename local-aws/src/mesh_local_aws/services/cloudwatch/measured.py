"""What services of AWS measure of themselves and alarms of data products watch: runs of state machines, letters in queues."""

from __future__ import annotations

import time
from datetime import datetime

from mesh_local_aws import executions, hooks, metrics
from mesh_local_aws.hooks import Document

# https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
_EXECUTIONS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "ABORTED": "ExecutionsAborted",
    "TIMED_OUT": "ExecutionsTimedOut",
}
# SQS measures once a minute; a queue that was empty before says nothing.
_MINUTE = 60
_last: dict[tuple[str, str, str], tuple[float, int]] = {}


def install() -> None:
    executions.watch(_executions)


def queues() -> None:
    """Visible messages of each queue that has some, or had."""
    now = time.time()
    for account, region, name, visible in metrics.queue_depths():
        at, before = _last.get((account, region, name), (0.0, 0))
        if (visible == 0 and before == 0) or (visible == before and now - at < _MINUTE):
            continue
        _last[account, region, name] = (now, visible)
        with hooks.acting(account, region):
            metrics.record_metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", visible, "Count", {"QueueName": name})


def _executions(execution: Document) -> None:
    dimensions = {"StateMachineArn": execution["stateMachineArn"]}
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html: a redrive is counted apart.
    redriven = execution["status"] == "RUNNING" and execution.get("redriveCount", 0) > 0
    name = "RedrivenExecutions" if redriven else _EXECUTIONS[execution["status"]]
    metrics.record_metric("AWS/States", name, 1, "Count", dimensions)
    started, stopped = execution.get("startDate"), execution.get("stopDate")
    if execution["status"] != "RUNNING" and started and stopped:
        took = (datetime.fromisoformat(stopped) - datetime.fromisoformat(started)).total_seconds() * 1000
        metrics.record_metric("AWS/States", "ExecutionTime", took, "Milliseconds", dimensions)
