"""RunProduct: one run of one product, from its sources to what consumers read."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal, TypeVar

from mesh_jobs.application.begin import Begin
from mesh_jobs.application.build import Build, Built
from mesh_jobs.application.certify import Certified, Certify, promised, promised_by
from mesh_jobs.application.ending import finish_giving_up, give_up
from mesh_jobs.application.lease import Lease, held
from mesh_jobs.application.maintain import maintain
from mesh_jobs.application.outside import Outside
from mesh_jobs.application.publish import Publish, published_event
from mesh_jobs.application.put_away import put_away, put_away_skipped
from mesh_jobs.application.rewind import pins, rewind
from mesh_jobs.application.run import Run, RunReport, RunRequest, TableReport
from mesh_jobs.domain.errors import (
    BadRequest,
    ConservationBroken,
    DiskFull,
    Fenced,
    MeshError,
    PublishConflict,
    disk_is_full,
    said,
)
from mesh_jobs.domain.plan import Plan
from mesh_jobs.domain.table import TableName
from mesh_jobs.ports.run_log import RunRecord, RunState
from mesh_jobs.ports.steps import (
    ENDING,
    INTERRUPTED,
    MAINTAINED,
    OUTCOME,
    PINS,
    PROMISED_BY,
    SCHEMA,
    build_steps,
    candidate_step,
    ingest_step,
)
from mesh_jobs.ports.table_store import Swap

_T = TypeVar("_T")
#: How far one process takes a run; the next one goes on there.
Milestone = Literal["built", "certified", "published"]


class RunProduct:
    """Takes the lock, goes on with what was interrupted or begins anew, and leaves either a newly certified product or
    the one that was there. Every effect happens once under its run id, so a run that was killed anywhere and is started
    again ends as if it had run once."""

    def __init__(
        self,
        outside: Outside,
        owner: str,
        renew_every_seconds: float | None = None,
        token: Callable[[], str] = lambda: secrets.token_hex(2),
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        """`lost` is called, from another thread, when a renewal of the lock is refused."""
        self._outside, self._owner, self._renew_every, self._lost = outside, owner, renew_every_seconds, lost
        self._begin, self._build = Begin(outside, token), Build()
        self._certify, self._publish = Certify(), Publish()

    def __call__(self, plan: Plan, request: RunRequest, until: Milestone = "published") -> RunReport:
        """Reports a failed or rejected run when data or contract are at fault; what was published before is then
        untouched. Stops before what comes after `until`. Raises Busy, BadRequest, Fenced and PublishConflict, where
        there is no run to report."""
        began, product = time.monotonic(), plan.product
        if product.status == "retired":
            raise BadRequest(f"{product.id} is retired", "a retired product does not run; its data is kept")
        with (
            held(self._outside, product, self._owner) as lock,
            Lease(self._outside.log, lock, self._outside.wall, self._renew_every, self._lost) as lease,
        ):
            report = self._go(self._begin(plan, lock, request), lease, until)
        return replace(report, seconds=time.monotonic() - began)

    def _go(self, run: Run, lease: Lease, until: Milestone) -> RunReport:
        try:
            ending = run.done(ENDING)
            if ending is not None and run.record.state in ("running", "certified"):
                finish_giving_up(self._outside, run.plan, run.lock, run.record, ending)
                run.reread()
            if run.record.state == "running":
                self._make(run, lease, until)
            if run.record.state == "certified" and until == "published":
                self._commit(run)
            if run.record.state == "publishing" and until == "published":
                lease.check()
                tables = sum(s["expected"] != s["new"] for s in run.steps[OUTCOME]["swaps"])
                self._timed(
                    "publish", lambda: self._publish(self._outside, run.lock, run.record), lambda _: {"tables": tables}
                )
                run.reread()
        except (Fenced, PublishConflict):
            raise
        except Exception as caught:
            error = DiskFull(f"run {run.run_id}") if disk_is_full(caught) else caught
            if not self._fail(run, error):
                # What began it all is what a person has to know.
                raise error from None
            if isinstance(error, MeshError) and not isinstance(error, ConservationBroken):
                # A run in publishing stays there and has no message of its own: it will go forward.
                message = run.record.message or str(error)
                return replace(_report(run), message=message, remedy=error.remedy, code=error.code)
            raise
        if run.record.state == "published":
            # Who publishes announces: a process that only builds or certifies may not even know where.
            if until == "published":
                self._publish.announce(self._outside)
            put_away(run)
        return _report(run)

    def _make(self, run: Run, lease: Lease, until: Milestone) -> None:
        """Builds and certifies: the run is certified then, or has ended as rejected or skipped. One that is only to be
        built stays as it is: what is done is in its record."""
        if run.resumed and run.done(MAINTAINED) is None:
            run.remember(INTERRUPTED, True)
        rewind(run)
        built = self._build(run, lease)
        if not built.reports:
            since = "" if run.last is None else f" since {run.last.run_id}"
            self._outside.log.end(
                run.lock,
                run.run_id,
                "skipped",
                f"nothing new{since}: what is published stays",
                None,
                self._outside.clock.now(),
            )
            run.reread()
            put_away_skipped(self._outside, run.plan, run.record)
            return
        maintain(run, built.reports, built.candidates, lease)
        if until == "built":
            return
        lease.check()
        certified = self._timed(
            "certify",
            lambda: self._certify(run, built.reports, built.candidates, built.sources),
            lambda made: {"checks": len(made.certificate.document["checks"])},
        )
        document = certified.certificate.document
        self._outside.archive.keep(run.plan.product, run.run_id, "certificate", document)
        if certified.certificate.verdict == "rejected":
            self._give_up(run, "rejected", "; ".join(document["reasons"]), document)
            return
        _remember_outcome(run, built, certified)
        self._outside.log.certify(run.lock, run.run_id, document)
        run.reread()

    def _commit(self, run: Run) -> None:
        """From here the run only goes forward."""
        swaps = [Swap(TableName(*s["table"]), s["expected"], s["new"]) for s in run.steps[OUTCOME]["swaps"]]
        self._outside.log.commit(run.lock, run.run_id, swaps)
        run.reread()

    def _fail(self, run: Run, error: Exception) -> bool:
        """Records why, and whether that could be done: if not, the next start does it. Raises Fenced."""
        try:
            self._end_failed(run, error)
        except Fenced:
            raise
        except Exception as hindrance:
            self._outside.progress.warn(f"the next start puts away what this run has left: {said(hindrance)}")
            return False
        return True

    def _end_failed(self, run: Run, error: Exception) -> None:
        """A run in publishing stays there, since it only goes forward."""
        run.reread()
        if run.record.state in ("running", "certified"):
            why = said(error) if isinstance(error, MeshError) else f"a fault of ours: {said(error)}"
            ending = run.done(ENDING)
            if ending is None:
                self._give_up(run, "failed", why)
                return
            finish_giving_up(self._outside, run.plan, run.lock, run.record, ending)
            run.reread()

    def _give_up(self, run: Run, state: RunState, why: str, certificate: dict[str, Any] | None = None) -> None:
        give_up(self._outside, run.plan, run.lock, run.record, state, why, certificate)
        run.reread()

    def _timed(self, name: str, act: Callable[[], _T], counts: Callable[[_T], Mapping[str, int]]) -> _T:
        """The result of a step, which is reported with what it counts."""
        began = time.monotonic()
        result = act()
        seconds = round(time.monotonic() - began, 3)
        self._outside.progress.report({"step": name, **counts(result), "seconds": seconds})
        return result


def _remember_outcome(run: Run, built: Built, certified: Certified) -> None:
    """All that publishing and the next run need, so that both can go by the record alone. A table that was left as it
    was is published too, where it stands: its certificate is this one from then on."""
    swaps = []
    for table in run.plan.published:
        if table.name in certified.pointers:
            new = certified.pointers[table.name].metadata_location
            built_here = table.name in built.candidates
            swaps.append(
                {
                    "table": [table.physical.database, table.physical.table],
                    "expected": run.steps[candidate_step(table.name)]["expected"] if built_here else new,
                    "new": new,
                }
            )
    read = {s.name: (run.done(ingest_step(s.name)) or {}).get("watermark") for s in run.plan.sources}
    watermarks = {source: value for source, value in read.items() if value is not None}
    event = published_event(run.plan.product, certified.certificate.document)
    run.remember(PINS, pins(run))
    run.remember(SCHEMA, promised(run))
    newer = promised_by(run)
    if newer is not None:
        run.remember(PROMISED_BY, newer)
    run.remember(OUTCOME, {"swaps": swaps, "watermarks": watermarks, "events": [event]})


def report_of(plan: Plan, record: RunRecord, resumed: bool = False) -> RunReport:
    """What a run's record tells of it."""
    reports: list[TableReport] = []
    for table in plan.tables:
        batches = [TableReport.from_json(record.steps[name]) for name in build_steps(record.steps, table.name)]
        if batches:
            total = batches[0]
            for later in batches[1:]:
                total = total.with_later(later)
            reports.append(total)
    return RunReport(
        plan.product.id,
        plan.product.version,
        record.run_id,
        record.mode,
        record.state,
        resumed,
        tuple(reports),
        record.certificate,
        0.0,
        record.message,
        maintenance=tuple(record.steps.get(MAINTAINED) or ()),
    )


def _report(run: Run) -> RunReport:
    return report_of(run.plan, replace(run.record, steps=run.steps), run.resumed)
