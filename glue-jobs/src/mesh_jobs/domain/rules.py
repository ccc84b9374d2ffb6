"""Named transformation rules: what a pipeline may do to rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mesh_jobs.domain.table import Field

Literal_ = str | int | float | bool


@dataclass(frozen=True)
class Rename:
    id: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Cast:
    id: str
    columns: tuple[Field, ...]
    on_fail: Literal["abort", "quarantine", "null"]


@dataclass(frozen=True)
class Trim:
    id: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Lower:
    id: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Upper:
    id: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Deduplicate:
    """Keeps one row per key: the one with the greatest `latest`, or the last that arrived."""

    id: str
    by: tuple[str, ...]
    latest: str | None


@dataclass(frozen=True)
class Filter:
    """Keeps the rows for which `where` is true; counts the others with `reason`."""

    id: str
    where: str
    reason: str


@dataclass(frozen=True)
class Derive:
    id: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FillNull:
    id: str
    columns: tuple[tuple[str, Literal_], ...]


@dataclass(frozen=True)
class MapValues:
    id: str
    column: str
    values: tuple[tuple[str, str | None], ...]
    otherwise: Literal["keep", "null", "remove", "quarantine", "abort"]


@dataclass(frozen=True)
class Join:
    """Joins another table of the pipeline; `select` lists (column there, name here), None takes all but the keys."""

    id: str
    with_: str
    how: Literal["inner", "left", "right", "full", "semi", "anti"]
    on: tuple[tuple[str, str], ...]
    select: tuple[tuple[str, str], ...] | None


@dataclass(frozen=True)
class Aggregate:
    id: str
    by: tuple[str, ...]
    measures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Union:
    id: str
    with_: tuple[str, ...]


@dataclass(frozen=True)
class Upsert:
    """The table keeps its rows between runs; new ones replace those of the same key."""

    id: str
    by: tuple[str, ...]


@dataclass(frozen=True)
class Hash:
    id: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Redact:
    id: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Sql:
    """A query over the table's inputs by their names in the pipeline, in the portable SQL."""

    id: str
    text: str
    path: str | None


TransformationRule = (
    Rename | Cast | Trim | Lower | Upper | Deduplicate | Filter | Derive | FillNull | MapValues | Join | Aggregate
    | Union | Upsert | Hash | Redact | Sql
)  # fmt: skip
