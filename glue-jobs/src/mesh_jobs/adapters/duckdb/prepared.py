"""A table's rows through its rules and row checks, measured in one scan, good and bad rows apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from mesh_jobs.adapters.duckdb.chain import Chain
from mesh_jobs.adapters.duckdb.checks import breaks, complete_key, duplicates
from mesh_jobs.adapters.duckdb.masking import masked
from mesh_jobs.adapters.duckdb.session import FILE, ROW, Relation, Session
from mesh_jobs.adapters.duckdb.types import name, names, text
from mesh_jobs.domain.errors import BadInput, ConservationBroken
from mesh_jobs.domain.plan import QualityRule, Table
from mesh_jobs.ports.engine import Loss, Measured, Measurement


@dataclass(frozen=True)
class PreparedRows:
    """`good` is a relation of what is to be stored; `bad` are queries in the quarantine's shape."""

    measured: Measured
    good: Relation
    bad: tuple[str, ...]


def prepare_rows(
    session: Session, table: Table, inputs: Mapping[str, Relation], hidden: frozenset[str]
) -> PreparedRows:
    """Runs the chain and measures. Raises BadInput, ConservationBroken."""
    chain = Chain(session, table, inputs, hidden)
    chain.apply()
    try:
        chain.project()
        checks = [c for c in table.checks if c.scope == "row"]
        conditions = _conditions(chain, checks)
        if chain.heavy:
            # Worth doing once: it is measured, written and perhaps read again by other tables.
            chain.at = session.stage(f"SELECT * FROM {chain.at}", chain.size, "result")
        return _measured(session, table, chain, checks, conditions)
    except duckdb.Error as error:
        raise chain.explained("when it is computed", error) from error


def _conditions(chain: Chain, checks: list[QualityRule]) -> dict[str, str]:
    """The condition of each row check that can be told from one row; repeated keys are numbered first."""
    lower = {c.lower(): c for c in chain.columns}
    found: dict[str, str] = {}
    for c in checks:
        missing = [x for x in c.columns if x.lower() not in lower]
        if missing:
            raise BadInput(
                f"table {chain.table.name}: check {c.id} needs the column {missing[0]}; "
                f"there are {', '.join(chain.columns)}",
                f"correct the rule ({c.origin})",
            )
    for i, c in enumerate(checks):
        if c.metric != "duplicateValues":
            found[c.id] = breaks(c, {x: chain.columns[lower[x.lower()]] for x in c.columns})
        elif c.action == "quarantine_rows":
            found[c.id] = f"_mesh_again_{i}"
            order = ", ".join([*((FILE, ROW) if chain.traced else ()), *(name(x) for x in chain.columns)])
            again = (
                f"{chain.alive} AND {complete_key(c.columns)} AND row_number() OVER "
                f"(PARTITION BY {names(c.columns)}, {chain.alive} ORDER BY {order}) > 1"
            )
            chain.at = chain.session.view(f"SELECT *, {again} AS _mesh_again_{i} FROM {chain.at}", "rule")
            chain.heavy = True
    return found


def _measured(
    session: Session, table: Table, chain: Chain, checks: list[QualityRule], conditions: dict[str, str]
) -> PreparedRows:
    alive, at = chain.alive, chain.at
    moving = [c for c in checks if c.action == "quarantine_rows"]
    any_broken = " OR ".join(conditions[c.id] for c in moving)
    figures = ["count(*)", f"count(*) FILTER ({alive})" if chain.marked else "count(*)"]
    figures += [f"count(*) FILTER (_mesh_lost = {e.number})" for e in chain.exits]
    counted = [c for c in checks if c.id in conditions]
    figures += [f"count(*) FILTER ({_and(alive, conditions[c.id])})" for c in counted]
    before: list[str] = []
    for c in moving:
        figures.append(f"count(*) FILTER ({_and(alive, conditions[c.id], *(f'NOT {b}' for b in before))})")
        before.append(conditions[c.id])
    kept = _and(alive, f"NOT ({any_broken})") if moving else alive
    figures.append(f"count(*) FILTER ({kept})" if kept != "TRUE" else "count(*)")
    total, left, *rest = session.one(f"SELECT {', '.join(figures)} FROM {at}")
    lost, rest = rest[: len(chain.exits)], rest[len(chain.exits) :]
    failing, rest = rest[: len(counted)], rest[len(counted) :]
    first, good_rows = rest[:-1], rest[-1]
    chain.raise_abort(lost)
    if total != left + sum(lost) or left != good_rows + sum(first):
        raise ConservationBroken(f"table {table.name}: {total} rows became {good_rows}, {lost} and {first}")

    by_check = dict(zip((c.id for c in counted), failing, strict=True))
    for c in checks:
        if c.id not in by_check:
            where = chain.alive
            by_check[c.id] = session.one(duplicates(c.columns, at, where))[0]
    losses = [*chain.earlier, *chain.bad_losses]
    losses += [Loss(e.rule, e.kind, n, e.reason) for e, n in zip(chain.exits, lost, strict=True) if e.kind != "abort"]
    losses += [Loss(c.id, "quarantined", n, c.title) for c, n in zip(moving, first, strict=True)]
    # What an earlier part of the chain lost came in as well, and is accounted for with its own count.
    rows_in = total + sum(x.rows for x in chain.earlier) + sum(x.rows for x in chain.bad_losses)
    measured = Measured(
        rows_in,
        tuple(losses),
        tuple(Measurement(c.id, left, int(by_check[c.id]), None) for c in checks),
    )
    return PreparedRows(measured, _good(session, table, chain, kept), _bad(chain, lost, moving, conditions, any_broken))


def _good(session: Session, table: Table, chain: Chain, kept: str) -> Relation:
    masks = {c.name: c.masking for c in table.columns or () if c.masking != "none"}
    if "hash" in masks.values():
        session.need_key()
    cells = [
        f"{masked(name(c), t, masks[c])} AS {name(c)}" if c in masks else name(c) for c, t in chain.columns.items()
    ]
    trace = [FILE, ROW] if chain.traced else []
    where = "" if kept == "TRUE" else f" WHERE {kept}"
    return session.relation(
        f"SELECT {', '.join([*cells, *trace])} FROM {chain.at}{where}",
        size=chain.size,
        traced=chain.traced,
        files=chain.files,
    )


def _bad(
    chain: Chain, lost: list[int], moving: list[QualityRule], conditions: dict[str, str], any_broken: str
) -> tuple[str, ...]:
    queries = [f"SELECT * FROM {at}" for at in chain.bad]
    exits = [e for e, n in zip(chain.exits, lost, strict=True) if n and e.kind == "quarantined"]
    if exits:
        queries.append(chain.bad_query(exits))
    if moving:

        def joined(label: dict[str, str], separator: str) -> str:
            cases = ", ".join(f"CASE WHEN {conditions[c.id]} THEN {text(label[c.id])} END" for c in moving)
            return f"array_to_string(list_filter([{cases}], lambda x: x IS NOT NULL), {text(separator)})"

        file, row = (FILE, ROW) if chain.traced else ("CAST(NULL AS VARCHAR)", "CAST(NULL AS BIGINT)")
        queries.append(
            f"SELECT {joined({c.id: c.id for c in moving}, ',')} AS _mesh_rule, "
            f"{joined({c.id: c.title for c in moving}, '; ')} AS _mesh_reason, {file} AS {FILE}, {row} AS {ROW}, "
            f"{chain.record()} AS record FROM {chain.at} WHERE {_and(chain.alive, f'({any_broken})')}"
        )
    return tuple(queries)


def _and(*conditions: str) -> str:
    return " AND ".join(c for c in conditions if c != "TRUE") or "TRUE"
