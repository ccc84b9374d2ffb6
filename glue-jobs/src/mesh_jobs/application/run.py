"""One run in progress: what is asked for, what is done so far, what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from mesh_jobs.application.outside import Outside
from mesh_jobs.domain.judged import keys_masked_otherwise, masked_more, new_checks
from mesh_jobs.domain.plan import Mode, Plan, QualityRule, Table
from mesh_jobs.domain.quality import QualityResult, evaluate
from mesh_jobs.domain.revealing import untold
from mesh_jobs.ports.engine import Loss, Measurement
from mesh_jobs.ports.run_log import Lock, RunRecord
from mesh_jobs.ports.steps import JUDGED


@dataclass(frozen=True)
class RunRequest:
    """What a caller wants. Without a mode the run chooses; with a run id it goes on with, or repeats, that run.
    `document` is the plan as it came, to be kept with the run."""

    mode: Mode | None = None
    run_id: str | None = None
    replay_from: str | None = None
    document: dict[str, Any] | None = None


def new_run_id(kind: str, now: datetime, token: str) -> str:
    """An id that nobody has asked for by name: what it is for, since when, and what tells it from another of that
    second."""
    return f"{kind}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{token}"


@dataclass(frozen=True)
class TableReport:
    """What a run did to one table, counted on its own at each place."""

    table: str
    layer: str
    rows_in: int
    rows_out: int
    quarantined: int
    removed: int
    vanished: int
    rows_total: int
    snapshot_id: int | None
    losses: tuple[Loss, ...]
    measurements: tuple[Measurement, ...]
    seconds: float = 0.0

    def counts(self) -> dict[str, Any]:
        """What people look at."""
        return {
            "table": self.table,
            "layer": self.layer,
            "rowsIn": self.rows_in,
            "rowsOut": self.rows_out,
            "quarantined": self.quarantined,
            "removed": self.removed,
            "vanished": self.vanished,
            "rowsTotal": self.rows_total,
        }

    def to_json(self) -> dict[str, Any]:
        return {
            **self.counts(),
            "snapshotId": self.snapshot_id,
            "losses": [vars(x) for x in self.losses],
            "measurements": [m.to_json() for m in self.measurements],
            "seconds": round(self.seconds, 3),
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> TableReport:
        return TableReport(
            value["table"],
            value["layer"],
            value["rowsIn"],
            value["rowsOut"],
            value["quarantined"],
            value["removed"],
            value["vanished"],
            value["rowsTotal"],
            value["snapshotId"],
            tuple(Loss(**x) for x in value["losses"]),
            tuple(Measurement(**m) for m in value["measurements"]),
            value["seconds"],
        )

    def with_later(self, later: TableReport) -> TableReport:
        """Two batches of one table as one: counts add up, totals are the later one's."""
        losses = {(x.rule, x.kind): x for x in self.losses}
        for x in later.losses:
            before = losses.get((x.rule, x.kind))
            losses[(x.rule, x.kind)] = x if before is None else replace(x, rows=x.rows + before.rows)
        measured = {m.rule: m for m in self.measurements}
        for m in later.measurements:
            old = measured.get(m.rule)
            if old is None or old.failing is None or m.failing is None:
                measured[m.rule] = m
            else:
                measured[m.rule] = replace(m, rows=m.rows + old.rows, failing=m.failing + old.failing)
        return replace(
            later,
            rows_in=self.rows_in + later.rows_in,
            rows_out=self.rows_out + later.rows_out,
            quarantined=self.quarantined + later.quarantined,
            removed=self.removed + later.removed,
            vanished=self.vanished + later.vanished,
            losses=tuple(losses.values()),
            measurements=tuple(measured.values()),
            seconds=self.seconds + later.seconds,
        )

    def results(self, table: Table, at: datetime | None = None) -> tuple[QualityResult, ...]:
        """The checks of the table, as far as they are measured; how old the data is only `at` a moment."""
        return results_of(table, self.measurements, at)

    def blocked(self, table: Table) -> bool:
        """Whether the table will be rejected, by what is known of it."""
        return any(r.blocks for r in self.results(table))


def results_of(
    table: Table, measurements: Sequence[Measurement], at: datetime | None = None
) -> tuple[QualityResult, ...]:
    found = {m.rule: m for m in untold(table, measurements)}
    return tuple(
        evaluate(table.name, c, found[c.id].rows, found[c.id].failing, found[c.id].value, at, found[c.id].holds)
        for c in table.checks
        if c.id in found and (at is not None or c.metric != "freshness")
    )


@dataclass
class Run:
    """A run and its memory: every step that is done is in the record before the next one starts."""

    plan: Plan
    outside: Outside
    lock: Lock
    record: RunRecord
    resumed: bool
    last: RunRecord | None
    steps: dict[str, Any] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        return self.record.run_id

    @property
    def mode(self) -> str:
        return self.record.mode

    @property
    def now(self) -> datetime:
        """The time of the run: when it began, also after it was started again."""
        return self.record.started_at

    def done(self, name: str) -> Any | None:
        """The result of a step that this run has behind it."""
        return self.steps.get(name)

    def remember(self, name: str, result: Any) -> None:
        """Records a step as done. Raises Fenced when another run has the lock."""
        self.outside.log.step(self.lock, self.run_id, name, result)
        self.steps[name] = result

    def reread(self) -> None:
        """What the log has of this run now."""
        product = self.plan.product
        found = self.outside.log.find(product.key, product.major, self.run_id)
        if found is not None:
            self.record, self.steps = found, dict(found.steps)

    def asked_anew(self, table: Table) -> list[QualityRule]:
        """Checks that rows were not asked which are published already."""
        return [] if self.last is None else new_checks(self.last_step(JUDGED) or {}, table)

    def masked_more(self) -> dict[str, list[str]]:
        """By table, the columns of which published rows show more than they may now."""
        return {} if self.last is None else masked_more(self.last_step(JUDGED) or {}, self.plan)

    def keys_masked_otherwise(self, table: Table) -> list[str]:
        """Columns of a table's key of which what is published cannot be compared with what comes."""
        before = {} if self.last is None else self.last_step(JUDGED) or {}
        return keys_masked_otherwise(before, self.plan).get(table.name, [])

    def last_step(self, name: str) -> Any | None:
        """The result of a step of the last published run."""
        return None if self.last is None else self.last.steps.get(name)


@dataclass(frozen=True)
class RunReport:
    """What came out of a run, for people and machines."""

    product: str
    version: str
    run_id: str
    mode: str
    state: str
    resumed: bool
    tables: tuple[TableReport, ...]
    certificate: dict[str, Any] | None
    seconds: float
    message: str | None = None
    remedy: str | None = None
    code: str | None = None
    maintenance: tuple[dict[str, Any], ...] = ()

    @property
    def fine(self) -> bool:
        """Whether what was asked for is done; else data, contract or moment were at fault."""
        return self.state in ("published", "skipped")

    def to_json(self) -> dict[str, Any]:
        return {
            "product": self.product,
            "version": self.version,
            "runId": self.run_id,
            "mode": self.mode,
            "state": self.state,
            "resumed": self.resumed,
            "tables": [t.counts() for t in self.tables],
            "losses": [{"table": t.table, **vars(x)} for t in self.tables for x in t.losses if x.rows],
            "maintenance": list(self.maintenance),
            "certificate": self.certificate,
            "seconds": round(self.seconds, 3),
            "message": self.message,
            "remedy": self.remedy,
            "code": self.code,
        }
