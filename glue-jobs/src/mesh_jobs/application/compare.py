"""Comparing what two products have published, table by table: before consumers of one are asked to read the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mesh_jobs.application.look import plain
from mesh_jobs.domain.errors import BadRequest, StaleInput
from mesh_jobs.domain.plan import Plan, Table
from mesh_jobs.domain.table import shown
from mesh_jobs.domain.variance import Pair, Variance
from mesh_jobs.ports.comparer import Comparer
from mesh_jobs.ports.engine import Dataset, Engine
from mesh_jobs.ports.run_log import RunLog
from mesh_jobs.ports.table_store import TableStore


@dataclass(frozen=True)
class Side:
    """One of the two, and the run whose rows are published."""

    plan: Plan
    run_id: str

    @staticmethod
    def of(log: RunLog, plan: Plan) -> Side:
        """Raises StaleInput when nothing is published yet."""
        last = log.last_published(plan.product.key, plan.product.major)
        if last is None:
            raise StaleInput(
                f"{_named(plan)} has published nothing yet",
                "run it first, or compare without --published, which runs both",
            )
        return Side(plan, last.run_id)

    def to_json(self) -> dict[str, Any]:
        product = self.plan.product
        return {"product": product.id, "version": product.version, "runId": self.run_id}


class Compare:
    def __init__(self, engine: Engine, comparer: Comparer, tables: TableStore) -> None:
        self._engine, self._comparer, self._tables = engine, comparer, tables

    def __call__(self, a: Side, b: Side, by: Sequence[str], examples: int) -> dict[str, Any]:
        """Every table that both publish; a table alone is compared with a table alone, whatever they are called. `by`
        names the key, else it is the primary key. Raises BadRequest where there is nothing to compare, or no key."""
        pairs = _tables(a.plan, b.plan)
        found = [self._table(ta, tb, by, examples) for ta, tb in pairs]
        return {"same": all(t["same"] for t in found), "a": a.to_json(), "b": b.to_json(), "tables": found}

    def _table(self, a: Table, b: Table, by: Sequence[str], examples: int) -> dict[str, Any]:
        left, right = self._read(a), self._read(b)
        types = [{f.name: shown(f.type) for f in self._engine.fields(d) or ()} for d in (left, right)]
        shared = _shared(a, b, types[0], types[1])
        keys = _keys(a, b, by, shared)
        values = [p for p in shared if p not in keys]
        found = self._comparer.variance(left, right, keys, values, examples)
        return {
            "table": {"a": str(a.physical), "b": str(b.physical)},
            "by": [p.b for p in keys],
            "same": found.same,
            **_counted(found),
            "columns": [
                {
                    "a": c.column.a,
                    "b": c.column.b,
                    "type": {"a": types[0][c.column.a], "b": types[1][c.column.b]},
                    "different": c.different,
                    "largest": plain(c.largest),
                }
                for c in found.columns
            ],
            "missing": {
                "a": [n for n in types[1] if n not in {p.b for p in shared}],
                "b": [n for n in types[0] if n not in {p.a for p in shared}],
            },
        }

    def _read(self, table: Table) -> Dataset:
        if self._tables.current(table.physical) is None:
            raise StaleInput(f"{table.physical} is not there yet", "run its product")
        return self._engine.read_table(table.physical, planned=table)


def _counted(found: Variance) -> dict[str, Any]:
    return {
        "rows": {"a": found.rows[0], "b": found.rows[1]},
        "duplicates": {"a": found.duplicates[0], "b": found.duplicates[1]},
        "both": found.both,
        "only": {"a": found.only[0], "b": found.only[1]},
        "different": found.different,
        "examples": {
            "different": [
                {
                    "key": plain(dict(row.key)),
                    "columns": {n: {"a": plain(x), "b": plain(y)} for n, (x, y) in row.columns.items()},
                }
                for row in found.examples
            ],
            "onlyA": [plain(dict(key)) for key in found.only_keys[0]],
            "onlyB": [plain(dict(key)) for key in found.only_keys[1]],
        },
    }


def _tables(a: Plan, b: Plan) -> list[tuple[Table, Table]]:
    others = {t.name: t for t in b.published}
    pairs = [(t, others[t.name]) for t in a.published if t.name in others]
    if not pairs and len(a.published) == len(b.published) == 1:
        pairs = [(a.published[0], b.published[0])]
    if not pairs:
        raise BadRequest(
            f"{_named(a)} and {_named(b)} publish no table of the same name",
            f"one has {', '.join(t.name for t in a.published)}, the other {', '.join(others)}",
        )
    return pairs


def _shared(a: Table, b: Table, in_a: dict[str, str], in_b: dict[str, str]) -> list[Pair]:
    """Columns that both have: by their id, so that one that was renamed is the same, else by their name."""
    ids = {c.id: c.name for c in a.columns or ()}
    found = []
    for column in b.columns or ():
        own = ids.get(column.id, column.name)
        if own in in_a and column.name in in_b:
            found.append(Pair(own, column.name))
    return found


def _keys(a: Table, b: Table, by: Sequence[str], shared: Sequence[Pair]) -> list[Pair]:
    if by:
        unknown = [n for n in by if not any(n in (p.a, p.b) for p in shared)]
        if unknown:
            raise BadRequest(
                f"both tables have no column {unknown[0]}", f"they share {', '.join(p.b for p in shared) or 'none'}"
            )
        return [next(p for p in shared if n in (p.a, p.b)) for n in by]
    for keys in (
        [next((p for p in shared if p.a == n), None) for n in a.primary_key],
        [next((p for p in shared if p.b == n), None) for n in b.primary_key],
    ):
        known = [p for p in keys if p is not None]
        if known and len(known) == len(keys):
            return known
    raise BadRequest(f"{a.name} and {b.name} share no primary key", "say which columns make a row: --by order_id")


def _named(plan: Plan) -> str:
    return f"{plan.product.id} v{plan.product.major}"
