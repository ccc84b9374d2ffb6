"""Publish: what is certified becomes what consumers read, and the outside hears of it."""

from __future__ import annotations

from typing import Any

from mesh_jobs.application.outside import Outside
from mesh_jobs.domain.errors import said
from mesh_jobs.domain.plan import Product
from mesh_jobs.ports.run_log import Lock, RunRecord
from mesh_jobs.ports.steps import OUTCOME


class Publish:
    """commit to publishing → swap the pointers → record → announce. Forward only: it needs nothing but the record, so
    it also ends what an earlier process began."""

    def __call__(self, outside: Outside, lock: Lock, record: RunRecord) -> None:
        outcome = record.steps[OUTCOME]
        outside.publisher.publish(
            lock, record.run_id, record.swaps, outcome["watermarks"], outcome["events"], outside.clock.now()
        )

    def announce(self, outside: Outside) -> None:
        """Delivers what is in the outbox, oldest first. A failure is said, and never fails the run: it stays there."""
        try:
            for sequence, event in outside.log.outbox():
                outside.announcer.announce(event)
                outside.log.delivered(sequence)
        except Exception as error:
            outside.progress.warn(f"an announcement could not be delivered, the next run tries again: {said(error)}")


def published_event(product: Product, certificate: dict[str, Any]) -> dict[str, Any]:
    """What the outside hears: which data is there, how good it is, no row of it."""
    return {
        "type": "product.published",
        "id": certificate["certificateId"],
        "time": certificate["issuedAt"],
        "product": product.id,
        "environment": product.environment,
        "major": product.major,
        "version": product.version,
        "domain": product.domain,
        "runId": certificate["runId"],
        "mode": certificate["mode"],
        "verdict": certificate["verdict"],
        "score": certificate["score"],
        "tables": certificate["tables"],
        "freshnessSeconds": certificate["freshness"]["seconds"],
        "contractDigest": certificate["contractDigest"],
    }
