"""The ways out of a table's rules, and what is said where its columns do not fit them: the same on every engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from mesh_jobs.adapters.source_files import shortened
from mesh_jobs.domain.distinct import Key
from mesh_jobs.domain.errors import BadInput, ConservationBroken
from mesh_jobs.domain.names import Names
from mesh_jobs.domain.plan import QualityRule, Table
from mesh_jobs.domain.table import Column, Type, shown
from mesh_jobs.ports.engine import Loss, Measured, Measurement

T = TypeVar("T")

Way = Literal["removed", "quarantined", "abort"]


@dataclass(frozen=True)
class Exit:
    """A way out of the rules; rows that took it carry its number."""

    number: int
    rule: str
    kind: Way
    reason: str
    column: str | None = None


class Ledger:
    """The account of a table's rows on their way through its rules. A join, an aggregate or a query ends a part of the
    way: rows cannot be followed through it, so what the part lost is counted there."""

    def __init__(self, table: Table) -> None:
        self.table = table
        #: The ways out of the part that is being built.
        self.exits: list[Exit] = []
        #: What the parts before it lost.
        self.earlier: list[Loss] = []
        #: Records that could not be read, of sources of this part.
        self.bad_losses: list[Loss] = []
        #: Rules that looked for rows to take out and found none.
        self.nothing_lost: list[Loss] = []

    def way_out(self, rule: str, kind: Way, reason: str, column: str | None = None) -> int:
        """A new exit's number."""
        self.exits.append(Exit(len(self.exits) + 1, rule, kind, reason, column))
        return len(self.exits)

    def part_ended(self, lost: Sequence[int]) -> list[Exit]:
        """Takes what the part lost by exit; the exits whose rows go into the quarantine."""
        self.earlier += [loss for loss in losses(self.exits, lost) if loss.rows]
        self.earlier += self.bad_losses
        quarantined = taken(self.exits, lost, "quarantined")
        self.exits, self.bad_losses = [], []
        return quarantined

    def measured(
        self,
        total: int,
        left: int,
        lost: Sequence[int],
        checks: Sequence[QualityRule],
        failing: Mapping[str, int],
        moved: Sequence[tuple[QualityRule, int]],
        distinct: frozenset[Key],
    ) -> Measured:
        """The whole account: of `total` rows in the last part `left` are there and `lost` took its exits; `failing` are
        rows by check, `moved` those that checks put into the quarantine, each row by the first check it breaks."""
        found = [*self.earlier, *self.bad_losses, *self.nothing_lost, *losses(self.exits, lost)]
        found += [Loss(c.id, "quarantined", n, c.title) for c, n in moved]
        # What an earlier part lost came in as well.
        rows_in = total + sum(x.rows for x in (*self.earlier, *self.bad_losses))
        return Measured(
            rows_in, tuple(found), tuple(Measurement(c.id, left, failing[c.id], None) for c in checks), distinct
        )


def unreadable(found: Iterable[tuple[str, str, int]]) -> list[Loss]:
    """Records that could not be read, counted by rule and reason, as losses."""
    return [Loss(rule, "quarantined", rows, reason) for rule, reason, rows in found]


def conserved(table: Table, total: int, left: int, lost: Sequence[int]) -> None:
    """Raises ConservationBroken unless every row that came in is left or lost."""
    if total != left + sum(lost):
        raise ConservationBroken(f"table {table.name}: {total} rows became {left} and {sum(lost)} lost ones")


def taken(exits: Sequence[Exit], lost: Sequence[int], kind: Way) -> list[Exit]:
    """The exits of this kind that rows took; `lost` are rows by exit."""
    return [e for e, n in zip(exits, lost, strict=True) if n and e.kind == kind]


def losses(exits: Sequence[Exit], lost: Sequence[int]) -> list[Loss]:
    """What the certificate tells of each exit, also where no row took it."""
    return [Loss(e.rule, e.kind, n, e.reason) for e, n in zip(exits, lost, strict=True) if e.kind != "abort"]


def stopped(table: Table, exits: Sequence[Exit], lost: Sequence[int], first: Sequence[Any], hidden: Names) -> BadInput:
    """Why a run stops: rows took exits on which it does. `first` is one of them: the exit's number, its file, its row
    there and its value, null where they are not known."""
    number, file, row, value = first
    e = exits[number - 1]
    rows = sum(n for e, n in zip(exits, lost, strict=True) if e.kind == "abort")
    where = f"{file}: row {row}: " if file is not None and row is not None else ""
    received = "" if value is None or e.column in hidden else f": received {shortened(value)}"
    more = f" (and {rows - 1} more)" if rows > 1 else ""
    return BadInput(
        f"{where}table {table.name}: {e.reason}{received}{more} (rule {e.rule})",
        "correct the data at its source, filter such rows out first, or set onFail to say what happens to them",
    )


def _listed(table: Table, there: Iterable[str], hidden: Names) -> str:
    """Columns, for a message. Where some are protected, only those that plan or contract name: what else a file calls a
    column may be a value of its first row."""
    columns = [*there]
    promised_ones = (c.name for c in table.columns or ())
    named = hidden.and_also(table.primary_key, promised_ones, *(c.columns for c in table.checks))
    known = [c for c in columns if not hidden or c in named]
    others = len(columns) - len(known)
    return ", ".join([*known, *([f"{others} more"] if others else [])]) or "none"


def needed(table: Table, rule: str, wanted: Sequence[str], there: Iterable[str], hidden: Names) -> tuple[str, ...]:
    """The columns that a rule names, as they are written where they are. Raises BadInput for the first that is not."""
    known = {c.lower(): c for c in there}
    for c in wanted:
        if c.lower() not in known:
            raise BadInput(
                f"table {table.name}: rule {rule} needs the column {c}; there are "
                f"{_listed(table, known.values(), hidden)}",
                "correct the rule, or the one before it that drops or renames the column",
            )
    return tuple(known[c.lower()] for c in wanted)


def checked(table: Table, checks: Sequence[QualityRule], there: Mapping[str, T], hidden: Names) -> dict[str, T]:
    """By column of checks as they name it, what is known of it, such as its type. Raises BadInput for the first column
    that is not there."""
    known = {c.lower(): c for c in there}
    for check in checks:
        for c in check.columns:
            if c.lower() not in known:
                raise BadInput(
                    f"table {table.name}: check {check.id} needs the column {c}; there are "
                    f"{_listed(table, there, hidden)}",
                    f"correct the rule ({check.origin})",
                )
    return {c: there[known[c.lower()]] for check in checks for c in check.columns}


def promised(table: Table, columns: Sequence[Column], there: Iterable[str], hidden: Names) -> dict[str, str]:
    """By promised column, what it is called after the rules. Raises BadInput for the first that they do not give."""
    known = {c.lower(): c for c in there}
    for c in columns:
        if c.name.lower() not in known:
            raise BadInput(
                f"table {table.name}: the column {c.name} is promised, but the rules produce "
                f"{_listed(table, known.values(), hidden)}",
                "derive or rename it in the pipeline, or remove it from the contract",
            )
    return {c.name: known[c.name.lower()] for c in columns}


def require_apart(table: Table, columns: Sequence[str]) -> None:
    """Raises BadInput where two columns of a result have one name."""
    known = [c.lower() for c in columns]
    twice = {c for c in columns if known.count(c.lower()) > 1}
    if twice:
        raise BadInput(f"table {table.name}: the result has two columns named {min(twice)}", "rename one of them")


def not_text(table: Table, rule: str, column: str, type_: Type) -> BadInput:
    """Why a rule for text cannot be applied to a column."""
    return BadInput(
        f"table {table.name}: rule {rule} is for text, but column {column} is {shown(type_)}",
        f"cast {column} to string first, or remove it from the rule",
    )
