"""What compares two tables, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mesh_jobs.domain.variance import Pair, Variance
from mesh_jobs.ports.engine import Dataset


class Comparer(Protocol):
    """An engine that can say how two of its datasets differ."""

    def variance(self, a: Dataset, b: Dataset, by: Sequence[Pair], columns: Sequence[Pair], examples: int) -> Variance:
        """Rows of the same key, and what differs in these columns, with at most so many examples of each kind, in the
        order of their keys. Nulls are the same; numbers of any type are compared as numbers, and what is of another
        kind in each as text."""
        ...
