"""Rows that Spark has not computed yet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from mesh_jobs.adapters.spark.types import name, plan_type, text
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import Dataset

#: System columns: which file a row came from, as its origin is shown to people, its number in that file, from 1, and a
#: number that no other row has, by which rows are in the order they arrived: the later file comes later, within a file
#: the later row.
FILE, ROW, ARRIVAL = SYSTEM = "_mesh_file", "_mesh_row", "_mesh_arrival"


@dataclass(frozen=True)
class Rows(Dataset):
    """An engine's dataset. The system columns _mesh_file (string), _mesh_row and _mesh_arrival (long) come with it when
    `traced`. `bad` are records that could not be read, in the columns of quarantine.BAD, with `bad_losses` by rule and
    reason. `size` is the bytes behind it."""

    frame: DataFrame
    traced: bool = False
    size: int = 0
    bad: DataFrame | None = None
    bad_losses: tuple[tuple[str, str, int], ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """Columns and types, without the system columns; a quarantine has columns of these names as its own."""
        own = SYSTEM if self.traced else ()
        return tuple(Field(f.name, plan_type(f.dataType)) for f in self.frame.schema if f.name not in own)


_BITS_OF_ROW = 40


def arrival(number: str, row: str) -> str:
    """SQL of the system column of that name, by the number of a row's file among others and its own number in it."""
    return f"shiftleft(CAST({number} AS BIGINT), {_BITS_OF_ROW}) + {row} AS {ARRIVAL}"


def among(frame: DataFrame, numbers: Sequence[int]) -> DataFrame:
    """Rows of some files in their order among those of all files: `numbers` are the files' own there."""
    listed = text(json.dumps(numbers))
    number = f"from_json({listed}, 'ARRAY<INT>')[CAST(shiftright({ARRIVAL}, {_BITS_OF_ROW}) AS INT)]"
    row = f"({ARRIVAL} & {(1 << _BITS_OF_ROW) - 1}L)"
    return frame.select(*(name(c) for c in frame.columns if c != ARRIVAL), F.expr(arrival(number, row)))
