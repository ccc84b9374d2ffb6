"""Runs a product again and again, each time in a process that kills itself with SIGKILL at another call of a port, and
once more after it; prints the state each pair leaves, as JSON lines.

    python killer.py <folder> <scene> [boundaries]

With `boundaries` only where a step ends: at the last call of each kind.

The adapters are the real ones. Processes are forked from this one, which has imported all that they need.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog
from mesh_jobs.adapters.inmemory.announcer import MemoryProgress
from mesh_jobs.adapters.owner import this_process
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.application.run import RunRequest
from mesh_jobs.application.run_product import RunProduct
from mesh_jobs.entrypoints import compose, engines, warm
from mesh_jobs.entrypoints.protocol import Stop
from support.faults import Countdown, mortal
from support.plans import orders_document

HEAD = "order_id,amount,email,updated_at\n"
FIRST = HEAD + (
    "o1,10.00,a@x.org,2030-01-01T00:00:00Z\no2,-5,b@x.org,2030-01-01T01:00:00Z\no3,ten,c@x.org,2030-01-01T02:00:00Z\n"
)
SECOND = HEAD + "o1,11.00,a@x.org,2030-01-01T05:00:00Z\no4,40,d@x.org,2030-01-01T06:00:00Z\n"
DOCUMENT = orders_document()
PLAN = plan_from_json(DOCUMENT)
#: Where a step ends: what is done before is in a table, a file or the record. Other calls only read.
BOUNDARIES = ("log.step", "log.certify", "log.commit", "publisher.publish", "log.delivered", "tables.drop_candidates")
SYSTEM = ("_mesh_at", "_mesh_vanished_at")


class Quiet:
    def report(self, event: dict[str, Any]) -> None:
        pass

    def warn(self, message: str) -> None:
        pass


def run(root: Path, now: str, mode: Any = None, countdown: Countdown | None = None, **request: Any) -> None:
    asked = {"state": str(root / ".mesh"), "root": str(root), "now": now}
    with compose.outside(asked, PLAN, Quiet(), Stop()) as ports:
        used = ports if countdown is None else mortal(ports, countdown)
        RunProduct(used, this_process(), token=lambda: "0000")(PLAN, RunRequest(mode, **request))


def land(root: Path, name: str, text: str, at: str) -> None:
    file = root / ".mesh" / "landing" / "sales" / "orders-v1" / "shop" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    time = datetime.fromisoformat(at).timestamp()
    os.utime(file, (time, time))


def prepare(root: Path, scene: str) -> None:
    land(root, "1.csv", FIRST, "2030-01-01T05:00:00+00:00")
    (root / ".mesh" / "masking.key").write_bytes(bytes(32))
    if scene == "init":
        return
    run(root, "2030-01-01T06:00:00Z")
    land(root, "2.csv", SECOND, "2030-01-01T06:30:00+00:00")
    if scene == "full":
        (root / ".mesh/landing/sales/orders-v1/shop/1.csv").unlink()
    if scene == "replay":
        run(root, "2030-01-01T06:40:00Z", "delta")


REQUESTS: dict[str, dict[str, Any]] = {
    "init": {"mode": "init"},
    "delta": {"mode": "delta"},
    "full": {"mode": "full"},
    "replay": {"mode": "full", "replay_from": "init-20300101T060000Z-0000"},
}


def state(root: Path) -> dict[str, Any]:
    """All that is left: rows under every name, runs, watermarks, announcements, and how many files."""
    home = root / ".mesh"
    found: dict[str, Any] = {"tables": {}}
    with engines.engine(None, home, None, b"", Stop(), MemoryProgress()) as engine:
        for entry in SqliteCatalog(home).entries():
            rows = engine.rows(engine.read_table(entry.table))
            kept = [{k: str(v) for k, v in r.items() if k not in SYSTEM} for r in rows]
            found["tables"][str(entry.table)] = sorted(kept, key=repr)
    log = compose.run_log(home)
    runs = log.runs("dp_sales_orders", 1)
    found["runs"] = [[r.run_id, r.mode, r.state, (r.certificate or {}).get("verdict")] for r in runs]
    found["watermarks"] = log.watermarks("dp_sales_orders", 1)
    found["outbox"] = len(log.outbox())
    events = [json.loads(line) for line in (home / "events.jsonl").read_text().splitlines()]
    found["announced"] = sorted({e["id"] for e in events})
    found["files"] = len(list((home / "warehouse").rglob("*.parquet")))
    found["work"] = [p.name for p in (home / "work").iterdir()]
    return found


def forked(act: Callable[[], None]) -> int:
    """Runs it in a process of its own; how that ended: 0, or the negative signal."""
    pid = os.fork()
    if pid == 0:
        try:
            act()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def kill_at(root: Path, scene: str, n: int, after: bool, names: Path) -> None:
    countdown = Countdown(n, after, kill=lambda: os.kill(os.getpid(), signal.SIGKILL))
    try:
        run(root, "2030-01-01T07:00:00Z", countdown=countdown, **REQUESTS[scene])
    finally:
        names.write_text(json.dumps(countdown.names))


def say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


def main(folder: Path, scene: str, boundaries: bool) -> int:
    warm.local()
    root, template, names = folder / "mesh", folder / "template", folder / "names.json"
    if forked(lambda: prepare(root, scene)) != 0:
        return 1
    root.rename(template)

    def play(n: int, after: bool) -> bool:
        """Whether the process was killed; prints what is left after the second one."""
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(template, root)
        ended = forked(lambda: kill_at(root, scene, n, after, names))
        if ended == -signal.SIGKILL:
            again = forked(lambda: run(root, "2030-01-01T07:00:00Z", **REQUESTS[scene]))
            if again != 0:
                say({"n": n, "after": after, "failed": again})
                return True
        out = folder / "state.json"
        if forked(lambda: out.write_text(json.dumps(state(root)))) != 0:
            return False
        left = json.loads(out.read_text())
        say({"n": n, "after": after, "killed": ended == -signal.SIGKILL, "state": left})
        return ended == -signal.SIGKILL

    play(10**6, False)
    calls = json.loads(names.read_text())
    say({"calls": calls})
    ends = {name: n for n, name in enumerate(calls, start=1) if name in BOUNDARIES}.values()
    for n, name in enumerate(calls, start=1):
        if boundaries and n not in ends:
            continue
        for after in (False,) if boundaries else (False, True):
            if name != "log.release" and not (after and n >= len(calls) - 1):
                play(n, after)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:] == ["boundaries"]))
