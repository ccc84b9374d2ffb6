"""What is wrong with a piece of SQL, for the person who wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from mesh_jobs.domain.errors import MeshError

TOO_DEEP = "it is nested too deeply"


@dataclass(frozen=True)
class SqlProblem:
    """Line and column count from 1 in the text as it was given."""

    message: str
    line: int
    column: int
    remedy: str | None = None


class SqlRefused(MeshError):
    """SQL outside the portable subset; `problems` has them all."""

    code = "sql"

    def __init__(self, problems: tuple[SqlProblem, ...]) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"SQL {first.line}:{first.column}: {first.message}{more}", first.remedy)
        self.problems = problems


class Refuse(Protocol):
    """Says what is wrong at a node, and what to write instead."""

    def __call__(self, node: exp.Expr, message: str, remedy: str | None = None) -> None: ...


def short(node: exp.Expr) -> str:
    """A piece of SQL in the middle of a message."""
    text = node.sql("spark")
    return text if len(text) <= 40 else f"{text[:37]}..."
