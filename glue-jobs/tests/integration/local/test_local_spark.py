"""The local entry point on Spark, as a process: what the person sees, and that its Java ends with it."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from support.local import LocalMesh, answer
from support.plans import orders_document

ROWS = "order_id,amount,email,updated_at\no1,10.00,a@x.org,2030-01-01T00:00:00Z\no2,ten,b@x.org,2030-01-01T00:00:00Z\n"


@pytest.fixture
def mesh(tmp_path: Path) -> LocalMesh:
    found = LocalMesh(tmp_path)
    found.land("1.csv", ROWS)
    return found


def start(mesh: LocalMesh) -> subprocess.Popen[str]:
    request = mesh.request(orders_document(), mode=None, inputs={}, engine="spark")
    return mesh.start("run", request)


@pytest.mark.soak
def test_a_run_on_spark_says_what_it_does_and_nothing_else(mesh: LocalMesh) -> None:
    ran = answer(start(mesh))
    assert (ran.code, ran.last["state"]) == (0, "published"), ran.stderr + str(ran.last)
    first, second = (e for e in ran.events if e.get("step") == "start Spark")
    assert "seconds" not in first
    assert second["seconds"] > 0
    assert ran.stderr == "", "what Java prints is for nobody"
    assert list((mesh.state / "work").iterdir()) == []
    # Looking at it needs no Spark.
    shown = mesh.call("show", mesh.request(orders_document(), table="orders")).last["tables"][0]
    assert [r["amount"] for r in shown["rows"]] == ["10.00"]


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.soak)])
@pytest.mark.soak
def test_stopped_while_it_computes_it_takes_java_with_it(mesh: LocalMesh, number: signal.Signals) -> None:
    process = start(mesh)
    assert process.stdout is not None
    read = ""
    while '"build"' not in read:
        read += process.stdout.readline()
    java = _children(process.pid)
    assert java, "Spark runs in a Java of its own"
    process.send_signal(number)
    ended = answer(process, read)
    assert ended.code in (128 + number, -number)
    assert [e["event"] for e in ended.events if e["event"] in ("result", "error")] == []
    deadline = time.monotonic() + 20
    while any(_alive(pid) for pid in java):
        assert time.monotonic() < deadline, "Java is still there"
        time.sleep(0.1)


def test_an_engine_that_there_is_not_is_a_wrong_request(mesh: LocalMesh) -> None:
    ran = mesh.run(orders_document(), engine="flink")
    assert (ran.code, ran.last["code"]) == (2, "bad-request")
    assert "duckdb, spark" in ran.last["remedy"]


def _children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
