"""What computes: reads, transforms, validates, writes and measures. DuckDB on a laptop, Spark on Glue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, Protocol

from mesh_jobs.domain.distinct import Key
from mesh_jobs.domain.plan import FileSource, QualityRule, Table
from mesh_jobs.domain.quality import Measurement as Measurement
from mesh_jobs.domain.table import Field, TableName


@dataclass(frozen=True)
class RawFile:
    """A file as it came, preserved in the raw zone."""

    uri: str
    origin: str
    size: int
    arrived_at: datetime
    run_id: str


class Dataset:
    """Rows that are not computed yet: an engine's own handle, good for one run."""


@dataclass(frozen=True)
class Loss:
    """Rows that a step took out: of which rule, how many, why. `kind` says where they went."""

    rule: str
    kind: Literal["removed", "quarantined"]
    rows: int
    reason: str


@dataclass(frozen=True)
class Measured:
    """What went through a table's rules and row checks, before anything is written. Each figure is counted on its own.

    rows_in: rows that entered the part of the chain in which rows can be followed (all rules, or what comes after the
    last join, aggregate, union or SQL). losses: what removal rules, failed casts and quarantining checks take out.
    distinct: keys that no two good rows share, since the rules have taken such rows out (domain.distinct).
    """

    rows_in: int
    losses: tuple[Loss, ...]
    measurements: tuple[Measurement, ...]
    distinct: frozenset[Key] = frozenset()


class Prepared(Protocol):
    """A table's rows, measured and ready to be written; good rows and bad ones apart."""

    @property
    def measured(self) -> Measured: ...


@dataclass(frozen=True)
class Target:
    """Where and how rows are written. `replace` takes the place of all rows in one snapshot; `merge` replaces rows of
    the same key; `append` adds; `nothing` is for a table that is not persisted: its bad rows go to the quarantine, and
    the good ones are only counted. For a published table `table` is the candidate. Without `tombstones` a replace
    records no vanished keys. `run_id` names the effect: one write per table and run id, a second gives the first's."""

    table: TableName
    write: Literal["replace", "merge", "append", "nothing"]
    run_id: str
    now: datetime
    tombstones: bool = True


@dataclass(frozen=True)
class Saved:
    """What a write did, counted on what was written: `rows_out` good rows, `quarantined` bad ones, `rows_total` in the
    table now, `vanished` keys that were there and are gone (replace only), `superseded` good rows that were left out
    because a newer row of their key, by the table's version, is stored (merge only)."""

    rows_out: int
    quarantined: int
    rows_total: int
    vanished: int
    snapshot_id: int | None
    superseded: int = 0


@dataclass(frozen=True)
class Compacted:
    """What a compaction did: so many files became so many, of so many rows."""

    files: int
    into: int
    rows: int


class Engine(Protocol):
    """fetch → transform → validate → save, and measure for the certificate."""

    def read_files(self, source: FileSource, files: Sequence[RawFile]) -> Dataset:
        """All records of the files, typed as declared. Each file comes once, in the order of arrival: by that the last
        row of a key is told. Raises BadInput naming file, row and column, unless bad records go to the quarantine; then
        they are a loss of the first table that reads the source."""
        ...

    def read_table(self, table: TableName, snapshot_id: int | None = None, planned: Table | None = None) -> Dataset:
        """A table's rows, at a pinned snapshot or as it is now; under the names that a plan has for the columns, when
        it is given: in a rollback to an older contract they have newer ones."""
        ...

    def since(self, dataset: Dataset, column: str, value: str | None) -> Dataset:
        """Rows whose column is at least the value (ISO text), all of them when it is None."""
        ...

    def greatest(self, dataset: Dataset, column: str, at_most: str | None = None) -> str | None:
        """The greatest value of a column as ISO text: the next watermark. With a value (ISO text) the greatest of those
        that are not above it."""
        ...

    def prepare(self, table: Table, inputs: Mapping[str, Dataset]) -> Prepared:
        """Applies the rules, projects to the promised columns with strict casts, masks what is published, and measures
        the row checks before anything is removed. Writes nothing. Raises BadInput."""
        ...

    def save(self, table: Table, prepared: Prepared, target: Target) -> Saved:
        """Writes good rows to the target and bad ones to the quarantine, in the columns of domain.quarantine, each
        effect once per run id."""
        ...

    def dataset(self, prepared: Prepared) -> Dataset:
        """The good rows, for tables that are not persisted."""
        ...

    def measure(
        self,
        table: Table,
        stored: TableName | Dataset,
        checks: Sequence[QualityRule],
        others: Mapping[str, Dataset] = MappingProxyType({}),
    ) -> tuple[Measurement, ...]:
        """Checks of any kind over what is stored, or over the rows of a table that is not persisted, in as few scans as
        can be. `others` are the tables and sources in which foreign keys are looked for, by the name the plan has."""
        ...

    def from_rows(self, fields: Sequence[Field] | None, rows: Sequence[Mapping[str, Any]]) -> Dataset:
        """A dataset of given rows (JSON values: dates as ISO text, decimals as numbers or text), typed by the fields,
        or by the values where there are none; a column a row does not name is null there. For users' unit tests."""
        ...

    def fields(self, dataset: Dataset) -> tuple[Field, ...] | None:
        """Columns and types, without the hidden system columns; None where the engine knows none."""
        ...

    def count(self, dataset: Dataset) -> int:
        """How many rows there are."""
        ...

    def rows(self, dataset: Dataset, limit: int | None = None, offset: int = 0) -> Sequence[dict[str, Any]]:
        """Rows as Python values, without the hidden system columns. Moments in other years than 1 to 9999, which Python
        does not have, are texts of ISO 8601: +12000-02-03."""
        ...

    def tally(self, dataset: Dataset, by: Sequence[str]) -> Sequence[tuple[tuple[Any, ...], int]]:
        """How many rows there are of each combination of values, most first."""
        ...

    def expire(self, table: TableName, column: str, before: datetime) -> int:
        """Deletes rows of an internal table older than a moment, e.g. of a quarantine; how many."""
        ...

    def compact(self, table: TableName, run_id: str) -> Compacted | None:
        """Writes the small files of an internal table or a candidate anew as few larger ones where there are many: the
        same rows, counted and compared, in one snapshot, once per run id. None where nothing is worth it. Raises
        ConservationBroken when the rows are not the same; then the table stays as it is."""
        ...
