"""Raw input, preserved as it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from mesh_jobs.domain.plan import FileSource, Product
from mesh_jobs.ports.engine import RawFile
from mesh_jobs.ports.remotes import Fetched


@dataclass(frozen=True)
class Landed:
    """A file at its source. `fingerprint` changes with the content; `note` says where it was found when that is not
    the landing prefix."""

    origin: str
    size: int
    fingerprint: str
    arrived_at: datetime
    note: str | None = None


@dataclass(frozen=True)
class Kept:
    """What a run has preserved of a source, and the step (JSON) that it remembers of that. Both were written together:
    the step is of these files, whatever lies at the source when the run goes on."""

    files: tuple[RawFile, ...]
    step: dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """The run that reads a source, when it does, and the step (JSON) that it remembers of what it read."""

    run_id: str
    now: datetime
    step: Mapping[str, Any]


class RawZone(Protocol):
    """Landing and raw storage of a product."""

    def landed(self, product: Product, source: FileSource) -> Sequence[Landed]:
        """What lies at the source, oldest first. Raises BadInput that says where files are expected when there are
        none."""
        ...

    def preserve(self, product: Product, source: FileSource, files: Sequence[Landed], reading: Reading) -> Kept:
        """Copies the files into the raw zone of this run, with what the run remembers of them, once: a second call
        under the same id gives the first's."""
        ...

    def keep(
        self, product: Product, source: FileSource, files: Sequence[Fetched], at: datetime, reading: Reading
    ) -> Kept:
        """Takes files that were fetched into the raw zone of this run, as of the moment `at`; otherwise as
        `preserve`."""
        ...

    def preserved(self, product: Product, source: FileSource, run_id: str) -> Kept | None:
        """What a run preserved; None when nothing of this source. Raises BadInput when a file is gone or changed."""
        ...
