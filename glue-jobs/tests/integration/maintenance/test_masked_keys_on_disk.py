"""Keys that vanished in the clear are in no file any more once a contract masks them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
from disk_mesh import DiskMesh, a_plan

from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import Masking, TableName
from support.plans import orders_document

TOMBSTONES = TableName("sales_internal", "orders_v1__orders__tombstones")


def by_email(masking: Masking) -> Plan:
    """The orders, kept for years, whose key is the e-mail, published so; nothing protects it but what masks it."""
    plan = a_plan(sla={**orders_document()["sla"], "retentionSeconds": 5 * 365 * 86_400})
    tables = []
    for table in plan.tables:
        columns = tuple(replace(c, masking=masking) if c.name == "email" else c for c in table.columns or ())
        of_key = {"primary_key": ("email",), "columns": columns, "incremental": False}
        protected = () if masking == "none" else table.protected
        tables.append(replace(table, **of_key, protected=protected) if table.published else table)
    return replace(plan, tables=tuple(tables), plan_digest=masking)


def in_the_clear(mesh: DiskMesh) -> set[str]:
    """Files of the tombstones that an e-mail can be found in: rows, bounds and all."""
    found = set[str]()
    for file in (mesh.state / "warehouse").rglob("*"):
        if file.is_file() and TOMBSTONES.table in str(file):
            parquet = file.suffix == ".parquet"
            shown = (
                repr(duckdb.sql(f"SELECT email FROM read_parquet('{file}')").fetchall())
                if parquet
                else file.read_bytes().decode("latin-1")
            )
            found |= {Path(file).suffix} if "@shoply" in shown else set()
    return found


def test_keys_that_vanished_in_the_clear_are_gone_with_the_run_that_masks_them(mesh: DiskMesh) -> None:
    def vanished(masking: Masking, first: int, mode: str) -> int:
        for file in (mesh.state / "landing").rglob("*.csv"):
            file.unlink()
        mesh.land(by_email(masking), first)
        report = mesh.run(by_email(masking), mode)
        assert report.state == "published", report.message
        return next(t.vanished for t in report.tables if t.table == "orders")

    vanished("none", 10, "init")
    assert vanished("none", 11, "full") == 1
    assert ".parquet" in in_the_clear(mesh)
    mesh.later(hours=1)
    assert vanished("hash", 12, "full") == 0
    assert mesh.rows(TOMBSTONES) == []
    assert in_the_clear(mesh) == set()
    assert vanished("hash", 13, "full") == 1
    (row,) = mesh.rows(TOMBSTONES)
    assert len(row["email"]) == 64
