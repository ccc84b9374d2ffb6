"""What each query of a text reads, and which other queries' columns it can name."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, ScopeType

Sources = dict[str, exp.Expr | Scope]


def sources(scope: Scope) -> Sources:
    """What a query reads itself, by alias; sqlglot's `sources` hold every WITH that it can see as well."""
    return {a: scope.sources[a] for a, _ in scope.references if a in scope.sources}


def given(scope: Scope) -> Sources:
    """Those whose columns a star gives: a semi or anti join only asks whether there is a row."""
    joins = scope.expression.args.get("joins") or []
    asked = {j.alias_or_name for j in joins if j.kind in ("SEMI", "ANTI")}
    return {a: s for a, s in sources(scope).items() if a not in asked}


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


def named_inside(select: exp.Expr) -> set[str]:
    """Names that are no columns of a table: of lambdas' parameters and of LATERAL VIEWs."""
    laterals = select.args.get("laterals") or []
    exploded = {c.name.lower() for x in laterals for c in x.args["alias"].columns}
    exploded |= {x.args["alias"].name.lower() for x in laterals}
    return exploded | {p.name.lower() for x in select.find_all(exp.Lambda) for p in x.expressions}


def aliases(select: exp.Expr) -> set[str]:
    return {p.alias.lower() for p in select.expressions if p.alias}
