"""Users' unit tests: given these rows in these tables, expect those. Runs what lies between, on the real engine."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from mesh_jobs.application.look import plain
from mesh_jobs.application.run import results_of
from mesh_jobs.application.transform import stop_at_failures
from mesh_jobs.domain.errors import MeshError
from mesh_jobs.domain.merging import inputs_of
from mesh_jobs.domain.plan import FileSource, Plan, Table
from mesh_jobs.domain.table import Field
from mesh_jobs.ports.engine import Dataset, Engine, Prepared

Row = Mapping[str, Any]
_SHOWN = 5


class BadCase(MeshError):
    """A test case that cannot be set up."""

    code = "bad-case"


class RunTests:
    """Each case is on its own: nothing is read from sources, nothing is kept."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self._engine, self._plan = engine, plan

    def __call__(self, cases: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        found = []
        for case in cases:
            differences = self._differences(case)
            found.append({"name": case["name"], "passed": not differences, "differences": differences})
        return found

    def _differences(self, case: Mapping[str, Any]) -> list[str]:
        wanted = case.get("error")
        try:
            differences = self._compare(case, strict=wanted is not None)
        except MeshError as error:
            if wanted is not None and wanted in f"{error.code} {error}":
                return []
            expected = "" if wanted is None else f"expected an error with {wanted!r}, got: "
            return [f"{expected}{error.code}: {error}"]
        if wanted is not None:
            return [f"expected an error with {wanted!r}, and nothing went wrong"]
        return differences

    def _compare(self, case: Mapping[str, Any], strict: bool) -> list[str]:
        work = _Case(self._engine, self._plan, case["given"], strict)
        differences: list[str] = []
        # A case that expects nothing but an error runs everything that what is given leads to.
        for name in case["expect"] or work.downstream():
            differences += work.compare(name, case["expect"].get(name, {}))
        return differences


class _Case:
    def __init__(self, engine: Engine, plan: Plan, given: Mapping[str, Sequence[Row]], strict: bool) -> None:
        self._engine, self._plan, self._given, self._strict = engine, plan, given, strict
        self._tables = {t.name: t for t in plan.tables}
        self._sources = {s.name: s for s in plan.sources}
        self._prepared: dict[str, Prepared] = {}
        self._datasets: dict[str, Dataset] = {}
        self._derived: dict[str, tuple[Field, ...] | None] = {}
        for name in given:
            if name not in self._tables and name not in self._sources:
                have = ", ".join([*self._sources, *self._tables])
                raise BadCase(f"given: there is no source or table {name}; there are {have}")

    def downstream(self) -> list[str]:
        reached = set(self._given)
        for t in self._plan.tables:
            if t.name not in self._given and any(n in reached for n in inputs_of(t)):
                reached.add(t.name)
        return [t.name for t in self._plan.tables if t.name in reached and t.name not in self._given]

    def compare(self, name: str, expected: Mapping[str, Any]) -> list[str]:
        if name not in self._tables:
            raise BadCase(f"expect: there is no table {name}; there are {', '.join(self._tables)}")
        if name in self._given:
            raise BadCase(f"expect: {name} is given, so there is nothing to compute")
        table = self._tables[name]
        prepared = self._prepare(table)
        rows = self._engine.rows(self._engine.dataset(prepared))
        differences = []
        if expected.get("rows") is not None:
            differences += compare_rows(name, expected["rows"], rows, bool(expected.get("ordered")))
        losses = prepared.measured.losses
        removed = {x.rule: x.rows for x in losses if x.kind == "removed" and x.rows}
        aside = {x.rule: x.rows for x in losses if x.kind == "quarantined" and x.rows}
        total = prepared.measured.rows_in - len(rows) - sum(removed.values())
        differences += _counts(name, "quarantined", expected.get("quarantined"), aside, total)
        differences += _counts(name, "removed", expected.get("removed"), removed, sum(removed.values()))
        return differences

    def _prepare(self, table: Table) -> Prepared:
        if table.name not in self._prepared:
            prepared = self._engine.prepare(table, {n: self._rows(n) for n in inputs_of(table)})
            # What is promised may hold columns that a case does not care for; their checks only count when an error is
            # what is expected.
            if self._strict or not table.published:
                stop_at_failures(results_of(table, prepared.measured.measurements))
            self._prepared[table.name] = prepared
        return self._prepared[table.name]

    def _rows(self, name: str) -> Dataset:
        if name in self._given:
            if name not in self._datasets:
                self._datasets[name] = self._engine.from_rows(self._fields(name), self._given[name])
            return self._datasets[name]
        if name in self._tables:
            return self._engine.dataset(self._prepare(self._tables[name]))
        fields = self._fields(name)
        if fields is None:
            raise BadCase(
                f"source {name} declares no columns, so it cannot be empty here", f"give it rows: given: {name}: …"
            )
        return self._engine.from_rows(fields, [])

    def _fields(self, name: str) -> tuple[Field, ...] | None:
        """Columns of a source or table as they are declared or promised; of an internal table, as it would come out of
        sources without a row. None where nothing says, as for a table of another product."""
        if name in self._sources:
            source = self._sources[name]
            return source.fields if isinstance(source, FileSource) else None
        table = self._tables[name]
        if table.columns is not None:
            return tuple(Field(c.name, c.type) for c in table.columns)
        if name not in self._derived:
            inputs = {n: self._fields(n) for n in inputs_of(table)}
            self._derived[name] = self._outcome(table, {n: f for n, f in inputs.items() if f is not None})
        return self._derived[name]

    def _outcome(self, table: Table, inputs: Mapping[str, tuple[Field, ...]]) -> tuple[Field, ...] | None:
        if len(inputs) < len(inputs_of(table)):
            return None
        empty = {n: self._engine.from_rows(fields, []) for n, fields in inputs.items()}
        try:
            return self._engine.fields(self._engine.dataset(self._engine.prepare(table, empty)))
        except MeshError:
            return None  # it cannot be computed at all, which the case itself will say where it matters


def _counts(table: str, what: str, expected: Any, found: Mapping[str, int], total: int) -> list[str]:
    if expected is None:
        return []
    detail = ", ".join(f"{n} by {rule}" for rule, n in found.items()) or "none"
    if isinstance(expected, int):
        return [] if expected == total else [f"{table}: expected {expected} rows {what}, got {total} ({detail})"]
    return [
        f"{table}: expected {n} rows {what} by {rule}, got {found.get(rule, 0)} ({detail})"
        for rule, n in expected.items()
        if found.get(rule, 0) != n
    ]


def compare_rows(table: str, expected: Sequence[Row], found: Sequence[Row], ordered: bool) -> list[str]:
    """Differences for people; each expected row counts with the columns it names."""
    unknown = sorted({c for row in expected for c in row if found and c not in found[0]})
    if unknown:
        return [f"{table}: there is no column {', '.join(unknown)}; there are {', '.join(found[0])}"]
    if ordered:
        pairs = dict(enumerate(range(min(len(expected), len(found)))))
        matched = {e: f for e, f in pairs.items() if _fits(expected[e], found[f])}
    else:
        matched = _matched(expected, found)
    missing = [row for n, row in enumerate(expected) if n not in matched]
    extra = [row for n, row in enumerate(found) if n not in set(matched.values())]
    if not missing and not extra:
        return []
    columns = list(dict.fromkeys(c for row in expected for c in row))
    lines = [f"{table}: expected {len(expected)} rows, got {len(found)}"]
    lines += _listed("- expected", missing, None)
    lines += _listed("+ got", extra, columns)
    return ["\n".join(lines)]


def _listed(sign: str, rows: Sequence[Row], columns: Sequence[str] | None) -> list[str]:
    lines = []
    for row in rows[:_SHOWN]:
        shown = row if not columns else {c: row.get(c) for c in columns}
        lines.append(f"  {sign} {json.dumps(plain(dict(shown)), ensure_ascii=False)}")
    return lines + ([f"  {sign} and {len(rows) - _SHOWN} more"] if len(rows) > _SHOWN else [])


def _matched(expected: Sequence[Row], found: Sequence[Row]) -> dict[int, int]:
    """As many pairs as there can be, each row in one: a row that names fewer columns must not take another's match."""
    options = [[f for f, row in enumerate(found) if _fits(wanted, row)] for wanted in expected]
    taken: dict[int, int] = {}

    def place(e: int, seen: set[int]) -> bool:
        for f in options[e]:
            if f not in seen:
                seen.add(f)
                if f not in taken or place(taken[f], seen):
                    taken[f] = e
                    return True
        return False

    for e in sorted(range(len(expected)), key=lambda n: len(options[n])):
        place(e, set())
    return {e: f for f, e in taken.items()}


def _fits(expected: Row, row: Row) -> bool:
    return all(same(wanted, row.get(column)) for column, wanted in expected.items())


def same(expected: Any, value: Any) -> bool:
    """A value as a person writes it against a value of the engine; floats within a billionth."""
    if expected is None or value is None:
        return expected is None and value is None
    if isinstance(value, bool) or isinstance(expected, bool):
        return expected is value
    if isinstance(value, float) and isinstance(expected, int | float | str):
        try:
            wanted = float(expected)
            return math.isclose(wanted, value, rel_tol=1e-9, abs_tol=1e-12) or (
                math.isnan(wanted) and math.isnan(value)
            )
        except ValueError:
            return False
    if isinstance(value, int | Decimal):
        try:
            return Decimal(str(expected)) == Decimal(value)
        except InvalidOperation:
            return False
    if isinstance(value, datetime | date | time):
        return _same_moment(str(expected), value)
    if isinstance(value, dict):
        return isinstance(expected, Mapping) and all(same(v, value.get(k)) for k, v in expected.items())
    if isinstance(value, list | tuple):
        return (
            isinstance(expected, Sequence)
            and not isinstance(expected, str)
            and len(expected) == len(value)
            and all(same(e, v) for e, v in zip(expected, value, strict=True))
        )
    return str(expected) == (value.hex() if isinstance(value, bytes) else str(value))


def _same_moment(expected: str, value: datetime | date | time) -> bool:
    try:
        if isinstance(value, time):
            return time.fromisoformat(expected) == value
        wanted = datetime.fromisoformat(expected)
        if isinstance(value, datetime):
            utc = wanted.replace(tzinfo=UTC) if wanted.tzinfo is None else wanted
            return utc == (value.replace(tzinfo=UTC) if value.tzinfo is None else value)
        return wanted.date() == value and wanted.time() == time(0)
    except ValueError:
        return False
