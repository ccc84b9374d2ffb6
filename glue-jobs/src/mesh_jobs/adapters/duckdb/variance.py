"""Two relations compared: one full join on their keys says all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mesh_jobs.adapters.duckdb.session import Relation, Session
from mesh_jobs.adapters.duckdb.types import name
from mesh_jobs.adapters.duckdb.values import fetched, python_rows
from mesh_jobs.domain.variance import ColumnVariance, DifferentRow, Pair, Variance

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL")
_MOMENTS = ("DATE", "TIMESTAMP")


def variance(
    session: Session, a: Relation, b: Relation, by: Sequence[Pair], columns: Sequence[Pair], examples: int
) -> Variance:
    joined = _Joined(session, a, b, by, columns)
    return Variance(
        rows=joined.rows,
        duplicates=joined.duplicates,
        examples=joined.different(examples),
        only_keys=(joined.keys_only("a", examples), joined.keys_only("b", examples)),
        **joined.counts(),
    )


class _Joined:
    """Both sides in one view: keys ak0…, bk0…, values ac0…, bc0…; an and bn are null where a side has no such row."""

    def __init__(self, session: Session, a: Relation, b: Relation, by: Sequence[Pair], columns: Sequence[Pair]) -> None:
        self._session, self._by, self._columns = session, by, columns
        kinds = [(a.types[p.a], b.types[p.b]) for p in (*by, *columns)]
        casts = [_as_text(*kind) for kind in kinds]
        self._numeric = [_is_number(x) and _is_number(y) for x, y in kinds[len(by) :]]
        self.rows = (_count(session, a), _count(session, b))
        self.duplicates = (_duplicates(session, a, [p.a for p in by]), _duplicates(session, b, [p.b for p in by]))
        # Rows are numbered within their key only where keys are not unique: it sorts everything.
        numbered = any(self.duplicates)
        left = _side(a, "a", [p.a for p in by], [p.a for p in columns], casts, numbered)
        right = _side(b, "b", [p.b for p in by], [p.b for p in columns], casts, numbered)
        on = " AND ".join(["an = bn", *(f"ak{i} IS NOT DISTINCT FROM bk{i}" for i in range(len(by)))])
        self._at = session.view(f"SELECT * FROM ({left}) FULL JOIN ({right}) ON {on}", "joined")
        self._differs = [f"(ac{i} IS DISTINCT FROM bc{i})" for i in range(len(columns))]

    def counts(self) -> dict[str, Any]:
        both = "an IS NOT NULL AND bn IS NOT NULL"
        any_ = " OR ".join(self._differs) or "FALSE"
        found = self._session.one(
            f"SELECT count(*) FILTER ({both}), count(*) FILTER (bn IS NULL), count(*) FILTER (an IS NULL), "
            f"count(*) FILTER ({both} AND ({any_}))"
            + "".join(f", count(*) FILTER ({both} AND {d})" for d in self._differs)
            + "".join(f", {self._largest(i)}" for i in range(len(self._columns)))
            + f" FROM {self._at}"
        )
        n = len(self._columns)
        return {
            "both": found[0],
            "only": (found[1], found[2]),
            "different": found[3],
            "columns": tuple(
                ColumnVariance(p, found[4 + i], None if not found[4 + i] else found[4 + n + i])
                for i, p in enumerate(self._columns)
            ),
        }

    def _largest(self, i: int) -> str:
        return f"max(abs(CAST(ac{i} AS DOUBLE) - CAST(bc{i} AS DOUBLE)))" if self._numeric[i] else "NULL"

    def different(self, limit: int) -> tuple[DifferentRow, ...]:
        if not self._differs or limit < 1:
            return ()
        cells = [f"ak{i}" for i in range(len(self._by))]
        for i, d in enumerate(self._differs):
            cells += [f"ac{i}", f"bc{i}", f"{d} AS d{i}"]
        where = f"an IS NOT NULL AND bn IS NOT NULL AND ({' OR '.join(self._differs)})"
        return tuple(
            DifferentRow(
                {p.b: row[f"ak{i}"] for i, p in enumerate(self._by)},
                {p.b: (row[f"ac{i}"], row[f"bc{i}"]) for i, p in enumerate(self._columns) if row[f"d{i}"]},
            )
            for row in self._fetch(cells, where, "a", limit)
        )

    def keys_only(self, side: str, limit: int) -> tuple[dict[str, Any], ...]:
        other = "b" if side == "a" else "a"
        found = self._fetch([f"{side}k{i}" for i in range(len(self._by))], f"{other}n IS NULL", side, limit)
        return tuple({p.b: row[f"{side}k{i}"] for i, p in enumerate(self._by)} for row in found)

    def _fetch(self, cells: Sequence[str], where: str, side: str, limit: int) -> list[dict[str, Any]]:
        order = ", ".join(f"{side}k{i}" for i in range(len(self._by)))
        found = self._session.relation(
            f"SELECT {', '.join(cells)} FROM {self._at} WHERE {where} ORDER BY {order}, {side}n LIMIT {int(limit)}"
        )
        return python_rows(found, self._session.all(f"SELECT {fetched(found)} FROM {found.at}"))


def _side(
    relation: Relation, side: str, by: Sequence[str], columns: Sequence[str], casts: Sequence[bool], numbered: bool
) -> str:
    cells = [
        f"{f'CAST({name(column)} AS VARCHAR)' if as_text else name(column)} AS {side}{kind}{i}"
        for (kind, i, column), as_text in zip(
            [*(("k", i, c) for i, c in enumerate(by)), *(("c", i, c) for i, c in enumerate(columns))],
            casts,
            strict=True,
        )
    ]
    keys, values = ", ".join(map(name, by)), ", ".join(map(name, columns))
    order = f" ORDER BY {values}" if values else ""
    number = f"row_number() OVER (PARTITION BY {keys}{order})" if numbered else "CAST(1 AS BIGINT)"
    return f"SELECT {', '.join(cells)}, {number} AS {side}n FROM {relation.at}"


def _count(session: Session, relation: Relation) -> int:
    return int(session.one(f"SELECT count(*) FROM {relation.at}")[0])


def _duplicates(session: Session, relation: Relation, by: Sequence[str]) -> int:
    keys = ", ".join(map(name, by))
    found = session.one(f"SELECT sum(n - 1) FROM (SELECT count(*) AS n FROM {relation.at} GROUP BY {keys})")
    return int(found[0] or 0)


def _is_number(type_: str) -> bool:
    return type_.split("(")[0] in _NUMBERS


def _as_text(a: str, b: str) -> bool:
    """Whether two types can only be compared as they are written."""
    moments = all(t.startswith(_MOMENTS) for t in (a, b))
    return a != b and not moments and not (_is_number(a) and _is_number(b))
