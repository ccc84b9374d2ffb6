"""No row may get lost unseen."""

from __future__ import annotations

from collections.abc import Sequence

from mesh_jobs.domain.errors import ConservationBroken
from mesh_jobs.domain.rules import Aggregate, Join, Sql, TransformationRule, Union


def assert_conserved(table: str, rows_in: int, rows_out: int, quarantined: int, removed: int) -> None:
    """Raises ConservationBroken unless rows in are rows out plus quarantined plus removed, each counted on its own."""
    if rows_in != rows_out + quarantined + removed:
        raise ConservationBroken(
            f"{table}: {rows_in} rows in, but {rows_out} out, {quarantined} quarantined and {removed} removed",
            "nothing was published; please report this",
        )


def assert_all_arrived(table: str, source: str, sent: int, rows_in: int) -> None:
    """Raises ConservationBroken unless a table was given as many rows as its source says it sent."""
    if rows_in != sent:
        raise ConservationBroken(
            f"{table}: source {source} sent {sent} rows, and {rows_in} came in",
            "nothing was published; please report this",
        )


def keeps_rows_apart(rules: Sequence[TransformationRule]) -> bool:
    """Whether each row can be followed through all the rules."""
    return not any(isinstance(r, Join | Aggregate | Union | Sql) for r in rules)
