"""Begin: which run this is. An interrupted one goes on, a finished one is repeated, else a new one starts."""

from __future__ import annotations

from collections.abc import Callable

from mesh_jobs.application.build import never_written
from mesh_jobs.application.ending import end_unfinished, give_up, put_away_stopped
from mesh_jobs.application.history import last_standing
from mesh_jobs.application.ingest import assert_replayable
from mesh_jobs.application.outside import Outside
from mesh_jobs.application.run import Run, RunRequest, new_run_id
from mesh_jobs.domain.errors import BadRequest
from mesh_jobs.domain.judged import judgement, masked_otherwise, to_make_anew, unanswerable
from mesh_jobs.domain.plan import Mode, Plan, Table
from mesh_jobs.ports.run_log import UNFINISHED, Lock, RunRecord
from mesh_jobs.ports.steps import ASKED, BEGAN, JUDGED, PINS, REPLAY, ROLLBACK, is_kept_on_retry


class Begin:
    def __init__(self, outside: Outside, token: Callable[[], str]) -> None:
        self._outside, self._token = outside, token

    def __call__(self, plan: Plan, lock: Lock, request: RunRequest) -> Run:
        """Raises BadRequest when what is asked for cannot be done."""
        log, product = self._outside.log, plan.product
        if request.run_id is not None:
            known = log.find(product.key, product.major, request.run_id)
            if known is not None:
                return self._again(plan, lock, known)
        for record in log.runs(product.key, product.major):
            if not record.unfinished:
                # A run begins when all before it have ended, so none is unfinished behind a publication. A rollback
                # begins when they have stopped, and what they left is put away here.
                if record.state == "published" and ROLLBACK not in record.steps:
                    break
                continue
            if request.run_id is None and not record.stopped and _is_asked_for(record, plan, request):
                self._outside.progress.warn(f"continues run {record.run_id}, which was interrupted")
                return self._resumed(plan, lock, record)
            end_unfinished(self._outside, plan, lock, record, "interrupted, and another run was started instead")
        return self._new(plan, lock, request)

    def _again(self, plan: Plan, lock: Lock, record: RunRecord) -> Run:
        if ROLLBACK in record.steps:
            raise BadRequest(f"{record.run_id} is a rollback, not a run", "leave the run id out to start a run")
        if record.state in ("failed", "running", "certified"):
            newest = self._outside.log.runs(plan.product.key, plan.product.major, 1)[0]
            if newest.run_id != record.run_id or record.plan_digest != plan.plan_digest:
                why = "has a different plan" if newest.run_id == record.run_id else f"is older than run {newest.run_id}"
                if record.state in UNFINISHED:
                    give_up(self._outside, plan, lock, record, "failed", f"interrupted; it {why}")
                raise BadRequest(
                    f"run {record.run_id} cannot continue: it {why}", "start a new run, with another run id"
                )
            if record.stopped and record.unfinished:
                put_away_stopped(self._outside, plan, lock, record)
            if record.state == "failed":
                kept = {k: v for k, v in record.steps.items() if is_kept_on_retry(k)}
                record = self._outside.log.reopen(lock, record.run_id, kept)
        return self._resumed(plan, lock, record)

    def _resumed(self, plan: Plan, lock: Lock, record: RunRecord) -> Run:
        last = last_standing(self._outside.log, plan.product.key, plan.product.major)
        before = None if last is not None and last.run_id == record.run_id else last
        return Run(plan, self._outside, lock, record, True, before, dict(record.steps))

    def _new(self, plan: Plan, lock: Lock, request: RunRequest) -> Run:
        last = last_standing(self._outside.log, plan.product.key, plan.product.major)
        if request.replay_from:
            assert_replayable(self._outside.log, plan.product, request.replay_from)
            self._assert_makes_anew(plan, request.replay_from, last)
        mode = self._mode(plan, request, last)
        now = self._outside.clock.now()
        named = "replay" if request.replay_from else mode
        run_id = request.run_id or new_run_id(named, now, self._token())
        known = {
            ASKED: request.mode,
            REPLAY: request.replay_from,
            JUDGED: judgement(plan, {} if last is None else last.steps.get(JUDGED) or {}),
            BEGAN: self._outside.wall.now().isoformat(),
        }
        steps = {name: value for name, value in known.items() if value is not None}
        record = self._outside.log.begin(lock, run_id, mode, plan.plan_digest, now, steps)
        if request.document is not None:
            self._outside.archive.keep(plan.product, run_id, "plan", request.document)
        return Run(plan, self._outside, lock, record, False, last, dict(record.steps))

    def _assert_makes_anew(self, plan: Plan, from_run: str, last: RunRecord | None) -> None:
        """A replay from a delta merges what changed into rows that are masked and were asked as before."""
        found = self._outside.log.find(plan.product.key, plan.product.major, from_run)
        if last is None or found is None or found.mode != "delta":
            return
        anew = sorted(to_make_anew(last.steps.get(JUDGED) or {}, plan))
        if anew:
            raise BadRequest(
                f"run {from_run} is a delta, so a replay from it would leave rows of {', '.join(anew)} masked, or "
                "checked, as they were under another contract",
                "start a run in mode full, or replay from the last full or init run",
            )

    def _is_missing(self, table: Table, last: RunRecord) -> bool:
        """Whether there is nothing that a delta could build on: what the last published run did not leave is taken back
        before anything is built."""
        left = table.published or str(table.physical) in (last.steps.get(PINS) or {})
        return not left or never_written(self._outside.tables.current(table.physical))

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
        changed = last.plan_digest != plan.plan_digest
        if request.mode is not None:
            if request.mode == "delta" and changed:
                return self._after_change(plan, last)
            return request.mode
        if "delta" not in plan.modes:
            return "full"
        if changed:
            self._outside.progress.warn("contract or pipeline changed since the last run, so this run is full")
            return "full"
        return "delta"

    def _after_change(self, plan: Plan, last: RunRecord) -> Mode:
        """The mode of a delta under another plan than that of what is published."""
        kept = [t for t in plan.tables if t.persist or t.published]
        new = [t.name for t in kept if self._is_missing(t, last)]
        if new:
            self._outside.progress.warn(f"there is no table {', '.join(new)} yet, so this run is full")
            return "full"
        before = last.steps.get(JUDGED) or {}
        masked = masked_otherwise(before, plan)
        if masked:
            self._outside.progress.warn(f"{', '.join(masked)}: masked differently than before, so this run is full")
            return "full"
        asked = [c.id for c in unanswerable(before, plan)]
        if asked:
            self._outside.progress.warn(
                f"published rows are masked and cannot answer {', '.join(asked)}, so this run is full"
            )
            return "full"
        self._outside.progress.warn(
            "contract or pipeline changed since the last run: rows this delta does not touch stay as they were, and "
            "are checked by what is new"
        )
        return "delta"


def _is_asked_for(record: RunRecord, plan: Plan, request: RunRequest) -> bool:
    """Whether an interrupted run is what the caller wants now."""
    same_mode = request.mode in (None, record.mode, record.steps.get(ASKED))
    same_plan = record.plan_digest == plan.plan_digest
    is_run = ROLLBACK not in record.steps
    return is_run and same_mode and same_plan and record.steps.get(REPLAY) == request.replay_from
