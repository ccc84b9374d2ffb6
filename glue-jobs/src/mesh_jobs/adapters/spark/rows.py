"""Rows that Spark has not computed yet."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame

from mesh_jobs.adapters.spark.types import plan_type
from mesh_jobs.domain.table import Field

#: System columns: which file a row came from, as its origin is shown to people, and its number in that file, from 1.
FILE, ROW = "_mesh_file", "_mesh_row"


@dataclass(frozen=True)
class Rows:
    """An engine's dataset. The system columns _mesh_file (string) and _mesh_row (long) come with it when `traced`;
    `files` are the values of _mesh_file in the order of arrival. `bad` are records that could not be read, in the
    columns of BAD, with `bad_losses` by rule and reason. `size` is the bytes behind it."""

    frame: DataFrame
    traced: bool = False
    size: int = 0
    files: tuple[str, ...] = ()
    bad: DataFrame | None = None
    bad_losses: tuple[tuple[str, str, int], ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """Columns and types, without the system columns; a quarantine has columns of these names as its own."""
        own = (FILE, ROW) if self.traced else ()
        return tuple(Field(f.name, plan_type(f.dataType)) for f in self.frame.schema if f.name not in own)


#: Columns of bad rows: of which rule, why, from where, and the record as JSON.
BAD = ("_mesh_rule", "_mesh_reason", FILE, ROW, "record")
