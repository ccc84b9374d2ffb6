"""A table's rules as a chain of views. Rows that a rule takes out stay in the chain, marked with what took them, so
that every loss is counted on its own and one scan counts them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from mesh_jobs.adapters.duckdb.as_text import as_json, as_text, is_nested, json_object
from mesh_jobs.adapters.duckdb.masking import recorded
from mesh_jobs.adapters.duckdb.session import FILE, PLACE, ROW, Relation, Session
from mesh_jobs.adapters.duckdb.types import name, names, plan_type, storable, text
from mesh_jobs.adapters.exits import Exit, Ledger, conserved, needed, not_text, stopped, taken, unreadable
from mesh_jobs.domain import quarantine
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.names import Names
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.quarantine import REASON, RULE
from mesh_jobs.domain.table import KEYED

LOST, RECORD = "_mesh_lost", "_mesh_record"
#: What the named rule trim takes off both ends.
WHITE_SPACE = "chr(32) || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)"


class Chain(Ledger):
    """Builds the views of one table. `at` is the last one; `columns` its visible columns with their DuckDB types."""

    def __init__(self, session: Session, table: Table, inputs: Mapping[str, Relation], hidden: frozenset[str]) -> None:
        super().__init__(table)
        self.session = session
        self.inputs = inputs
        #: How values are masked in a record, by column.
        self.protected = {p.name.lower(): p.masking for p in table.protected}
        #: Columns whose values are in no message and are masked in a record.
        self.hidden = Names(hidden).and_also(self.protected)
        self.bad: list[str] = []
        first = table.rules[0] if table.rules else None
        base = inputs[table.inputs[0]]
        self.size = sum(i.size for i in inputs.values())
        self.at = base.at
        self.columns: dict[str, str] = dict(base.columns)
        self.traced = base.traced
        self.placed = base.placed
        self.marked = False
        if not isinstance(first, r.Sql):
            self.take_bad(base)

    @property
    def alive(self) -> str:
        return f"{LOST} IS NULL" if self.marked else "TRUE"

    def system(self) -> list[str]:
        """System columns that go along."""
        return self.origin() + ([LOST, RECORD] if self.marked else [])

    def origin(self) -> list[str]:
        """System columns that say where a row is from."""
        return ([FILE, ROW] if self.traced else []) + ([PLACE] if self.placed else [])

    def arrival(self, way: Literal["ASC", "DESC"]) -> list[str]:
        """What puts rows in the order they arrived, or the other way round; nothing where that is not known."""
        return [f"{PLACE} {way}"] if self.traced else []

    def by_values(self) -> list[str]:
        """What every row is ordered by where its arrival is not known. Engines order what is nested in ways of their
        own, its text alike."""
        return [as_text(name(c), t) if is_nested(t) else name(c) for c, t in self.columns.items()]

    def good(self) -> str:
        """A query of the rows that are left, with visible and tracing columns."""
        columns = [name(c) for c in self.columns] + self.origin()
        where = f" WHERE {LOST} IS NULL" if self.marked else ""
        return f"SELECT {', '.join(columns)} FROM {self.at}{where}"

    def layer(self, cells: Mapping[str, str], more: list[str] | None = None, joined: str = "") -> None:
        """A view with these visible columns (name → SQL); types are asked of DuckDB."""
        selected = [v if v == name(c) else f"{v} AS {name(c)}" for c, v in cells.items()]
        selected += self.system() if more is None else more
        self.at = self.session.view(f"SELECT {', '.join(selected)} FROM {self.at}{joined}", "rule")
        self.ask(tuple(cells))

    def ask(self, visible: tuple[str, ...] | None = None) -> None:
        there = self.session.describe(f"SELECT * FROM {self.at}")
        ours = {FILE, ROW, PLACE, LOST, RECORD}
        self.columns = {n: t for n, t in there if n not in ours and (visible is None or n in visible)}

    def same(self) -> dict[str, str]:
        return {c: name(c) for c in self.columns}

    def mark(self, takes: list[tuple[int, str]], record: str | None) -> list[str]:
        """System columns after an exit: `takes` are exit numbers and conditions, `record` what is kept of the row."""
        cases = " ".join(f"WHEN {condition} THEN {number}" for number, condition in takes)
        old = LOST if self.marked else "CAST(NULL AS INTEGER)"
        lost = (
            f"CASE WHEN {old} IS NOT NULL THEN {old} {cases} END AS {LOST}"
            if self.marked
            else f"CASE {cases} END AS {LOST}"
        )
        kept = RECORD if self.marked else "CAST(NULL AS VARCHAR)"
        if record is not None:
            condition = " OR ".join(c for _, c in takes)
            kept = f"CASE WHEN {self.alive} AND ({condition}) THEN {record} ELSE {kept} END"
        self.marked = True
        return [*self.origin(), lost, f"{kept} AS {RECORD}"]

    def record(self, columns: Mapping[str, str] | None = None) -> str:
        """SQL of a row as JSON, protected columns masked."""
        cells: dict[str, str] = {}
        for c, type_ in (columns or self.columns).items():
            value = name(c)
            if c not in self.hidden:
                cells[c] = as_json(value, type_)
                continue
            masking = self.protected.get(c.lower())
            if masking in KEYED:
                self.session.need_key()
            mask = recorded(value, type_, masking)
            cells[c] = f"CASE WHEN {value} IS NULL THEN 'null' ELSE '\"' || {mask} || '\"' END"
        return json_object(cells)

    def need(self, rule: str, columns: Sequence[str]) -> tuple[str, ...]:
        """The columns as the chain has them, or an error that names the first that is not there."""
        return needed(self.table, rule, columns, self.columns, self.hidden)

    def texts_only(self, rule: r.TransformationRule, columns: Sequence[str]) -> None:
        for c in columns:
            if self.columns[c] != "VARCHAR":
                raise not_text(self.table, rule.id, c, plan_type(storable(self.columns[c])))

    def take_bad(self, relation: Relation) -> None:
        if relation.bad:
            self.bad.append(relation.bad)
            self.bad_losses += unreadable(relation.bad_losses)

    def close(self) -> None:
        """Ends the part in which rows can be followed: what it lost is counted, what is left goes on unmarked."""
        if self.marked or self.bad_losses:
            counts = ", ".join(f"count(*) FILTER ({LOST} = {e.number})" for e in self.exits)
            marks = f"count(*), count(*) FILTER ({self.alive})" + (f", {counts}" if counts else "")
            total, left, *lost = self.session.one(f"SELECT {marks} FROM {self.at}")
            conserved(self.table, total, left, lost)
            self.raise_abort(lost)
            quarantined = self.part_ended(lost)
            if quarantined:
                self.bad.append(self._bad_rows(quarantined))
        self.at = self.session.view(self.good(), "good")
        self.marked = False

    def _bad_rows(self, exits: Sequence[Exit]) -> str:
        """The quarantined rows of the part that ends here, as the quarantine keeps them."""
        return self.session.view(self.bad_query(exits), "bad")

    def bad_query(self, exits: Sequence[Exit]) -> str:
        """Marked rows in the shape of the quarantine."""
        case = " ".join(f"WHEN {e.number} THEN {text(e.rule)}" for e in exits)
        why = " ".join(f"WHEN {e.number} THEN {text(e.reason)}" for e in exits)
        file, row = (FILE, ROW) if self.traced else ("CAST(NULL AS VARCHAR)", "CAST(NULL AS BIGINT)")
        numbers = ", ".join(str(e.number) for e in exits)
        return (
            f"SELECT CASE {LOST} {case} END AS {RULE}, CASE {LOST} {why} END AS {REASON}, {file} AS {FILE}, "
            f"{row} AS {ROW}, {RECORD} AS {quarantine.RECORD} FROM {self.at} WHERE {LOST} IN ({numbers})"
        )

    def raise_abort(self, lost: Sequence[int]) -> None:
        """Raises BadInput for the first row that took an exit on which the run stops."""
        hit = taken(self.exits, lost, "abort")
        if not hit:
            return
        trace = f"{FILE}, {ROW}" if self.traced else "NULL, NULL"
        order = f"{FILE}, {ROW}, {RECORD}" if self.traced else RECORD
        numbers = ", ".join(str(e.number) for e in hit)
        first = self.session.one(
            f"SELECT {LOST}, {trace}, {RECORD} FROM {self.at} WHERE {LOST} IN ({numbers}) ORDER BY {order} LIMIT 1"
        )
        raise stopped(self.table, self.exits, lost, first, self.hidden)

    def settle(self) -> None:
        """Computes what the chain is so far, once, so that its rows have places. For what is looked at repeatedly."""
        if not self.placed:
            columns = ", ".join([*(name(c) for c in self.columns), *self.system()])
            self.at = self.session.stage(f"SELECT {columns} FROM {self.at}", self.size, "result")
            self.placed = True

    def repeated(self, keys: tuple[str, ...], order: list[str]) -> str | None:
        """A table of the places of all rows but the first of each key; None when there are none. Rows with an
        incomplete key have no identity that another row could share.

        Few keys are repeated in most data. So the keys' hashes are counted first, which needs little memory, and only
        rows with a hash that comes twice are compared and put in order."""
        self.settle()
        whole = " AND ".join([self.alive, *(f"{name(c)} IS NOT NULL" for c in keys)])
        hashed_key = f"hash({names(keys)})"
        twice = self.session.fresh("twice")
        self.session.run(
            f"CREATE TEMP TABLE {twice} AS SELECT {hashed_key} AS _mesh_h FROM {self.at} WHERE {whole} "
            f"GROUP BY {hashed_key} HAVING count(*) > 1"
        )
        if not self.session.one(f"SELECT count(*) FROM {twice}")[0]:
            return None
        again = self.session.fresh("again")
        self.session.run(
            f"CREATE TEMP TABLE {again} AS SELECT _mesh_again FROM (SELECT {PLACE} AS _mesh_again, row_number() OVER "
            f"(PARTITION BY {names(keys)} ORDER BY {', '.join(order) or PLACE}) AS _mesh_nth FROM {self.at} "
            f"SEMI JOIN {twice} ON {hashed_key} = {twice}._mesh_h WHERE {whole}) WHERE _mesh_nth > 1"
        )
        return again if self.session.one(f"SELECT count(*) FROM {again}")[0] else None
