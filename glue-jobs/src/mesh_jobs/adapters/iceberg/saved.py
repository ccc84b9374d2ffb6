"""What every engine leaves in a snapshot's summary: what the write did, so that a second one, be it the other engine's,
can tell."""

from __future__ import annotations

from mesh_jobs.adapters.iceberg.files import Committed
from mesh_jobs.ports.engine import Saved

OUT, BAD, VANISHED = "mesh.rows-out", "mesh.rows-quarantined", "mesh.rows-vanished"
SUPERSEDED = "mesh.rows-superseded"


def saved(done: Committed) -> Saved:
    """What a write did, by the summary of its snapshot."""
    s = done.summary
    return Saved(
        rows_out=int(s[OUT]),
        quarantined=int(s[BAD]),
        rows_total=done.rows_total,
        vanished=int(s[VANISHED]),
        snapshot_id=done.snapshot_id,
        superseded=int(s.get(SUPERSEDED, "0")),
    )
