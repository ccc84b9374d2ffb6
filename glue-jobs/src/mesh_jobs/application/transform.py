"""Transform: a table's inputs through its rules into where it is kept, every row accounted for."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from mesh_jobs.application.ingest import Ingested
from mesh_jobs.application.run import Run, TableReport, results_of
from mesh_jobs.application.tombstones import tells_who_vanished
from mesh_jobs.domain.conservation import assert_all_arrived, assert_conserved, keeps_rows_apart
from mesh_jobs.domain.distinct import answers
from mesh_jobs.domain.errors import BadRequest, RuleFailed
from mesh_jobs.domain.merging import inputs_of, needs_all
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.quality import QualityResult
from mesh_jobs.domain.revealing import untold
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.engine import Dataset, Engine, Loss, Measurement, Prepared, Saved, Target
from mesh_jobs.ports.steps import REPLAY, candidate_step


@dataclass
class Batch:
    """One pass over the tables: a run is one; a replay is one for each run it replays.

    `effect` names its writes: the run id, or for an earlier batch of a replay the run id and a number. `so_far` is all
    that is read of each source up to this batch, its own part included.
    """

    run: Run
    mode: Literal["full", "delta"]
    effect: str
    sources: Mapping[str, Ingested]
    so_far: Mapping[str, Ingested] = field(default_factory=dict)
    candidates: dict[str, TableName] = field(default_factory=dict)
    tombstones: bool = True
    _prepared: dict[tuple[str, bool], Prepared] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        return self.run.outside.engine

    def table(self, name: str) -> Table | None:
        return next((t for t in self.run.plan.tables if t.name == name), None)

    def stored(self, table: Table) -> TableName:
        """Where this run reads and writes the table: a published one in its candidate."""
        return self.candidates.get(table.name, table.physical)

    def changed(self, name: str) -> bool:
        """Whether anything that goes into a source's or a table's rows is new in this batch."""
        if self.mode == "full":
            return True
        table = self.table(name)
        if table is None:
            return name in self.sources and self.sources[name].changed
        return any(self.changed(n) for n in inputs_of(table))

    def all_rows(self, name: str) -> Dataset:
        """Every row of a source or a table."""
        table = self.table(name)
        if table is None:
            ingested = self.so_far.get(name)
            if ingested is None:
                raise BadRequest(
                    f"source {name} was not read by the runs that are replayed", "start a run in mode full"
                )
            if ingested.extent != "all":
                raise BadRequest(
                    f"source {name} cannot be replayed in full: since the run that was named, only changes were read",
                    "replay from the last full or init run",
                )
            return ingested.dataset(self.run)
        if table.persist or table.published:
            return self.engine.read_table(self.stored(table), planned=table)
        return self.engine.dataset(self._prepared_from(table, whole=True))

    def changed_rows(self, name: str) -> Dataset:
        """What a delta has to compute: new rows of a source, or of an incremental table."""
        table = self.table(name)
        if table is None:
            return self.sources[name].dataset(self.run)
        return self.engine.dataset(self._prepared_from(table, whole=False))

    def prepared(self, table: Table) -> Prepared:
        """The table's rows through its rules, all of them or what changed: nothing is written, so it may be done again
        after a crash."""
        return self._prepared_from(table, self._from_all(table))

    def _prepared_from(self, table: Table, whole: bool) -> Prepared:
        key = (table.name, whole)
        if key not in self._prepared:
            rows = self.all_rows if whole else self.changed_rows
            self._prepared[key] = self.engine.prepare(table, {n: rows(n) for n in inputs_of(table)})
        return self._prepared[key]

    def sent(self, table: Table) -> int | None:
        """How many rows the source of a table says it sent, where these and no others go through its rules."""
        if len(inputs_of(table)) != 1 or not keeps_rows_apart(table.rules):
            return None
        found = (self.so_far if self._from_all(table) else self.sources).get(table.inputs[0])
        return None if found is None else found.rows

    def _from_all(self, table: Table) -> bool:
        return self.mode == "full" or needs_all(self.run.plan.tables, table)

    def write(self, table: Table) -> Literal["replace", "merge", "nothing"]:
        if not (table.persist or table.published):
            return "nothing"
        return "merge" if self.mode == "delta" and table.incremental else "replace"


class Transform:
    """fetch the inputs → apply the rules → validate the rows → save good and bad ones apart."""

    def __call__(self, batch: Batch, table: Table) -> TableReport:
        run, began = batch.run, time.monotonic()
        prepared = batch.prepared(table)
        measured = prepared.measured
        sent = batch.sent(table)
        if sent is not None:
            assert_all_arrived(table.name, table.inputs[0], sent, measured.rows_in)
        found = results_of(table, measured.measurements)
        if not table.published:
            stop_at_failures(found)
        # What will be rejected is not written: its bad rows are kept aside, and its good ones only counted.
        rejected = table.published and any(r.blocks for r in found)
        write = "nothing" if rejected else batch.write(table)
        tombstones = batch.tombstones and tells_who_vanished(run, table, write)
        target = Target(batch.stored(table), write, batch.effect, run.now, tombstones)
        saved = batch.engine.save(table, prepared, target)
        rows = measured_anew(batch, table, prepared) if write == "merge" else measured.measurements
        report = _report(table, prepared, saved, rows)
        assert_conserved(table.name, report.rows_in, report.rows_out, report.quarantined, report.removed)
        unique = unique_after_merge if write == "merge" else none_repeated
        known = unique(batch, table, prepared, saved)
        if rejected or not table.published:
            stored = batch.engine.dataset(prepared) if write == "nothing" else target.table
            known += measure_rest(batch.engine, table, stored, known)
        report = replace(report, measurements=rows + known)
        if not table.published:
            stop_at_failures(report.results(table))
        return replace(_with_late(report, batch, table), seconds=time.monotonic() - began)


def _with_late(report: TableReport, batch: Batch, table: Table) -> TableReport:
    """Rows of a source that were too late for the delta, among those that the table lost."""
    sources = {n: batch.sources[n].late for n in inputs_of(table) if n in batch.sources}
    late = tuple(
        Loss(f"{name}.watermark", "removed", rows, "older than what the delta reads")
        for name, rows in sources.items()
        if rows
    )
    rows = sum(x.rows for x in late)
    return replace(report, rows_in=report.rows_in + rows, removed=report.removed + rows, losses=report.losses + late)


def measure_rest(
    engine: Engine, table: Table, stored: TableName | Dataset, known: Sequence[Measurement] = ()
) -> tuple[Measurement, ...]:
    """The checks that only the whole table can answer, but for those that are known, and for those that the
    certificate asks: they are about its moment and about other tables."""
    told = {m.rule for m in known}
    checks = [
        c
        for c in table.checks
        if c.scope == "aggregate" and c.metric not in ("foreignKey", "freshness") and c.id not in told
    ]
    # They are remembered with the step.
    return untold(table, engine.measure(table, stored, checks)) if checks else ()


def none_repeated(batch: Batch, table: Table, prepared: Prepared, saved: Saved) -> tuple[Measurement, ...]:
    """Duplicates of keys that the rules have just told apart: none.

    What is written in place of all that was there is what the rules let through, and as many rows are in its files as
    they have counted, so counting the keys once more would find what they found. Batches of a replay add up: there
    the whole table is counted."""
    if batch.run.done(REPLAY):
        return ()
    checks = [c for c in table.checks if c.scope == "aggregate" and answers(prepared.measured.distinct, c)]
    return tuple(Measurement(c.id, saved.rows_out, 0, None) for c in checks)


def unique_after_merge(batch: Batch, table: Table, prepared: Prepared, saved: Saved) -> tuple[Measurement, ...]:
    """Duplicates of the merge key, counted among the rows that were merged, unless their rules have told these apart.

    What was there had none, says the certificate of exactly that snapshot under the same plan, and the merge took out
    every row with a key of the new ones. So a duplicate can only be among the new rows; to count the whole table again
    would cost more than the merge. Nothing is measured here where any of this is not so: then it is counted."""
    run, last = batch.run, batch.run.last
    if run.done(REPLAY) or last is None or last.certificate is None or last.plan_digest != run.plan.plan_digest:
        return ()
    base = (run.done(candidate_step(table.name)) or {}).get("expected")
    certified = {t["table"]: t["metadataLocation"] for t in last.certificate["tables"]}
    if base is None or certified.get(table.name) != base:
        return ()
    clean = {c["id"] for c in last.certificate["checks"] if c["failing"] == 0}
    key = set(table.primary_key)
    checks = [c for c in table.checks if c.metric == "duplicateValues" and set(c.columns) == key and c.id in clean]
    told = tuple(Measurement(c.id, saved.rows_total, 0, None) for c in checks if answers(prepared.measured.distinct, c))
    checks = [c for c in checks if not answers(prepared.measured.distinct, c)]
    found = batch.engine.measure(table, batch.engine.dataset(prepared), checks) if checks else ()
    return told + tuple(replace(m, rows=saved.rows_total) for m in found)


def measured_anew(batch: Batch, table: Table, prepared: Prepared) -> tuple[Measurement, ...]:
    """What the checks of rows found in the rows that a merge brings; and those that are new, in all rows that it leaves
    in the table. The others were measured when they came."""
    found = prepared.measured.measurements
    checks = [] if batch.run.done(REPLAY) else [c for c in batch.run.asked_anew(table) if c.scope == "row"]
    if not checks:
        return found
    whole = {m.rule: m for m in batch.engine.measure(table, batch.stored(table), checks)}
    return tuple(whole.get(m.rule, m) for m in found)


def stop_at_failures(results: Sequence[QualityResult]) -> None:
    """Raises RuleFailed when a check whose action is to abort does not hold."""
    broken = [r for r in results if r.stops]
    if broken:
        raise RuleFailed(
            "; ".join(r.sentence() for r in broken),
            f"fix the data at its source, or change the rule ({broken[0].rule.origin}); what is published stays",
        )


def _report(table: Table, prepared: Prepared, saved: Saved, measurements: tuple[Measurement, ...]) -> TableReport:
    losses = prepared.measured.losses
    if saved.superseded:
        losses += (Loss(f"{table.name}.merge", "removed", saved.superseded, "a newer row of the same key is stored"),)
    return TableReport(
        table=table.name,
        layer=table.layer,
        rows_in=prepared.measured.rows_in,
        rows_out=saved.rows_out,
        quarantined=saved.quarantined,
        removed=sum(x.rows for x in losses if x.kind == "removed"),
        vanished=saved.vanished,
        rows_total=saved.rows_total,
        snapshot_id=saved.snapshot_id,
        losses=losses,
        measurements=measurements,
    )
