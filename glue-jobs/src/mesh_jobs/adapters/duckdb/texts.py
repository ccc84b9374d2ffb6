"""Records as texts, before they are cast: the common ground of CSV and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mesh_jobs.adapters.source_files import not_kept
from mesh_jobs.domain.table import Field


@dataclass(frozen=True)
class Reject:
    """A record that could not even be split into columns."""

    file: str
    row: int | None
    line: int | None
    length: int
    reason: str
    text: str

    def record(self, hidden: bool) -> str:
        """What the quarantine keeps: the text, or only its length where a column of the source is protected."""
        return not_kept(self.length) if hidden else self.text


@dataclass(frozen=True)
class Broken:
    """SQL that is true for a record whose columns cannot be had, and why."""

    where: str
    reason: str


class Texts(Protocol):
    """A query whose rows hold each column as text (`kind` VARCHAR) or JSON, with the number of the file in
    _mesh_number."""

    @property
    def at(self) -> str:
        """Something to select from."""
        ...

    @property
    def kind(self) -> str: ...

    @property
    def columns(self) -> tuple[str, ...]: ...

    @property
    def origins(self) -> dict[str, str]:
        """Where each file came from, in the order they arrived."""
        ...

    @property
    def header_lines(self) -> int:
        """Lines before the first record."""
        ...

    @property
    def broken(self) -> tuple[Broken, ...]:
        """What is wrong with records as a whole; the first that is true of one counts."""
        ...

    def value(self, field: Field) -> str:
        """SQL of a column's text."""
        ...

    def present(self, field: Field) -> str:
        """SQL that is true when there is a value to cast."""
        ...

    def record(self, hidden: frozenset[str]) -> str:
        """SQL of the whole record as JSON; protected columns masked."""
        ...

    def rejects(self) -> list[Reject]:
        """Records that were left out; known once `at` has been read."""
        ...

    def require(self, staged: str) -> None:
        """Raises BadInput for a column that a file does not have at all; `staged` are its rows, typed."""
        ...

    def line(self, file: str, row: int) -> int | None:
        """The line of a record in its file, where that can be told."""
        ...
