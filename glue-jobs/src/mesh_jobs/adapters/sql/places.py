"""Where aggregates, windows and subqueries may stand."""

from __future__ import annotations

from sqlglot import exp

from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.problems import Refuse


def is_aggregate(node: exp.Expr) -> bool:
    """Of groups: not of a window."""
    function = FUNCTIONS.get(function_name(node))
    return function is not None and function.kind == "aggregate" and not is_windowed(node)


def function_name(node: exp.Expr | None) -> str:
    """In small letters; empty for what is no function by its name."""
    return str(node.this).lower() if isinstance(node, exp.Anonymous) else ""


def is_windowed(node: exp.Expr) -> bool:
    """Whether OVER belongs to this function, and not to one that it is inside of."""
    window = node.find_ancestor(exp.Window, exp.Select)
    return isinstance(window, exp.Window) and function_of(window) is node


def function_of(window: exp.Window) -> exp.Expr:
    """The function of a window, seen through FILTER and IGNORE NULLS."""
    inner: exp.Expr = window.this
    while isinstance(inner, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        inner = inner.this
    return inner


def first_select(query: exp.Expr | None) -> list[exp.Expr]:
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.left if isinstance(query, exp.SetOperation) else query.this
    return query.expressions if isinstance(query, exp.Select) else []


def check_place(node: exp.Expr, what: str, refuse: Refuse) -> None:
    """Aggregates, windows and subqueries stand where the rows they look at are known."""
    at = node.parent
    while at is not None and not isinstance(at, exp.Query):
        if what != "a subquery" and is_aggregate(at):
            refuse(node, f"{what} in an aggregate", "work the inner one out in a subquery")
            return
        if isinstance(at, exp.Where) and isinstance(at.parent, exp.Select) and what != "a subquery":
            refuse(node, f"{what} in WHERE: its rows are not chosen yet", "filter in HAVING, or in an outer query")
            return
        if isinstance(at, exp.Where) and isinstance(at.parent, exp.Filter):
            refuse(node, f"{what} in FILTER", "work it out in a subquery")
            return
        if isinstance(at, exp.Having) and what == "a window":
            refuse(node, "a window in HAVING", "filter in an outer query")
            return
        if isinstance(at, exp.Join | exp.Group) or (what == "a subquery" and isinstance(at, exp.Order)):
            clause = {exp.Join: "ON", exp.Group: "GROUP BY"}.get(type(at), "ORDER BY")
            refuse(node, f"{what} in {clause}", "work it out in a subquery in FROM")
            return
        at = at.parent
