"""No row may get lost unseen."""

from __future__ import annotations

from mesh_jobs.domain.errors import ConservationBroken


def assert_conserved(table: str, rows_in: int, rows_out: int, quarantined: int, removed: int) -> None:
    """Raises ConservationBroken unless rows in are rows out plus quarantined plus removed, each counted on its own."""
    if rows_in != rows_out + quarantined + removed:
        raise ConservationBroken(
            f"{table}: {rows_in} rows in, but {rows_out} out, {quarantined} quarantined and {removed} removed",
            "nothing was published; please report this",
        )
