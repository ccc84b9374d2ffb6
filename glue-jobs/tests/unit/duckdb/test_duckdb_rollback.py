"""A plan that is older than the table it writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.iceberg.store import SqliteTableStore
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.rules import Rename
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import Prepared, Target
from mesh_jobs.ports.table_store import Swap
from support.plans import check, column, document, table

NOW = datetime(2030, 1, 1, 6, tzinfo=UTC)
RENAMED = {"id": "number", "amount": "total"}


def the_plan() -> Table:
    checks = [check("orders", "duplicateValues", [c]) for c in ("amount", "id")]
    columns = [column("id"), column("amount", "int")]
    made = table("orders", "gold", ["rows"], columns=columns, primaryKey=["id"], checks=checks)
    return plan_from_json(document([], [made])).tables[0]


def a_newer_plan() -> Table:
    old = the_plan()
    columns = tuple(replace(c, name=RENAMED[c.name]) for c in old.columns or ())
    return replace(
        old, columns=columns, primary_key=("number",), checks=(), rules=(Rename("r", tuple(RENAMED.items())),)
    )


@pytest.mark.parametrize("write", ["merge", "replace"])
def test_a_rollback_finds_renamed_columns_by_their_ids(tmp_path: Path, write: Any) -> None:
    engine, store = DuckDbEngine(LocalTables(tmp_path), tmp_path / "work", b"k" * 32), SqliteTableStore(tmp_path)

    def rows(made: Table, *given: tuple[str, int]) -> Prepared:
        fields = (Field("id", "string"), Field("amount", "int"))
        return engine.prepare(made, {"rows": engine.from_rows(fields, [{"id": i, "amount": n} for i, n in given])})

    for n, made in enumerate([the_plan(), a_newer_plan()]):
        candidate = store.open_candidate(made, "sales_internal", f"r{n}", f"1.{n}.0").table
        engine.save(made, rows(made, ("a", 1), ("b", 2)), Target(candidate, "replace", f"r{n}", NOW))
        before, after = store.current(made.physical), store.current(candidate)
        assert after is not None
        store.publish([Swap(made.physical, before and before.metadata_location, after.metadata_location)])
    old = the_plan()
    back = store.open_candidate(old, "sales_internal", "r3", "1.0.0").table
    saved = engine.save(old, rows(old, ("b", 1)), Target(back, write, "r3", NOW))
    total = 2 if write == "merge" else 1
    assert (saved.rows_total, saved.vanished) == (total, 2 - total)
    assert sorted(engine.rows(engine.read_table(back))[0]) == ["number", "total"]
    assert sorted(engine.rows(engine.read_table(back, planned=old))[0]) == ["amount", "id"]
    measured = engine.measure(old, back, old.checks)
    assert [(m.rows, m.failing) for m in measured] == [(total, total - 1), (total, 0)]
    engine.close()
