"""Two products of two domains on disk, large enough for a run to take a while: what is killed, and what is compared."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from mesh_jobs.adapters.iceberg.sqlite_catalog import SqliteCatalog
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.sqlite.database import Database
from mesh_jobs.adapters.sqlite.run_log import SqliteRunLog
from support.local import LocalMesh, answer
from support.plans import check, column, document, orders_document, table
from support.warm import warm_python

SALES = orders_document()
_HEAD = "order_id,amount,email,updated_at\n"


def _marketing() -> dict[str, Any]:
    """Reads the certified orders of the other domain."""
    orders = {
        "kind": "product",
        "name": "orders",
        "product": "dp_sales_orders",
        "major": 1,
        "object": "orders",
        "database": "sales",
        "table": "orders_v1",
        "primaryKey": ["order_id"],
        "maxAgeSeconds": None,
    }
    spenders = table(
        "spenders",
        "gold",
        ["orders"],
        "spenders",
        database="marketing",
        columns=[column("email"), column("spent", "decimal(18, 2)"), column("orders", "long")],
        primaryKey=["email"],
        rules=[
            {
                "kind": "aggregate",
                "id": "spenders.0.aggregate",
                "by": ["email"],
                "measures": [
                    {"name": "spent", "expression": "CAST(sum(amount) AS DECIMAL(18,2))"},
                    {"name": "orders", "expression": "count(*)"},
                ],
            }
        ],
        checks=[check("spenders", "duplicateValues", ["email"], scope="aggregate", action="abort_workflow")],
    )
    made = document([orders], [spenders], entity="spenders")
    made["product"] |= {"id": "dp_marketing_spenders", "name": "Spenders", "domain": "marketing"}
    made["databases"] = {"published": "marketing", "internal": "marketing_internal"}
    for t in made["tables"]:
        t["database"] = "marketing"
    return made


MARKETING = _marketing()
#: What is run in turn: after the first state two deltas of one product and a reload of the other that reads it.
STEPS: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("sales delta", SALES, "delta", "2030-01-01T07:00:00Z"),
    ("marketing full", MARKETING, "full", "2030-01-01T07:30:00Z"),
    ("sales full", SALES, "full", "2030-01-01T08:00:00Z"),
)


@dataclass(frozen=True)
class State:
    """What is left after a run: rows of each table as a count and a sum of hashes, how runs ended, and what no name in
    the catalogue can reach."""

    tables: dict[str, tuple[int, int]]
    runs: list[tuple[str, str, str]]
    unreachable: int
    work: list[str]

    def ended(self, product: str, run: str) -> str | None:
        """How a run stands; None before it began."""
        return next((state for p, r, state in self.runs if (p, r) == (product, run)), None)

    def published(self) -> dict[str, tuple[int, int]]:
        return {name: rows for name, rows in self.tables.items() if not name.split(".")[0].endswith("_internal")}


class TwoProducts(LocalMesh):
    """A mesh folder with its landed files, and what can be done to it."""

    def prepare(self, rows: int, engine: str) -> None:
        """The first certified state of both, and what the next runs will find."""
        generator = random.Random(7)
        self.land("1.csv", _HEAD + "".join(_rows(generator, range(rows), 1)), at="2030-01-01T05:00:00+00:00")
        self.state.joinpath("masking.key").write_bytes(bytes(32))
        self.ran(SALES, "init", "2030-01-01T06:00:00Z", engine)
        self.ran(MARKETING, "full", "2030-01-01T06:30:00Z", engine)

    def more(self, step: int, rows: int) -> None:
        """Lands what a step finds new."""
        if STEPS[step][1] is not SALES:
            return
        hour, changed = 5 + step, range(step, rows + rows // 10, 7 + step)
        text = _HEAD + "".join(_rows(random.Random(step), changed, hour))
        self.land(f"{2 + step}.csv", text, at=f"2030-01-01T{6 + step // 2:02d}:40:00+00:00")

    def asked(self, plan: dict[str, Any], mode: str, now: str, engine: str) -> dict[str, Any]:
        return self.request(plan, mode=mode, inputs={}, now=now, runId=run_id(mode, now), engine=engine)

    def ran(self, plan: dict[str, Any], mode: str, now: str, engine: str) -> dict[str, Any]:
        """The result of a run that ends as it should."""
        done = answer(self.start("run", self.asked(plan, mode, now, engine), warm_python()))
        assert done.code == 0, (done.last, done.stderr[-2000:])
        return done.last

    def left(self) -> State:
        catalog = SqliteCatalog(self.state)
        tables = {str(e.table): _rows_of(LocalTables(self.state), e.table) for e in catalog.entries()}
        database = Database(self.state / "catalog.db")
        log = SqliteRunLog(database)
        runs = [
            (r.product, r.run_id, r.state)
            for product in ("dp_sales_orders", "dp_marketing_spenders")
            for r in log.runs(product, 1)
        ]
        # A copy of a database that is open here is none: https://www.sqlite.org/howtocorrupt.html
        database.close()
        work = self.state / "work"
        return State(
            tables, runs, len(unreachable(self.state)), [p.name for p in work.iterdir()] if work.exists() else []
        )


def run_id(mode: str, now: str) -> str:
    return f"{mode}-{now.replace(':', '').replace('-', '')}"


def _rows(generator: random.Random, numbers: Any, hour: int) -> Iterator[str]:
    for n in numbers:
        amount = "ten" if n % 997 == 3 else f"{generator.randrange(-500, 100_000) / 100:.2f}"
        at = f"2030-01-01T{hour:02d}:{n // 60 % 60:02d}:{n % 60:02d}Z"
        yield f"o{n:08d},{amount},user{n % 1013}@shoply.example,{at}\n"


def _rows_of(tables: LocalTables, table: Any) -> tuple[int, int]:
    paths = [f.path.removeprefix("file://") for f in tables.files(table)]
    if not paths:
        return 0, 0
    listed = ", ".join("'" + p.replace("'", "''") + "'" for p in paths)
    there = duckdb.sql(f"SELECT * FROM read_parquet([{listed}], union_by_name = true, hive_partitioning = false)")
    own = ", ".join(f'"{c}"::VARCHAR' for c in sorted(there.columns) if c not in ("_mesh_at", "_mesh_vanished_at"))
    found = duckdb.sql(f"SELECT count(*), coalesce(sum(hash({own})::HUGEINT), 0) FROM there").fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


def unreachable(state: Path) -> list[str]:
    """Files in tables' folders that no name in the catalogue leads to."""
    from mesh_jobs.adapters.iceberg import metadata as md
    from mesh_jobs.adapters.iceberg.manifests import entries_of, manifests_of
    from mesh_jobs.adapters.iceberg.storage import plain

    catalog = SqliteCatalog(state)
    reachable: set[str] = set()
    for entry in catalog.entries():
        metadata = md.read(entry.location)
        reachable |= {entry.location} | md.history(metadata)
        for snapshot in metadata.get("snapshots", []):
            manifests = manifests_of(snapshot)
            reachable |= {snapshot["manifest-list"], *(m.manifest_path for m in manifests)}
            reachable |= {e.data_file.file_path for m in manifests for e in entries_of(m)}
    known = {os.path.realpath(plain(p)) for p in reachable}
    there = [str(p) for p in (state / "warehouse").rglob("*") if p.is_file() and not p.name.endswith(".crc")]
    return sorted(p for p in there if os.path.realpath(p) not in known)


def described(state: State) -> str:
    return json.dumps({"tables": state.tables, "runs": state.runs, "unreachable": state.unreachable}, indent=1)
