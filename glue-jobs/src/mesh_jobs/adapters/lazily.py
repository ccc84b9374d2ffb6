"""Sequences that are read as far as somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeVar, overload

T = TypeVar("T")


class Lazily(Sequence[T]):
    """What is read when it is looked at, and each time anew: nobody who goes through years of hourly runs holds them
    all."""

    def __init__(self, read: Callable[[], Iterator[T]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[T]:
        return self._read()

    def __reversed__(self) -> Iterator[T]:
        return reversed(list(self))

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        last = at + 1 if isinstance(at, int) else at.stop
        # Counted from the end, or up to it, all of them are needed.
        found = list(self if last is None or last <= 0 else islice(self, last))
        return found[at]
