"""Where what a query gives comes from: its columns' names, what they are worked out from, and what says which rows
there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mesh_jobs.adapters.sql.scopes import around, nested, owner, sources, starred

#: What a query reads from: a table, or another query.
Read = exp.Expr | Scope


class Lineage:
    """The queries of one text, over tables whose columns are `known` by their names in lower case. Each query is worked
    out once: every column of one that reads another asks for all of the other."""

    def __init__(self, known: Mapping[str, list[str]]) -> None:
        self._known = known
        self._columns: dict[Scope, dict[str, list[str]] | None] = {}
        self._names: dict[Scope, list[str] | None] = {}

    def columns(self, scope: Scope) -> dict[str, list[str]] | None:
        """Output column → `table.column` it is computed from; None where a star hides it."""
        if scope not in self._columns:
            self._columns[scope] = self._worked_out(scope)
        return self._columns[scope]

    def origins(self, alias: str, read: Read, column: str) -> set[str]:
        """The `table.column`s that one column of what is read comes from."""
        if isinstance(read, exp.Table):
            return {f"{read.name}.{column}"}
        if isinstance(read, Scope) and isinstance(read.expression, exp.Lateral):
            # What is exploded is of the tables before it.
            inside = read.expression.find_all(exp.Column)
            return {x for c in inside if read.parent for x in self._origins_of(read.parent, c, but=alias)}
        if isinstance(read, Scope):
            inner = self.columns(read) or {}
            own = self._before(read, column)
            return {x for n, found in inner.items() if n.lower() == own.lower() for x in found}
        return set()

    def _before(self, read: Scope, column: str) -> str:
        """What a column was named before what is read got names of its own, as in `(SELECT …) AS q(a, b)`."""
        renamed = zip(read.outer_columns, self.given(read) or (), strict=False)
        return next((own for new, own in renamed if new.lower() == column.lower()), column)

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

    def _worked_out(self, scope: Scope) -> dict[str, list[str]] | None:
        if scope.set_operation_scopes:
            parts = [self.columns(s) for s in scope.set_operation_scopes]
            if any(p is None for p in parts):
                return None
            columns = [list((p or {}).items()) for p in parts]
            return {
                n: sorted({x for p in columns for x in (p[i][1] if i < len(p) else [])})
                for i, (n, _) in enumerate(columns[0])
            }
        if not isinstance(scope.expression, exp.Select):
            return None
        out: dict[str, list[str]] = {}
        whose = {id(c): q for q in nested(scope) for c in q.find_all(exp.Column)}
        for projection in scope.expression.expressions:
            if projection.is_star:
                for alias, read in starred(scope, projection).items():
                    names = self.names(read)
                    if names is None:
                        return None
                    for n in names:
                        out[n] = sorted(self.origins(alias, read, n))
                continue
            found: set[str] = set()
            for column in projection.find_all(exp.Column):
                if id(column) in whose:
                    found |= self._origins_of(whose[id(column)], column)
            out[projection.alias_or_name] = sorted(found)
        return out

    def _origins_of(self, scope: Scope, column: exp.Column, but: str | None = None) -> set[str]:
        levels = [{a: r for a, r in sources(q).items() if a != but} for q in around(scope)]
        for level in levels if owner(column) else ():
            for alias, read in level.items():
                if alias.lower() == owner(column):
                    return self.origins(alias, read, column.parts[1].name)
        name = column.parts[0].name
        for level in levels:
            for alias, read in level.items():
                if name.lower() in lowered(self.names(read)):
                    return self.origins(alias, read, name)
        only = [(a, r) for level in levels for a, r in level.items()]
        return self.origins(*only[0], name) if len(only) == 1 else set()

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


def lowered(names: Sequence[str] | None) -> set[str]:
    """Names as they are compared."""
    return {n.lower() for n in names or ()}
