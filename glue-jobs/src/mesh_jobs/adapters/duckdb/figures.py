"""Failing rows of many checks in few scans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mesh_jobs.adapters.duckdb.checks import breaks, failing_rows, repeated_rows
from mesh_jobs.adapters.duckdb.session import SMALL_INPUT, Session
from mesh_jobs.adapters.duckdb.types import name, names
from mesh_jobs.domain.measuring import Measuring, plan_measuring
from mesh_jobs.domain.plan import QualityRule

#: A column of texts with no more different values than these in its first rows is counted by value: Parquet keeps such
#: columns as dictionaries, so one text is looked at instead of a million. Where the guess is wrong the count is still
#: right, only slower.
_FEW, _FIRST = 2_000, 20_000


def count_failing(
    session: Session,
    at: str,
    size: int,
    types: Mapping[str, str],
    checks: Sequence[QualityRule],
    alive: str = "TRUE",
    more: Sequence[str] = (),
    likely_key: tuple[str, ...] = (),
) -> tuple[tuple[Any, ...], dict[str, int]]:
    """Failing rows by check, among those that `alive` lets through; and the values of `more` aggregates, which go along
    in the main scan. `likely_key` is one that should not repeat, which is quicker to confirm. Checks of keys and of
    columns with few values have a scan of their own column each."""
    plan = plan_measuring(checks)
    values, found = answers(session, at, size, types, plan, alive, more, likely_key)
    return values, plan.failing(found)


def answers(
    session: Session,
    at: str,
    size: int,
    types: Mapping[str, str],
    plan: Measuring,
    alive: str = "TRUE",
    more: Sequence[str] = (),
    likely_key: tuple[str, ...] = (),
) -> tuple[tuple[Any, ...], dict[str, int]]:
    """The values of `more`, and the answers to what a plan asks of rows and keys, by the check that asked."""
    found: dict[str, int] = {}
    for column, own in _by_value(session, at, size, types, plan.conditions).items():
        conditions = ", ".join(f"coalesce(sum(_mesh_n) FILTER ({breaks(c, types)}), 0)::BIGINT" for c in own)
        counts = session.one(
            f"SELECT {conditions} FROM (SELECT {name(column)}, count(*) AS _mesh_n FROM {at} WHERE {alive} GROUP BY 1)"
        )
        found.update(zip((c.id for c in own), counts, strict=True))
    rest = [c for c in plan.conditions if c.id not in found]
    figures = [*more, *(failing_rows(c, types, alive) for c in rest)]
    values = session.one(f"SELECT {', '.join(figures)} FROM {at}") if figures else ()
    found.update(zip((c.id for c in rest), values[len(more) :], strict=True))
    for c in plan.keys:
        surely = c.columns == likely_key and no_key_repeats(session, c.columns, at, alive)
        found[c.id] = 0 if surely else int(session.one(repeated_rows(c.columns, at, alive))[0])
    return values[: len(more)], found


def no_key_repeats(session: Session, columns: tuple[str, ...], at: str, alive: str) -> bool:
    """As many different hashes as whole keys prove that all keys differ; fewer prove nothing, since hashes collide."""
    complete = " AND ".join(f"{name(c)} IS NOT NULL" for c in columns)
    rows, hashes = session.one(
        f"SELECT count(*), count(DISTINCT hash({names(columns)})) FROM {at} WHERE {alive} AND {complete}"
    )
    return bool(rows == hashes)


def _by_value(
    session: Session, at: str, size: int, types: Mapping[str, str], checks: Sequence[QualityRule]
) -> dict[str, list[QualityRule]]:
    """Checks of single columns of texts that have few different values, by column. Small tables are not worth it."""
    own: dict[str, list[QualityRule]] = {}
    if size < SMALL_INPUT:
        return own
    for c in checks:
        if len(c.columns) == 1 and types[c.columns[0]] == "VARCHAR":
            own.setdefault(c.columns[0], []).append(c)
    own = {column: cs for column, cs in own.items() if any(c.metric != "nullValues" for c in cs)}
    if not own:
        return own
    distinct = ", ".join(f"approx_count_distinct({name(c)})" for c in own)
    columns = ", ".join(map(name, own))
    counts = session.one(f"SELECT {distinct} FROM (SELECT {columns} FROM {at} LIMIT {_FIRST})")
    return {column: cs for (column, cs), n in zip(own.items(), counts, strict=True) if n <= _FEW}
