"""Other products where their tables and their run log are at hand: on one machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mesh_jobs.domain.errors import StaleInput
from mesh_jobs.domain.plan import ProductSource, product_key
from mesh_jobs.ports.engine import RawFile
from mesh_jobs.ports.imports import Offer, Unloaded
from mesh_jobs.ports.run_log import RunLog


class PublishedProducts:
    def __init__(self, log: RunLog) -> None:
        self._log = log

    def offered(self, source: ProductSource, environment: str | None) -> Offer:
        other = self._log.last_published(product_key(source.product, environment), source.major)
        certificate = None if other is None else other.certificate
        if other is None or certificate is None:
            raise nothing_yet(source)
        table = next((t for t in certificate["tables"] if t["table"] == source.object), None)
        if table is None:
            have = ", ".join(t["table"] for t in certificate["tables"])
            raise StaleInput(
                f"{source.product} v{source.major} publishes no {source.object}, it has {have}",
                f"run {source.product} first",
            )
        return Offer(
            run_id=other.run_id,
            verdict=certificate["verdict"],
            reasons=tuple(certificate["reasons"]),
            certified_at=datetime.fromisoformat(certificate["issuedAt"]),
            newest=datetime.fromisoformat(certificate["freshness"].get("newest") or certificate["issuedAt"]),
            snapshot_id=None if table["snapshotId"] is None else int(table["snapshotId"]),
            metadata_location=table["metadataLocation"],
        )

    def files(self, source: ProductSource, copy: Unloaded) -> Sequence[RawFile]:
        raise ValueError(f"nothing is unloaded here, so {copy.folder} is of another place")


def nothing_yet(source: ProductSource) -> StaleInput:
    return StaleInput(f"{source.product} v{source.major} has published nothing yet", f"run {source.product} first")
