"""What other products have published, for those that build on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mesh_jobs.domain.plan import ProductSource
from mesh_jobs.ports.engine import RawFile


@dataclass(frozen=True)
class Unloaded:
    """A copy of a snapshot as Parquet: the folder it is in, and the columns that it has. Moments are text in it.
    `files` is how many there are, none of a table without rows, and `digest` is of all their names and contents."""

    folder: str
    columns: tuple[str, ...]
    files: int
    digest: str


@dataclass(frozen=True)
class Offer:
    """One published table of another product, and what is known of its certificate. `newest` is how new its data is.
    Without `unloaded` the table itself is read, at its snapshot."""

    run_id: str
    verdict: str
    reasons: tuple[str, ...]
    certified_at: datetime
    newest: datetime
    snapshot_id: int | None
    metadata_location: str
    unloaded: Unloaded | None = None


class Imports(Protocol):
    """Where a run finds the products that it imports."""

    def offered(self, source: ProductSource, environment: str | None) -> Offer:
        """What is published now. Raises StaleInput when nothing is, or not this table."""
        ...

    def files(self, source: ProductSource, copy: Unloaded) -> Sequence[RawFile]:
        """The files of an unloaded snapshot. Raises BadInput when any is gone or another."""
        ...
