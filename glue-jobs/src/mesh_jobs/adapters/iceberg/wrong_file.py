"""What is wrong with a file that a commit is asked to take. Apart from the reading of files, which loads pyarrow."""

from __future__ import annotations


class WrongFile(ValueError):
    """A file that must not enter a table. The engine made it, so this is a fault of ours."""


class NullInRequired(WrongFile):
    """The exception to that: the rows themselves lack a value in a required `column`."""

    def __init__(self, message: str, column: str) -> None:
        super().__init__(message)
        self.column = column
