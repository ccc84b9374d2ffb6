"""Where aggregates, windows and subqueries may stand."""

from __future__ import annotations

from sqlglot import exp

from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.problems import Refuse


def is_aggregate(node: exp.Expr) -> bool:
    """Of groups: not of a window."""
    if not isinstance(node, exp.Anonymous):
        return False
    function = FUNCTIONS.get(str(node.this).lower())
    if function is None or function.kind != "aggregate":
        return False
    above: exp.Expr = node
    while isinstance(above.parent, exp.Filter | exp.IgnoreNulls | exp.RespectNulls) and above.arg_key == "this":
        above = above.parent
    return not (isinstance(above.parent, exp.Window) and above.arg_key == "this")


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
