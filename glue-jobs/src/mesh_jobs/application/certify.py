"""Certify: the candidate measured against the promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mesh_jobs.application.history import publication
from mesh_jobs.application.ingest import Ingested
from mesh_jobs.application.run import Run, TableReport, results_of
from mesh_jobs.domain.certificate import Certificate, CertifiedTable, issue
from mesh_jobs.domain.contract_version import older
from mesh_jobs.domain.judged import can_answer
from mesh_jobs.domain.measures import WINDOW, Publication, availability, freshness
from mesh_jobs.domain.measuring import row_count
from mesh_jobs.domain.plan import QualityRule, Table
from mesh_jobs.domain.stability import changes, schema_of
from mesh_jobs.domain.table import TableName
from mesh_jobs.domain.watermark import moment, moment_at
from mesh_jobs.ports.engine import Dataset, Measurement
from mesh_jobs.ports.run_log import RunRecord
from mesh_jobs.ports.steps import PROMISED_BY, SCHEMA
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
        asking = _Asking(run, candidates, sources, built)
        tables: list[CertifiedTable] = []
        measured: list[tuple[Table, tuple[Measurement, ...]]] = []
        pointers: dict[str, Pointer] = {}
        for table in run.plan.tables:
            report = built.get(table.name)
            found = () if report is None else report.measurements
            if table.published:
                pointer = outside.tables.current(asking.where(table))
                if pointer is None:
                    # The first run was stopped before it came to this table.
                    continue
                pointers[table.name] = pointer
                stands = _standing(table, report, pointer)
                tables.append(stands)
                found += asking.answers(table, stands.rows, found)
            measured.append((table, found))
        at = outside.clock.now()
        results = [r for table, found in measured for r in results_of(table, found, at)]
        newest = _newest(run, sources, [m for _, found in measured for m in found])
        history = _history(outside.log.runs(run.plan.product.key, run.plan.product.major), run.run_id, at)
        limit = run.plan.sla.freshness_seconds
        certificate = issue(
            run.plan,
            run.run_id,
            run.mode,
            at,
            tables,
            results,
            _carried(run.last, set(built), {r.rule.id for r in results}),
            newest,
            freshness(newest, at, limit),
            availability([*history, Publication(at, newest)], at, limit),
            changes(run.last_step(SCHEMA) or {}, promised(run)),
        )
        return Certified(certificate, pointers)


def _standing(table: Table, report: TableReport | None, pointer: Pointer) -> CertifiedTable:
    """What the verdict is about: the snapshot that stands there, or rows that are in none."""
    rows, snapshot = pointer.rows, pointer.snapshot_id
    if report is not None and _not_written(table, report):
        rows, snapshot = report.rows_out, None
    return CertifiedTable(table.name, rows, snapshot, pointer.metadata_location)


def _not_written(table: Table, report: TableReport) -> bool:
    """Whether what was computed of a table is not where it stands, since it will be rejected."""
    return report.snapshot_id is None and report.blocked(table)


@dataclass(frozen=True)
class _Asking:
    """Which checks are asked now, and what foreign keys are looked for in: tables of the product as they are certified,
    and pinned snapshots."""

    run: Run
    candidates: Mapping[str, TableName]
    sources: Sequence[Ingested]
    built: Mapping[str, TableReport]

    def where(self, table: Table) -> TableName:
        return self.candidates.get(table.name, table.physical)

    def answers(self, table: Table, rows: int, known: Sequence[Measurement]) -> tuple[Measurement, ...]:
        """What a published table answers that is not known yet. Its snapshot has counted its `rows`."""
        told = {m.rule for m in known}
        checks = [c for c in self._asked(table) if c.id not in told]
        counted = tuple(row_count(c, rows) for c in checks if c.metric == "rowCount")
        checks = [c for c in checks if c.metric != "rowCount"]
        if not checks:
            return counted
        return counted + self.run.outside.engine.measure(table, self.where(table), checks, self._others(checks))

    def _asked(self, table: Table) -> list[QualityRule]:
        report = self.built.get(table.name)
        if report is not None and _not_written(table, report):
            # What stands there is not what was rejected; only how old it is matters.
            return [c for c in table.checks if c.metric == "freshness"]
        new = [] if report is not None else [c for c in self.run.asked_anew(table) if can_answer(table, c)]
        return [c for c in table.checks if c in new or self._due(c, table)]

    def _due(self, check: QualityRule, table: Table) -> bool:
        """Whether a check has to be measured now: of a table that this run left alone, only what may have changed
        without it."""
        if check.reference is not None:
            name = check.reference.name
            changed = name in self.built or any(s.changed for s in self.sources if s.source.name == name)
            return (table.name in self.built or changed) and self._rows(name) is not None
        return check.metric == "freshness" or (table.name in self.built and check.scope == "aggregate")

    def _others(self, checks: Sequence[QualityRule]) -> dict[str, Dataset]:
        names = {c.reference.name for c in checks if c.reference is not None}
        found = {name: self._rows(name) for name in names}
        return {name: rows for name, rows in found.items() if rows is not None}

    def _rows(self, name: str) -> Dataset | None:
        outside = self.run.outside
        table = next((t for t in self.run.plan.tables if t.name == name), None)
        if table is None:
            return next(s.dataset(self.run) for s in self.sources if s.source.name == name)
        where = self.where(table)
        return None if outside.tables.current(where) is None else outside.engine.read_table(where, planned=table)


def _newest(run: Run, sources: Sequence[Ingested], measured: Sequence[Measurement]) -> datetime | None:
    """How new the data is: the greatest value of the promised column, or the newest input that was ever read."""
    if run.plan.sla.freshness_column:
        asked = {c.id for t in run.plan.published for c in t.checks if c.metric == "freshness"}
        found = [m.value for m in measured if m.rule in asked and m.value is not None]
        return moment_at(max(found)) if found else None
    arrivals = [s.newest for s in sources if s.newest is not None]
    if run.last is not None and run.last.certificate is not None and not arrivals:
        return moment(run.last.certificate["freshness"]["newest"])
    return max(arrivals, default=None)


def promised(run: Run) -> dict[str, list[dict[str, Any]]]:
    """The columns of the published tables, to compare the next version with."""
    if promised_by(run) is not None:
        return dict(run.last_step(SCHEMA) or {})
    return {t.name: schema_of(t.columns or ()) for t in run.plan.published}


def promised_by(run: Run) -> str | None:
    """The newer contract version whose columns stay promised, where the run's own is older: going back to an older
    contract changes no table. None where the run's own promises them."""
    if run.last is None or run.last.certificate is None:
        return None
    known: str = run.last_step(PROMISED_BY) or run.last.certificate["version"]
    return known if older(run.plan.product.version, known) else None


def _carried(last: RunRecord | None, built: set[str], measured: set[str]) -> list[dict[str, Any]]:
    """Checks of tables that this run left as they were certified before, but for those measured anew."""
    if last is None or last.certificate is None:
        return []
    return [c for c in last.certificate["checks"] if c["table"] not in built and c["id"] not in measured]


def _history(runs: Sequence[RunRecord], without: str, until: datetime) -> list[Publication]:
    """Publications that availability looks at: those of its window, and the one that stood when it began."""
    found = []
    for r in runs:
        one = None if r.run_id == without else publication(r)
        if one is not None:
            found.append(one)
            if one.at < until - WINDOW:
                break
    return found
