"""Build: sources are ingested, and every table that is due is computed in dependency order."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mesh_jobs.application.ingest import Extent, Ingest, Ingested, Replay
from mesh_jobs.application.lease import Lease
from mesh_jobs.application.run import Run, TableReport
from mesh_jobs.application.transform import Batch, Transform
from mesh_jobs.domain.errors import BadInput, SchemaConflict
from mesh_jobs.domain.merging import inputs_of, needs_all
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import RunRecord
from mesh_jobs.ports.steps import BATCHES, MAINTAINED, REPLAY, UNMASKED, build_step, build_steps, candidate_step
from mesh_jobs.ports.table_store import Pointer


@dataclass(frozen=True)
class Built:
    """What a run has made: nothing, when there was nothing new."""

    reports: tuple[TableReport, ...]
    candidates: Mapping[str, TableName]
    sources: tuple[Ingested, ...]


class Build:
    def __init__(self) -> None:
        self._ingest, self._replay, self._transform = Ingest(), Replay(), Transform()

    def __call__(self, run: Run, lease: Lease) -> Built:
        """What is behind this run already is read from its record."""
        batches = self._batches(run, lease)
        reports: dict[str, TableReport] = {}
        _forget_lost_candidates(run)
        for n, batch in enumerate(batches):
            final = n == len(batches) - 1
            for table in due(run, batch, final):
                lease.check()
                report = self._table(run, batch, table, build_step(table.name, None if final else n))
                earlier = reports.get(table.name)
                reports[table.name] = report if earlier is None else earlier.with_later(report)
                if table.published and report.blocked(table):
                    # It will be rejected, and nothing may be computed from it.
                    return _built(batches, reports)
        return _built(batches, reports)

    def _table(self, run: Run, batch: Batch, table: Table, step: str) -> TableReport:
        progress = run.outside.progress
        if table.published and table.name not in batch.candidates:
            batch.candidates[table.name] = _candidate(run, table)
        done = run.done(step)
        if done is not None:
            report = TableReport.from_json(done)
        else:
            progress.report({"step": "build", "table": table.name, "layer": table.layer})
            report = self._transform(batch, table)
            run.remember(step, report.to_json())
        before = {} if done is None else {"before": True}
        progress.report({"step": "build", **report.counts(), "seconds": round(report.seconds, 3), **before})
        return report

    def _batches(self, run: Run, lease: Lease) -> list[Batch]:
        asked = run.done(REPLAY)
        passes = self._replay(run, asked) if asked else [(run.mode, self._sources(run, lease))]
        if asked and run.done(BATCHES) is None:
            run.remember(BATCHES, len(passes))
        batches: list[Batch] = []
        so_far: dict[str, Ingested] = {}
        candidates: dict[str, TableName] = {}
        for n, (mode, sources) in enumerate(passes):
            so_far = {**so_far, **{k: s.after(so_far.get(k)) for k, s in sources.items()}}
            batches.append(
                Batch(
                    run,
                    "delta" if mode == "delta" else "full",
                    run.run_id if n == len(passes) - 1 else f"{run.run_id}.{n}",
                    sources,
                    so_far,
                    candidates,
                    # Nothing vanishes where all begins anew, or where later batches bring it back.
                    tombstones=run.mode != "init" and not asked,
                )
            )
        return batches

    def _sources(self, run: Run, lease: Lease) -> dict[str, Ingested]:
        found: dict[str, Ingested] = {}
        for source in run.plan.sources:
            lease.check()
            began, steps = time.monotonic(), len(run.steps)
            found[source.name] = self._ingest(run, source, extent(run, source.name))
            seconds = round(time.monotonic() - began, 3)
            before = {"before": True} if len(run.steps) == steps else {}
            sent = found[source.name].rows
            rows = {} if sent is None else {"rowsIn": sent}
            landed = found[source.name].files
            read = {"read": len(landed), "bytes": sum(file.size for file in landed)} if landed else {}
            run.outside.progress.report(
                {"step": "ingest", "source": source.name, **rows, **read, "seconds": seconds, **before}
            )
        return found


def _built(batches: Sequence[Batch], reports: Mapping[str, TableReport]) -> Built:
    sources = tuple(s for b in batches for s in b.sources.values())
    return Built(tuple(reports.values()), batches[-1].candidates, sources)


def extent(run: Run, source: str) -> Extent:
    """A delta reads what changed, unless some table that uses the source can only be computed from all of it."""
    users = [t for t in run.plan.tables if source in inputs_of(t)]
    whole = any(needs_all(run.plan.tables, t) for t in users)
    return "changes" if run.mode == "delta" and not whole else "all"


def due(run: Run, batch: Batch, final: bool) -> list[Table]:
    """Tables that a batch has to compute. Earlier batches of a replay only feed what is merged, and its last builds all
    others, whatever it brings itself; a table that is not kept is computed when something due uses it, or when nothing
    does, for its checks."""
    tables, wanted, replayed = run.plan.tables, set[str](), bool(run.done(REPLAY))
    for table in reversed(tables):
        kept = table.persist or table.published
        users = [t for t in tables if table.name in inputs_of(t)]
        if kept or not users:
            refreshed = replayed or run.mode in table.refresh_on
            # What an earlier batch has fed, too, is only computed in the last one.
            fed = batch.changed(table.name) or (replayed and not table.incremental)
            missing = kept and never_written(run.outside.tables.current(table.physical))
            begun = run.done(build_step(table.name)) is not None
            if missing and batch.write(table) == "merge" and not begun:
                raise BadInput(
                    f"table {table.physical} no longer exists, and a delta brings only what changed",
                    "start a run in mode full",
                )
            asked_for = missing or begun or (refreshed and fed)
            if asked_for and (final or table.incremental):
                wanted.add(table.name)
        elif any(u.name in wanted for u in users):
            wanted.add(table.name)
    return [t for t in tables if t.name in wanted]


def never_written(pointer: Pointer | None) -> bool:
    """Whether no run has written a table: it is not there, or a deployment made it and nobody used it since."""
    return pointer is None or pointer.snapshot_id is None


def _candidate(run: Run, table: Table) -> TableName:
    """Where the published table is built; what it stood at before is in the record, for the swap."""
    name, tables = candidate_step(table.name), run.outside.tables
    known = run.done(name) is not None
    published = None if known else tables.current(table.physical)
    if not never_written(published) and not _owns(run, table):
        raise SchemaConflict(
            f"{table.physical} is published by another product; {run.plan.product.id} cannot publish over it",
            f"give the object {table.name} another name, or retire the other product and remove its table",
        )
    pointer = tables.open_candidate(table, run.plan.internal_database, run.run_id, run.plan.product.version)
    if not known:
        run.remember(name, {"expected": None if published is None else published.metadata_location})
    return pointer.table


def _owns(run: Run, table: Table) -> bool:
    """Whether this product has published the table before: a name belongs to who published it first."""
    product = run.plan.product
    # Nearly always the last publication tells; all of them are only read when it does not.
    return _published(run.last, table) or any(
        _published(r, table) for r in run.outside.log.runs(product.key, product.major)
    )


def _published(record: RunRecord | None, table: Table) -> bool:
    if record is None or record.state != "published" or record.certificate is None:
        return False
    return any(t["table"] == table.name for t in record.certificate["tables"])


def _forget_lost_candidates(run: Run) -> None:
    """A process may die after it put candidates away and before it said so: then they are built again."""
    for table in run.plan.published:
        steps = build_steps(run.steps, table.name)
        if not steps:
            continue
        pointer = run.outside.tables.current(_candidate(run, table))
        mine = pointer is not None and pointer.run_id is not None and pointer.run_id.startswith(run.run_id)
        known = pointer is not None and pointer.snapshot_id in [run.steps[n]["snapshotId"] for n in steps]
        if not (mine or known):
            for name in steps:
                del run.steps[name]
            for name in (MAINTAINED, UNMASKED):
                if run.done(name) is not None:
                    run.remember(name, None)
