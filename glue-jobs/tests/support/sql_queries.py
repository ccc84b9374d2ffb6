"""Random whole queries of the portable SQL, typed, over the tables of the conformance suite."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from support.sql_expressions import expression, filled
from support.sql_parts import Source, Values, apart, by_type, mentions, named, pairs, shared
from support.sql_tables import (
    AGGREGATES,
    EXPLODED,
    FRAMES,
    JOINS,
    NAMES,
    NEAR,
    NESTED,
    OVER,
    PLAIN,
    STACKS,
    TABLES,
    WRITTEN,
)

_Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Query:
    """A text, its columns and their types, and whether it says in which order its rows come, to the last one. `by` is
    what its rows may be put in order by, beside its columns."""

    text: str
    columns: _Columns
    ordered: bool = False
    by: tuple[str, ...] = ()


def queries(seed: int) -> Iterator[Query]:
    """Different ones without an end, each time the same for a seed."""
    pick = random.Random(seed)
    found: set[str] = set()
    while True:
        made = _Writer(pick).whole()
        if made.text not in found:
            found.add(made.text)
            yield made


class _Writer(Values):
    """Of one query: which names are taken."""

    def __init__(self, pick: random.Random) -> None:
        super().__init__(pick)
        self._tables = dict(TABLES)
        self._aliases = 0
        self._bare: set[str] = set()

    def whole(self) -> Query:
        defined: list[tuple[str, Query]] = []
        for n in range(self._pick.choice([0, 0, 0, 1, 1, 2])):
            query = self._query(1)
            # The table of that name is read by it, and hidden behind it.
            names = [t for t in TABLES if t not in [d for d, _ in defined]]
            name = self._pick.choice(names) if self._often(0.2) else f"q{n}"
            defined.append((name, query))
            self._tables[name] = dict(query.columns)
        query = self._query(2)
        for name, _ in reversed(defined):
            query = self._reading(query, name)
        text = query.text
        ordered = self._often(0.5) and _is_plain(query)
        if ordered:
            text += self._ordered(query)
            if self._often(0.5):
                text += f" LIMIT {self._pick.randint(0, 4)}{' OFFSET 1' if self._often(0.3) else ''}"
        before = ", ".join(f"{name} AS ({other.text})" for name, other in defined)
        return Query(f"WITH {before} {text}" if before else text, query.columns, ordered)

    def _ordered(self, query: Query) -> str:
        """By every column, so that rows which tie are the same."""
        names = [n for n, _ in query.columns]
        items = [str(i + 1) if self._often(0.1) else n for i, n in enumerate(names)]
        if query.by and self._often(0.4):
            items.insert(0, apart(self._pick.choice(query.by)))
        return f" ORDER BY {', '.join(map(self._direction, items))}"

    def _limited(self, query: Query) -> str:
        limit = self._often(0.2) and _is_plain(query)
        return f"{query.text}{self._ordered(query)} LIMIT {self._pick.randint(1, 3)}" if limit else query.text

    def _reading(self, query: Query, name: str) -> Query:
        """What is defined is read, and seen whole."""
        if re.search(rf"(FROM|JOIN|,) {name}\b", re.sub(r"'(\\.|[^'\\])*'", "", query.text)):
            return query
        cells = ", ".join(expression(self._pick, t, 0).text for _, t in query.columns)
        return Query(f"{query.text} UNION ALL SELECT {cells} FROM {name} WHERE false", query.columns)

    def _query(self, depth: int) -> Query:
        return self._stacked(depth) if depth > 0 and self._often(0.2) else self._select(depth)

    def _stacked(self, depth: int) -> Query:
        if self._often(0.25):
            return self._stacked_stars()
        left = self._select(depth - 1, starred=False)
        text, columns = left.text, left.columns
        for _ in range(self._pick.randint(1, 2)):
            near = [NEAR.get(t, {t: t}) if self._often(0.3) else {t: t} for _, t in columns]
            wanted = [self._pick.choice(list(n)) for n in near]
            right = self._select(depth - 1, wanted)
            columns = tuple((name, n[t]) for (name, _), n, t in zip(columns, near, wanted, strict=True))
            words = self._pick.choice(STACKS if all(t != "map" for t in wanted) else ["UNION ALL"])
            if self._often(0.6):
                text = f"{text} {words} {right.text}"
            else:
                first = text if text != left.text else self._limited(left)
                text = f"({first}) {words} ({self._limited(right)})"
        return Query(text, columns)

    def _stacked_stars(self) -> Query:
        name = self._pick.choice(list(self._tables))
        columns = self._tables[name]
        words = self._pick.choice(STACKS if "map" not in columns.values() else ["UNION ALL"])
        cells = self._pick.choice(["*", ", ".join(columns)])
        sides = [cells, "*"] if self._often(0.5) else ["*", cells]
        texts = [f"SELECT {side} FROM {name}{self._where([Source(name, columns)], 0)}" for side in sides]
        return Query(f" {words} ".join(texts), tuple(columns.items()))

    def _select(self, depth: int, wanted: Sequence[str] | None = None, starred: bool = True) -> Query:
        types = list(wanted or [self._pick.choice(PLAIN) for _ in range(self._pick.randint(1, 4))])
        names = self._pick.sample(NAMES, len(types))
        if self._often(0.04):
            cells = [f"{expression(self._pick, t, 1).text} AS {n}" for n, t in zip(names, types, strict=True)]
            return Query(f"SELECT {', '.join(cells)}", tuple(zip(names, types, strict=True)))
        sources, from_, by_name = self._from(depth)
        where = self._where(sources, depth)
        if self._often(0.4) and all(t in AGGREGATES for t in types):
            return self._grouped(sources, f"{from_}{where}", types, names)
        if (
            wanted is None
            and starred
            and self._often(0.15)
            and (star := self._starred(sources, f"{from_}{where}", by_name))
        ):
            return star
        items = []
        window = ""
        for n, type_ in enumerate(types):
            if self._often(0.2) and wanted is None:
                made, types[n] = self._window(sources)
            elif self._often(0.03) and wanted is None:
                window = f" WINDOW w AS ({self._complete(sources)})"
                types[n] = self._pick.choice(list(OVER))
                made = f"{self._over(types[n], sources)} OVER w"
            elif self._often(0.06) and depth > 0:
                made = self._scalar(type_, sources, looks_around=False)
            elif n > 0 and self._often(0.06) and wanted is None:
                types[n] = self._pick.choice(NESTED)
                made = self._value(types[n], sources, 1)
            else:
                made = self._value(type_, sources, 1)
            items.append(named(made, names[n]))
        distinct = self._often(0.1) and "map" not in types and mentions(" ".join(items), sources)
        by = self._around(sources)
        text = f"SELECT {'DISTINCT ' if distinct else ''}{', '.join(items)} FROM {from_}{where}{window}"
        return Query(
            text, tuple(zip(names, types, strict=True)), by=(by,) if mentions(by, sources) and not distinct else ()
        )

    def _around(self, sources: list[Source]) -> str:
        """A value of a row, each column with the name of what it is of."""
        return expression(self._pick, self._pick.choice(PLAIN), 1, by_type(sources, set())).text

    def _starred(self, sources: list[Source], from_: str, by_name: bool) -> Query | None:
        """All columns there are, or all of one table; perhaps beside another."""
        read = [(s.alias, tuple((s.whole or s.columns).items())) for s in sources]
        alias, columns = self._pick.choice(read)
        star = f"{alias}.*"
        if not by_name and self._often(0.6):
            star, columns = "*", tuple(c for _, found in read for c in found)
        names = [n for n, _ in columns]
        if len(set(names)) < len(names):
            return None
        if self._often(0.4):
            name, type_ = f"more{len(names)}", self._pick.choice(PLAIN)
            more = f"{self._value(type_, sources, 1)} AS {name}"
            first = self._often(0.3)
            star = f"{more}, {star}" if first else f"{star}, {more}"
            columns = ((name, type_), *columns) if first else (*columns, (name, type_))
        distinct = "DISTINCT " if self._often(0.15) and "map" not in [t for _, t in columns] else ""
        return Query(f"SELECT {distinct}{star} FROM {from_}", columns)

    def _grouped(self, sources: list[Source], from_: str, types: list[str], names: list[str]) -> Query:
        items: list[str] = [""] * len(types)
        keys: list[tuple[str, str]] = []
        group = []
        for n, (type_, name) in enumerate(zip(types, names, strict=True)):
            if self._often(0.5) and (made := self._key(type_, sources)) is not None:
                keys.append((type_, made))
                group.append(self._pick.choice([made, made, name, str(n + 1)]))
                items[n] = made
        type_ = self._pick.choice((*PLAIN, "strings", "place"))
        if self._often(0.25) and (made := self._key(type_, sources)) is not None:
            keys.append(("", made))
            group.append(made)
        for n, type_ in enumerate(types):
            if not items[n]:
                items[n] = self._of_group(type_, sources, keys)
        # A name that a column has too is that column.
        columns = {c for s in sources for c in s.columns}
        group = [k if g in columns else g for g, (_, k) in zip(group, keys, strict=True)]
        cells = [named(made, name) for made, name in zip(items, names, strict=True)]
        text = f"SELECT {', '.join(cells)} FROM {from_}" + (f" GROUP BY {', '.join(group)}" if group else "")
        having = ""
        if not mentions(" ".join([*items, *(k for _, k in keys)]), sources):
            having = " HAVING count(*) >= 0"
        elif self._often(0.3):
            results = [(n, t) for n, t in zip(names, types, strict=True) if n not in columns]
            having = f" HAVING {self._having(sources, results)}"
        return Query(text + having, tuple(zip(names, types, strict=True)), by=self._by_group(sources, text + having))

    def _by_group(self, sources: list[Source], text: str) -> tuple[str, ...]:
        """An aggregate, each column with the name of what it is of; Spark knows none beside HAVING and windows."""
        call = self._pick.choice(AGGREGATES[self._pick.choice(("long", "int", "date"))])
        whole = by_type(sources, set())
        by = filled(call, lambda type_: expression(self._pick, type_, 0, whole).text)
        return (by,) if mentions(by, sources) and " HAVING " not in text and " OVER (" not in text else ()

    def _of_group(self, type_: str, sources: list[Source], keys: list[tuple[str, str]]) -> str:
        """What is one for all rows of a group: an aggregate, what is made of a key, or a window over the groups."""
        plain = [k for t, k in keys if t and " " not in k]
        if plain and type_ in ("long", "int", "decimal") and self._often(0.15) and "" not in [t for t, _ in keys]:
            order = f"ORDER BY {', '.join(self._direction(k) for _, k in keys)}"
            inner = self._filled(self._pick.choice(OVER[type_]), sources)
            call = {"int": "max({})", "long": "sum({})", "decimal": "min({})"}[type_].format(inner)
            if type_ == "int":
                call = self._pick.choice([call, "row_number()", "dense_rank()", f"lag({inner})"])
            ranked = call.endswith("()") or call.startswith("lag")
            partition = f"PARTITION BY {self._pick.choice(plain)} " if self._often(0.4) else ""
            frame = "" if ranked else f" {self._pick.choice(FRAMES)}"
            return f"{call} OVER ({partition}{order}{frame})"
        if keys and self._often(0.25):
            of, key = self._pick.choice(keys)
            if of:
                return expression(self._pick, type_, 1, {of: [apart(key)]}).text
        return self._aggregate(type_, sources)

    def _having(self, sources: list[Source], results: Sequence[tuple[str, str]]) -> str:
        type_ = self._pick.choice(("long", "int", "decimal", "string", "date"))
        left = self._pick.choice([self._aggregate(type_, sources), *(n for n, t in results if t == type_)])
        if self._often(0.15):
            return f"{left} {self._pick.choice(['>', '<='])} {self._scalar(type_, [], looks_around=False)}"
        right = expression(self._pick, type_, 0).text
        found = f"{left} {self._pick.choice(['>', '<', '<=', '=', '<>', '<=>'])} {right}"
        if self._often(0.2):
            found += f" {self._pick.choice(['AND', 'OR'])} {apart(self._aggregate('boolean', sources))}"
        return found

    def _from(self, depth: int) -> tuple[list[Source], str, bool]:
        """What is read, its text, and whether some of it is joined by the names of columns."""
        first, text = self._source(depth)
        sources = [first]
        by_name = False
        for _ in range(self._pick.choice([0, 0, 0, 1, 1, 2])):
            other, written = self._source(depth)
            kind = self._pick.choice(JOINS)
            same = shared(sources, other, kind)
            if kind in ("CROSS JOIN", ","):
                text += f"{kind if kind == ',' else ' ' + kind} {written}"
            elif same and self._often(0.3):
                by_name = True
                names = self._pick.sample(same, self._pick.randint(1, min(2, len(same))))
                text += f" {kind} {written} USING ({', '.join(names)})"
                rest = {n: t for n, t in other.columns.items() if n not in names}
                other = Source(other.alias, rest, other.columns)
            else:
                text += f" {kind} {written} ON {self._on(sources, other)}"
            if kind not in ("LEFT SEMI JOIN", "LEFT ANTI JOIN"):
                sources.append(other)
        lists = [f"{s.alias}.{n}" for s in sources for n, t in s.columns.items() if t == "strings"]
        if (lists and self._often(0.4)) or self._often(0.05):
            self._aliases += 1
            type_ = "string" if lists else self._pick.choice(list(EXPLODED))
            of = self._pick.choice(lists) if lists and self._often(0.6) else ""
            of = of or filled(self._pick.choice(EXPLODED[type_]), lambda t: self._value(t, sources, 0))
            exploded = Source(f"v{self._aliases}", {f"item{self._aliases}": type_})
            outer = " OUTER" if self._often(0.4) else ""
            text += f" LATERAL VIEW{outer} explode({of}) {exploded.alias} AS item{self._aliases}"
            sources.append(exploded)
        return sources, text, by_name

    def _on(self, sources: list[Source], other: Source) -> str:
        conditions = []
        if (equal := pairs(sources, other)) and self._often(0.9):
            a, b = self._pick.choice(equal)
            conditions.append(f"{a} {self._pick.choice(['=', '=', '=', '<=>', '<'])} {b}")
        if not conditions or self._often(0.25):
            conditions.append(apart(expression(self._pick, "boolean", 1, by_type([*sources, other], set())).text))
        return self._pick.choice([" AND ", " AND ", " OR "]).join(conditions)

    def _source(self, depth: int) -> tuple[Source, str]:
        self._aliases += 1
        alias = f"s{self._aliases}"
        as_ = "AS " if self._often(0.5) else ""
        if depth > 0 and self._often(0.3):
            query = self._nested(depth - 1) if self._often(0.2) else self._query(depth - 1)
            return Source(alias, dict(query.columns)), f"({self._limited(query)}) {as_}{alias}"
        if self._often(0.06):
            return self._rows(alias)
        name = self._pick.choice(list(self._tables))
        if self._often(0.3) and name not in self._bare:
            self._bare.add(name)
            return Source(name, self._tables[name]), name
        return Source(alias, self._tables[name]), f"{name} {as_}{alias}"

    def _nested(self, depth: int) -> Query:
        """With a WITH of its own."""
        before = self._tables
        inner = self._query(depth)
        self._aliases += 1
        name = f"n{self._aliases}"
        self._tables = {**before, name: dict(inner.columns)}
        query = self._reading(self._select(depth), name)
        self._tables = before
        return Query(f"WITH {name} AS ({inner.text}) {query.text}", query.columns)

    def _rows(self, alias: str) -> tuple[Source, str]:
        """Written out; the first has no NULL, which has no type."""
        columns = {n: self._pick.choice(list(WRITTEN)) for n in self._pick.sample(NAMES, self._pick.randint(1, 3))}
        rows = [[self._pick.choice(WRITTEN[t]) for t in columns.values()] for _ in range(self._pick.randint(1, 3))]
        rows.insert(0, [WRITTEN[t][0] for t in columns.values()])
        text = f"VALUES {', '.join('(' + ', '.join(row) + ')' for row in rows)}"
        text = f"({text})" if self._often(0.5) else text
        return Source(alias, columns), f"{text} AS {alias}({', '.join(columns)})"

    def _where(self, sources: list[Source], depth: int) -> str:
        if self._often(0.5):
            return " WHERE false" if self._often(0.05) else ""
        conditions = [self._condition(sources, depth) for _ in range(self._pick.choice([1, 1, 2]))]
        return f" WHERE {self._pick.choice([' AND ', ' OR ']).join(conditions)}"

    def _condition(self, sources: list[Source], depth: int) -> str:
        if depth == 0 or self._often(0.7):
            return apart(self._value("boolean", sources, 1))
        not_ = "NOT " if self._often(0.4) else ""
        type_ = self._pick.choice(("int", "string", "date", "decimal", "long"))
        value = self._value(type_, sources, 0)
        match self._pick.choice(("exists", "exists", "in", "value", "case")):
            case "exists":
                source, text = self._source(0)
                return f"{not_}EXISTS (SELECT 1 AS one FROM {text}{self._like_around(sources, source, _LIKE)})"
            case "in":
                key = self._key(type_, sources)
                return "true" if key is None else f"{apart(key)} {not_}IN ({self._limited(self._select(0, [type_]))})"
            case "case":
                when = self._pick.choice([self._condition(sources, depth), self._value("boolean", sources, 1)])
                value, other = self._value("boolean", sources, 1), self._condition(sources, depth)
                return f"CASE WHEN {when} THEN {value} ELSE {other} END"
            case _:
                scalar = self._scalar(type_, sources, looks_around=self._often(0.5))
                return f"{value} {self._pick.choice(['=', '<', '>='])} {scalar}"

    def _scalar(self, type_: str, sources: list[Source], looks_around: bool) -> str:
        """Of a column; where there is none of the type, a value without a query."""
        source, text = self._source(0)
        columns = by_type([source], set()).get(type_)
        if columns is None:
            return apart(self._value(type_, sources, 0))
        around = self._like_around(sources, source, ("=",)) if looks_around else ""
        return f"(SELECT {self._pick.choice(['max', 'min'])}({self._pick.choice(columns)}) AS one FROM {text}{around})"

    def _like_around(self, sources: list[Source], source: Source, how: Sequence[str]) -> str:
        alike = pairs(sources, source)
        if not alike:
            return ""
        count = self._pick.choice([1, 1, 2])
        found = [f" {self._pick.choice(how)} ".join(self._pick.choice(alike)) for _ in range(count)]
        if self._often(0.3):
            found.append(apart(expression(self._pick, "boolean", 1, by_type([source], set())).text))
        return f" WHERE {' AND '.join(found)}"


_LIKE = ("=", "=", "=", "<", ">=", "<>", "<=>")


def _is_plain(query: Query) -> bool:
    return all(t in PLAIN for _, t in query.columns)
