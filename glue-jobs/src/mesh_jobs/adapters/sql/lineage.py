"""Where what a query gives comes from: its columns' names, what they are worked out from, and what says which rows
there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mesh_jobs.adapters.sql.parsing import position
from mesh_jobs.adapters.sql.problems import SqlProblem
from mesh_jobs.adapters.sql.resolver import Resolver, Whose
from mesh_jobs.adapters.sql.scopes import Read, around, is_parameter, nested, results, starred, using

#: Names all columns of a table that are not known.
STAR = "*"


@dataclass(frozen=True)
class Origin:
    """A column of a table, or with `*` all of them under their own names. Not `sure`: the text leaves it open, and it
    may as well be another one. `plain` where its values are given as they are, whatever they are called."""

    table: str
    column: str
    sure: bool = True
    plain: bool = True

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


Origins = frozenset[Origin]


class Untold(Exception):
    """Of a sound query it cannot be told where a column comes from."""

    def __init__(self, node: exp.Expr, message: str, remedy: str) -> None:
        super().__init__(message)
        self.problem = SqlProblem(message, *position(node), remedy)


class Lineage:
    """The queries of one text, over tables whose columns are `known` by their names in lower case. `tables` are the
    names that it may read, as they are spelled elsewhere. Each query is worked out once: every column of one that reads
    another asks for all of the other."""

    def __init__(self, known: Mapping[str, list[str]], tables: Sequence[str] = ()) -> None:
        self._known = known
        self._tables = {t.lower(): t for t in tables}
        self._columns: dict[Scope, list[tuple[str, Origins]]] = {}
        self._names: dict[Scope, list[str] | None] = {}
        self._resolvers: dict[Scope, Resolver[str]] = {}
        self._whose: dict[Scope, dict[int, Scope]] = {}
        self._made: dict[int, Origins] = {}

    def told(self, scope: Scope) -> dict[str, Any]:
        """`lineage`: output column → the `table.column`s that it is computed from, and `*` → the table whose columns a
        star gives; None where that cannot be told, and `untold` says why. `perhaps`: what it may come from besides.
        `plain`: those of both that it gives as they are."""
        try:
            columns = self._given(scope)
        except Untold as why:
            return {"lineage": None, "plain": {}, "perhaps": {}, "untold": why.problem}
        stars = [c for c in columns if c[0] == STAR]
        made: dict[str, set[Origin]] = {}
        for name, found in columns:
            # Of several stars nobody knows which has a column.
            here = found if name != STAR or len(stars) == 1 else {replace(o, sure=False) for o in found}
            made.setdefault(name, set()).update(here)
        lineage = {n: _sorted(o for o in found if o.sure) for n, found in made.items()}
        plain = {n: _sorted(o for o in found if o.plain) for n, found in made.items()}
        perhaps = {n: _sorted(o for o in found if not o.sure) for n, found in made.items()}
        return {
            "lineage": {n: found for n, found in lineage.items() if n != STAR or found},
            "plain": {n: found for n, found in plain.items() if n != STAR or found},
            "perhaps": {n: found for n, found in perhaps.items() if found},
            "untold": None,
        }

    def resolver(self, scope: Scope) -> Resolver[str]:
        """Who has the columns that a query names. Of each source it keeps the names as they are written there."""
        if scope not in self._resolvers:
            self._resolvers[scope] = Resolver(scope, self._by_name)
        return self._resolvers[scope]

    def origins(self, read: Read, column: str) -> set[str]:
        """The `table.column`s that one column of what is read comes from, as far as that is told."""
        try:
            return {str(o) for o in self._of(read, column) if o.sure}
        except Untold:
            return set()

    def origins_of(self, scope: Scope, column: exp.Column) -> set[str]:
        """The `table.column`s that a column of a query comes from, be it the name of a result, as far as that is
        told."""
        try:
            return {str(o) for o in self._named_by(scope, column) if o.sure}
        except Untold:
            return set()

    def spelled(self, table: exp.Table, column: str) -> tuple[str, str]:
        """A table and its column, spelled as they are known."""
        there = self._known.get(table.name.lower()) or ()
        return self._tables.get(table.name.lower(), table.name), next(
            (n for n in there if n.lower() == column.lower()), column
        )

    def _of(self, read: Read, column: str) -> Origins:
        """What one column of what is read comes from."""
        if isinstance(read, exp.Table):
            return frozenset({Origin(*self.spelled(read, column))})
        if not isinstance(read, Scope):
            raise _nowhere(read, column)
        if isinstance(read.expression, exp.Values):
            return frozenset()
        if isinstance(read.expression, exp.Lateral) and read.parent is not None:
            # What is exploded is of the tables before it.
            inside = [c for c in read.expression.find_all(exp.Column) if not is_parameter(c)]
            return _worked(o for c in inside for o in self._named_by(read.parent, c))
        columns = self._as_read(read)
        own = [found for n, found in columns if n.lower() == column.lower()]
        stars = [found for n, found in columns if n == STAR]
        # What a star gives may have the name of another column, and then it is the engine's choice.
        sure = not own and len(stars) == 1
        others = (Origin(o.table, column, o.sure and sure, o.plain) for found in stars for o in found)
        if not own and not stars:
            raise _nowhere(read.expression, column)
        return frozenset({*(o for found in own for o in found), *others})

    def _as_read(self, read: Scope) -> list[tuple[str, Origins]]:
        """What a query gives, under the names that it has where it is read, as in `(SELECT …) AS q(a, b)`."""
        columns = self._given(read)
        if not read.outer_columns:
            return columns
        if any(n == STAR for n, _ in columns):
            raise _starred(read.expression)
        return [(new, found) for new, (_, found) in zip(read.outer_columns, columns, strict=False)]

    def _named_by(self, scope: Scope, column: exp.Column) -> Origins:
        """What a column that a query names comes from: all that it can be, where that is left open."""
        parts = [p.name for p in column.parts]
        whose = self.resolver(scope).find(parts, column)
        found = self._found(scope, column, parts, whose)
        return found if len(parts) == whose.name + 1 else _worked(found)

    def _found(self, scope: Scope, column: exp.Column, parts: Sequence[str], whose: Whose[str]) -> Origins:
        """What the column comes from whose it is, be it the whole of it or a member that is named."""
        named = parts[whose.name]
        if whose.name == 1:
            (source,) = whose.owners.values()
            found = set(self._of(source.read, named))
            if source.columns is None:
                # It may have a column of the name that it is read under, and the other is a member of that.
                found |= _unsure(self._of(source.read, parts[0]))
            return frozenset(found)
        owners, open_ = [s.read for s in whose.owners.values()], [s.read for s in whose.open]
        if owners and named.lower() in using(scope.expression):
            # It is of both sides, and is of either where the other has no row.
            owners += [s.read for s in self.resolver(scope).own().values() if s.columns is None]
        result = None if owners and not open_ else self._result(scope, column)
        if not owners and not open_ and result is None:
            raise _nowhere(column, named)
        sure = not owners and len(open_) == 1
        may = [o for read in (open_ + owners if open_ else []) for o in self._of(read, named)]
        certain = [o for read in ([] if open_ else owners) for o in self._of(read, named)]
        stands_for = result or ()
        return frozenset({*certain, *(may if sure else _unsure(may)), *(_unsure(stands_for) if open_ else stands_for)})

    def _result(self, scope: Scope, column: exp.Column) -> Origins | None:
        """What a column comes from that is the name of a result; None where there is no such result."""
        for query in around(scope):
            stands_for = results(query.expression, column).get(column.parts[0].name.lower())
            if stands_for is not None:
                return self._made_of(query, stands_for)
        return None

    def names(self, read: Read) -> list[str] | None:
        """What columns there are in what is read; None where that is not known."""
        if isinstance(read, exp.Table):
            return self._known.get(read.name.lower())
        if isinstance(read, Scope) and isinstance(read.expression, exp.Query | exp.Values | exp.Lateral):
            return read.outer_columns or self.given(read)
        return None

    def given(self, scope: Scope) -> list[str] | None:
        """The names of what a query gives; None where that is not known."""
        if scope not in self._names:
            self._names[scope] = self._named(scope)
        return self._names[scope]

    def _given(self, scope: Scope) -> list[tuple[str, Origins]]:
        """Each column that a query gives, in order, with what it comes from. A star over a table of unknown columns is
        one, of that name."""
        if scope not in self._columns:
            self._columns[scope] = self._worked_out(scope)
        return self._columns[scope]

    def _worked_out(self, scope: Scope) -> list[tuple[str, Origins]]:
        if scope.set_operation_scopes:
            parts = [self._given(s) for s in scope.set_operation_scopes]
            if any(n == STAR for part in parts for n, _ in part):
                raise _starred(scope.expression)
            # Of as many columns each, and in order; the names are those of the first.
            return [(here[0][0], frozenset().union(*(f for _, f in here))) for here in zip(*parts, strict=False)]
        if isinstance(scope.expression, exp.Subquery) and len(scope.sources) == 1:
            (inner,) = scope.sources.values()
            if isinstance(inner, Scope):
                return self._given(inner)
        if not isinstance(scope.expression, exp.Select):
            raise Untold(scope.expression, "this is no SELECT", "write it as one")
        out: list[tuple[str, Origins]] = []
        for projection in scope.expression.expressions:
            if projection.is_star:
                whose = starred(scope, projection)
                if not whose:
                    raise _starred(projection)
                for read in whose.values():
                    out += self._all(read)
            else:
                out.append((projection.alias_or_name, self._made_of(scope, projection)))
        return out

    def _all(self, read: Read) -> list[tuple[str, Origins]]:
        """All columns of what is read, as a star gives them."""
        names = self.names(read)
        if names is not None:
            return [(n, self._of(read, n)) for n in names]
        if isinstance(read, Scope):
            return self._as_read(read)
        if not isinstance(read, exp.Table):
            raise _starred(read)
        return [(STAR, frozenset({Origin(self.spelled(read, STAR)[0], STAR)}))]

    def _made_of(self, scope: Scope, projection: exp.Expr) -> Origins:
        if id(projection) not in self._made:
            if scope not in self._whose:
                self._whose[scope] = {id(c): q for q in nested(scope) for c in q.find_all(exp.Column)}
            whose = self._whose[scope]
            inside = [c for c in projection.find_all(exp.Column) if id(c) in whose and not is_parameter(c)]
            found = frozenset(o for c in inside for o in self._named_by(whose[id(c)], c))
            value = projection.unalias().unnest()
            made = found if isinstance(value, exp.Column) else _worked(found)
            if isinstance(value, exp.Query):
                # What a query stands for as a value is its one column.
                ((_, given),) = self._given(next(q for q in nested(scope) if q.expression is value))
                made |= given
            self._made[id(projection)] = made
        return self._made[id(projection)]

    def _by_name(self, read: Read) -> dict[str, str] | None:
        names = self.names(read)
        return None if names is None else {n.lower(): n for n in names}

    def _named(self, scope: Scope) -> list[str] | None:
        if scope.set_operation_scopes:
            return self.given(scope.set_operation_scopes[0])
        outer = scope.expression
        if not isinstance(outer, exp.Select):
            return None
        out: list[str] = []
        for projection in outer.expressions:
            if not projection.is_star:
                out.append(projection.alias_or_name)
                continue
            for read in starred(scope, projection).values():
                names = self.names(read)
                if names is None:
                    return None
                out += names
        return out


#: Parts of a SELECT that say which rows there are.
_CHOOSING = ("where", "group", "having", "qualify", "order", "distinct")


def decides_rows(column: exp.Column) -> bool:
    """Whether which rows come out depends on a column, beside what it may say in them."""
    node: exp.Expr = column
    while (parent := node.parent) is not None:
        if isinstance(parent, exp.Select) and (node.arg_key in _CHOOSING or parent.args.get("distinct")):
            return True
        if isinstance(parent, exp.Join) and node.arg_key != "this":
            return True
        if isinstance(parent, exp.SetOperation) and (parent.args.get("distinct") or not isinstance(parent, exp.Union)):
            return True
        node = parent
    return False


def _unsure(origins: Iterable[Origin]) -> Origins:
    return frozenset(replace(o, sure=False) for o in origins)


def _worked(origins: Iterable[Origin]) -> Origins:
    """The same, of what is worked out from them."""
    return frozenset(replace(o, plain=False) for o in origins)


def _sorted(origins: Iterable[Origin]) -> list[str]:
    return sorted({str(o) for o in origins})


def _nowhere(node: exp.Expr, column: str) -> Untold:
    remedy = "write which table it belongs to, or declare the `columns:` of the source"
    return Untold(node, f"it is not known which table column {column} belongs to", remedy)


def _starred(node: exp.Expr) -> Untold:
    star = next((s for s in node.find_all(exp.Star)), node)
    remedy = "name the columns, or declare the `columns:` of the source"
    return Untold(star, "it is not known which columns * gives", remedy)
