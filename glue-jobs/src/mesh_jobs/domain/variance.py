"""How two tables differ: rows that one of them lacks, and columns whose values are not the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Pair:
    """One column of two tables, under the name that it has in each."""

    a: str
    b: str


@dataclass(frozen=True)
class ColumnVariance:
    """In how many rows that both have a column differs, and by how much at most; None where it is no number."""

    column: Pair
    different: int
    largest: float | None


@dataclass(frozen=True)
class DifferentRow:
    """A row that both have: its key, and what each says of the columns that differ, by their name in the second."""

    key: Mapping[str, Any]
    columns: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Variance:
    """Rows are the same by their key; of several with one key, the first is compared with the first, and so on.
    `duplicates` are rows beyond the first of their key. Keys and examples are named as in the second table."""

    rows: tuple[int, int]
    duplicates: tuple[int, int]
    both: int
    only: tuple[int, int]
    different: int
    columns: tuple[ColumnVariance, ...]
    examples: tuple[DifferentRow, ...]
    only_keys: tuple[tuple[Mapping[str, Any], ...], tuple[Mapping[str, Any], ...]]

    @property
    def same(self) -> bool:
        return self.only == (0, 0) and self.different == 0
