"""Rows on their way through a table's rules, with what was lost and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mesh_jobs.adapters.inmemory.casts import Misfit, cast
from mesh_jobs.adapters.inmemory.masking import hashed, redacted
from mesh_jobs.domain.errors import BadInput, RuleFailed
from mesh_jobs.domain.rules import (
    Aggregate,
    Cast,
    Deduplicate,
    Derive,
    FillNull,
    Filter,
    Hash,
    Join,
    Lower,
    MapValues,
    Redact,
    Rename,
    Sql,
    TransformationRule,
    Trim,
    Union,
    Upper,
    Upsert,
)
from mesh_jobs.ports.engine import Loss

Row = dict[str, Any]
#: Python functions in place of SQL texts: an expression gets a row, an aggregate a list of rows, a query all inputs.
Functions = Mapping[str, Callable[..., Any]]
HIDDEN = ("_mesh_file", "_mesh_row")


@dataclass(frozen=True)
class Bad:
    """A row that goes to the quarantine: `where` names its file and row, `record` is what it was."""

    rule: str
    reason: str
    record: Row


@dataclass
class Passage:
    """Rows and losses so far. `rows_in` counts the rows that can be followed, and those lost before a reshaping."""

    rows: list[Row]
    inputs: Mapping[str, Sequence[Row]]
    functions: Functions
    key: bytes
    hidden: frozenset[str] = frozenset()
    rows_in: int = 0
    losses: list[Loss] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)

    def apply(self, rule: TransformationRule) -> None:
        """One rule after the other; each counts its own losses."""
        match rule:
            case Rename():
                names = dict(rule.columns)
                self.rows = [{names.get(k, k): v for k, v in r.items()} for r in self.rows]
            case Cast():
                self._cast(rule)
            case Trim():
                self._text(rule.columns, lambda v: v.strip(" \t\n\r\f\v"))
            case Lower():
                self._text(rule.columns, str.lower)
            case Upper():
                self._text(rule.columns, str.upper)
            case Hash():
                self._each(rule.columns, lambda v: hashed(v, self.key))
            case Redact():
                self._each(rule.columns, lambda v: redacted(v, isinstance(v, str)))
            case FillNull():
                for name, value in rule.columns:
                    self._each((name,), partial(_filled, value))
            case Derive():
                self.rows = [{**r, **{n: self._call(e, r) for n, e in rule.columns}} for r in self.rows]
            case Filter():
                self._filter(rule)
            case MapValues():
                self._map(rule)
            case Deduplicate():
                self._remove_older(rule.id, rule.by, rule.latest, "an older row of the same key")
            case Upsert():
                self._remove_older(rule.id, rule.by, None, "a later row of the same key came with it")
            case Join():
                self._reshape(join(rule, self.rows, self.inputs[rule.with_]))
            case Aggregate():
                self._reshape(self._aggregate(rule))
            case Union():
                more = [r for name in rule.with_ for r in self.inputs[name]]
                self._reshape(by_name([*self.rows, *more]))
            case Sql():
                self._reshape([dict(r) for r in self._call(rule.text, {n: list(r) for n, r in self.inputs.items()})])

    def quarantine(self, rules: Sequence[tuple[str, str]], row: Row) -> None:
        """Puts a row aside for one or more rules; it is counted once, by the first of them."""
        self.bad.append(Bad(",".join(r for r, _ in rules), "; ".join(dict.fromkeys(t for _, t in rules)), row))
        self._lose(rules[0][0], "quarantined", 1, rules[0][1])

    def _lose(self, rule: str, kind: Any, rows: int, reason: str) -> None:
        for n, loss in enumerate(self.losses):
            if (loss.rule, loss.kind) == (rule, kind):
                self.losses[n] = Loss(rule, kind, loss.rows + rows, loss.reason)
                return
        self.losses.append(Loss(rule, kind, rows, reason))

    def _call(self, text: str, argument: Any) -> Any:
        if text not in self.functions:
            raise KeyError(f"no function stands for {text!r}")
        return self.functions[text](argument)

    def _each(self, columns: Sequence[str], change: Callable[[Any], Any]) -> None:
        self.rows = [{k: change(v) if k in columns else v for k, v in r.items()} for r in self.rows]

    def _text(self, columns: Sequence[str], change: Callable[[str], str]) -> None:
        self._each(columns, lambda v: change(v) if isinstance(v, str) else v)

    def _cast(self, rule: Cast) -> None:
        good = []
        for row in self.rows:
            new, misfits = dict(row), []
            for f in rule.columns:
                try:
                    new[f.name] = cast(row.get(f.name), f.type, f.format)
                except Misfit as misfit:
                    misfits.append(f"column {f.name}: {shown(row.get(f.name), f.name in self.hidden)} {misfit}")
                    new[f.name] = None
            if misfits and rule.on_fail == "abort":
                raise BadInput(
                    f"{place(row)}{'; '.join(misfits)}", f"fix it, or let rule {rule.id} quarantine such rows"
                )
            if misfits and rule.on_fail == "quarantine":
                self.quarantine([(rule.id, "; ".join(m.split(":")[0] + " does not cast" for m in misfits))], row)
            else:
                good.append(new)
        self.rows = good

    def _filter(self, rule: Filter) -> None:
        kept = [r for r in self.rows if self._call(rule.where, r) is True]
        self._lose(rule.id, "removed", len(self.rows) - len(kept), rule.reason)
        self.rows = kept

    def _map(self, rule: MapValues) -> None:
        values, good, removed = dict(rule.values), [], 0
        for row in self.rows:
            value = row.get(rule.column)
            if value is None or value in values:
                good.append({**row, rule.column: values.get(value)} if value is not None else row)
                continue
            match rule.otherwise:
                case "keep":
                    good.append(row)
                case "null":
                    good.append({**row, rule.column: None})
                case "remove":
                    removed += 1
                case "quarantine":
                    self.quarantine([(rule.id, f"column {rule.column} has a value that is not mapped")], row)
                case "abort":
                    text = shown(value, rule.column in self.hidden)
                    raise RuleFailed(
                        f"{place(row)}column {rule.column}: {text} is not mapped", f"add it to rule {rule.id}"
                    )
        if rule.otherwise == "remove":
            self._lose(rule.id, "removed", removed, f"{rule.column} has a value that is not mapped")
        self.rows = good

    def _remove_older(self, rule: str, by: Sequence[str], latest: str | None, reason: str) -> None:
        best: dict[str, int] = {}
        for n, row in enumerate(self.rows):
            # A row without a whole key is nobody's double.
            key = repr(n) if any(row.get(c) is None for c in by) else repr([row.get(c) for c in by])
            if key not in best or latest is None or _rank(row.get(latest)) >= _rank(self.rows[best[key]].get(latest)):
                best[key] = n
        kept = set(best.values())
        self._lose(rule, "removed", len(self.rows) - len(kept), reason)
        self.rows = [r for n, r in enumerate(self.rows) if n in kept]

    def _aggregate(self, rule: Aggregate) -> list[Row]:
        groups: dict[str, list[Row]] = {}
        for row in self.rows:
            groups.setdefault(repr([row.get(c) for c in rule.by]), []).append(row)
        if not rule.by and not groups:
            groups[""] = []
        return [
            {**{c: rows[0][c] for c in rule.by}, **{n: self._call(e, rows) for n, e in rule.measures}}
            for rows in groups.values()
        ]

    def _reshape(self, rows: list[Row]) -> None:
        lost = sum(x.rows for x in self.losses if x.kind == "removed") + len(self.bad)
        self.rows = [{k: v for k, v in r.items() if k not in HIDDEN} for r in rows]
        self.rows_in = len(self.rows) + lost


def join(rule: Join, left: Sequence[Row], right: Sequence[Row]) -> list[Row]:
    """SQL's joins; null keys match nothing."""
    mine, theirs = [a for a, _ in rule.on], [b for _, b in rule.on]
    index: dict[str, list[int]] = {}
    for n, row in enumerate(right):
        if all(row.get(c) is not None for c in theirs):
            index.setdefault(repr([row[c] for c in theirs]), []).append(n)
    columns = list(dict.fromkeys(k for r in right for k in r if k not in HIDDEN))
    select = rule.select if rule.select is not None else tuple((c, c) for c in columns if c not in theirs)
    found: list[Row] = []
    used: set[int] = set()
    for row in left:
        matches = index.get(repr([row.get(c) for c in mine]), [])
        used.update(matches)
        if rule.how in ("semi", "anti"):
            if bool(matches) == (rule.how == "semi"):
                found.append(dict(row))
            continue
        found += [{**row, **{to: right[n].get(c) for c, to in select}} for n in matches]
        if not matches and rule.how in ("left", "full"):
            found.append({**row, **{to: None for _, to in select}})
    if rule.how in ("right", "full"):
        names = list(dict.fromkeys(k for r in left for k in r if k not in HIDDEN))
        for n, row in enumerate(right):
            if n not in used:
                keys = {a: row.get(b) for a, b in rule.on}
                found.append({**dict.fromkeys(names), **keys, **{to: row.get(c) for c, to in select}})
    return found


def by_name(rows: Sequence[Row]) -> list[Row]:
    """Rows with all columns that any of them has."""
    columns = dict.fromkeys(k for r in rows for k in r if k not in HIDDEN)
    return [{c: r.get(c) for c in columns} for r in rows]


def place(row: Row) -> str:
    """Where a row came from, when it is known."""
    return f"{row['_mesh_file']}: row {row['_mesh_row']}: " if row.get("_mesh_file") else ""


def shown(value: Any, hidden: bool) -> str:
    """A value in a message: never a protected one, never a long one."""
    if hidden:
        return "the value"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def _filled(default: Any, value: Any) -> Any:
    return default if value is None else value


def _rank(value: Any) -> tuple[bool, Any]:
    return (value is not None, value)
