"""Values, aggregates and windows of random queries, over the columns of what is read."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from support.sql_expressions import expression, filled
from support.sql_tables import AGGREGATES, FRAMES, OVER, PLAIN, RANGES, RANKS

#: A RANGE goes along these.
_ALONG = ("int", "long", "date")


@dataclass(frozen=True)
class Source:
    """`whole` is what a star gives of it, where some goes by the name of another source."""

    alias: str
    columns: dict[str, str]
    whole: dict[str, str] | None = None


class Values:
    """Of one query; the same each time for a seed."""

    def __init__(self, pick: random.Random) -> None:
        self._pick = pick

    def _often(self, chance: float) -> bool:
        return self._pick.random() < chance

    def _direction(self, text: str) -> str:
        orders = ["", "", " ASC", " DESC", " DESC NULLS FIRST", " NULLS LAST", " DESC NULLS LAST"]
        return text + self._pick.choice(orders)

    def _key(self, type_: str, sources: list[Source]) -> str | None:
        columns = by_type(sources, self._bare_names(sources))
        if type_ in columns and self._often(0.6):
            return self._pick.choice(columns[type_])
        made = expression(self._pick, type_, 1, columns).text
        return made if mentions(made, sources) else None

    def _aggregate(self, type_: str, sources: list[Source]) -> str:
        columns = [(t, c) for t, found in by_type(sources, set()).items() for c in found if t in PLAIN]
        if columns and type_ in PLAIN and self._often(0.07):
            # Rows that tie give the same.
            of, column = self._pick.choice(columns)
            value = expression(self._pick, type_, 1, {of: [column]}).text
            return f"{self._pick.choice(['max_by', 'min_by'])}({value}, {column})"
        made = self._filled(self._pick.choice(AGGREGATES[type_]), sources)
        return expression(self._pick, type_, 1, {type_: [made]}).text if self._often(0.15) else made

    def _filled(self, template: str, sources: list[Source]) -> str:
        return filled(template, lambda type_: self._value(type_, sources, 0 if self._often(0.75) else 1))

    def _value(self, type_: str, sources: list[Source], depth: int) -> str:
        depth = 0 if self._often(0.5) else depth
        return expression(self._pick, type_, depth, by_type(sources, self._bare_names(sources))).text

    def _bare_names(self, sources: list[Source]) -> set[str]:
        """Those that need no alias, and have none this time."""
        names = [n for s in sources for n in s.columns]
        return {n for n in names if names.count(n) == 1 and self._often(0.6)}

    def _window(self, sources: list[Source]) -> tuple[str, str]:
        """Ordered by every column, so that rows which tie are the same."""
        columns = everything(sources)
        self._pick.shuffle(columns)
        complete = self._complete(sources)
        partition = f"PARTITION BY {self._value(self._pick.choice(PLAIN), sources, 0)}" if self._often(0.6) else ""
        type_ = self._pick.choice(PLAIN)
        value = self._value(type_, sources, 0)
        match self._pick.choice(("rank", "number", "near", "end", "aggregate", "aggregate", "aggregate", "range")):
            case "rank":
                some = ", ".join(map(self._direction, columns[: self._pick.randint(1, 2)]))
                type_ = self._pick.choice(list(RANKS))
                return f"{self._pick.choice(RANKS[type_])} OVER ({partition} ORDER BY {some})", type_
            case "number":
                return f"{self._pick.choice(['row_number()', 'ntile(3)'])} OVER ({partition} {complete})", "int"
            case "near":
                calls = ["lag({})", "lead({}, 2)", "lag({}) IGNORE NULLS", "lead({})", "lag({}, 0)", "lead({}, -1)"]
                return f"{self._pick.choice(calls).format(value)} OVER ({partition} {complete})", type_
            case "end":
                calls = ["first_value({})", "last_value({})", "nth_value({}, 2)", "first({}) IGNORE NULLS", "last({})"]
                call = self._pick.choice(calls).format(value)
                return f"{call} OVER ({partition} {complete} {self._pick.choice(FRAMES)})", type_
            case "range" if along := [f"{s.alias}.{n}" for s in sources for n, t in s.columns.items() if t in _ALONG]:
                type_ = self._pick.choice(("long", "int", "date"))
                by = self._direction(self._pick.choice(along))
                return (
                    f"{self._over(type_, sources)} OVER ({partition} ORDER BY {by} {self._pick.choice(RANGES)})",
                    type_,
                )
            case _:
                type_ = self._pick.choice(list(OVER))
                over = partition if self._often(0.3) else f"{partition} {complete} {self._pick.choice(FRAMES)}"
                return f"{self._over(type_, sources)} OVER ({over})", type_

    def _over(self, type_: str, sources: list[Source]) -> str:
        return self._filled(self._pick.choice(OVER[type_]), sources)

    def _complete(self, sources: list[Source]) -> str:
        columns = everything(sources)
        self._pick.shuffle(columns)
        return f"ORDER BY {', '.join(map(self._direction, columns))}"


def everything(sources: Sequence[Source]) -> list[str]:
    return [f"{s.alias}.{n}" for s in sources for n, t in s.columns.items() if t in PLAIN]


def mentions(text: str, sources: Sequence[Source]) -> bool:
    """Whether a column of what is read is in it; texts, names of results and lambdas apart."""
    values = re.sub(r"'(\\.|[^'\\])*'| AS \w+|\b\w+ -> [^()]*", "", text)
    return any(re.search(rf"\b{n}\b(?! ?\()", values) for s in sources for n in s.columns)


def named(made: str, name: str) -> str:
    return made if re.fullmatch(rf"(\w+\.)?{name}", made) else f"{made} AS {name}"


def apart(text: str) -> str:
    return f"({text})" if " " in text else text


def by_type(sources: Sequence[Source], bare: set[str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for source in sources:
        for name, type_ in source.columns.items():
            out.setdefault(type_, []).append(name if name in bare else f"{source.alias}.{name}")
    return out


def shared(sources: Sequence[Source], other: Source, kind: str) -> list[str]:
    """Columns that are in one of the others, too, by the same name."""
    near = ("int", "long") if kind in ("JOIN", "INNER JOIN", "LEFT JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN") else ()
    found = []
    for name, type_ in other.columns.items():
        owners = [(s.whole or s.columns)[name] for s in sources if name in (s.whole or s.columns)]
        if len(owners) == 1 and type_ in PLAIN and (owners[0] == type_ or (owners[0] in near and type_ in near)):
            found.append(name)
    return found


def pairs(sources: Sequence[Source], other: Source) -> list[tuple[str, str]]:
    """Columns that can be equal."""
    return [
        (f"{s.alias}.{m}", f"{other.alias}.{n}")
        for n, t in other.columns.items()
        for s in sources
        for m, u in s.columns.items()
        if t in PLAIN and (u == t or {u, t} == {"int", "long"})
    ]
