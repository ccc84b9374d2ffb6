"""Looking at products: how they stand, what is certified, what was put aside. Changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from mesh_jobs.application.history import publications
from mesh_jobs.domain.certificate import iso
from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.measures import availability
from mesh_jobs.domain.names import Names
from mesh_jobs.domain.plan import Plan, Table, product_key
from mesh_jobs.domain.quarantine import AT, FILE, REASON, RECORD, ROW, RULE, RUN_ID
from mesh_jobs.domain.table import Field, shown
from mesh_jobs.domain.watermark import moment
from mesh_jobs.ports.clock import Clock
from mesh_jobs.ports.engine import Engine
from mesh_jobs.ports.run_log import RunLog, RunRecord
from mesh_jobs.ports.table_store import TableStore

#: More rows than a person looks through; beyond it rows are listed as they come.
_SORTED_UP_TO = 200_000


def status(
    log: RunLog, product: str, environment: str | None, major: int, now: datetime, wall: Clock
) -> dict[str, Any]:
    """The last run, the certificate that consumers rely on now, how old its data is, and what is running."""
    key = product_key(product, environment)
    runs = log.runs(key, major)
    last = runs[0] if runs else None
    certified = next((r for r in runs if r.state == "published"), None)
    holder = log.holder(key, major, wall.now())
    certificate = None if certified is None else certified.certificate
    newest = None
    if certificate is not None:
        newest = moment(certificate["freshness"].get("newest")) or moment(certificate["issuedAt"])
    state: str = "new" if last is None else last.state
    if holder is not None:
        state = "running"
    elif last is not None and last.state in ("running", "certified", "publishing"):
        state = "interrupted"
    elif state == "skipped" and certified is not None:
        # There was nothing to do: the product stands as it did before.
        state = certified.state
    history = list(publications(runs))
    limit = None if certificate is None else certificate["freshness"]["limitSeconds"]
    return {
        "product": product,
        "environment": environment,
        "major": major,
        "state": state,
        "lastRun": None if last is None else _run(last),
        "lastCertified": None
        if certified is None or certificate is None
        else {"runId": certificate["runId"], "issuedAt": certificate["issuedAt"]},
        "certificate": certificate,
        "freshnessSeconds": None if newest is None else max(0.0, (now - newest).total_seconds()),
        "availabilityPercent": availability(history, now, limit),
        "running": None if holder is None else _running(runs, holder.owner),
        "runs": [_run(r) for r in runs[:10]],
    }


def _run(record: RunRecord) -> dict[str, Any]:
    return {
        "runId": record.run_id,
        "mode": record.mode,
        "state": record.state,
        "startedAt": iso(record.started_at),
        "endedAt": None if record.ended_at is None else iso(record.ended_at),
        "message": record.message,
        "verdict": None if record.certificate is None else record.certificate["verdict"],
        "score": None if record.certificate is None else record.certificate["score"],
    }


def _running(runs: Sequence[RunRecord], owner: str) -> dict[str, Any]:
    found = next((r for r in runs if r.unfinished), None)
    if found is None:
        return {"owner": owner}
    return {"owner": owner, "runId": found.run_id, "since": iso(found.started_at)}


def show(engine: Engine, tables: TableStore, log: RunLog, plan: Plan, table: str | None, limit: int) -> dict[str, Any]:
    """Some rows of what is published, and the certificate; of an internal table, with protected columns masked, when it
    is named. Raises BadRequest."""
    last = log.last_published(plan.product.key, plan.product.major)
    wanted = plan.published if table is None else (_table(plan, table),)
    found = []
    for t in wanted:
        if (t.published and last is None) or tables.current(t.physical) is None:
            continue
        stored = engine.read_table(t.physical)
        rows = engine.rows(stored, limit)
        hidden = Names(() if t.published else (p.name for p in t.protected))
        found.append(
            {
                "table": str(t.physical),
                "columns": _columns(t, engine.fields(stored), rows),
                "rows": [{k: "***" if k in hidden and v is not None else plain(v) for k, v in r.items()} for r in rows],
            }
        )
    return {"tables": found, "certificate": None if last is None else last.certificate}


def _columns(table: Table, stored: Sequence[Field] | None, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The columns that are stored: the contract on disk may have others by now."""
    if table.published and stored is not None:
        return [{"name": f.name, "type": shown(f.type)} for f in stored]
    if table.columns is not None:
        return [{"name": c.name, "type": shown(c.type)} for c in table.columns]
    return [{"name": name, "type": ""} for name in (rows[0] if rows else ())]


def quarantine(
    engine: Engine,
    tables: TableStore,
    plan: Plan,
    table: str | None = None,
    run_id: str | None = None,
    limit: int = 20,
    row: int | None = None,
) -> dict[str, Any]:
    """What was put aside, by table, rule, reason and run; some of the rows, or the n-th of them, counted from 1."""
    groups: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for t in plan.tables if table is None else (_table(plan, table),):
        if tables.current(t.quarantine) is None:
            continue
        data = engine.read_table(t.quarantine)
        for (rule, reason, run), count in engine.tally(data, (RULE, REASON, RUN_ID)):
            if run_id in (None, run):
                groups.append({"table": t.name, "rule": rule, "reason": reason, "rows": count, "runId": run})
        found = [r for r in engine.rows(data, _SORTED_UP_TO) if run_id in (None, r[RUN_ID])]
        found.sort(key=lambda r: (r[AT], r[FILE] or "", r[ROW] or 0, r[RECORD] or ""))
        rows += [_quarantined(t.name, r) for r in found]
    chosen = rows[:limit] if row is None else rows[row - 1 : row]
    groups.sort(key=lambda g: (-g["rows"], g["table"], g["rule"]))
    return {"groups": groups, "rows": chosen}


def _quarantined(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        record = json.loads(row[RECORD], parse_constant=str)
    except (TypeError, ValueError):
        record = row[RECORD]
    return {
        "table": table,
        "rule": row[RULE],
        "reason": row[REASON],
        "file": row[FILE],
        "row": row[ROW],
        "runId": row[RUN_ID],
        "at": plain(row[AT]),
        "record": record,
    }


def _table(plan: Plan, name: str) -> Table:
    for t in plan.tables:
        if name in (t.name, t.physical.table, str(t.physical)):
            return t
    raise BadRequest(f"{plan.product.id} has no table {name}", f"it has {', '.join(t.name for t in plan.tables)}")


def plain(value: Any) -> Any:
    """A value in JSON without loss: decimals and what is beyond 53 bits as text, moments in ISO, bytes in hex."""
    match value:
        case int() if abs(value) > 2**53:
            return str(value)
        case Decimal():
            return format(value, "f")
        case datetime():
            return iso(value)
        case date() | time():
            return value.isoformat()
        case bytes():
            return value.hex()
        case float() if value != value or value in (float("inf"), float("-inf")):
            return str(value)
        case dict():
            return {str(k): plain(v) for k, v in value.items()}
        case list() | tuple():
            return [plain(v) for v in value]
    return value
