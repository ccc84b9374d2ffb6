"""What has become of a product: which publications what consumers read now is made of, and what happened in a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from mesh_jobs.domain.certificate import iso
from mesh_jobs.domain.measures import Publication
from mesh_jobs.domain.watermark import moment
from mesh_jobs.ports.run_log import RunLog, RunRecord
from mesh_jobs.ports.steps import REPLAYED, ROLLBACK


def standing(log: RunLog, product: str, major: int) -> Iterator[RunRecord]:
    """The published runs that what is published now is made of, newest first. A rollback takes out those after the run
    that it went back to, and itself: nothing of them is in the tables."""
    return (record for record, stands in _line(log, product, major) if stands)


def read_of(log: RunLog, product: str, major: int) -> Iterator[RunRecord]:
    """The runs whose input is in what is published now, newest first: those that stand, and those that a replay which
    stands has read again, whatever had become of them."""
    return (record for record, read in _read(log, product, major) if read)


def read_since(log: RunLog, product: str, major: int, run_id: str) -> Iterator[RunRecord]:
    """Those of them that came after a run, newest first, and the run itself, whatever has become of it."""
    for record, read in _read(log, product, major):
        if read or record.run_id == run_id:
            yield record
        if record.run_id == run_id:
            return


def _read(log: RunLog, product: str, major: int) -> Iterator[tuple[RunRecord, bool]]:
    """Every run, newest first, and whether its input is in what is published now."""
    again: set[str] = set()
    for record, stands in _line(log, product, major):
        if stands:
            again.update(record.steps.get(REPLAYED) or ())
        yield record, stands or record.run_id in again


def _line(log: RunLog, product: str, major: int) -> Iterator[tuple[RunRecord, bool]]:
    """Every run, newest first, and whether it stands."""
    back_to: str | None = None
    for record in log.runs(product, major):
        stands = record.state == "published" and back_to in (None, record.run_id)
        if stands:
            back_to = (record.steps.get(ROLLBACK) or {}).get("runId")
        yield record, stands and back_to is None


def last_standing(log: RunLog, product: str, major: int) -> RunRecord | None:
    """The run whose rows are published now."""
    last = log.last_published(product, major)
    rollback = None if last is None else last.steps.get(ROLLBACK)
    return last if rollback is None else log.find(product, major, rollback["runId"])


def publication(record: RunRecord) -> Publication | None:
    """When a run became what consumers read, and how new its data was; None of one that did not. A certificate that was
    published again has the time of its first publication, so then it is that of the run."""
    if record.state != "published" or record.certificate is None:
        return None
    certificate = record.certificate
    at = record.started_at if ROLLBACK in record.steps else moment(certificate["issuedAt"])
    return Publication(at or record.started_at, moment(certificate["freshness"].get("newest")))


def publications(records: Iterable[RunRecord]) -> Iterator[Publication]:
    return (found for record in records if (found := publication(record)) is not None)


def history(log: RunLog, product: str, major: int, begin: datetime, until: datetime) -> dict[str, Any]:
    """All publications between two moments and the one that stood before, and the runs that ended otherwise; oldest
    first."""
    published: list[dict[str, Any]] = []
    incidents: list[dict[str, Any]] = []
    for record in log.runs(product, major):
        found = publication(record)
        if found is not None and found.at < until:
            published.append(_published(record, found))
            if found.at < begin:
                break
        if record.state in ("failed", "rejected") and begin <= (record.ended_at or record.started_at) < until:
            incidents.append(_incident(record))
    return {"published": published[::-1], "incidents": incidents[::-1]}


def _published(record: RunRecord, found: Publication) -> dict[str, Any]:
    certificate = record.certificate or {}
    return {
        "at": iso(found.at),
        "newest": None if found.newest is None else iso(found.newest),
        "score": certificate["score"],
        "provisional": certificate["verdict"] == "provisional",
        "rollback": ROLLBACK in record.steps,
    }


def _incident(record: RunRecord) -> dict[str, Any]:
    at = record.ended_at or record.started_at
    return {"at": iso(at), "kind": record.state, "count": 1, "message": record.message}
