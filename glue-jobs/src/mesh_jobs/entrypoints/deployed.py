"""What a laptop asks a deployment: `python -m mesh_jobs.entrypoints.deployed <command>`, in the protocol of local.py.

Region, endpoint and credentials come from AWS's usual environment variables; everything that is asked in one call is in
the account that they are of, by the names in the request's `deployment`.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from mesh_jobs.adapters.aws.clients import Clients
from mesh_jobs.adapters.aws.dynamo import DynamoTable
from mesh_jobs.adapters.aws.executions import Ended, StateMachine
from mesh_jobs.adapters.aws.failures import OF_A_PERSON, AwsFailed, speaking
from mesh_jobs.adapters.aws.queries import Queries
from mesh_jobs.adapters.aws.raw_zone import S3RawZone
from mesh_jobs.adapters.aws.run_log import DynamoRunLog
from mesh_jobs.adapters.files.clock import SystemClock
from mesh_jobs.adapters.inmemory.run_log import MemoryRunLog
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.history import history as history_of
from mesh_jobs.application.history import standing
from mesh_jobs.application.look import status as status_of
from mesh_jobs.application.rollback import described
from mesh_jobs.application.run import new_run_id
from mesh_jobs.application.run_product import report_of
from mesh_jobs.domain.errors import BadRequest, Busy, MeshError
from mesh_jobs.domain.plan import FileSource, Plan, product_key
from mesh_jobs.entrypoints.compose import instant
from mesh_jobs.entrypoints.compose_aws import OWN_LEASE
from mesh_jobs.entrypoints.local import Command, Request, answer
from mesh_jobs.entrypoints.protocol import FAULT, FINE, Lines, Stop
from mesh_jobs.ports.run_log import RunLog


class RunFailed(MeshError):
    """An execution ended before there was a run to tell of."""

    code = "run-failed"


def run(request: Request, lines: Lines, stop: Stop) -> int:
    plan, names, clients = plan_from_json(request["plan"]), request["deployment"], Clients()
    zone = S3RawZone(clients.s3, names["rawBucket"])
    sources = {s.name: s for s in plan.sources if isinstance(s, FileSource)}
    for name, given in (request.get("inputs") or {}).items():
        zone.land(sources[name], _files(Path(given)))
    mode = request.get("mode")
    run_id = request.get("runId") or new_run_id(mode or "run", SystemClock().now(), secrets.token_hex(2))
    asked = {"runId": run_id, "mode": mode, "replayFrom": request.get("replayFrom")}
    began = time.monotonic()
    machine = StateMachine(clients.states, names["stateMachine"])
    ended = machine.follow(machine.start({k: v for k, v in asked.items() if v is not None}), lines)
    record = _log(clients, names, plan).find(plan.product.key, plan.product.major, run_id)
    if record is None:
        raise _no_run(plan, ended)
    report = replace(report_of(plan, record), seconds=time.monotonic() - began)
    if not report.fine and report.message is None:
        report = replace(report, message=ended.cause or ended.error or ended.status)
    lines.emit("result", **report.to_json())
    return FINE if report.fine else FAULT


def status(request: Request, lines: Lines, stop: Stop) -> int:
    clients, names, wall = Clients(), request["deployment"], SystemClock()
    now = instant(request.get("now")) or wall.now()
    # A domain that is not deployed has no table of runs, and no product has run in it.
    there = DynamoTable(clients.dynamodb, names["runTable"]).exists()
    log: RunLog = _log(clients, names) if there else MemoryRunLog()
    found = [status_of(log, p["id"], p.get("environment"), p["major"], now, wall) for p in request["products"]]
    lines.emit("result", products=found if there else [{**one, "state": "not deployed"} for one in found])
    return FINE


def history(request: Request, lines: Lines, stop: Stop) -> int:
    log, begin, until = _log(Clients(), request["deployment"]), instant(request["from"]), instant(request["until"])
    if begin is None or until is None:
        raise BadRequest("a history is between two times")
    products = [(product_key(p["id"], p.get("environment")), p["major"]) for p in request["products"]]
    lines.emit("result", products=[history_of(log, key, major, begin, until) for key, major in products])
    return FINE


def certificate(request: Request, lines: Lines, stop: Stop) -> int:
    plan = plan_from_json(request["plan"])
    last = _log(Clients(), request["deployment"], plan).last_published(plan.product.key, plan.product.major)
    lines.emit("result", certificate=None if last is None else last.certificate)
    return FINE


def query(request: Request, lines: Lines, stop: Stop) -> int:
    """Rows of published tables, as a role of a consumer; without one as whoever asks."""
    clients, role = Clients(), request.get("role")
    reader = clients if role is None else clients.as_role(role)
    queries, limit = Queries(reader.athena, request["workGroup"]), int(request.get("limit", 10))
    shown = []
    for table in request["tables"]:
        found = queries.rows(request["database"], table, limit)
        columns = [{"name": name, "type": type_} for name, type_ in found.columns]
        shown.append({"table": f"{request['database']}.{table}", "columns": columns, "rows": list(found.rows)})
    lines.emit("result", tables=shown)
    return FINE


def quarantine(request: Request, lines: Lines, stop: Stop) -> int:
    """How many rows published runs have set aside, by which rule and why. The rows are shown to nobody from outside."""
    if request.get("row") is not None:
        raise BadRequest(
            "rows in the quarantine of a deployment are shown to nobody", "leave --row out, or run it here"
        )
    plan = plan_from_json(request["plan"])
    log, table, run_id = _log(Clients(), request["deployment"], plan), request.get("table"), request.get("runId")
    groups = [
        {"table": t.table, "rule": loss.rule, "reason": loss.reason, "rows": loss.rows, "runId": record.run_id}
        for record in log.runs(plan.product.key, plan.product.major)
        if record.state == "published" and run_id in (None, record.run_id)
        for t in report_of(plan, record).tables
        for loss in t.losses
        if loss.kind == "quarantined" and loss.rows and table in (None, t.table)
    ]
    lines.emit("result", groups=groups, rows=[])
    return FINE


def rollback(request: Request, lines: Lines, stop: Stop) -> int:
    began = time.monotonic()
    plan, names, clients = plan_from_json(request["plan"]), request["deployment"], Clients()
    product, log, wanted = plan.product, _log(clients, names, plan), request.get("certificateId")
    if wanted is None:
        # Where tables stand, and what they keep, is not shown to who asks.
        kept = _invoke(clients, names["publisher"], {**names["identity"], "action": "certificates"})["certificates"]
        taken = {one["certificateId"] for one in kept}
        line = standing(log, product.key, product.major)
        lines.emit("result", certificates=[one for one in described(line) if one["certificateId"] in taken])
        return FINE
    done = _invoke(clients, names["publisher"], {**names["identity"], "action": "rollback", "certificateId": wanted})
    record = log.find(product.key, product.major, done["runId"])
    lines.emit(
        "result",
        product=product.id,
        major=product.major,
        runId=done["runId"],
        **{"from": done["from"]},
        certificate=None if record is None else record.certificate,
        seconds=round(time.monotonic() - began, 3),
    )
    return FINE


def invoke(request: Request, lines: Lines, stop: Stop) -> int:
    lines.emit("result", answer=_invoke(Clients(), request["function"], request["question"]))
    return FINE


def _invoke(clients: Clients, function: str, question: Any) -> Any:
    """What a function answers. Raises AwsFailed with the function's own words where it fails."""
    with speaking(f"asking {function}", OF_A_PERSON):
        done = clients.functions.invoke(FunctionName=function, Payload=json.dumps(question).encode())
        found = json.loads(done["Payload"].read())
    if "FunctionError" in done:
        why, _, remedy = str(found.get("errorMessage", done["FunctionError"])).partition(" → ")
        raise AwsFailed(why, remedy or None)
    return found


def _log(clients: Clients, names: Any, plan: Plan | None = None) -> DynamoRunLog:
    """To be read; who only looks announces nothing."""
    own = ("", 0) if plan is None else (plan.product.key, plan.product.major)
    return DynamoRunLog(DynamoTable(clients.dynamodb, names["runTable"]), OWN_LEASE, own)


def _files(given: Path) -> Iterator[Path]:
    return iter([given]) if given.is_file() else (file for file in sorted(given.rglob("*")) if file.is_file())


def _no_run(plan: Plan, ended: Ended) -> MeshError:
    name = f"{plan.product.domain}/{plan.product.entity}"
    if ended.last == "Skipped":
        return Busy(f"{name} is already running", "wait until it has ended: mesh status shows it")
    return RunFailed(f"{name}: {ended.cause or ended.error or ended.status}")


COMMANDS: dict[str, Command] = {
    "run": run,
    "status": status,
    "history": history,
    "certificate": certificate,
    "query": query,
    "quarantine": quarantine,
    "rollback": rollback,
    "invoke": invoke,
}


if __name__ == "__main__":
    sys.exit(answer(COMMANDS, sys.argv[1:]))
