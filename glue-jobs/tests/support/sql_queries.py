"""Random whole queries of the portable SQL, typed, over the tables of the conformance suite."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from support.sql_expressions import expression, filled

#: The columns of the tables, by the types that expressions are made of.
TABLES: dict[str, dict[str, str]] = {
    "t": {"g": "string", "x": "int", "y": "int"},
    "orders": {
        "order_id": "int", "customer_id": "int", "amount": "decimal", "channel": "string", "day": "date",
        "at": "timestamp", "paid": "boolean",
    },
    "customers": {"customer_id": "int", "name": "string", "country": "string", "score": "double"},
    "visits": {
        "visit_id": "long", "customer_id": "long", "seen": "timestamptz", "ms": "double", "channel": "string",
        "tags": "strings", "day": "date",
    },
}  # fmt: skip

_PLAIN = ("int", "long", "double", "decimal", "string", "boolean", "date", "timestamp", "timestamptz")
#: Of results: some are columns of a table as well.
_NAMES = ("a", "b", "c", "x", "y", "n", "total", "day", "channel", "customer_id")

_AGGREGATES = {
    "int": ["max({int})", "min({int})", "max(length({string}))", "max({int}) filter (where {boolean})"],
    "long": [
        "count(*)", "count({string})", "count({double})", "count(distinct {int})", "count(distinct {string})",
        "sum({int})", "sum({long})", "count_if({boolean})", "count(*) filter (where {boolean})", "sum(distinct {int})",
        "count(distinct {double})", "count(distinct {date})", "max({long})", "count({strings})",
        "count(distinct {int}, {string})",
    ],
    "double": [
        "avg({int})", "max({double})", "min({double})", "sum({double})", "avg({long})", "percentile({int}, 0.5)",
        "median({int})", "stddev({int})", "var_pop({int})", "avg({double})",
    ],
    "decimal": ["sum({decimal})", "max({decimal})", "min({decimal})", "sum({decimal}) filter (where {boolean})"],
    "string": [
        "max({string})", "min({string})", "array_join(sort_array(collect_list({string})), ',')",
        "array_join(sort_array(collect_set({string})), '|')",
    ],
    "boolean": ["bool_or({boolean})", "every({boolean})", "max({boolean})", "bool_and({boolean})"],
    "date": ["max({date})", "min({date})"],
    "timestamp": ["max({timestamp})", "min({timestamp})"],
    "timestamptz": ["max({timestamptz})"],
}  # fmt: skip
_FRAMES = [
    "", "", "", "rows between 1 preceding and current row", "rows between unbounded preceding and unbounded following",
    "rows between current row and 1 following", "rows between 2 preceding and 1 preceding", "rows 1 preceding",
    "range between unbounded preceding and current row", "range between current row and unbounded following",
    "rows between unbounded preceding and 1 following",
]  # fmt: skip
_JOINS = [
    "JOIN", "INNER JOIN", "LEFT JOIN", "RIGHT OUTER JOIN", "FULL JOIN", "CROSS JOIN", "LEFT SEMI JOIN",
    "LEFT ANTI JOIN", ",",
]  # fmt: skip
_STACKS = ["UNION ALL", "UNION", "EXCEPT", "INTERSECT", "EXCEPT ALL", "INTERSECT ALL", "UNION DISTINCT"]


@dataclass(frozen=True)
class Query:
    """A text, its columns and their types, and whether it says in which order its rows come, to the last one."""

    text: str
    columns: tuple[tuple[str, str], ...]
    ordered: bool = False


def queries(count: int, seed: int) -> list[Query]:
    """So many different ones, each time the same for a seed."""
    pick = random.Random(seed)
    found: dict[str, Query] = {}
    while len(found) < count:
        made = _Writer(pick).whole()
        found[made.text] = made
    return list(found.values())


@dataclass(frozen=True)
class _Source:
    alias: str
    columns: dict[str, str]


class _Writer:
    """Of one query: which names are taken."""

    def __init__(self, pick: random.Random) -> None:
        self._pick = pick
        self._tables = dict(TABLES)
        self._aliases = 0
        self._bare: set[str] = set()

    def whole(self) -> Query:
        defined = []
        for n in range(self._pick.choice([0, 0, 0, 1, 1, 2])):
            query = self._query(1)
            defined.append((f"q{n}", query))
            self._tables[f"q{n}"] = dict(query.columns)
        query = self._query(2)
        text = query.text
        for name, _ in reversed(defined):
            # What is defined is read, and seen whole.
            text = f"{text} UNION ALL SELECT {self._cells(query)} FROM {name} WHERE false" if name not in text else text
        ordered = self._often(0.5)
        if ordered:
            text = f"{text} ORDER BY {', '.join(self._direction(n) for n, _ in query.columns)}"
            if self._often(0.5):
                text += f" LIMIT {self._pick.randint(0, 4)}{' OFFSET 1' if self._often(0.3) else ''}"
        before = ", ".join(f"{name} AS ({other.text})" for name, other in defined)
        return Query(f"WITH {before} {text}" if before else text, query.columns, ordered)

    def _often(self, chance: float) -> bool:
        return self._pick.random() < chance

    def _direction(self, text: str) -> str:
        orders = ["", "", " ASC", " DESC", " DESC NULLS FIRST", " NULLS LAST", " DESC NULLS LAST"]
        return text + self._pick.choice(orders)

    def _cells(self, query: Query) -> str:
        return ", ".join(expression(self._pick, t, 0).text for _, t in query.columns)

    def _query(self, depth: int) -> Query:
        return self._stacked(depth) if depth > 0 and self._often(0.2) else self._select(depth)

    def _stacked(self, depth: int) -> Query:
        left = self._select(depth - 1)
        text = left.text
        for _ in range(self._pick.randint(1, 2)):
            right = self._select(depth - 1, [t for _, t in left.columns]).text
            words = self._pick.choice(_STACKS)
            text = f"{text} {words} {right}" if self._often(0.6) else f"({text}) {words} ({right})"
        return Query(text, left.columns)

    def _select(self, depth: int, wanted: Sequence[str] | None = None) -> Query:
        sources, from_ = self._from(depth)
        where = self._where(sources, depth)
        types = list(wanted or [self._pick.choice(_PLAIN) for _ in range(self._pick.randint(1, 4))])
        names = self._pick.sample(_NAMES, len(types))
        if self._often(0.4):
            return self._grouped(sources, f"{from_}{where}", types, names)
        plain = {n: t for s in sources for n, t in s.columns.items()}
        if wanted is None and self._often(0.05) and len(sources) == 1 and set(plain.values()) <= set(_PLAIN):
            return Query(f"SELECT * FROM {from_}{where}", tuple(plain.items()))
        items = []
        for n, type_ in enumerate(types):
            if self._often(0.2) and wanted is None:
                made, types[n] = self._window(sources)
            elif self._often(0.06) and depth > 0:
                made = self._scalar(type_, sources, looks_around=self._often(0.5))
            else:
                made = self._value(type_, sources, 1)
            items.append(_named(made, names[n]))
        distinct = "DISTINCT " if self._often(0.1) and _mentions(" ".join(items), sources) else ""
        return Query(f"SELECT {distinct}{', '.join(items)} FROM {from_}{where}", tuple(zip(names, types, strict=True)))

    def _grouped(self, sources: list[_Source], from_: str, types: list[str], names: list[str]) -> Query:
        items, keys, group = [], [], []
        for n, (type_, name) in enumerate(zip(types, names, strict=True)):
            if self._often(0.5) and (made := self._key(type_, sources)) is not None:
                keys.append(made)
                group.append(self._pick.choice([made, made, name, str(n + 1)]))
            else:
                made = self._aggregate(type_, sources)
            items.append(_named(made, name))
        if self._often(0.2) and (made := self._key(self._pick.choice(_PLAIN), sources)) is not None:
            keys.append(made)
            group.append(made)
        # A name that a column has too is that column.
        columns = {c for s in sources for c in s.columns}
        group = [k if g in columns else g for g, k in zip(group, keys, strict=True)]
        text = f"SELECT {', '.join(items)} FROM {from_}" + (f" GROUP BY {', '.join(group)}" if group else "")
        if not _mentions(" ".join([*items, *keys]), sources):
            text += " HAVING count(*) >= 0"
        elif self._often(0.3):
            type_ = self._pick.choice(("long", "int", "decimal", "string"))
            results = [n for n, t in zip(names, types, strict=True) if t == type_ and n not in columns]
            left = self._pick.choice([self._aggregate(type_, sources), *results])
            right = expression(self._pick, type_, 0).text
            text += f" HAVING {left} {self._pick.choice(['>', '<', '<=', '=', '<>', '<=>'])} {right}"
        return Query(text, tuple(zip(names, types, strict=True)))

    def _key(self, type_: str, sources: list[_Source]) -> str | None:
        columns = _by_type(sources, self._bare_names(sources))
        if type_ in columns and self._often(0.6):
            return self._pick.choice(columns[type_])
        made = expression(self._pick, type_, 1, columns).text
        return made if _mentions(made, sources) else None

    def _aggregate(self, type_: str, sources: list[_Source]) -> str:
        made = self._filled(self._pick.choice(_AGGREGATES[type_]), sources)
        return expression(self._pick, type_, 1, {type_: [made]}).text if self._often(0.15) else made

    def _filled(self, template: str, sources: list[_Source]) -> str:
        return filled(template, lambda type_: self._value(type_, sources, 0 if self._often(0.75) else 1))

    def _value(self, type_: str, sources: list[_Source], depth: int) -> str:
        depth = 0 if self._often(0.5) else depth
        return expression(self._pick, type_, depth, _by_type(sources, self._bare_names(sources))).text

    def _bare_names(self, sources: list[_Source]) -> set[str]:
        """Those that need no alias, and have none this time."""
        names = [n for s in sources for n in s.columns]
        return {n for n in names if names.count(n) == 1 and self._often(0.6)}

    def _from(self, depth: int) -> tuple[list[_Source], str]:
        first, text = self._source(depth)
        sources = [first]
        for _ in range(self._pick.choice([0, 0, 0, 1, 1, 2])):
            other, written = self._source(depth)
            kind = self._pick.choice(_JOINS)
            if kind in ("CROSS JOIN", ","):
                text += f"{kind if kind == ',' else ' ' + kind} {written}"
            else:
                text += f" {kind} {written} ON {self._on(sources, other)}"
            if kind not in ("LEFT SEMI JOIN", "LEFT ANTI JOIN"):
                sources.append(other)
        lists = [f"{s.alias}.{n}" for s in sources for n, t in s.columns.items() if t == "strings"]
        if lists and self._often(0.4):
            self._aliases += 1
            exploded = _Source(f"v{self._aliases}", {"tag": "string"})
            outer = " OUTER" if self._often(0.4) else ""
            text += f" LATERAL VIEW{outer} explode({self._pick.choice(lists)}) {exploded.alias} AS tag"
            sources.append(exploded)
        return sources, text

    def _on(self, sources: list[_Source], other: _Source) -> str:
        conditions = []
        if (pairs := _pairs(sources, other)) and self._often(0.9):
            a, b = self._pick.choice(pairs)
            conditions.append(f"{a} {self._pick.choice(['=', '=', '=', '<=>', '<'])} {b}")
        if not conditions or self._often(0.25):
            conditions.append(_apart(expression(self._pick, "boolean", 1, _by_type([*sources, other], set())).text))
        return self._pick.choice([" AND ", " AND ", " OR "]).join(conditions)

    def _source(self, depth: int) -> tuple[_Source, str]:
        self._aliases += 1
        alias = f"s{self._aliases}"
        as_ = "AS " if self._often(0.5) else ""
        if depth > 0 and self._often(0.25):
            query = self._query(depth - 1)
            return _Source(alias, dict(query.columns)), f"({query.text}) {as_}{alias}"
        name = self._pick.choice(list(self._tables))
        if self._often(0.3) and name not in self._bare:
            self._bare.add(name)
            return _Source(name, self._tables[name]), name
        return _Source(alias, self._tables[name]), f"{name} {as_}{alias}"

    def _where(self, sources: list[_Source], depth: int) -> str:
        if self._often(0.5):
            return ""
        conditions = [self._condition(sources, depth) for _ in range(self._pick.choice([1, 1, 2]))]
        return f" WHERE {self._pick.choice([' AND ', ' OR ']).join(conditions)}"

    def _condition(self, sources: list[_Source], depth: int) -> str:
        if depth == 0 or self._often(0.7):
            return _apart(self._value("boolean", sources, 1))
        not_ = "NOT " if self._often(0.4) else ""
        type_ = self._pick.choice(("int", "string", "date", "decimal", "long"))
        value = self._value(type_, sources, 0)
        match self._pick.choice(("exists", "in", "value")):
            case "exists":
                source, text = self._source(0)
                return f"{not_}EXISTS (SELECT 1 AS one FROM {text}{self._like_around(sources, source)})"
            case "in":
                value = self._key(type_, sources)
                if value is None:
                    return "true"
                return f"{value} {not_}IN ({self._select(0, [type_]).text})"
            case _:
                scalar = self._scalar(type_, sources, looks_around=self._often(0.5))
                return f"{value} {self._pick.choice(['=', '<', '>='])} {scalar}"

    def _scalar(self, type_: str, sources: list[_Source], looks_around: bool) -> str:
        """Of a column; where there is none of the type, a value without a query."""
        source, text = self._source(0)
        columns = _by_type([source], set()).get(type_)
        if columns is None:
            return _apart(self._value(type_, sources, 0))
        around = self._like_around(sources, source) if looks_around else ""
        return f"(SELECT {self._pick.choice(['max', 'min'])}({self._pick.choice(columns)}) AS one FROM {text}{around})"

    def _like_around(self, sources: list[_Source], source: _Source) -> str:
        pairs = _pairs(sources, source)
        return f" WHERE {' = '.join(self._pick.choice(pairs))}" if pairs else ""

    def _window(self, sources: list[_Source]) -> tuple[str, str]:
        """Ordered by every column, so that rows which tie are the same."""
        everything = [f"{s.alias}.{n}" for s in sources for n, t in s.columns.items() if t in _PLAIN]
        self._pick.shuffle(everything)
        by = f"ORDER BY {', '.join(map(self._direction, everything))}"
        partition = f"PARTITION BY {self._value(self._pick.choice(_PLAIN), sources, 0)}" if self._often(0.6) else ""
        type_ = self._pick.choice(_PLAIN)
        value = self._value(type_, sources, 0)
        match self._pick.choice(("rank", "number", "near", "end", "aggregate", "aggregate", "aggregate")):
            case "rank":
                some = ", ".join(map(self._direction, everything[: self._pick.randint(1, 2)]))
                return f"{self._pick.choice(['rank()', 'dense_rank()'])} OVER ({partition} ORDER BY {some})", "int"
            case "number":
                return f"{self._pick.choice(['row_number()', 'ntile(3)'])} OVER ({partition} {by})", "int"
            case "near":
                call = self._pick.choice(["lag({})", "lead({}, 2)", "lag({}) IGNORE NULLS", "lead({})"]).format(value)
                return f"{call} OVER ({partition} {by})", type_
            case "end":
                calls = ["first_value({})", "last_value({})", "nth_value({}, 2)", "first({}) IGNORE NULLS"]
                call = self._pick.choice(calls).format(value)
                return f"{call} OVER ({partition} {by} {self._pick.choice(_FRAMES)})", type_
            case _:
                type_ = self._pick.choice([t for t in _AGGREGATES if t not in ("double", "string")])
                call = self._pick.choice([a for a in _AGGREGATES[type_] if " " not in a and "sort" not in a])
                over = partition if self._often(0.3) else f"{partition} {by} {self._pick.choice(_FRAMES)}"
                return f"{self._filled(call, sources)} OVER ({over})", type_


def _mentions(text: str, sources: Sequence[_Source]) -> bool:
    """Whether a column of what is read is in it; texts, names of results and lambdas apart."""
    values = re.sub(r"'(\\.|[^'\\])*'| AS \w+|\b\w+ -> [^()]*", "", text)
    return any(re.search(rf"\b{n}\b(?! ?\()", values) for s in sources for n in s.columns)


def _named(made: str, name: str) -> str:
    return made if re.fullmatch(rf"(\w+\.)?{name}", made) else f"{made} AS {name}"


def _apart(text: str) -> str:
    return f"({text})" if " " in text else text


def _by_type(sources: Sequence[_Source], bare: set[str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for source in sources:
        for name, type_ in source.columns.items():
            out.setdefault(type_, []).append(name if name in bare else f"{source.alias}.{name}")
    return out


def _pairs(sources: Sequence[_Source], other: _Source) -> list[tuple[str, str]]:
    """Columns that can be equal."""
    return [
        (f"{s.alias}.{m}", f"{other.alias}.{n}")
        for n, t in other.columns.items()
        for s in sources
        for m, u in s.columns.items()
        if t in _PLAIN and (u == t or {u, t} == {"int", "long"})
    ]
