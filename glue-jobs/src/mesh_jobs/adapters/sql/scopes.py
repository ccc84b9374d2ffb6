"""What each query of a text reads, and which other queries' columns it can name."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, ScopeType

#: What a query reads from: a table, or another query.
Read = exp.Expr | Scope
Sources = dict[str, Read]


def sources(scope: Scope) -> Sources:
    """What a query reads itself, by alias; sqlglot's `sources` hold every WITH that it can see as well."""
    return {a: scope.sources[a] for a, _ in scope.references if a in scope.sources}


def given(scope: Scope) -> Sources:
    """Those whose columns a star gives: a semi or anti join only asks whether there is a row."""
    joins = scope.expression.args.get("joins") or []
    asked = {j.alias_or_name for j in joins if j.kind in ("SEMI", "ANTI")}
    return {a: s for a, s in sources(scope).items() if a not in asked}


def starred(scope: Scope, star: exp.Expr) -> Sources:
    """Whose columns a star gives: `*` all that is read, `t.*` one."""
    wanted = star.table.lower() if isinstance(star, exp.Column) else ""
    return {alias: read for alias, read in given(scope).items() if wanted in ("", alias.lower())}


def seen_from(column: exp.Expr, scope: Scope) -> set[str]:
    """The aliases whose columns a column of a query can be of: in ON those that are joined by then, in a LATERAL VIEW
    those before it, elsewhere those that a star gives."""
    laterals = scope.expression.args.get("laterals") or []
    exploded = next((n for n, x in enumerate(laterals) if x is column.find_ancestor(exp.Lateral, exp.Select)), None)
    if exploded is not None:
        return set(given(scope)) - {x.alias_or_name for x in laterals[exploded:]}
    joins = scope.expression.args.get("joins") or []
    within = column.find_ancestor(exp.Join, exp.Select)
    place = next((n for n, j in enumerate(joins) if j is within), None)
    if place is None:
        return set(given(scope))
    later = {j.alias_or_name for j in joins[place + 1 :]}
    before = {j.alias_or_name for j in joins[:place] if j.kind in ("SEMI", "ANTI")}
    return set(sources(scope)) - later - before


def around(scope: Scope) -> list[Scope]:
    """A query and, innermost first, those whose columns it can name too, being a condition or a value in them."""
    out, at = [scope], scope
    while at.parent is not None and at.scope_type in (ScopeType.SUBQUERY, ScopeType.SET_OPERATION):
        at = at.parent
        out.append(at)
    return [s for s in out if isinstance(s.expression, exp.Select)]


def nested(scope: Scope) -> Iterator[Scope]:
    """A query, and all that are conditions or values in it."""
    yield scope
    for inner in (*scope.subquery_scopes, *(scope.set_operation_scopes or ())):
        yield from nested(inner)


def using(select: exp.Expr) -> set[str]:
    """The columns by whose names a query joins."""
    return {i.name.lower() for j in select.args.get("joins") or [] for i in j.args.get("using") or []}


def is_parameter(column: exp.Column) -> bool:
    """Whether it is a lambda's, and no column of what is read; elsewhere in the text that name may be a column."""
    at = column.parent
    while at is not None and not isinstance(at, exp.Query):
        if isinstance(at, exp.Lambda) and column.parts[0].name.lower() in {p.name.lower() for p in at.expressions}:
            return True
        at = at.parent
    return False


def aliases(select: exp.Expr) -> set[str]:
    return {p.alias.lower() for p in select.expressions if p.alias}


def results(select: exp.Expr, at: exp.Expr) -> dict[str, exp.Expr]:
    """What the names of results stand for, as a place in a query knows them: in the list itself those before it."""
    node = at
    while node.parent is not None and node.parent is not select:
        node = node.parent
    there = select.expressions[: node.index if node.arg_key == "expressions" else None]
    return {p.alias.lower(): p for p in there if p.alias} if isinstance(select, exp.Select) else {}


def own(node: exp.Expr) -> Iterator[exp.Expr]:
    """A node and what is in it, but for other queries."""
    for found in node.walk(prune=lambda n: isinstance(n, exp.Query) and n is not node):
        if found is node or not isinstance(found, exp.Query):
            yield found


def plain(node: exp.Expr) -> exp.Expr:
    """What is equal for expressions that mean the same: without parentheses, capitals in names, and of which table a
    column is."""

    root = exp.Paren(this=node.copy())
    for inner in list(root.this.walk()):
        if isinstance(inner, exp.Paren | exp.Alias):
            inner.replace(inner.this)
        elif isinstance(inner, exp.Column):
            inner.replace(exp.column(inner.name.lower()))
    return root.this  # type: ignore[no-any-return]


def order_as_spark(tree: exp.Expr) -> None:
    """In an expression of ORDER BY the name of a result is that result, though a column has it too. To others it is the
    column, so what the result stands for is written instead."""
    for select in tree.find_all(exp.Select):
        named = {p.alias.lower(): p.this for p in select.expressions if isinstance(p, exp.Alias)}
        order = select.args.get("order")
        for item in order.expressions if order is not None and not select.args.get("distinct") else ():
            if isinstance(item.this, exp.Column | exp.Literal):
                continue
            for column in [c for c in own(item) if isinstance(c, exp.Column) and not c.table]:
                stands_for = named.get(column.name.lower())
                if stands_for is not None and stands_for != column:
                    column.replace(exp.Paren(this=stands_for.copy()))
