"""Sequences that are read as far as somebody looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class Lazily(Sequence[T]):
    """What is read when it is looked at: a year of hourly runs is read by who wants all of it."""

    def __init__(self, found: Iterator[T]) -> None:
        self._found, self._read = found, list[T]()

    def __iter__(self) -> Iterator[T]:
        n = 0
        while n < len(self._read) or self._more():
            yield self._read[n]
            n += 1

    def __len__(self) -> int:
        while self._more():
            pass
        return len(self._read)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        wanted = at + 1 if isinstance(at, int) else at.stop or 0
        # Counted from the end, or up to it, all of them are needed.
        while (wanted <= 0 or len(self._read) < wanted) and self._more():
            pass
        return self._read[at]

    def _more(self) -> bool:
        for one in self._found:
            self._read.append(one)
            return True
        return False
