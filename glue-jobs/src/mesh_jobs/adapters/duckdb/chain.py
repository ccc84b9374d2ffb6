"""A table's rules as a chain of views. Rows that a rule takes out stay in the chain, marked with what took them, so
that every loss is counted on its own and one scan counts them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import duckdb

from mesh_jobs.adapters.duckdb.casts import as_text, strict_cast
from mesh_jobs.adapters.duckdb.failures import spoken
from mesh_jobs.adapters.duckdb.masking import hashed, redacted
from mesh_jobs.adapters.duckdb.portable import columns_read, translate_expression, translate_query
from mesh_jobs.adapters.duckdb.session import FILE, PLACE, ROW, Relation, Session
from mesh_jobs.adapters.duckdb.types import duckdb_type, literal, name, names, plan_type, shown, storable, text
from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.domain import rules as r
from mesh_jobs.domain.errors import BadInput, ConservationBroken, MeshError
from mesh_jobs.domain.plan import Table
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import Loss

LOST, RECORD = "_mesh_lost", "_mesh_record"
#: What the named rule trim takes off both ends.
WHITE_SPACE = "chr(32) || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)"


@dataclass(frozen=True)
class Exit:
    """A way out of the chain; rows carry its number in _mesh_lost."""

    number: int
    rule: str
    kind: Literal["removed", "quarantined", "abort"]
    reason: str
    column: str | None = None


class Chain:
    """Builds the views of one table. `at` is the last one; `columns` its visible columns with their DuckDB types."""

    def __init__(self, session: Session, table: Table, inputs: Mapping[str, Relation], hidden: frozenset[str]) -> None:
        self.session = session
        self.table = table
        self.inputs = inputs
        #: Columns whose values are in no message and are masked in a record.
        self.protected = {p.name: p.masking for p in table.protected}
        self.hidden = hidden | frozenset(self.protected)
        self.exits: list[Exit] = []
        self.earlier: list[Loss] = []
        #: Rules that looked for rows to take out and found none.
        self.nothing_lost: list[Loss] = []
        self.bad: list[str] = []
        self.bad_losses: list[Loss] = []
        first = table.rules[0] if table.rules else None
        base = inputs[table.inputs[0]]
        self.size = sum(i.size for i in inputs.values())
        self.at = base.at
        self.columns: dict[str, str] = dict(base.columns)
        self.traced = base.traced
        self.files = base.files
        self.placed = base.placed
        self.marked = False
        if not isinstance(first, r.Sql):
            self._take_bad(base)

    # What the chain is now.

    @property
    def alive(self) -> str:
        return f"{LOST} IS NULL" if self.marked else "TRUE"

    def system(self) -> list[str]:
        """System columns that go along."""
        return self.origin() + ([LOST, RECORD] if self.marked else [])

    def origin(self) -> list[str]:
        """System columns that say where a row is from."""
        return ([FILE, ROW] if self.traced else []) + ([PLACE] if self.placed else [])

    def good(self) -> str:
        """A query of the rows that are left, with visible and tracing columns."""
        columns = [name(c) for c in self.columns] + self.origin()
        where = f" WHERE {LOST} IS NULL" if self.marked else ""
        return f"SELECT {', '.join(columns)} FROM {self.at}{where}"

    # Building blocks.

    def _layer(self, cells: Mapping[str, str], more: list[str] | None = None, joined: str = "") -> None:
        """A view with these visible columns (name → SQL); types are asked of DuckDB."""
        selected = [v if v == name(c) else f"{v} AS {name(c)}" for c, v in cells.items()]
        selected += self.system() if more is None else more
        self.at = self.session.view(f"SELECT {', '.join(selected)} FROM {self.at}{joined}", "rule")
        self._ask(tuple(cells))

    def _ask(self, visible: tuple[str, ...] | None = None) -> None:
        there = self.session.describe(f"SELECT * FROM {self.at}")
        ours = {FILE, ROW, PLACE, LOST, RECORD}
        self.columns = {n: t for n, t in there if n not in ours and (visible is None or n in visible)}

    def _same(self) -> dict[str, str]:
        return {c: name(c) for c in self.columns}

    def _exit(
        self, rule: str, kind: Literal["removed", "quarantined", "abort"], reason: str, column: str | None = None
    ) -> int:
        self.exits.append(Exit(len(self.exits) + 1, rule, kind, reason, column))
        return len(self.exits)

    def _mark(self, takes: list[tuple[int, str]], record: str | None) -> list[str]:
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

    def record(self, columns: Mapping[str, str] | None = None, prefix: str = "") -> str:
        """SQL of a row as JSON, protected columns masked."""
        cells = []
        for c, type_ in (columns or self.columns).items():
            value = prefix + name(c)
            if c in self.hidden:
                if self.protected.get(c) == "hash":
                    self.session.need_key()
                    value = hashed(value, type_)
                else:
                    value = f"CASE WHEN {value} IS NOT NULL THEN '***' END"
            elif type_ in ("TIMESTAMP WITH TIME ZONE", "BLOB"):
                value = as_text(value, type_)
            cells.append(f"{name(c)} := {value}")
        return f"CAST(to_json(struct_pack({', '.join(cells)})) AS VARCHAR)" if cells else "'{}'"

    def _need(self, rule: str, columns: tuple[str, ...] | list[str]) -> tuple[str, ...]:
        """The columns as the chain has them, or an error that names the first that is not there."""
        known = {c.lower(): c for c in self.columns}
        for c in columns:
            if c.lower() not in known:
                raise BadInput(
                    f"table {self.table.name}: rule {rule} needs the column {c}; there are {', '.join(self.columns)}",
                    "correct the rule, or the one before it that drops or renames the column",
                )
        return tuple(known[c.lower()] for c in columns)

    def _texts_only(self, rule: r.TransformationRule, columns: tuple[str, ...]) -> None:
        for c in columns:
            if self.columns[c] != "VARCHAR":
                raise BadInput(
                    f"table {self.table.name}: rule {rule.id} is for text, and column {c} is {self.columns[c].lower()}",
                    f"cast {c} to string first, or take it out of the rule",
                )

    def _take_bad(self, relation: Relation) -> None:
        if relation.bad:
            self.bad.append(relation.bad)
            self.bad_losses += [Loss(rule, "quarantined", rows, reason) for rule, reason, rows in relation.bad_losses]

    def _close(self) -> None:
        """Ends the part in which rows can be followed: what it lost is counted, what is left goes on unmarked."""
        if self.marked or self.bad_losses:
            counts = ", ".join(f"count(*) FILTER ({LOST} = {e.number})" for e in self.exits)
            marks = f"count(*), count(*) FILTER ({self.alive})" + (f", {counts}" if counts else "")
            total, left, *lost = self.session.one(f"SELECT {marks} FROM {self.at}")
            if total != left + sum(lost):
                raise ConservationBroken(
                    f"table {self.table.name}: {total} rows became {left} and {sum(lost)} lost ones"
                )
            self.raise_abort(lost)
            self.earlier += [
                Loss(e.rule, e.kind, n, e.reason)
                for e, n in zip(self.exits, lost, strict=True)
                if n and e.kind != "abort"
            ]
            self.earlier += self.bad_losses
            quarantined = [e for e, n in zip(self.exits, lost, strict=True) if n and e.kind == "quarantined"]
            if quarantined:
                self.bad.append(self._bad_rows(quarantined))
        self.exits, self.bad_losses = [], []
        self.at = self.session.view(self.good(), "good")
        self.marked = False

    def _bad_rows(self, exits: list[Exit]) -> str:
        """The quarantined rows of the part that ends here, as the quarantine keeps them."""
        return self.session.view(self.bad_query(exits), "bad")

    def bad_query(self, exits: list[Exit]) -> str:
        """Marked rows in the shape of the quarantine."""
        case = " ".join(f"WHEN {e.number} THEN {text(e.rule)}" for e in exits)
        why = " ".join(f"WHEN {e.number} THEN {text(e.reason)}" for e in exits)
        file, row = (FILE, ROW) if self.traced else ("CAST(NULL AS VARCHAR)", "CAST(NULL AS BIGINT)")
        numbers = ", ".join(str(e.number) for e in exits)
        return (
            f"SELECT CASE {LOST} {case} END AS _mesh_rule, CASE {LOST} {why} END AS _mesh_reason, "
            f"{file} AS {FILE}, {row} AS {ROW}, {RECORD} AS record FROM {self.at} WHERE {LOST} IN ({numbers})"
        )

    def raise_abort(self, lost: list[int]) -> None:
        """Raises BadInput for the first row that took an exit on which the run stops."""
        hit = [e for e, n in zip(self.exits, lost, strict=False) if n and e.kind == "abort"]
        if not hit:
            return
        rows = sum(n for e, n in zip(self.exits, lost, strict=False) if e.kind == "abort")
        trace = f"{FILE}, {ROW}" if self.traced else "NULL, NULL"
        order = f"{FILE}, {ROW}, {RECORD}" if self.traced else RECORD
        numbers = ", ".join(str(e.number) for e in hit)
        number, file, row, value = self.session.one(
            f"SELECT {LOST}, {trace}, {RECORD} FROM {self.at} WHERE {LOST} IN ({numbers}) ORDER BY {order} LIMIT 1"
        )
        e = self.exits[number - 1]
        where = f"{file}: row {row}: " if file is not None and row is not None else ""
        received = "" if value is None or e.column in self.hidden else f": received {_short(value)}"
        more = f" (and {rows - 1} more)" if rows > 1 else ""
        raise BadInput(
            f"{where}table {self.table.name}: {e.reason}{received}{more} (rule {e.rule})",
            "correct the data at its source, filter such rows out before, or say with onFail what happens to them",
        )

    # The rules.

    def apply(self) -> None:
        """Runs the rules one after the other. Raises BadInput, with the rule's name."""
        for rule in self.table.rules:
            try:
                self._apply(rule)
            except duckdb.Error as error:
                raise self.explained(rule.id, error) from error
            except SqlRefused as error:
                raise BadInput(f"table {self.table.name}: rule {rule.id}: {error}", error.remedy) from error

    def explained(self, rule: str, error: duckdb.Error) -> MeshError:
        """DuckDB's words, unless they might hold a value that is protected."""
        return spoken(f"table {self.table.name}: rule {rule}", error, bool(self.hidden))

    def _apply(self, rule: r.TransformationRule) -> None:
        match rule:
            case r.Rename(_, columns):
                self._rename(rule.id, columns)
            case r.Cast():
                self._cast(rule)
            case r.Trim(_, columns):
                self._texts(rule, columns, lambda v: f"trim({v}, {WHITE_SPACE})")
            case r.Lower(_, columns):
                self._texts(rule, columns, lambda v: f"lower({v})")
            case r.Upper(_, columns):
                self._texts(rule, columns, lambda v: f"dp_upper({v})")
            case r.Deduplicate(_, by, latest):
                self._deduplicate(rule.id, by, latest, f"another row has the same {', '.join(by)}")
            case r.Upsert(_, by):
                self._deduplicate(rule.id, by, None, f"a later row has the same {', '.join(by)}")
            case r.Filter(_, where, reason):
                condition = translate_expression(where, self.columns)
                number = self._exit(rule.id, "removed", reason)
                self._layer(self._same(), self._mark([(number, f"({condition}) IS NOT TRUE")], None))
            case r.Derive(_, columns):
                self._derive(columns)
            case r.FillNull(_, columns):
                self._fill(rule.id, columns)
            case r.MapValues():
                self._map(rule)
            case r.Hash(_, columns):
                self.session.need_key()
                own = self._need(rule.id, columns)
                self._layer(self._same() | {c: hashed(name(c), self.columns[c]) for c in own})
            case r.Redact(_, columns):
                own = self._need(rule.id, columns)
                self._layer(self._same() | {c: redacted(name(c), self.columns[c]) for c in own})
            case r.Join():
                self._join(rule)
            case r.Aggregate():
                self._aggregate(rule)
            case r.Union(_, with_):
                self._union(with_)
            case r.Sql():
                self._sql(rule)

    def _texts(self, rule: r.TransformationRule, columns: tuple[str, ...], how: Callable[[str], str]) -> None:
        own = self._need(rule.id, columns)
        self._texts_only(rule, own)
        self._layer(self._same() | {c: how(name(c)) for c in own})

    def _rename(self, rule: str, columns: tuple[tuple[str, str], ...]) -> None:
        old = self._need(rule, [c for c, _ in columns])
        new = dict(zip(old, [n for _, n in columns], strict=True))
        cells = {new.get(c, c): name(c) for c in self.columns}
        if len({c.lower() for c in cells}) != len(self.columns):
            raise BadInput(
                f"table {self.table.name}: rule {rule} gives two columns the same name", "rename the other too"
            )
        self._layer(cells)

    def _cast(self, rule: r.Cast) -> None:
        own = self._need(rule.id, [f.name for f in rule.columns])
        kind: Literal["quarantined", "abort"] = "quarantined" if rule.on_fail == "quarantine" else "abort"
        fields = dict(zip(own, rule.columns, strict=True))
        self.cast(rule.id, fields, None if rule.on_fail == "null" else kind)

    def cast(self, rule: str, fields: Mapping[str, Field], kind: Literal["quarantined", "abort"] | None) -> None:
        """Casts strictly; a value that does not fit takes its row out of the chain, or becomes null without `kind`."""
        casts = {c: strict_cast(name(c), self.columns[c], f.type, f.format) for c, f in fields.items()}
        fallible = [c for c, cast in casts.items() if cast.fallible] if kind else []
        before = dict(self.columns)
        if not fallible:
            self._layer(self._same() | {c: cast.value for c, cast in casts.items()})
            return
        alongside = {f"_mesh_new_{i}": casts[c].value for i, c in enumerate(fallible)}
        sure = {c: cast.value for c, cast in casts.items() if c not in fallible}
        self._layer(self._same() | sure | alongside)
        takes, values = [], []
        for i, c in enumerate(fallible):
            f = fields[c]
            reason = f"column {c} is not a {shown(f.type)}" + (f" written {f.format}" if f.format else "")
            number = self._exit(rule, kind or "abort", reason, c)
            condition = f"{name(c)} IS NOT NULL AND _mesh_new_{i} IS NULL"
            takes.append((number, condition))
            values.append(f"WHEN {condition} THEN {'NULL' if c in self.hidden else f'CAST({name(c)} AS VARCHAR)'}")
        record = self.record(before) if kind == "quarantined" else f"CASE {' '.join(values)} END"
        cells = {c: f"_mesh_new_{fallible.index(c)}" if c in fallible else name(c) for c in before}
        self._layer(cells, self._mark(takes, record))

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

    def _deduplicate(self, rule: str, by: tuple[str, ...], latest: str | None, reason: str) -> None:
        own = self._need(rule, by)
        order = [f"{name(c)} DESC NULLS LAST" for c in self._need(rule, [latest] if latest else [])]
        if self.traced:
            if len(self.files) > 1:
                order.append(f"list_position([{', '.join(map(text, self.files))}], {FILE}) DESC NULLS LAST")
            order.append(f"{ROW} DESC NULLS LAST")
        else:
            order += [f"{name(c)} DESC NULLS LAST" for c in self.columns if c not in own]
        again = self.repeated(own, order)
        if again is None:
            self.nothing_lost.append(Loss(rule, "removed", 0, reason))
            return
        number = self._exit(rule, "removed", reason)
        marks = self._mark([(number, "_mesh_again IS NOT NULL")], None)
        self._layer(self._same(), marks, f" LEFT JOIN {again} ON {PLACE} = _mesh_again")

    def _derive(self, columns: tuple[tuple[str, str], ...]) -> None:
        cells = self._same()
        known = {c.lower(): c for c in self.columns}
        # Who masks a column in the pipeline says nothing of what it is made of.
        masked = {c for rule in self.table.rules if isinstance(rule, r.Hash | r.Redact) for c in rule.columns}
        for c, expression in columns:
            value = translate_expression(expression, self.columns)
            # A row that is out of the chain must not fail on an expression it does not meet.
            cells[known.get(c.lower(), c)] = f"CASE WHEN {self.alive} THEN {value} END" if self.marked else f"({value})"
            if c in self.hidden and c not in masked:
                self.hidden |= columns_read(expression)
        self._layer(cells)

    def _fill(self, rule: str, columns: tuple[tuple[str, r.Literal_], ...]) -> None:
        own = self._need(rule, [c for c, _ in columns])
        cells = self._same()
        for c, (_, value) in zip(own, columns, strict=True):
            cast = f"CAST({literal(value) if not isinstance(value, str) else text(value)} AS {self.columns[c]})"
            cells[c] = f"coalesce({name(c)}, {cast})"
        self._layer(cells)

    def _map(self, rule: r.MapValues) -> None:
        (column,) = self._need(rule.id, [rule.column])
        self._texts_only(rule, (column,))
        value = name(column)
        known = f"{value} IN ({', '.join(text(old) for old, _ in rule.values)})"
        whens = " ".join(f"WHEN {text(old)} THEN {literal(new)}" for old, new in rule.values)
        otherwise = "NULL" if rule.otherwise == "null" else value
        cells = self._same() | {column: f"CASE {value} {whens} ELSE {otherwise} END"}
        if rule.otherwise in ("keep", "null"):
            self._layer(cells)
            return
        kinds: dict[str, Literal["removed", "quarantined", "abort"]] = {
            "remove": "removed",
            "quarantine": "quarantined",
            "abort": "abort",
        }
        kind = kinds[rule.otherwise]
        number = self._exit(rule.id, kind, f"column {column} has a value that is not in the list", column)
        record = (
            None
            if kind == "removed"
            else self.record()
            if kind == "quarantined"
            else ("NULL" if column in self.hidden else value)
        )
        self._layer(cells, self._mark([(number, f"{value} IS NOT NULL AND NOT {known}")], record))

    # Rules after which rows cannot be followed one by one.

    def _reshaped(self, query: str) -> None:
        self.at = self.session.view(query, "rule")
        self.traced, self.placed, self.files = False, False, ()
        self._ask()

    def _join(self, rule: r.Join) -> None:
        left = self._need(rule.id, [k for k, _ in rule.on])
        self._close()
        other = self.inputs[rule.with_]
        self._take_bad_earlier(other)
        theirs = {c.lower(): c for c in other.types}
        for _, k in rule.on:
            if k.lower() not in theirs:
                raise BadInput(
                    f"table {self.table.name}: rule {rule.id}: {rule.with_} has no column {k}", "correct `on`"
                )
        on = " AND ".join(f"l.{name(a)} = r.{name(theirs[b.lower()])}" for a, (_, b) in zip(left, rule.on, strict=True))
        keys = {b.lower() for _, b in rule.on}
        taken = rule.select if rule.select is not None else tuple((c, c) for c in other.types if c.lower() not in keys)
        mine = [f"l.{name(c)}" for c in self.columns]
        if rule.how in ("semi", "anti"):
            self._reshaped(f"SELECT {', '.join(mine)} FROM {self.at} l {rule.how.upper()} JOIN {other.at} r ON {on}")
            return
        if rule.how in ("right", "full"):
            # A row of theirs alone still has its key.
            pairs = dict(zip(left, [theirs[b.lower()] for _, b in rule.on], strict=True))
            mine = [
                f"coalesce(l.{name(c)}, r.{name(pairs[c])}) AS {name(c)}" if c in pairs else f"l.{name(c)}"
                for c in self.columns
            ]
        for c, new in taken:
            if c.lower() not in theirs:
                raise BadInput(
                    f"table {self.table.name}: rule {rule.id}: {rule.with_} has no column {c}", "correct `select`"
                )
            if new.lower() in {m.lower() for m in self.columns}:
                raise BadInput(
                    f"table {self.table.name}: rule {rule.id}: both sides have a column {new}",
                    f"give it another name, e.g. select: {{{c}: {rule.with_}_{c}}}",
                )
        mine += [f"r.{name(theirs[c.lower()])} AS {name(new)}" for c, new in taken]
        self._reshaped(f"SELECT {', '.join(mine)} FROM {self.at} l {rule.how.upper()} JOIN {other.at} r ON {on}")

    def _aggregate(self, rule: r.Aggregate) -> None:
        by = self._need(rule.id, rule.by)
        self._close()
        cells = [name(c) for c in by] + [
            f"{translate_expression(e, self.columns)} AS {name(c)}" for c, e in rule.measures
        ]
        group = f" GROUP BY {names(by)}" if by else ""
        self._reshaped(f"SELECT {', '.join(cells)} FROM {self.at}{group}")

    def _union(self, with_: tuple[str, ...]) -> None:
        self._close()
        parts = [self.at]
        for other in with_:
            self._take_bad_earlier(self.inputs[other])
            parts.append(self.inputs[other].at)
        selected = []
        for at, columns in zip(parts, [dict(self.columns), *(self.inputs[w].types for w in with_)], strict=True):
            selected.append(f"SELECT {', '.join(name(c) for c in columns)} FROM {at}")
        self._reshaped(" UNION ALL BY NAME ".join(selected))

    def _sql(self, rule: r.Sql) -> None:
        first = rule is self.table.rules[0]
        if not first:
            self._close()
        for i in self.table.inputs:
            self._take_bad_earlier(self.inputs[i])
        tables = {i: self.session.view(_visible(self.inputs[i]), "input") for i in self.table.inputs}
        if not first:
            tables[self.table.inputs[0]] = self.session.view(
                f"SELECT {names(list(self.columns))} FROM {self.at}", "input"
            )
        types = {i: self.inputs[i].types for i in tables}
        if not first:
            types[self.table.inputs[0]] = dict(self.columns)
        self._reshaped(translate_query(rule.text, tables, types))

    def _take_bad_earlier(self, relation: Relation) -> None:
        """Records of another input that could not be read: reported, though not part of what can be followed."""
        if relation.bad and relation.bad not in self.bad:
            self.bad.append(relation.bad)
            self.earlier += [Loss(rule, "quarantined", rows, reason) for rule, reason, rows in relation.bad_losses]

    def project(self) -> None:
        """The promised columns, by name, cast strictly; without a promise every column in a type that can be stored."""
        if self.table.columns is None:
            fields = {c: Field(c, plan_type(storable(t))) for c, t in self.columns.items() if storable(t) != t}
            if fields:
                self.cast(f"{self.table.name}.columns", fields, "abort")
            return
        known = {c.lower(): c for c in self.columns}
        missing = [c.name for c in self.table.columns if c.name.lower() not in known]
        if missing:
            raise BadInput(
                f"table {self.table.name}: the column {missing[0]} is promised, "
                f"and the rules give {', '.join(self.columns)}",
                "derive or rename it in the pipeline, or take it out of the contract",
            )
        self._layer({c.name: name(known[c.name.lower()]) for c in self.table.columns})
        fields = {
            c.name: Field(c.name, c.type) for c in self.table.columns if self.columns[c.name] != duckdb_type(c.type)
        }
        if fields:
            self.cast(f"{self.table.name}.columns", fields, "abort")


def _visible(relation: Relation) -> str:
    return f"SELECT {', '.join(name(c) for c, _ in relation.columns)} FROM {relation.at}"


def _short(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:37] + "…")
