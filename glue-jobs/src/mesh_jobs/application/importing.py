"""Import: the certified snapshot of another product, pinned to the run."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mesh_jobs.application.run import Run
from mesh_jobs.domain.certificate import iso
from mesh_jobs.domain.errors import StaleInput
from mesh_jobs.domain.plan import FileFormat, FileSource, ProductSource
from mesh_jobs.ports.imports import Offer, Unloaded


def pin(run: Run, source: ProductSource) -> dict[str, Any]:
    """What is imported, as it stands now, for the record. Raises StaleInput unless it is certified, and recently."""
    offer = run.outside.imports.offered(source, run.plan.product.environment)
    name = f"{source.product} v{source.major}"
    if offer.verdict != "certified":
        raise StaleInput(
            f"{name} is only {offer.verdict}: {'; '.join(offer.reasons)}",
            "get the missing sign-offs, then run it again",
        )
    # A run that is started again keeps its time, and what it imports has aged since.
    age = (run.outside.clock.now() - offer.certified_at).total_seconds()
    if source.max_age_seconds is not None and age > source.max_age_seconds:
        raise StaleInput(
            f"{name} was certified {age / 3600:.1f} h ago; source {source.name} takes data of at most "
            f"{source.max_age_seconds / 3600:g} h",
            f"run {source.product} first",
        )
    return _recorded(source, offer)


def _recorded(source: ProductSource, offer: Offer) -> dict[str, Any]:
    return {
        "product": source.product,
        "runId": offer.run_id,
        "snapshotId": offer.snapshot_id,
        "metadataLocation": offer.metadata_location,
        "certifiedAt": iso(offer.certified_at),
        "newest": iso(offer.newest),
        **({} if offer.unloaded is None else {"unloaded": asdict(offer.unloaded)}),
    }


def unloaded(step: dict[str, Any]) -> Unloaded | None:
    """Where the rows of a pinned snapshot were unloaded to; None where the table itself is read."""
    told = step.get("unloaded")
    return None if told is None else Unloaded(told["folder"], tuple(told["columns"]), told["files"], told["digest"])


def as_files(source: ProductSource, columns: tuple[str, ...]) -> FileSource:
    """The same source as files: what was unloaded of it, by the types that the other contract promises."""
    fields = tuple(f for f in source.fields if f.name in columns)
    return FileSource(source.name, "", FileFormat("parquet"), fields, source.primary_key)
