"""A large table that is written to while it is read, by a run that is killed while it reads."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.postgres.wire import Wire
from mesh_jobs.domain.table import TableName
from support.local import LocalMesh, answer
from support.plans import column, document, field, source, table
from support.postgres import Postgres, connection, postgres

ROWS, EACH = 1_000_000, 100
PAYMENTS = f"""
DROP TABLE IF EXISTS payments;
CREATE TABLE payments (id int PRIMARY KEY, amount numeric(12,2) NOT NULL, note text, paid_at timestamptz);
INSERT INTO payments SELECT n, {EACH}, repeat('x', 40), '2030-01-01Z'::timestamptz + n * interval '1 second'
FROM generate_series(1, {ROWS}) n
"""


def plan() -> dict[str, Any]:
    columns = [column("id", "int"), column("amount", "decimal(12, 2)"), column("paid_at", "timestamptz")]
    fields = [field(c["name"], c["type"]) for c in columns]
    shop = source("shop", fields, primaryKey=["id"], kind="remote", connector="jdbc")
    shop["options"] = {"engine": "postgresql", "connection": "shop", "table": "public.payments"}
    del shop["path"]
    raw = table("payments_raw", "bronze", ["shop"], primaryKey=["id"], persist=True)
    gold = table("payments", "gold", ["payments_raw"], columns=columns, primaryKey=["id"])
    return document([shop], [raw, gold])


@contextmanager
def money_moving(server: Postgres) -> Iterator[list[int]]:
    """In every transaction one payment gives what another gets: at each moment the sum is what it was."""
    stop, moves = threading.Event(), [0]

    def move() -> None:
        chance = random.Random(1)
        with Wire(server.address()) as wire:
            while not stop.is_set():
                one, other = chance.randint(1, ROWS), chance.randint(1, ROWS)
                wire.query(
                    f"BEGIN; UPDATE payments SET amount = amount - 1 WHERE id = {one};"
                    f"UPDATE payments SET amount = amount + 1 WHERE id = {other}; COMMIT"
                )
                moves[0] += 1

    mover = threading.Thread(target=move)
    mover.start()
    try:
        yield moves
    finally:
        stop.set()
        mover.join()


@pytest.mark.soak
def test_a_million_rows_that_change_while_they_are_read_are_those_of_one_moment_after_three_kills(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = postgres()
    server.sql(PAYMENTS)
    monkeypatch.setenv("MESH_CONNECTION_SHOP", connection(server))
    # What a killed run has fetched so far is in the system's own folder for such files.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    mesh = LocalMesh(tmp_path)
    request = mesh.request(plan(), mode="full", inputs={}, runId="full-1")
    with money_moving(server) as moves:
        for _ in range(3):
            process = mesh.start("run", request)
            while not list(tmp_path.glob("mesh-fetch-*/part-*")):
                assert process.poll() is None
                time.sleep(0.01)
            time.sleep(0.3)
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            assert not list((tmp_path / ".mesh" / "raw").rglob("manifest.json"))
            for left in tmp_path.glob("mesh-fetch-*/part-*"):
                left.unlink()
        began = time.monotonic()
        ran = answer(mesh.start("run", request))
        seconds = time.monotonic() - began
    assert (ran.code, ran.last["state"]) == (0, "published"), ran.stderr
    assert moves[0] > 100, "nothing was changed meanwhile"
    counts = {t["table"]: (t["rowsIn"], t["rowsOut"]) for t in ran.last["tables"]}
    assert counts == {"payments_raw": (ROWS, ROWS), "payments": (ROWS, ROWS)}
    engine = DuckDbEngine(LocalTables(mesh.state), tmp_path / "work", b"k" * 32)
    found = engine.read_table(TableName("sales", "payments_v1"))
    ((total, keys),) = engine._session.all(f"SELECT sum(amount), count(DISTINCT id) FROM {found.at}")  # type: ignore[attr-defined]
    assert (int(total), keys) == (ROWS * EACH, ROWS)
    ingest = next(e for e in ran.events if e.get("step") == "ingest" and "seconds" in e)
    print(f"{ROWS} rows: fetched in {ingest['seconds']} s, whole run {seconds:.1f} s, {moves[0]} moves")  # noqa: T201
