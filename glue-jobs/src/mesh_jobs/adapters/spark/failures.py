"""Spark's errors in words for a person, without a value that is protected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def speaking(what: str, silent: bool) -> Iterator[None]:
    """Everything is computed late, so any step may meet a value that does not fit. `silent` when there are protected
    columns."""
    yield
