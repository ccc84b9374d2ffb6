"""Certify: the candidate measured against the promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mesh_jobs.application.ingest import Ingested
from mesh_jobs.application.run import Run, TableReport
from mesh_jobs.application.transform import measure_rest
from mesh_jobs.domain.certificate import Certificate, CertifiedTable, issue
from mesh_jobs.domain.measures import Publication, availability, freshness
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.quality import QualityResult
from mesh_jobs.domain.stability import changes, is_older, schema_of
from mesh_jobs.domain.table import TableName
from mesh_jobs.domain.watermark import moment
from mesh_jobs.ports.run_log import RunRecord
from mesh_jobs.ports.table_store import Pointer


@dataclass(frozen=True)
class Certified:
    certificate: Certificate
    pointers: Mapping[str, Pointer]


class Certify:
    """fetch the candidates → measure what only whole tables can answer → judge → hand the certificate on."""

    def __call__(
        self,
        run: Run,
        reports: Sequence[TableReport],
        candidates: Mapping[str, TableName],
        sources: Sequence[Ingested],
    ) -> Certified:
        outside = run.outside
        built = {r.table: r for r in reports}
        tables: list[CertifiedTable] = []
        results: list[QualityResult] = []
        pointers: dict[str, Pointer] = {}
        for table in run.plan.tables:
            report = built.get(table.name)
            if table.published:
                where = candidates.get(table.name, table.physical)
                pointer = outside.tables.current(where)
                if pointer is None:
                    # The first run was stopped before it came to this table.
                    continue
                pointers[table.name] = pointer
                written = report is None or report.snapshot_id is not None or not _blocked(report, table)
                rows, snapshot = (
                    (pointer.rows, pointer.snapshot_id) if written else (report.rows_out if report else 0, None)
                )
                tables.append(CertifiedTable(table.name, rows, snapshot, pointer.metadata_location))
                if report is not None and written:
                    rest = measure_rest(outside.engine, table, where, {m.rule for m in report.measurements})
                    report = TableReport(**{**vars(report), "measurements": report.measurements + rest})
            if report is not None:
                results += report.results(table)
        at = outside.clock.now()
        newest = self._newest(run, candidates, sources)
        history = _history(outside.log.runs(run.plan.product.key, run.plan.product.major), run.run_id)
        limit = run.plan.sla.freshness_seconds
        certificate = issue(
            run.plan,
            run.run_id,
            run.mode,
            at,
            tables,
            results,
            _carried(run.last, set(built)),
            newest,
            freshness(newest, at, limit),
            availability([*history, Publication(at, newest)], at, limit),
            changes(run.last_step("schema") or {}, promised(run)),
        )
        return Certified(certificate, pointers)

    def _newest(self, run: Run, candidates: Mapping[str, TableName], sources: Sequence[Ingested]) -> datetime | None:
        """How new the data is: the greatest value of the promised column, or the newest input that was ever read."""
        if run.plan.sla.freshness_column:
            name, column = run.plan.sla.freshness_column
            table = next(t for t in run.plan.published if t.name == name)
            where = candidates.get(name, table.physical)
            if run.outside.tables.current(where) is None:
                return None
            engine = run.outside.engine
            return moment(engine.greatest(engine.read_table(where, planned=table), column))
        arrivals = [s.newest for s in sources if s.newest is not None]
        if run.last is not None and run.last.certificate is not None and not arrivals:
            return moment(run.last.certificate["freshness"]["newest"])
        return max(arrivals, default=None)


def _blocked(report: TableReport, table: Table) -> bool:
    return any(r.blocks for r in report.results(table))


def promised(run: Run) -> dict[str, list[dict[str, Any]]]:
    """The columns of the published tables, to compare the next version with. A rollback to an older contract changes no
    table, so what was promised last stays."""
    last = None if run.last is None else run.last.certificate
    if last is not None and is_older(run.plan.product.version, last["version"]):
        return dict(run.last_step("schema") or {})
    return {t.name: schema_of(t.columns or ()) for t in run.plan.published}


def _carried(last: RunRecord | None, built: set[str]) -> list[dict[str, Any]]:
    """Checks of tables that this run left as they were certified before."""
    if last is None or last.certificate is None:
        return []
    return [c for c in last.certificate["checks"] if c["table"] not in built]


def _history(runs: Sequence[RunRecord], without: str) -> list[Publication]:
    found = []
    for r in runs:
        if r.state == "published" and r.certificate is not None and r.run_id != without:
            at = moment(r.certificate["issuedAt"])
            if at is not None:
                found.append(Publication(at, moment(r.certificate["freshness"].get("newest"))))
    return found
