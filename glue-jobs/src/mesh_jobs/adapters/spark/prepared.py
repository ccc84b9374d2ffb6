"""A table's rows through its rules and row checks, measured in few scans, good and bad rows apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from mesh_jobs.adapters.exits import checked, conserved, taken
from mesh_jobs.adapters.spark.apply_rules import apply_rules, project
from mesh_jobs.adapters.spark.chain import Chain
from mesh_jobs.adapters.spark.checks import breaks
from mesh_jobs.adapters.spark.failures import speaking
from mesh_jobs.adapters.spark.figures import count_failing
from mesh_jobs.adapters.spark.masking import masked
from mesh_jobs.adapters.spark.repeated import first_come, mark_repeated
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name
from mesh_jobs.domain.distinct import Key, distinct_keys
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.quarantine import REASON, RECORD, RULE
from mesh_jobs.ports.engine import Measured


@dataclass(frozen=True)
class PreparedRows:
    """`good` is what is to be stored, with system columns where it is traced; `bad` are rows in the columns of
    quarantine.BAD. `counted` is the number of good rows where the scan that measured has read just these: it found none
    to take out. `kept` is what was computed once for all that looks at the rows."""

    measured: Measured
    good: Rows
    bad: tuple[DataFrame, ...]
    counted: int | None
    kept: tuple[DataFrame, ...] = ()


def prepare_rows(session: Session, table: Table, inputs: Mapping[str, Rows], hidden: frozenset[str]) -> PreparedRows:
    """Runs the chain and measures. Raises BadInput, ConservationBroken."""
    chain = Chain(session, table, inputs, hidden)
    apply_rules(chain)
    with speaking(f"table {table.name}", bool(chain.hidden)):
        recast = project(chain)
        chain.settle()
        return _Sorting(table, chain, distinct_keys(table, recast)).prepared()


class _Sorting:
    """Splits the rows of a chain into good and bad ones, and counts what it lets through and takes out."""

    def __init__(self, table: Table, chain: Chain, distinct: frozenset[Key]) -> None:
        self.table, self.chain, self.distinct = table, chain, distinct
        self.checks = [c for c in table.checks if c.scope == "row"]
        self.types = checked(table, self.checks, chain.columns, chain.hidden)
        self.moving = [c for c in self.checks if c.action == "quarantine_rows"]
        self.flags = [F.col(f"_mesh_bad_{i}") for i in range(len(self.moving))]

    def prepared(self) -> PreparedRows:
        chain = self.chain
        self._flag_bad()
        staying = [c for c in self.checks if c not in self.moving]
        values, failing = count_failing(
            chain.session,
            chain.frame,
            self.types,
            staying,
            chain.alive if chain.marked else None,
            [*chain.figures(), *self._figures_of_bad()],
        )
        total, left, *rest = values
        lost, bad = rest[: len(chain.exits)], rest[len(chain.exits) :]
        chain.raise_abort(lost)
        conserved(self.table, total, left, lost)
        failing |= zip((c.id for c in self.moving), bad[0::2], strict=True)

        moved = list(zip(self.moving, bad[1::2], strict=True))
        measured = chain.measured(total, left, lost, self.checks, failing, moved, self.distinct)
        frames = list(chain.bad)
        exits = taken(chain.exits, lost, "quarantined")
        if exits:
            frames.append(chain.bad_rows(exits))
        if any(bad):
            frames.append(self._bad_rows())
        counted = None if chain.marked or self.moving else total
        return PreparedRows(measured, self._good(any(bad)), tuple(frames), counted)

    def _flag_bad(self) -> None:
        """A column for each check that moves rows, true where a living row breaks it."""
        chain = self.chain
        conditions: list[Column] = []
        for i, c in enumerate(self.moving):
            if c.metric != "duplicateValues":
                conditions.append(chain.among_alive(breaks(c, self.types)))
                continue
            again = mark_repeated(chain, c.columns, first_come(chain), f"_mesh_again_{i}")
            conditions.append(F.col(f"_mesh_again_{i}") if again else F.lit(False))
        if conditions:
            flags = [c.alias(f"_mesh_bad_{i}") for i, c in enumerate(conditions)]
            chain.frame = chain.frame.select(*chain.same().values(), *chain.system(), *flags)

    def _figures_of_bad(self) -> list[Column]:
        """For each check that moves rows: how many break it, and of how many it is the first that they break."""
        out: list[Column] = []
        for i, flag in enumerate(self.flags):
            first = reduce(lambda a, b: a & ~b, self.flags[:i], flag)
            out += [F.count_if(flag), F.count_if(first)]
        return out

    def _bad_rows(self) -> DataFrame:
        """Rows that break a check which moves them, with all of those that they break."""
        chain = self.chain

        def joined(labels: list[str], separator: str) -> Column:
            return F.concat_ws(
                separator, *(F.when(f, F.lit(label)) for f, label in zip(self.flags, labels, strict=True))
            )

        return chain.frame.where(reduce(or_, self.flags)).select(
            joined([c.id for c in self.moving], ",").alias(RULE),
            joined([c.title for c in self.moving], "; ").alias(REASON),
            *chain.place(),
            chain.record().alias(RECORD),
        )

    def _good(self, some_bad: bool) -> Rows:
        chain, table = self.chain, self.table
        masks = table.masks
        left = chain.frame.where(chain.alive) if chain.marked else chain.frame
        if some_bad:
            left = left.where(~reduce(or_, self.flags))
        cells = [
            F.expr(masked(chain.session, name(c), type_, masks.get(c, "none"))).alias(c)
            for c, type_ in chain.columns.items()
        ]
        return Rows(left.select(*cells, *chain.origin()), chain.traced, chain.size)
