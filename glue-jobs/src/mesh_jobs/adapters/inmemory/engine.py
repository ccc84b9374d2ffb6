"""The engine over lists of dictionaries: every rule and check, and every effect on tables. SQL texts are stood for by
Python functions registered under the text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from mesh_jobs.adapters.inmemory import files as file_formats
from mesh_jobs.adapters.inmemory.casts import Misfit, as_text, cast
from mesh_jobs.adapters.inmemory.checks import failing, newest, orphans
from mesh_jobs.adapters.inmemory.masking import hashed, masked, recorded
from mesh_jobs.adapters.inmemory.raw_zone import MemoryRawZone
from mesh_jobs.adapters.inmemory.rows import HIDDEN, Bad, Functions, Passage, Row, by_name, place, shown
from mesh_jobs.adapters.inmemory.tables import MemoryTableStore
from mesh_jobs.adapters.required import without_required
from mesh_jobs.domain import quarantine
from mesh_jobs.domain.distinct import distinct_keys
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.measuring import number_of, plan_measuring
from mesh_jobs.domain.plan import FileSource, QualityRule, Table
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.ports.engine import Compacted, Dataset, Measured, Measurement, Prepared, RawFile, Saved, Target


@dataclass
class MemoryDataset(Dataset):
    rows: list[Row]
    bad: list[Bad] = field(default_factory=list)


@dataclass
class MemoryPrepared:
    measured: Measured
    rows: list[Row]
    bad: list[Bad]


class MemoryEngine:
    def __init__(
        self, tables: MemoryTableStore, raw: MemoryRawZone, functions: Functions | None = None, key: bytes = b"k" * 32
    ) -> None:
        self._tables, self._raw, self._key = tables, raw, key
        self.functions: dict[str, Callable[..., Any]] = dict(functions or {})

    # -- fetch --

    def read_files(self, source: FileSource, files: Sequence[RawFile]) -> Dataset:
        rows, bad = file_formats.read(source, [(f, self._raw.contents[f.uri]) for f in files])
        return MemoryDataset(rows, bad)

    def read_table(self, table: TableName, snapshot_id: int | None = None, planned: Table | None = None) -> Dataset:
        version = self._tables.version(table)
        if version is None:
            raise KeyError(str(table))
        if snapshot_id is None:
            return MemoryDataset([dict(r) for r in version.rows])
        return MemoryDataset([dict(r) for s in version.snapshots if s.id == snapshot_id for r in s.rows])

    def since(self, dataset: Dataset, column: str, value: str | None) -> Dataset:
        data = _memory(dataset)
        if value is None:
            return data
        # A row without the value cannot be compared; reading it again is harmless, leaving it out is not.
        kept = [r for r in data.rows if r.get(column) is None or r[column] >= _like(r[column], value)]
        return MemoryDataset(kept, data.bad)

    def greatest(self, dataset: Dataset, column: str, at_most: str | None = None) -> str | None:
        values = [r[column] for r in _memory(dataset).rows if r.get(column) is not None]
        if at_most is not None:
            values = [v for v in values if v <= _like(v, at_most)]
        if not values:
            return None
        found = max(values)
        return found.isoformat() if isinstance(found, date | datetime) else str(found)

    # -- transform and validate --

    def prepare(self, table: Table, inputs: Mapping[str, Dataset]) -> Prepared:
        data = {name: _memory(d) for name, d in inputs.items()}
        first = [r for name in table.inputs[:1] for r in data[name].rows]
        passage = Passage(
            [dict(r) for r in first],
            {name: d.rows for name, d in data.items()},
            self.functions,
            self._key,
            frozenset(p.name for p in table.protected),
        )
        bad = [b for d in data.values() for b in d.bad]
        passage.rows_in = len(passage.rows) + len(bad)
        for b in bad:
            passage.quarantine([(b.rule, b.reason)], b.record)
        for rule in table.rules:
            passage.apply(rule)
        recast = self._project(table, passage)
        measurements = self._check(table, passage)
        self._mask(table, passage)
        distinct = distinct_keys(table, recast)
        measured = Measured(passage.rows_in, tuple(passage.losses), measurements, distinct)
        return MemoryPrepared(measured, passage.rows, passage.bad)

    def _project(self, table: Table, passage: Passage) -> set[str]:
        """The promised columns; names of those in which a cast gave another value."""
        recast: set[str] = set()
        if table.columns is None:
            return recast
        projected = []
        for row in passage.rows:
            new: Row = {k: row[k] for k in HIDDEN if k in row}
            for c in table.columns:
                try:
                    new[c.name] = cast(row.get(c.name), c.type)
                except Misfit as misfit:
                    value = shown(row.get(c.name), c.name in passage.hidden)
                    raise BadInput(f"{place(row)}column {c.name}: {value} {misfit}", "cast it in a rule") from None
                if new[c.name] != row.get(c.name):
                    recast.add(c.name)
            projected.append(new)
        passage.rows = projected
        return recast

    def _check(self, table: Table, passage: Passage) -> tuple[Measurement, ...]:
        measured, broken = [], dict[int, list[tuple[str, str]]]()
        for check in table.checks:
            if check.scope == "row":
                found = failing(check, passage.rows)
                measured.append(Measurement(check.id, len(passage.rows), len(found), None))
                if check.action == "quarantine_rows":
                    for n in found:
                        broken.setdefault(n, []).append((check.id, check.title))
        for n, rules in sorted(broken.items()):
            passage.quarantine(rules, passage.rows[n])
        passage.rows = [r for n, r in enumerate(passage.rows) if n not in broken]
        return tuple(measured)

    def _mask(self, table: Table, passage: Passage) -> None:
        texts = {c.name for c in table.columns or () if c.type == "string"}
        for name, masking in table.masks.items():
            for row in passage.rows:
                row[name] = masked(row[name], masking, self._key, name in texts)

    # -- save --

    def save(self, table: Table, prepared: Prepared, target: Target) -> Saved:
        work = _prepared(prepared)
        quarantined = self._quarantine(table, work.bad, target)
        rows = [{k: v for k, v in r.items() if k not in HIDDEN} for r in work.rows]
        if target.write == "nothing":
            return Saved(len(rows), quarantined, 0, 0, None)
        done = self._tables.committed(target.table, target.run_id)
        if done is not None:
            return done
        for c in table.columns or ():
            if c.required and any(r.get(c.name) is None for r in rows):
                raise without_required(f"table {table.name}", c.name)
        before = self._tables.version(target.table)
        old = [] if before is None else [dict(r) for r in before.rows]
        gone: list[Row] = []
        superseded = 0
        if target.write == "merge":
            newer = _newer(table, rows, old)
            superseded = len(rows) - len(newer)
            rows = newer
            keys = {_key(table, r) for r in rows}
            # A row with an incomplete key has no identity: it only makes way for itself, read again.
            after = [r for r in old if (_key(table, r) not in keys if _has_key(table, r) else r not in rows)]
            after += rows
        elif target.write == "append":
            after = [*old, *rows]
        else:
            after = rows
            if table.primary_key and target.tombstones:
                keys = {repr(_read(table, r)) for r in rows}
                gone = [r for r in old if repr(_read(table, r)) not in keys]
        if gone:
            self._bury(table, gone, target)
        return self._tables.write(
            target.table, by_name(after), target.run_id, Saved(len(rows), quarantined, 0, len(gone), None, superseded)
        )

    def _quarantine(self, table: Table, bad: Sequence[Bad], target: Target) -> int:
        if not bad:
            return 0
        masking = {p.name: p.masking for p in table.protected}
        rows = []
        for b in bad:
            record = {k: v for k, v in b.record.items() if k not in HIDDEN}
            for name, how in masking.items():
                if name in record:
                    record[name] = recorded(record[name], how, self._key)
            rows.append(
                {
                    quarantine.RUN_ID: target.run_id,
                    quarantine.AT: target.now,
                    quarantine.RULE: b.rule,
                    quarantine.REASON: b.reason,
                    quarantine.FILE: b.record.get("_mesh_file"),
                    quarantine.ROW: b.record.get("_mesh_row"),
                    quarantine.RECORD: json.dumps(record, default=as_text),
                }
            )
        self._append(table.quarantine, rows, target.run_id)
        return len(rows)

    def _bury(self, table: Table, gone: Sequence[Row], target: Target) -> None:
        hidden, rows = table.hashed_in_tombstones, []
        for r in gone:
            keys = {c: hashed(v, self._key) if c.lower() in hidden else v for c, v in _read(table, r).items()}
            rows.append({**keys, "_mesh_run_id": target.run_id, "_mesh_vanished_at": target.now})
        self._append(table.tombstones, rows, target.run_id)

    def _append(self, table: TableName, rows: Sequence[Row], run_id: str) -> None:
        before = self._tables.version(table)
        old = () if before is None else before.rows
        self._tables.write(table, [*(dict(r) for r in old), *rows], run_id, Saved(len(rows), 0, 0, 0, None))

    def dataset(self, prepared: Prepared) -> Dataset:
        return MemoryDataset([dict(r) for r in _prepared(prepared).rows])

    # -- measure --

    def measure(
        self,
        table: Table,
        stored: TableName | Dataset,
        checks: Sequence[QualityRule],
        others: Mapping[str, Dataset] = MappingProxyType({}),
    ) -> tuple[Measurement, ...]:
        rows = _memory(self.read_table(stored) if isinstance(stored, TableName) else stored).rows
        plan = plan_measuring(checks)
        found: dict[str, float | None] = {c.id: len(failing(c, rows)) for c in (*plan.conditions, *plan.keys)}
        found |= {c.id: newest(rows, c.columns[0]) for c in plan.freshness}
        for c in plan.references:
            assert c.reference is not None
            found[c.id] = orphans(c.columns, rows, c.reference.columns, _memory(others[c.reference.name]).rows)
        found |= {c.id: number_of(self.functions[c.query or ""](rows), table, c) for c in plan.queries}
        return plan.measurements(len(rows), found)

    # -- for people --

    def from_rows(self, fields: Sequence[Field] | None, rows: Sequence[Mapping[str, Any]]) -> Dataset:
        columns = [f.name for f in fields] if fields is not None else list(dict.fromkeys(k for r in rows for k in r))
        kinds = {f.name: f for f in fields or ()}
        return MemoryDataset(
            [{c: cast(r.get(c), kinds[c].type) if c in kinds else r.get(c) for c in columns} for r in rows]
        )

    def fields(self, dataset: Dataset) -> tuple[Field, ...] | None:
        return None

    def count(self, dataset: Dataset) -> int:
        return len(_memory(dataset).rows)

    def rows(self, dataset: Dataset, limit: int | None = None, offset: int = 0) -> Sequence[dict[str, Any]]:
        end = None if limit is None else offset + limit
        found = _memory(dataset).rows[offset:end]
        # A quarantine has columns of these names as its own.
        return [{k: v for k, v in r.items() if k not in HIDDEN or quarantine.RULE in r} for r in found]

    def tally(self, dataset: Dataset, by: Sequence[str]) -> Sequence[tuple[tuple[Any, ...], int]]:
        return Counter(tuple(r.get(c) for c in by) for r in _memory(dataset).rows).most_common()

    def expire(self, table: TableName, column: str, before: datetime) -> int:
        version = self._tables.version(table)
        rows = [] if version is None else [dict(r) for r in version.rows]
        kept = [r for r in rows if r[column] >= before]
        if len(kept) < len(rows):
            self._tables.write(table, kept, f"expire-{before.isoformat()}", Saved(0, 0, 0, 0, None))
        return len(rows) - len(kept)

    def compact(self, table: TableName, run_id: str) -> Compacted | None:
        """Rows in memory are in no files."""
        return None


def _memory(dataset: Dataset) -> MemoryDataset:
    assert isinstance(dataset, MemoryDataset)
    return dataset


def _prepared(prepared: Prepared) -> MemoryPrepared:
    assert isinstance(prepared, MemoryPrepared)
    return prepared


def _key(table: Table, row: Mapping[str, Any]) -> str:
    return repr([row.get(c) for c in table.primary_key])


def _read(table: Table, row: Mapping[str, Any]) -> dict[str, str | None]:
    """The key as text, as keys that vanished are told and kept: its type may change."""
    return {c: None if row.get(c) is None else as_text(row[c]) for c in table.primary_key}


def _has_key(table: Table, row: Mapping[str, Any]) -> bool:
    return all(row.get(c) is not None for c in table.primary_key)


def _newer(table: Table, rows: Sequence[Row], old: Sequence[Row]) -> list[Row]:
    """The rows that are not older, by the table's version, than the stored row of their key."""
    if table.version is None:
        return list(rows)
    own = table.version.lower()

    def version(row: Row) -> Any:
        return next((v for c, v in row.items() if c.lower() == own), None)

    def older(one: Any, other: Any) -> bool:
        return other is not None and (one is None or one < other)

    stored = {_key(table, r): version(r) for r in old if _has_key(table, r)}
    return [r for r in rows if not older(version(r), stored.get(_key(table, r)))]


def _like(value: Any, text: str) -> Any:
    if isinstance(value, datetime):
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=value.tzinfo) if found.tzinfo is None or value.tzinfo is None else found
    if isinstance(value, date | time):
        return type(value).fromisoformat(text[:10] if isinstance(value, date) else text)
    return type(value)(text) if isinstance(value, int | float | Decimal) else text
