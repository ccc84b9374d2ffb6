"""Ingest: what the sources have is preserved as it came, and pinned to the run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from mesh_jobs.application.history import read_of, read_since
from mesh_jobs.application.importing import as_files, pin, unloaded
from mesh_jobs.application.run import Run
from mesh_jobs.domain.certificate import iso
from mesh_jobs.domain.errors import BadInput, BadRequest
from mesh_jobs.domain.plan import FileFormat, FileSource, Product, ProductSource, Source
from mesh_jobs.domain.table import Field, type_from_json, type_to_json
from mesh_jobs.domain.watermark import is_before, not_beyond, read_from
from mesh_jobs.ports.engine import Dataset, RawFile
from mesh_jobs.ports.raw_zone import Kept, Reading
from mesh_jobs.ports.run_log import RunLog, RunRecord
from mesh_jobs.ports.steps import REPLAY, REPLAYED, import_step, ingest_step, is_input

Extent = Literal["all", "changes"]


@dataclass(frozen=True)
class Ingested:
    """What a run reads of one source: everything there is, or what changed; preserved files, or a pinned snapshot."""

    source: Source
    extent: Extent
    changed: bool
    files: tuple[RawFile, ...] = ()
    since: str | None = None
    snapshot_id: int | None = None
    newest: datetime | None = None
    late: int = 0
    #: As the source counts them, where it does.
    rows: int | None = None

    def after(self, before: Ingested | None) -> Ingested:
        """All that is known of the source once this was read after that: changes add to what a reload had read."""
        if self.extent == "all" or before is None:
            return self
        rows = None if self.rows is None or before.rows is None else before.rows + self.rows
        return replace(self, extent=before.extent, files=before.files + self.files, since=None, rows=rows)

    def dataset(self, run: Run) -> Dataset:
        """The rows, not computed yet."""
        engine = run.outside.engine
        if isinstance(self.source, ProductSource):
            return engine.read_table(self.source.table, self.snapshot_id)
        rows = engine.read_files(self.source, self.files)
        if self.since is not None and self.source.watermark:
            rows = engine.since(rows, self.source.watermark.column, self.since)
        return rows


class Ingest:
    """fetch what landed, or what a remote source gives → choose what is new → keep it → remember it."""

    def __call__(self, run: Run, source: Source, extent: Extent) -> Ingested:
        if isinstance(source, ProductSource):
            return self._import(run, source)
        return self._files(run, source, extent)

    def _files(self, run: Run, source: FileSource, extent: Extent) -> Ingested:
        name, outside = ingest_step(source.name), run.outside
        step = run.done(name)
        if step is None:
            # A run that goes on reads what it has kept, though other things may lie at the source by now.
            kept = outside.raw.preserved(run.plan.product, source, run.run_id) if run.resumed else None
            if kept is None:
                remote = outside.remotes is not None and outside.remotes.reaches(source)
                kept = (_fetched if remote else _landed)(run, source, extent)
            step = _own(run, source, extent, kept)
            if source.watermark and kept.files:
                ingested = _ingested(source, step, kept.files)
                step["late"] = _late(run, ingested)
                step["watermark"] = _watermark(run, ingested, source.watermark.column)
            run.remember(name, step)
            return _ingested(source, step, kept.files)
        return _ingested(source, step, _preserved(run, source, run.run_id) if step["files"] else ())

    def _import(self, run: Run, source: ProductSource) -> Ingested:
        name = import_step(source.name)
        step = run.done(name)
        if step is None:
            step = pin(run, source)
            run.remember(name, step)
        last = run.last_step(name)
        return _imported(run, source, step, changed=last is None or last["snapshotId"] != step["snapshotId"])


def _landed(run: Run, source: FileSource, extent: Extent) -> Kept:
    """What lies at the source, kept; and the step to remember."""
    outside = run.outside
    landed = outside.raw.landed(run.plan.product, source)
    for note in dict.fromkeys(f.note for f in landed if f.note):
        outside.progress.warn(note)
    before = ingested_before(run, source.name)
    chosen = [f for f in landed if f.fingerprint not in before] if extent == "changes" else list(landed)
    newest = max((f.arrived_at for f in chosen), default=None)
    step = {
        "extent": extent,
        "changed": {f.fingerprint for f in landed} != before,
        "files": [{"origin": f.origin, "size": f.size, "fingerprint": f.fingerprint} for f in chosen],
        "since": _since(run, source, extent),
        "newest": None if newest is None else iso(newest),
    }
    if not chosen:
        return Kept((), step)
    return outside.raw.preserve(run.plan.product, source, chosen, Reading(run.run_id, run.now, step))


def _fetched(run: Run, source: FileSource, extent: Extent) -> Kept:
    """What a remote source gives, kept; and the step to remember. The source has left out what is before the watermark,
    so all that came is read; what came just so for the last run is not new."""
    outside, product = run.outside, run.plan.product
    assert outside.remotes is not None
    since, last = _since(run, source, extent), run.last_step(ingest_step(source.name))
    if last is not None and "digest" not in last and since is not None:
        # What a sample had is no measure of what the source has.
        outside.progress.warn(
            f"source {source.name} was read from files before; all of it is read now, and a full run puts theirs away"
        )
        since = None
    with TemporaryDirectory(prefix="mesh-fetch-") as folder:
        answer = outside.remotes.fetch(source, since, Path(folder), outside.progress.warn)
        digest = hashlib.sha256("".join(f.digest for f in answer.files).encode()).hexdigest()
        changed = last is None or last.get("digest") != digest
        wanted = extent == "all" or (changed and answer.rows != 0)
        chosen = answer.files if wanted else ()
        step = {
            "extent": extent,
            "changed": changed,
            "files": [{"origin": f.origin, "size": f.path.stat().st_size, "fingerprint": f.digest} for f in chosen],
            "since": None,
            "newest": iso(answer.at),
            "asked": since,
            "digest": digest,
            "rows": answer.rows,
            "format": answer.format.format,
            "fields": None
            if answer.fields is None
            else [{"name": f.name, "type": type_to_json(f.type), "format": f.format} for f in answer.fields],
        }
        if not chosen:
            return Kept((), step)
        return outside.raw.keep(product, source, chosen, answer.at, Reading(run.run_id, run.now, step))


def _own(run: Run, source: FileSource, extent: Extent, kept: Kept) -> dict[str, Any]:
    """The step of what was kept, which is of this run unless a run that is not in the log any more had its id."""
    if kept.step["extent"] != extent:
        raise BadInput(
            f"an earlier run {run.run_id}, which is not in the log, has already kept the input of source {source.name}",
            "start a new run, with another run id",
        )
    return dict(kept.step)


def _since(run: Run, source: FileSource, extent: Extent) -> str | None:
    """Where a delta begins."""
    if extent == "all" or source.watermark is None:
        return None
    product = run.plan.product
    return read_from(source.watermark, run.outside.log.watermarks(product.key, product.major).get(source.name))


def _late(run: Run, ingested: Ingested) -> int:
    """Rows below the watermark, which a delta does not read by what the pipeline says. That they are there must not go
    unseen: it is said, and the tables that read the source count them as removed."""
    source = ingested.source
    if ingested.since is None or not isinstance(source, FileSource) or source.watermark is None:
        return 0
    engine = run.outside.engine
    late = engine.count(engine.read_files(source, ingested.files)) - engine.count(ingested.dataset(run))
    if late:
        # From when on it reads is a value of a row, which may be protected.
        run.outside.progress.warn(
            f"source {source.name}: {late} rows of new files have {source.watermark.column} before the watermark and "
            "its overlap, and are not read by a delta; a full run reads them, and a longer overlap would have"
        )
    return late


def _watermark(run: Run, ingested: Ingested, column: str) -> str | None:
    """How far the source is read: the greatest value that is not in the future. A delta never takes it back."""
    engine, product, rows = run.outside.engine, run.plan.product, ingested.dataset(run)
    greatest = engine.greatest(rows, column)
    latest = not_beyond(greatest, run.now)
    if latest != greatest:
        greatest = engine.greatest(rows, column, latest)
    last = run.outside.log.watermarks(product.key, product.major).get(ingested.source.name)
    return last if greatest is None or (ingested.extent == "changes" and is_before(greatest, last)) else greatest


class Replay:
    """The raw input of an earlier run and of those after it that are in what is published, batch by batch, as it was
    read then."""

    def __call__(self, run: Run, from_run: str) -> list[tuple[str, dict[str, Ingested]]]:
        """Pairs of the mode and the sources of each batch, oldest first."""
        chosen = _to_replay(run.outside.log, run.plan.product, from_run)
        if run.done(REPLAYED) is None:
            run.remember(REPLAYED, [r.run_id for r in chosen])
        batches: list[tuple[str, dict[str, Ingested]]] = []
        for r in chosen:
            sources: dict[str, Ingested] = {}
            for source in run.plan.sources:
                named = import_step if isinstance(source, ProductSource) else ingest_step
                step = r.steps.get(named(source.name))
                if step is None:
                    continue
                if isinstance(source, ProductSource):
                    sources[source.name] = _imported(run, source, step, changed=True)
                elif step["files"]:
                    sources[source.name] = _ingested(source, step, _preserved(run, source, r.run_id), changed=True)
            batches.append((("delta" if r.mode == "delta" else "full"), sources))
        return batches


def assert_replayable(log: RunLog, product: Product, from_run: str) -> None:
    """Raises BadRequest unless there is such a run and it has preserved what it read."""
    found = log.find(product.key, product.major, from_run)
    if found is None:
        raise BadRequest(f"{product.id} has no run {from_run}", "mesh status lists the runs")
    if found.steps.get(REPLAY):
        raise BadRequest(f"run {from_run} is itself a replay and has no raw input", "replay the run it replayed")
    # A snapshot of another product has no files.
    if not any(is_input(name) and step.get("files", True) for name, step in found.steps.items()):
        raise BadRequest(f"run {from_run} of {product.id} preserved no raw input", "choose an earlier run")
    reload = next((r for r in reversed(_to_replay(log, product, from_run)[1:]) if r.mode != "delta"), None)
    if reload is not None:
        raise BadRequest(
            f"run {reload.run_id} has read the sources again since, so a replay would read nothing of run {from_run}",
            f"replay from {reload.run_id}; to have back what only {from_run} had read, put its raw input where the "
            "source looks and start a full run",
        )


def _to_replay(log: RunLog, product: Product, from_run: str) -> list[RunRecord]:
    """The run that is named, and the later ones whose input is in what is published, oldest first. Of others nothing is
    in the tables, so nothing of them comes back."""
    found = read_since(log, product.key, product.major, from_run)
    # A replay has read nothing itself.
    return [r for r in found if not r.steps.get(REPLAY)][::-1]


def ingested_before(run: Run, source: str) -> set[str]:
    """Fingerprints of all files whose rows are published, back to the last reload."""
    found: set[str] = set()
    product = run.plan.product
    for record in read_of(run.outside.log, product.key, product.major):
        step = record.steps.get(ingest_step(source))
        if step is not None:
            found |= {f["fingerprint"] for f in step["files"]}
            if step["extent"] == "all":
                break
    return found


def _ingested(
    source: FileSource, step: dict[str, Any], files: tuple[RawFile, ...], changed: bool | None = None
) -> Ingested:
    newest = None if step["newest"] is None else datetime.fromisoformat(step["newest"])
    fresh = (bool(files) if step["extent"] == "changes" else step["changed"]) if changed is None else changed
    read = _as_it_came(source, step)
    rows = step.get("rows") if files else None
    return Ingested(
        read, step["extent"], fresh, files, step["since"], newest=newest, late=step.get("late", 0), rows=rows
    )


def _as_it_came(source: FileSource, step: dict[str, Any]) -> FileSource:
    """A remote source with the columns and the format that it had for this run; its own are those of its sample."""
    if "format" not in step:
        return source
    told = step["fields"]
    fields = None if told is None else tuple(Field(f["name"], type_from_json(f["type"]), f["format"]) for f in told)
    return replace(source, file=FileFormat(step["format"]), fields=source.fields if fields is None else fields)


def _imported(run: Run, source: ProductSource, step: dict[str, Any], changed: bool) -> Ingested:
    newest, copy = datetime.fromisoformat(step["newest"]), unloaded(step)
    if copy is None:
        return Ingested(source, "all", changed, snapshot_id=step["snapshotId"], newest=newest)
    files = tuple(run.outside.imports.files(source, copy))
    return Ingested(as_files(source, copy.columns), "all", changed, files, newest=newest)


def _preserved(run: Run, source: FileSource, run_id: str) -> tuple[RawFile, ...]:
    kept = run.outside.raw.preserved(run.plan.product, source, run_id)
    if kept is None:
        raise BadInput(
            f"the raw input of source {source.name} of run {run_id} is gone",
            "start a new run; it reads what is at the source now",
        )
    return kept.files
