"""A table's rules as one frame that is not computed yet. Rows that a rule takes out stay in it, marked with what took
them, so that every loss is counted on its own and one scan counts them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, Literal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType

from mesh_jobs.adapters.exits import Exit, Ledger, conserved, needed, stopped, taken, unreadable
from mesh_jobs.adapters.spark.as_text import as_json, json_object
from mesh_jobs.adapters.spark.masking import recorded
from mesh_jobs.adapters.spark.rows import ARRIVAL, FILE, ROW, SYSTEM, Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.types import name
from mesh_jobs.domain import quarantine
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.names import Names
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.quarantine import REASON, RULE

LOST, RECORD = "_mesh_lost", "_mesh_record"
#: In the names of the classes of a plan's nodes: those that move rows, and those that take whichever come first.
_MOVING = ("ShuffleExchange", "Limit", "TakeOrdered")
#: What the named rule trim takes off both ends.
WHITE_SPACE = " \t\n\x0b\x0c\r"


class Chain(Ledger):
    """Builds the frame of one table. `frame` is the last one; `columns` its visible columns with their Spark types."""

    def __init__(self, session: Session, table: Table, inputs: Mapping[str, Rows], hidden: frozenset[str]) -> None:
        super().__init__(table)
        self.session = session
        self.inputs = inputs
        #: How values are masked in a record, by column.
        self.protected = {p.name.lower(): p.masking for p in table.protected}
        #: Columns whose values are in no message and are masked in a record.
        self.hidden = Names(hidden).and_also(self.protected)
        self.bad: list[DataFrame] = []
        base = inputs[table.inputs[0]]
        self.size = sum(i.size for i in inputs.values())
        self.traced = base.traced
        self.marked = False
        self.settled = True
        self.look_at(base.frame)
        if not (table.rules and isinstance(table.rules[0], r.Sql)):
            self.take_bad(base)

    @property
    def alive(self) -> Column:
        return F.col(LOST).isNull() if self.marked else F.lit(True)

    def among_alive(self, condition: Column) -> Column:
        """A condition that is false for rows that are out, and not even computed for them."""
        return F.when(self.alive, condition).otherwise(F.lit(False)) if self.marked else condition

    def origin(self) -> list[Column]:
        """System columns that say where a row is from."""
        return [F.col(c) for c in SYSTEM] if self.traced else []

    def system(self) -> list[Column]:
        """System columns that go along."""
        return self.origin() + ([F.col(LOST), F.col(RECORD)] if self.marked else [])

    def place(self) -> tuple[Column, Column]:
        """Where a row is from, null where that is not known."""
        if self.traced:
            return F.col(FILE), F.col(ROW)
        return F.lit(None).cast("string").alias(FILE), F.lit(None).cast("long").alias(ROW)

    def arrival(self, way: Literal["asc", "desc"]) -> list[Column]:
        """What puts rows in the order they arrived, or the other way round; nothing where that is not known."""
        if not self.traced:
            return []
        return [F.col(ARRIVAL).asc() if way == "asc" else F.col(ARRIVAL).desc()]

    def good(self) -> DataFrame:
        """The rows that are left, with visible and tracing columns."""
        left = self.frame.where(self.alive) if self.marked else self.frame
        return left.select(*self.same().values(), *self.origin())

    def visible(self) -> DataFrame:
        """What an expression or a query may see."""
        return self.frame.select(*self.same().values())

    def expression(self, text: str) -> Column:
        """An expression over the visible columns, as it was written. Raises AnalysisException."""
        value = F.expr(text)
        # Spark looks names up when they are selected: here, where it can find and suggest no other.
        self.visible().select(value)
        return value

    def layer(self, cells: Mapping[str, Column], more: Sequence[Column] | None = None) -> None:
        """A frame with these visible columns; types are asked of Spark."""
        system = self.system() if more is None else more
        self.look_at(self.frame.select(*(value.alias(c) for c, value in cells.items()), *system))

    def look_at(self, frame: DataFrame) -> None:
        self.frame = frame
        self.columns: dict[str, DataType] = {
            f.name: f.dataType for f in frame.schema if f.name not in (*SYSTEM, LOST, RECORD)
        }

    def same(self) -> dict[str, Column]:
        return {c: F.col(name(c)) for c in self.columns}

    def mark(self, takes: Sequence[tuple[int, Column]], record: Column | None) -> list[Column]:
        """System columns after an exit: `takes` are exit numbers and conditions, `record` what is kept of the row."""
        old = F.col(LOST) if self.marked else F.lit(None).cast("int")
        kept = F.col(RECORD) if self.marked else F.lit(None).cast("string")
        cases = [(old.isNotNull(), old)] if self.marked else []
        lost = first_true([*cases, *((condition, F.lit(number)) for number, condition in takes)])
        if record is not None:
            now = self.among_alive(reduce(or_, (c for _, c in takes)))
            kept = F.when(now, record).otherwise(kept)
        self.marked = True
        return [*self.origin(), lost.alias(LOST), kept.alias(RECORD)]

    def record(self, columns: Mapping[str, DataType] | None = None) -> Column:
        """A row as JSON, protected columns masked."""
        cells: dict[str, str] = {}
        for c, type_ in (columns or self.columns).items():
            value = name(c)
            if c not in self.hidden:
                cells[c] = as_json(value, type_)
                continue
            mask = recorded(self.session, value, type_, self.protected.get(c.lower()))
            cells[c] = f"CASE WHEN {value} IS NULL THEN 'null' ELSE concat('\"', {mask}, '\"') END"
        return F.expr(json_object(cells))

    def need(self, rule: str, columns: Sequence[str]) -> tuple[str, ...]:
        """The columns as the chain has them, or an error that names the first that is not there."""
        return needed(self.table, rule, columns, self.columns, self.hidden)

    def take_bad(self, rows: Rows) -> None:
        if rows.bad is not None:
            self.bad.append(rows.bad)
            self.bad_losses += unreadable(rows.bad_losses)

    def close(self) -> None:
        """Ends the part in which rows can be followed: what it lost is counted, what is left goes on unmarked."""
        if self.marked or self.bad_losses:
            lost = self._count_lost()
            self.raise_abort(lost)
            quarantined = self.part_ended(lost)
            if quarantined:
                self.bad.append(self.bad_rows(quarantined))
        self.look_at(self.good())
        self.marked = False

    def figures(self) -> list[Column]:
        """Rows in, rows left, and rows of each exit, as aggregates."""
        left = F.count_if(self.alive) if self.marked else F.count(F.lit(1))
        return [F.count(F.lit(1)), left, *(F.count_if(F.col(LOST) == e.number) for e in self.exits)]

    def _count_lost(self) -> list[int]:
        total, left, *lost = self.session.one(self.frame.agg(*self.figures()))
        conserved(self.table, total, left, lost)
        return lost

    def bad_rows(self, exits: Sequence[Exit]) -> DataFrame:
        """Marked rows in the shape of the quarantine."""
        rule = first_true([(F.col(LOST) == e.number, F.lit(e.rule)) for e in exits])
        why = first_true([(F.col(LOST) == e.number, F.lit(e.reason)) for e in exits])
        taken = self.frame.where(F.col(LOST).isin([e.number for e in exits]))
        return taken.select(rule.alias(RULE), why.alias(REASON), *self.place(), F.col(RECORD).alias(quarantine.RECORD))

    def raise_abort(self, lost: Sequence[int]) -> None:
        """Raises BadInput for the first row that took an exit on which the run stops."""
        hit = taken(self.exits, lost, "abort")
        if not hit:
            return
        file, row = self.place()
        found = self.frame.where(F.col(LOST).isin([e.number for e in hit])).select(
            F.col(LOST), file, row, F.col(RECORD)
        )
        first = self.session.one(found.orderBy(FILE, ROW, RECORD).limit(1))
        raise stopped(self.table, self.exits, lost, first, self.hidden)

    def settle(self) -> None:
        """What a join, an aggregate or a query made is measured, written and perhaps read again. It is computed once
        where rows had to be moved for it, or where it could come out differently each time."""
        if not self.settled:
            plan = self.frame._jdf.queryExecution()
            moved = any(word in node for node in _nodes(plan.executedPlan()) for word in _MOVING)
            if moved or not plan.optimizedPlan().deterministic():
                self.frame = self.session.keep(self.frame)
            self.settled = True


def _nodes(plan: Any) -> Iterator[str]:
    """The classes of a physical plan's nodes and of those of its subqueries, from the top. What is kept already is a
    leaf, whatever was done to make it."""
    kind = plan.getClass().getSimpleName()
    if kind == "AdaptiveSparkPlanExec":
        yield from _nodes(plan.executedPlan())
        return
    yield kind
    for below in (plan.children(), plan.subqueries()):
        for i in range(below.size()):
            yield from _nodes(below.apply(i))


def first_true(cases: Sequence[tuple[Column, Column]]) -> Column:
    """The value of the first condition that is true, else null."""
    (condition, value), *others = cases
    made = F.when(condition, value)
    for condition, value in others:
        made = made.when(condition, value)
    return made
