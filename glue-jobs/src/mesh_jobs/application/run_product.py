"""RunProduct: one run of one product, from its sources to what consumers read."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from mesh_jobs.application.certify import Certified, Certify, schema_in
from mesh_jobs.application.ingest import Extent, Ingest, Ingested, Replay
from mesh_jobs.application.lease import Lease
from mesh_jobs.application.outside import Outside
from mesh_jobs.application.publish import Publish, published_event
from mesh_jobs.application.rewind import pins, rewind
from mesh_jobs.application.run import Run, RunReport, RunRequest, TableReport
from mesh_jobs.application.transform import Batch, Transform, inputs_of
from mesh_jobs.domain.errors import BadRequest, ConservationBroken, Fenced, MeshError, PublishConflict
from mesh_jobs.domain.plan import Mode, Plan, Table
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import Lock, RunRecord
from mesh_jobs.ports.table_store import Swap

Token = Callable[[], str]
_KEPT_ON_RETRY = ("ingest:", "import:", "replay", "asked")


class RunProduct:
    """Takes the lock, goes on with what was interrupted or begins anew, and leaves either a newly certified product or
    the one that was there. Every effect happens once under its run id, so a run that was killed anywhere and is started
    again ends as if it had run once."""

    def __init__(
        self,
        outside: Outside,
        owner: str,
        renew_every_seconds: float | None = None,
        token: Token = lambda: secrets.token_hex(2),
    ) -> None:
        self._outside, self._owner, self._renew_every, self._token = outside, owner, renew_every_seconds, token
        self._ingest, self._replay, self._transform = Ingest(), Replay(), Transform()
        self._certify, self._publish = Certify(), Publish()

    def __call__(self, plan: Plan, request: RunRequest) -> RunReport:
        """Reports a failed or rejected run when data or contract are at fault; what was published before is then
        untouched. Raises Busy, BadRequest, Fenced and PublishConflict, where there is no run to report."""
        began, product, log = time.monotonic(), plan.product, self._outside.log
        if product.status == "retired":
            raise BadRequest(f"{product.id} is retired", "a retired product does not run; its data is kept")
        lock = log.acquire(product.id, product.major, self._owner, self._outside.wall.now())
        try:
            with Lease(log, lock, self._outside.wall, self._renew_every) as lease:
                run = self._begin(plan, lock, request)
                report = self._go(run, lease)
        finally:
            log.release(lock)
        return replace(report, seconds=time.monotonic() - began)

    # -- beginning --

    def _begin(self, plan: Plan, lock: Lock, request: RunRequest) -> Run:
        log, product = self._outside.log, plan.product
        last = log.last_published(product.id, product.major)
        if request.run_id is not None:
            known = log.find(product.id, product.major, request.run_id)
            if known is not None:
                return self._again(plan, lock, known, last)
        for record in log.runs(product.id, product.major):
            if not record.unfinished:
                continue
            if record.state == "publishing" and record.plan_digest != plan.plan_digest:
                self._end_publishing(plan, lock, record)
                continue
            same = record.plan_digest == plan.plan_digest and record.steps.get("replay") == request.replay_from
            same_mode = request.mode in (None, record.mode, record.steps.get("asked"))
            if same and same_mode and request.run_id is None:
                self._outside.progress.warn(f"goes on with run {record.run_id}, which was interrupted")
                return Run(plan, self._outside, lock, record, True, _before(last, record), dict(record.steps))
            if record.state in ("publishing", "published"):
                self._end_publishing(plan, lock, record)
            else:
                self._abandon(plan, lock, record, "interrupted, and another run was started instead")
        return self._new(plan, lock, request, log.last_published(product.id, product.major))

    def _end_publishing(self, plan: Plan, lock: Lock, record: RunRecord) -> None:
        """A run that was committed to publishing is brought to its end, whatever is asked for now."""
        if record.state == "publishing":
            self._publish(self._outside, lock, record)
            self._outside.progress.warn(f"run {record.run_id} was interrupted while publishing: it is published now")
        self._outside.tables.drop_candidates(plan.internal_database, record.run_id)
        self._outside.log.step(lock, record.run_id, "cleaned", True)

    def _again(self, plan: Plan, lock: Lock, record: RunRecord, last: RunRecord | None) -> Run:
        """The same run id once more: a finished run gives its result, one that broke off or failed goes on."""
        if record.state in ("failed", "running", "certified"):
            newest = self._outside.log.runs(plan.product.id, plan.product.major, 1)[0]
            if newest.run_id != record.run_id or record.plan_digest != plan.plan_digest:
                why = "has another plan" if newest.run_id == record.run_id else f"is older than run {newest.run_id}"
                if record.unfinished:
                    self._abandon(plan, lock, record, f"interrupted; it {why}")
                raise BadRequest(f"run {record.run_id} cannot go on: it {why}", "start a new run, with another run id")
            if record.state == "failed":
                # What it read stays what it reads; everything built is built again, as its candidates are gone.
                kept = {k: v for k, v in record.steps.items() if k.startswith(_KEPT_ON_RETRY)}
                record = self._outside.log.reopen(lock, record.run_id, kept)
        return Run(plan, self._outside, lock, record, True, _before(last, record), dict(record.steps))

    def _new(self, plan: Plan, lock: Lock, request: RunRequest, last: RunRecord | None) -> Run:
        mode = self._mode(plan, request, last)
        now = self._outside.clock.now()
        named = "replay" if request.replay_from else mode
        run_id = request.run_id or f"{named}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{self._token()}"
        known = {"asked": request.mode, "replay": request.replay_from}
        steps = {name: value for name, value in known.items() if value is not None}
        record = self._outside.log.begin(lock, run_id, mode, plan.plan_digest, now, steps)
        if request.document is not None:
            self._outside.archive.keep(plan.product, run_id, "plan", request.document)
        return Run(plan, self._outside, lock, record, False, last, dict(record.steps))

    def _mode(self, plan: Plan, request: RunRequest, last: RunRecord | None) -> Mode:
        """What was asked for; else init the first time, delta where the pipeline can, full where it cannot."""
        if request.replay_from:
            return "full"
        if request.mode is not None and request.mode not in plan.modes:
            raise BadRequest(
                f"{plan.product.id} cannot run in mode {request.mode}, only in {', '.join(plan.modes)}",
                "a delta needs a watermark, a delta schedule or a table that is refreshed on delta",
            )
        if last is None:
            if request.mode == "delta":
                self._outside.progress.warn("nothing is published yet, so this run is an init")
            return "init" if request.mode in (None, "delta") else request.mode
        if request.mode is not None:
            if request.mode == "delta" and last.plan_digest != plan.plan_digest:
                self._outside.progress.warn(
                    "contract or pipeline changed since the last run: rows this delta does not touch stay as they were"
                )
            return request.mode
        if "delta" not in plan.modes:
            return "full"
        if last.plan_digest != plan.plan_digest:
            self._outside.progress.warn("contract or pipeline changed since the last run, so this run is full")
            return "full"
        return "delta"

    # -- working --

    def _go(self, run: Run, lease: Lease) -> RunReport:
        try:
            if run.record.state == "running":
                self._work(run, lease)
            if run.record.state == "certified":
                swaps = [Swap(TableName(*s["table"]), s["expected"], s["new"]) for s in run.steps["outcome"]["swaps"]]
                self._outside.log.commit(run.lock, run.run_id, swaps)
                self._reread(run)
            if run.record.state == "publishing":
                lease.check()
                self._step(run, "publish", lambda: self._publish(self._outside, run.lock, run.record))
                self._reread(run)
        except (Fenced, PublishConflict):
            raise
        except Exception as error:
            self._fail(run, error)
            if isinstance(error, MeshError) and not isinstance(error, ConservationBroken):
                return replace(self._report(run), remedy=error.remedy, code=error.code)
            raise
        if run.record.state == "published":
            self._after(run)
        return self._report(run)

    def _work(self, run: Run, lease: Lease) -> None:
        """Ingest, build, certify: ends in certified, rejected or skipped."""
        rewind(run)
        batches = self._batches(run, lease)
        reports = self._build(run, batches, lease)
        if not reports:
            last = "" if run.last is None else f" since {run.last.run_id}"
            self._end(run, "skipped", f"nothing new{last}: what is published stays", None)
            return
        lease.check()
        certified = self._step(run, "certify", lambda: self._judge(run, batches, reports))
        document = certified.certificate.document
        self._outside.archive.keep(run.plan.product, run.run_id, "certificate", document)
        if certified.certificate.verdict == "rejected":
            self._outside.tables.drop_candidates(run.plan.internal_database, run.run_id)
            self._end(run, "rejected", "; ".join(document["reasons"]), document)
            return
        self._outcome(run, batches, certified)
        self._outside.log.certify(run.lock, run.run_id, document)
        self._reread(run)

    def _batches(self, run: Run, lease: Lease) -> list[Batch]:
        asked = run.done("replay")
        if asked:
            passes = self._replay(run, asked)
        else:
            sources: dict[str, Ingested] = {}
            for source in run.plan.sources:
                lease.check()
                began = time.monotonic()
                extent = self._extent(run, source.name)
                sources[source.name] = self._ingest(run, source, extent)
                self._outside.progress.report(
                    {"step": "ingest", "source": source.name, "seconds": round(time.monotonic() - began, 3)}
                )
            passes = [("delta" if run.mode == "delta" else "full", sources)]
        batches: list[Batch] = []
        older: dict[str, Ingested] = {}
        candidates: dict[str, TableName] = {}
        for n, (mode, sources) in enumerate(passes):
            last = n == len(passes) - 1
            older = {**older, **{k: s for k, s in sources.items() if s.extent == "all"}}
            batches.append(
                Batch(
                    run,
                    "delta" if mode == "delta" else "full",
                    run.run_id if last else f"{run.run_id}.{n}",
                    sources,
                    older,
                    candidates,
                    tombstones=run.mode == "full" and not asked,
                )
            )
        return batches

    def _extent(self, run: Run, source: str) -> Extent:
        """A delta reads what changed, unless some table that uses the source can only be computed from all of it."""
        users = [t for t in run.plan.tables if source in inputs_of(t)]
        return "changes" if run.mode == "delta" and all(t.incremental for t in users) else "all"

    def _build(self, run: Run, batches: Sequence[Batch], lease: Lease) -> list[TableReport]:
        """Every table that is due, in dependency order; what is behind this run already is read from its record."""
        reports: dict[str, TableReport] = {}
        self._forget_lost_candidates(run)
        for n, batch in enumerate(batches):
            final = n == len(batches) - 1
            for table in due(run, batch, final):
                lease.check()
                if table.published and table.name not in batch.candidates:
                    batch.candidates[table.name] = self._candidate(run, table)
                name = f"build:{table.name}" if final else f"build:{table.name}:{n}"
                done = run.done(name)
                if done is not None:
                    report = TableReport.from_json(done)
                else:
                    self._outside.progress.report({"step": "build", "table": table.name, "layer": table.layer})
                    report = self._transform(batch, table)
                    run.remember(name, report.to_json())
                shown = {k: v for k, v in report.to_json().items() if k not in ("losses", "measurements", "snapshotId")}
                self._outside.progress.report({"step": "build", **shown})
                reports[table.name] = _sum(reports.get(table.name), report)
        return list(reports.values())

    def _forget_lost_candidates(self, run: Run) -> None:
        """A process may die after it put candidates away and before it said so: then they are built again."""
        for table in run.plan.published:
            steps = [n for n in run.steps if n == f"build:{table.name}" or n.startswith(f"build:{table.name}:")]
            if not steps:
                continue
            pointer = self._outside.tables.current(self._candidate(run, table))
            mine = pointer is not None and pointer.run_id is not None and pointer.run_id.startswith(run.run_id)
            known = pointer is not None and pointer.snapshot_id in [run.steps[n]["snapshotId"] for n in steps]
            if not (mine or known):
                for name in steps:
                    del run.steps[name]

    def _candidate(self, run: Run, table: Table) -> TableName:
        name = f"candidate:{table.name}"
        step = run.done(name)
        published = None if step is not None else self._outside.tables.current(table.physical)
        pointer = self._outside.tables.open_candidate(
            table, run.plan.internal_database, run.run_id, run.plan.product.version
        )
        if step is None:
            expected = None if published is None else published.metadata_location
            run.remember(name, {"expected": expected})
        return pointer.table

    def _judge(self, run: Run, batches: Sequence[Batch], reports: Sequence[TableReport]) -> Certified:
        sources = [s for b in batches for s in b.sources.values()]
        return self._certify(run, reports, batches[-1].candidates, sources)

    def _outcome(self, run: Run, batches: Sequence[Batch], certified: Certified) -> None:
        """All that publishing needs, so that it can go forward from the record alone."""
        swaps = []
        for name in batches[-1].candidates:
            table = next(t for t in run.plan.tables if t.name == name)
            swaps.append(
                {
                    "table": [table.physical.database, table.physical.table],
                    "expected": run.steps[f"candidate:{name}"]["expected"],
                    "new": certified.pointers[name].metadata_location,
                }
            )
        watermarks = {}
        for source in run.plan.sources:
            step = run.done(f"ingest:{source.name}") or {}
            if step.get("watermark") is not None:
                watermarks[source.name] = step["watermark"]
        run.remember("pins", pins(run))
        run.remember("schema", schema_in(run.plan.published))
        event = published_event(run.plan.product, certified.certificate.document)
        run.remember("outcome", {"swaps": swaps, "watermarks": watermarks, "events": [event]})

    # -- ending --

    def _after(self, run: Run) -> None:
        """Announce and clean up: what fails here is said and tried again later, and never fails the run."""
        self._publish.announce(self._outside)
        tables, log, product = self._outside.tables, self._outside.log, run.plan.product
        tables.drop_candidates(run.plan.internal_database, run.run_id)
        if run.steps.get("cleaned"):
            return
        leftover = [run.run_id] if run.resumed else []
        for record in log.runs(product.id, product.major):
            if record.run_id == run.run_id:
                continue
            if record.state == "published":
                break
            if record.state in ("failed", "rejected"):
                leftover.append(record.run_id)
        if leftover:
            tables.remove_leftovers(leftover)
        if run.last is None or run.last.started_at.date() != run.now.date():
            self._forget_old_quarantine(run)
        run.remember("cleaned", True)

    def _forget_old_quarantine(self, run: Run) -> None:
        before = datetime.fromtimestamp(run.now.timestamp() - run.plan.quarantine_days * 86400, UTC)
        for name in dict.fromkeys(t.quarantine for t in run.plan.tables):
            if run.last is not None and self._outside.tables.current(name) is not None:
                self._outside.engine.expire(name, "_mesh_at", before)

    def _fail(self, run: Run, error: Exception) -> None:
        """Records why. A run in publishing stays there, since it only goes forward."""
        self._reread(run)
        if run.record.state not in ("running", "certified"):
            return
        text = str(error) if isinstance(error, MeshError) else f"a fault of ours: {type(error).__name__}"
        self._abandon(run.plan, run.lock, run.record, text)
        self._reread(run)

    def _abandon(self, plan: Plan, lock: Lock, record: RunRecord, why: str) -> None:
        # Candidates go first: were the record to end first, a crash in between would leave them readable for ever.
        self._outside.tables.drop_candidates(plan.internal_database, record.run_id)
        self._outside.log.end(lock, record.run_id, "failed", why, None, self._outside.clock.now())

    def _end(self, run: Run, state: Any, message: str, certificate: dict[str, Any] | None) -> None:
        self._outside.log.end(run.lock, run.run_id, state, message, certificate, self._outside.clock.now())
        self._reread(run)

    def _reread(self, run: Run) -> None:
        found = self._outside.log.find(run.plan.product.id, run.plan.product.major, run.run_id)
        if found is not None:
            run.record = found
            run.steps = dict(found.steps)

    def _step(self, run: Run, name: str, act: Callable[[], Any]) -> Any:
        began = time.monotonic()
        result = act()
        self._outside.progress.report({"step": name, "seconds": round(time.monotonic() - began, 3)})
        return result

    def _report(self, run: Run) -> RunReport:
        reports: dict[str, TableReport] = {}
        for table in run.plan.tables:
            for name, step in run.steps.items():
                if name == f"build:{table.name}" or name.startswith(f"build:{table.name}:"):
                    reports[table.name] = _sum(reports.get(table.name), TableReport.from_json(step))
        return RunReport(
            run.plan.product.id,
            run.plan.product.version,
            run.run_id,
            run.mode,
            run.record.state,
            run.resumed,
            tuple(reports.values()),
            run.record.certificate,
            0.0,
            run.record.message,
        )


def due(run: Run, batch: Batch, final: bool) -> list[Table]:
    """Tables that a batch has to compute. Earlier batches of a replay only feed what is merged; a table that is not
    kept is computed when something due uses it, or when nothing does, for its checks."""
    tables, wanted = run.plan.tables, set[str]()
    for table in reversed(tables):
        kept = table.persist or table.published
        users = [t for t in tables if table.name in inputs_of(t)]
        if kept or not users:
            refreshed = bool(run.done("replay")) or run.mode in table.refresh_on
            missing = kept and run.outside.tables.current(table.physical) is None
            if (refreshed or missing) and (final or table.incremental) and (missing or batch.changed(table.name)):
                wanted.add(table.name)
        elif any(u.name in wanted for u in users):
            wanted.add(table.name)
    return [t for t in tables if t.name in wanted]


def _before(last: RunRecord | None, record: RunRecord) -> RunRecord | None:
    """The last published run, unless it is this one."""
    return None if last is not None and last.run_id == record.run_id else last


def _sum(a: TableReport | None, b: TableReport) -> TableReport:
    """Two batches of one table as one: counts add up, totals are the later one's."""
    if a is None:
        return b
    losses = {(x.rule, x.kind): x for x in a.losses}
    for x in b.losses:
        old = losses.get((x.rule, x.kind))
        losses[(x.rule, x.kind)] = x if old is None else replace(x, rows=x.rows + old.rows)
    measured = {m.rule: m for m in a.measurements}
    for m in b.measurements:
        before = measured.get(m.rule)
        if before is not None and before.failing is not None and m.failing is not None:
            m = replace(m, rows=m.rows + before.rows, failing=m.failing + before.failing)
        measured[m.rule] = m
    return replace(
        b,
        rows_in=a.rows_in + b.rows_in,
        rows_out=a.rows_out + b.rows_out,
        quarantined=a.quarantined + b.quarantined,
        removed=a.removed + b.removed,
        vanished=a.vanished + b.vanished,
        losses=tuple(losses.values()),
        measurements=tuple(measured.values()),
        seconds=a.seconds + b.seconds,
    )
