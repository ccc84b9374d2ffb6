"""Once a contract masks what was published in the clear, neither time travel nor any file of the table shows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from disk_mesh import PUBLISHED, DiskMesh, a_plan

from mesh_jobs.application.rollback import Rollback
from mesh_jobs.domain.errors import CannotGoBack
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import Masking
from support.plans import orders_document


def masked(masking: Masking) -> Plan:
    """The orders, kept for years, whose e-mail is published so."""
    plan = a_plan(sla={**orders_document()["sla"], "retentionSeconds": 5 * 365 * 86_400})
    tables = []
    for table in plan.tables:
        columns = [replace(c, masking=masking) if c.name == "email" else c for c in table.columns or ()]
        tables.append(replace(table, columns=tuple(columns)) if table.published else table)
    return replace(plan, tables=tuple(tables), plan_digest=masking)


def in_the_clear(mesh: DiskMesh) -> set[str]:
    """Files of the published table that an e-mail can be found in: rows, bounds and all."""
    found = set[str]()
    for file in (mesh.state / "warehouse" / "sales").rglob("*"):
        if file.suffix == ".parquet":
            shown = repr(duckdb.sql(f"SELECT email FROM read_parquet('{file}')").fetchall())
        elif file.is_file():
            shown = file.read_bytes().decode("latin-1")
        else:
            continue
        if "@shoply" in shown:
            found.add(Path(file).suffix)
    return found


def test_what_was_in_the_clear_is_gone_with_the_run_that_masks_it(mesh: DiskMesh) -> None:
    certificates = []
    for first, mode in ((10, "init"), (20, "delta"), (30, "delta")):
        mesh.land(masked("none"), first)
        certificates.append(mesh.run(masked("none"), mode).certificate or {})
    assert ".parquet" in in_the_clear(mesh)
    mesh.land(masked("hash"), 40)
    report = mesh.run(masked("hash"), "delta")
    assert (report.mode, report.state) == ("full", "published")
    assert [run for run, _ in mesh.runs_of(PUBLISHED)] == [report.run_id]
    assert in_the_clear(mesh) == set()
    assert len(mesh.rows(PUBLISHED)) == 12
    with mesh.outside(masked("hash")) as outside, pytest.raises(CannotGoBack) as raised:
        Rollback(outside, "somebody")(masked("hash"), certificates[-1]["certificateId"])
    assert "published orders.email masked differently from now" in str(raised.value)
    mesh.land(masked("hash"), 50)
    assert mesh.run(masked("hash"), "delta").state == "published"
    assert len({run for run, _ in mesh.runs_of(PUBLISHED)}) == 2, "from then on it is kept for as long as was promised"
