"""A table's rows through its rules and row checks, measured in few scans, good and bad rows apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mesh_jobs.adapters.duckdb.apply_rules import apply_rules, project
from mesh_jobs.adapters.duckdb.chain import LOST, Chain
from mesh_jobs.adapters.duckdb.checks import breaks
from mesh_jobs.adapters.duckdb.failures import speaking
from mesh_jobs.adapters.duckdb.figures import count_failing
from mesh_jobs.adapters.duckdb.masking import masked
from mesh_jobs.adapters.duckdb.session import FILE, PLACE, ROW, Relation, Session
from mesh_jobs.adapters.duckdb.types import name, text
from mesh_jobs.adapters.exits import checked, conserved, taken
from mesh_jobs.domain.distinct import Key, distinct_keys
from mesh_jobs.domain.plan import QualityRule, Table
from mesh_jobs.domain.quarantine import BAD, REASON, RECORD, RULE
from mesh_jobs.domain.table import KEYED
from mesh_jobs.ports.engine import Measured


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
    apply_rules(chain)
    with speaking(f"table {table.name}", bool(chain.hidden)):
        recast = project(chain)
        # What was joined or aggregated is worth computing once: it is measured, written and perhaps read again.
        chain.settle()
        return _Sorting(session, table, chain, distinct_keys(table, recast)).prepared()


class _Sorting:
    """Splits the rows of a chain into good and bad ones, and counts what it lets through and takes out."""

    def __init__(self, session: Session, table: Table, chain: Chain, distinct: frozenset[Key]) -> None:
        self.session, self.table, self.chain, self.distinct = session, table, chain, distinct
        self.checks = [c for c in table.checks if c.scope == "row"]
        self.types = checked(table, self.checks, chain.columns, chain.hidden)

    def prepared(self) -> PreparedRows:
        chain, session = self.chain, self.session
        failing: dict[str, int] = {}
        moving = [c for c in self.checks if c.action == "quarantine_rows"]
        first, bad = self._move(moving, failing) if moving else ([], None)

        total, left, lost = self._count(failing)
        chain.raise_abort(lost)
        conserved(self.table, total, left, lost)

        moved = list(zip(moving, first, strict=True))
        measured = chain.measured(total, left, lost, self.checks, failing, moved, self.distinct)
        queries = [f"SELECT * FROM {at}" for at in chain.bad]
        exits = taken(chain.exits, lost, "quarantined")
        if exits:
            queries.append(chain.bad_query(exits))
        if bad is not None:
            queries.append(f"SELECT {', '.join(BAD)} FROM {bad}")
        good = _good(session, self.table, chain, bad)
        return PreparedRows(measured, good, tuple(queries))

    def _count(self, failing: dict[str, int]) -> tuple[int, int, list[int]]:
        """Rows in, rows left and rows per exit, and the failing rows of all checks that move nothing."""
        chain, session = self.chain, self.session
        alive = chain.alive
        figures = ["count(*)", f"count(*) FILTER ({alive})" if chain.marked else "count(*)"]
        figures += [f"count(*) FILTER ({LOST} = {e.number})" for e in chain.exits]
        checks = [c for c in self.checks if c.id not in failing]
        (total, left, *lost), found = count_failing(
            session, chain.at, chain.size, self.types, checks, alive, figures, self.table.primary_key
        )
        failing.update(found)
        return total, left, lost

    def _move(self, moving: Sequence[QualityRule], failing: dict[str, int]) -> tuple[list[int], str | None]:
        """Bad rows into a table of their own, in one scan: how many are there by the first check that they break, and
        the table's name. They are few, so all else about them is asked there."""
        chain, session = self.chain, self.session
        conditions, joined = [], ""
        for i, c in enumerate(moving):
            if c.metric != "duplicateValues":
                conditions.append(breaks(c, self.types))
                continue
            order = chain.arrival("ASC") or chain.by_values()
            again = chain.repeated(c.columns, order)
            conditions.append(f"a{i}._mesh_again IS NOT NULL" if again else "FALSE")
            joined += f" LEFT JOIN {again} a{i} ON {PLACE} = a{i}._mesh_again" if again else ""
        flags = ", ".join(f"{condition} AS _mesh_b{i}" for i, condition in enumerate(conditions))
        columns = ", ".join(name(c) for c in chain.columns)
        origin = ", ".join(chain.origin())
        bad = session.fresh("bad")
        any_flag = " OR ".join(f"_mesh_b{i}" for i in range(len(moving)))

        def joined_labels(labels: list[str], separator: str) -> str:
            cases = ", ".join(f"CASE WHEN _mesh_b{i} THEN {text(label)} END" for i, label in enumerate(labels))
            return f"array_to_string(list_filter([{cases}], lambda x: x IS NOT NULL), {text(separator)})"

        file, row = (FILE, ROW) if chain.traced else ("CAST(NULL AS VARCHAR)", "CAST(NULL AS BIGINT)")
        first = "CASE " + " ".join(f"WHEN _mesh_b{i} THEN {i}" for i in range(len(moving))) + " END"
        session.run(
            f"CREATE TEMP TABLE {bad} AS SELECT {PLACE}, {first} AS _mesh_first, "
            f"{', '.join(f'_mesh_b{i}' for i in range(len(moving)))}, {joined_labels([c.id for c in moving], ',')} AS "
            f"{RULE}, {joined_labels([c.title for c in moving], '; ')} AS {REASON}, {file} AS {FILE}, "
            f"{row} AS {ROW}, {chain.record()} AS {RECORD} FROM (SELECT {columns}, {origin}, {flags} "
            f"FROM {chain.at}{joined} WHERE {chain.alive}) WHERE {any_flag}"
        )
        counts = session.one(
            "SELECT count(*), "
            + ", ".join(
                f"count(*) FILTER (_mesh_b{i}), count(*) FILTER (_mesh_first = {i})" for i in range(len(moving))
            )
            + f" FROM {bad}"
        )
        failing.update(zip((c.id for c in moving), counts[1::2], strict=True))
        return list(counts[2::2]), bad if counts[0] else None


def _good(session: Session, table: Table, chain: Chain, bad: str | None) -> Relation:
    masks = table.masks
    if not set(KEYED).isdisjoint(masks.values()):
        session.need_key()
    cells = [
        f"{masked(name(c), t, masks[c])} AS {name(c)}" if c in masks else name(c) for c, t in chain.columns.items()
    ]
    without = f" ANTI JOIN {bad} USING ({PLACE})" if bad is not None else ""
    where = f" WHERE {chain.alive}" if chain.marked else ""
    return session.relation(
        f"SELECT {', '.join([*cells, *chain.origin()])} FROM {chain.at}{without}{where}",
        size=chain.size,
        traced=chain.traced,
        placed=True,
    )
