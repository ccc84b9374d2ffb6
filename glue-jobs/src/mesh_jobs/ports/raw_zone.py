"""Raw input, preserved as it came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from mesh_jobs.domain.plan import FileSource, Product
from mesh_jobs.ports.engine import RawFile


class RawZone(Protocol):
    """Landing and raw storage of a product."""

    def landed(self, product: Product, source: FileSource) -> Sequence[tuple[str, int, str]]:
        """What lies at the source: (origin, size in bytes, a fingerprint that changes with the content)."""
        ...

    def preserve(
        self, product: Product, source: FileSource, origins: Sequence[str], run_id: str, now: datetime
    ) -> Sequence[RawFile]:
        """Copies the files into the raw zone of this run, once: a second call under the same id gives the first's."""
        ...

    def preserved(self, product: Product, source: FileSource, run_id: str) -> Sequence[RawFile] | None:
        """What a run preserved; None when nothing of this source. Raises BadInput when a file is gone or changed."""
        ...
