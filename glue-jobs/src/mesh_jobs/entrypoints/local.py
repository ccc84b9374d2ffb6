"""What a laptop calls: `python -m mesh_jobs.entrypoints.local <command>`, one JSON request on standard input.

Answers with JSON lines: progress and warnings, then one result or error. Exit codes: 0 fine, 1 data or contract are at
fault, 2 the request is wrong, 70 a fault of ours, 130 and 143 stopped by a signal. Imports are late, since a command
that needs no engine must not wait for one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.entrypoints.protocol import FAULT, FINE, Lines, Stop, Stopped

Request = Mapping[str, Any]
Command = Callable[[Request, Lines, Stop], int]


def run(request: Request, lines: Lines, stop: Stop) -> int:
    from mesh_jobs.adapters.owner import this_process
    from mesh_jobs.adapters.plan_json import plan_from_json
    from mesh_jobs.application.run import RunRequest
    from mesh_jobs.application.run_product import RunProduct
    from mesh_jobs.entrypoints.compose import outside

    plan = plan_from_json(request["plan"])
    with outside(request, plan, lines, stop) as ports:
        product = RunProduct(ports, this_process(), renew_every_seconds=30)
        asked = RunRequest(request.get("mode"), request.get("runId"), request.get("replayFrom"), dict(request["plan"]))
        report = product(plan, asked)
    lines.emit("result", **report.to_json())
    return FINE if report.fine else FAULT


def test(request: Request, lines: Lines, stop: Stop) -> int:
    import tempfile
    from pathlib import Path

    from mesh_jobs.adapters.plan_json import plan_from_json
    from mesh_jobs.application.user_tests import RunTests
    from mesh_jobs.entrypoints.engines import engine

    plan = plan_from_json(request["plan"])
    # Nothing of a test is kept, and its hashes are the same everywhere.
    with (
        tempfile.TemporaryDirectory() as folder,
        engine(request.get("engine"), Path(folder), plan, bytes(32), stop, lines) as computing,
    ):
        cases = RunTests(computing, plan)(request["cases"])
    lines.emit("result", cases=cases)
    return FINE if all(c["passed"] for c in cases) else FAULT


def status(request: Request, lines: Lines, stop: Stop) -> int:
    from pathlib import Path

    from mesh_jobs.adapters.files.clock import SystemClock
    from mesh_jobs.adapters.inmemory.run_log import MemoryRunLog
    from mesh_jobs.application.look import status as status_of
    from mesh_jobs.entrypoints.compose import instant, run_log
    from mesh_jobs.ports.run_log import RunLog

    state = Path(request["state"])
    # Looking at a mesh that never ran leaves nothing behind.
    log: RunLog = run_log(state) if (state / "catalog.db").exists() else MemoryRunLog()
    wall = SystemClock()
    now = instant(request.get("now")) or wall.now()
    found = []
    for product in request["products"]:
        environment = (product.get("plan") or product).get("environment")
        found.append(status_of(log, product["id"], environment, product["major"], now, wall))
    lines.emit("result", products=found)
    return FINE


def history(request: Request, lines: Lines, stop: Stop) -> int:
    from pathlib import Path

    from mesh_jobs.adapters.inmemory.run_log import MemoryRunLog
    from mesh_jobs.application.history import history as history_of
    from mesh_jobs.domain.plan import product_key
    from mesh_jobs.entrypoints.compose import instant, run_log
    from mesh_jobs.ports.run_log import RunLog

    state = Path(request["state"])
    log: RunLog = run_log(state) if (state / "catalog.db").exists() else MemoryRunLog()
    begin, until = instant(request["from"]), instant(request["until"])
    if begin is None or until is None:
        raise BadRequest("a history is between two times")
    found = []
    for product in request["products"]:
        key = product_key(product["id"], product.get("environment"))
        found.append(history_of(log, key, product["major"], begin, until))
    lines.emit("result", products=found)
    return FINE


def rollback(request: Request, lines: Lines, stop: Stop) -> int:
    from pathlib import Path

    from mesh_jobs.adapters.iceberg.store import SqliteTableStore
    from mesh_jobs.adapters.owner import this_process
    from mesh_jobs.adapters.plan_json import plan_from_json
    from mesh_jobs.application.history import standing
    from mesh_jobs.application.rollback import Rollback, described, possible
    from mesh_jobs.entrypoints.compose import outside, run_log

    plan, state = plan_from_json(request["plan"]), Path(request["state"])
    wanted = request.get("certificateId")
    if wanted is None:
        there = (state / "catalog.db").exists()
        line = standing(run_log(state), plan.product.key, plan.product.major) if there else ()
        lines.emit("result", certificates=described(possible(SqliteTableStore(state), plan, line)))
        return FINE
    with outside({"inputs": {}, **request}, plan, lines, stop) as ports:
        lines.emit("result", **Rollback(ports, this_process())(plan, wanted))
    return FINE


def show(request: Request, lines: Lines, stop: Stop) -> int:
    from pathlib import Path

    from mesh_jobs.adapters.iceberg.store import SqliteTableStore
    from mesh_jobs.adapters.plan_json import plan_from_json
    from mesh_jobs.application.look import show as rows_of
    from mesh_jobs.entrypoints.compose import run_log
    from mesh_jobs.entrypoints.engines import engine

    plan, state = plan_from_json(request["plan"]), Path(request["state"])
    if not (state / "catalog.db").exists():
        lines.emit("result", tables=[], certificate=None)
        return FINE
    with engine(None, state, plan, b"", stop, lines) as computing:
        limit = int(request.get("limit", 10))
        found = rows_of(computing, SqliteTableStore(state), run_log(state), plan, request.get("table"), limit)
    lines.emit("result", **found)
    return FINE


def compare(request: Request, lines: Lines, stop: Stop) -> int:
    from pathlib import Path
    from typing import cast

    from mesh_jobs.adapters.iceberg.store import SqliteTableStore
    from mesh_jobs.adapters.inmemory.run_log import MemoryRunLog
    from mesh_jobs.adapters.plan_json import plan_from_json
    from mesh_jobs.application.compare import Compare, Side
    from mesh_jobs.entrypoints.compose import run_log
    from mesh_jobs.entrypoints.engines import engine
    from mesh_jobs.ports.comparer import Comparer
    from mesh_jobs.ports.run_log import RunLog

    state = Path(request["state"])
    log: RunLog = run_log(state) if (state / "catalog.db").exists() else MemoryRunLog()
    sides = [Side.of(log, plan_from_json(request[side])) for side in ("a", "b")]
    with engine(None, state, None, b"", stop, lines) as computing:
        comparing = Compare(computing, cast(Comparer, computing), SqliteTableStore(state))
        found = comparing(sides[0], sides[1], request.get("by") or (), int(request.get("examples", 5)))
    lines.emit("result", **found)
    return FINE


def quarantine(request: Request, lines: Lines, stop: Stop) -> int:
    from pathlib import Path

    from mesh_jobs.adapters.iceberg.store import SqliteTableStore
    from mesh_jobs.adapters.plan_json import plan_from_json
    from mesh_jobs.application.look import quarantine as bad_rows_of
    from mesh_jobs.entrypoints.engines import engine

    plan, state = plan_from_json(request["plan"]), Path(request["state"])
    if not (state / "catalog.db").exists():
        lines.emit("result", groups=[], rows=[])
        return FINE
    with engine(None, state, plan, b"", stop, lines) as computing:
        found = bad_rows_of(
            computing,
            SqliteTableStore(state),
            plan,
            request.get("table"),
            request.get("runId"),
            int(request.get("limit", 20)),
            request.get("row"),
        )
    lines.emit("result", **found)
    return FINE


def check_sql(request: Request, lines: Lines, stop: Stop) -> int:
    from mesh_jobs.adapters.sql.check import check_sql as check

    lines.emit("result", items=check(request["items"]))
    return FINE


def profile(request: Request, lines: Lines, stop: Stop) -> int:
    from mesh_jobs.adapters.duckdb.profile import profile as profile_of

    lines.emit("result", **profile_of(request["path"], request.get("format")))
    return FINE


def version(request: Request, lines: Lines, stop: Stop) -> int:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    from mesh_jobs.adapters.plan_json import PLAN_VERSION

    try:
        found = installed("cdk-data-mesh-jobs")
    except PackageNotFoundError:
        found = "from source"
    lines.emit("result", version=found, planVersion=PLAN_VERSION, python=sys.version.split()[0])
    return FINE


COMMANDS: dict[str, Command] = {
    "run": run,
    "test": test,
    "status": status,
    "history": history,
    "rollback": rollback,
    "show": show,
    "compare": compare,
    "quarantine": quarantine,
    "check-sql": check_sql,
    "profile": profile,
    "version": version,
}


def main(arguments: list[str]) -> int:
    return answer(COMMANDS, arguments)


def answer(commands: Mapping[str, Command], arguments: list[str]) -> int:
    """Does what one of the commands does; the exit code."""
    lines, stop = Lines(), Stop()
    try:
        stop.watch()
        command = commands.get(arguments[0]) if len(arguments) == 1 else None
        if command is None:
            raise BadRequest(f"expected one of {', '.join(commands)}, got {' '.join(arguments) or 'nothing'}")
        return command(_request(), lines, stop)
    except Stopped as stopped:
        return 128 + stopped.number
    except Exception as error:
        return 128 + stop.number if stop.number is not None else lines.fail(error)


def _request() -> Request:
    text = sys.stdin.read()
    try:
        found = json.loads(text or "{}")
    except ValueError as error:
        raise BadRequest(f"the request is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise BadRequest("the request is not a JSON object")
    return _Asked(found)


class _Asked(dict[str, Any]):
    """A request; what is missing in it is the caller's fault."""

    def __missing__(self, name: str) -> Any:
        raise BadRequest(f"the request has no {name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
