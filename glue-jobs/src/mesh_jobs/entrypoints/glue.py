"""What a Glue job runs: one step of one product's run, told by `--mesh-…` arguments (job_arguments.py).

Ends without a word to Python when all is well, since some Spark launchers take any exit for a failure; else with
SystemExit and one sentence, which Glue shows as the job run's error and Step Functions as the cause.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import TextIO

from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.owner import this_process
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.run import RunReport, RunRequest
from mesh_jobs.application.run_product import Milestone, RunProduct
from mesh_jobs.entrypoints.compose_aws import document_at, outside_on_aws
from mesh_jobs.entrypoints.job_arguments import JobArguments, Step, job_arguments
from mesh_jobs.entrypoints.protocol import Stop, Stopped, failure_of
from mesh_jobs.entrypoints.readable import Readable, remedy_of, report_lines

_RENEW_SECONDS = 60.0
#: How far each step goes, and the states in which it has done its part: a step that is repeated finds a later one.
_UNTIL: dict[Step, Milestone] = {"run": "published", "build": "built", "certify": "certified", "publish": "published"}
_FINE = {
    "built": ("running", "certified", "publishing", "published", "skipped"),
    "certified": ("certified", "publishing", "published", "skipped"),
    "published": ("published", "skipped"),
}


def main(argv: Sequence[str], out: TextIO | None = None) -> None:
    """Raises SystemExit with what went wrong, for people."""
    lines, stop = Readable(out or sys.stdout), Stop()
    stop.watch()
    lost: list[str] = []
    try:
        arguments = job_arguments(argv)
        report = _run(arguments, lines, stop, lost)
    except (Exception, Stopped) as error:
        if stop.number is not None:
            why = lost[0] if lost else f"stopped by {signal.Signals(stop.number).name}"
            remedy = "nothing half-done is published; started again, the same run keeps what it has read"
            raise SystemExit(_last_words(lines, why, remedy)) from None
        failure = failure_of(error)
        if failure.trace is not None:
            lines.say(failure.trace)
        raise SystemExit(_last_words(lines, failure.message, failure.remedy)) from None
    for line in report_lines(lines.name, report):
        lines.say(line)
    if report.state not in _FINE[_UNTIL[arguments.step]]:
        raise SystemExit(_sentence(f"{lines.name} {report.state}: {report.message}", remedy_of(report)))


def _run(arguments: JobArguments, lines: Readable, stop: Stop, lost: list[str]) -> RunReport:
    clients = Clients()
    document = document_at(clients, arguments.plan)
    plan = plan_from_json(document)
    product = plan.product
    lines.name = f"{product.domain}/{product.entity}"
    engine = arguments.engine or document["engine"]["aws"]
    why = "as asked for" if arguments.engine else document["engine"]["why"]
    lines.say(f"{lines.name} {product.version}  {arguments.step}, {engine}: {why}")

    def give_up() -> None:
        lost.append("this run lost its lock to another run, which continues")
        os.kill(os.getpid(), signal.SIGTERM)

    owner = arguments.owner or arguments.job or this_process()
    request = RunRequest(arguments.mode, arguments.run_id, arguments.replay_from, document)
    with outside_on_aws(arguments, clients, plan, engine, lines, stop) as ports:
        run = RunProduct(ports, owner, renew_every_seconds=_RENEW_SECONDS, lost=give_up)
        return run(plan, request, _UNTIL[arguments.step])


def _last_words(lines: Readable, why: str, remedy: str | None) -> str:
    lines.say(f"✖ {why}")
    if remedy:
        lines.say(f"  → {remedy}")
    return _sentence(f"{lines.name}: {why}", remedy)


def _sentence(why: str, remedy: str | None) -> str:
    return why if remedy is None else f"{why} → {remedy}"


if __name__ == "__main__":
    main(sys.argv[1:])
