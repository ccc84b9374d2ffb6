"""What a subquery may be, and what it may look at of the row around it.

Source of the rules: queries asked of Spark 3.5.6 and of DuckDB. Where Spark is right in some plans only, it is refused.
"""

from __future__ import annotations

from sqlglot import exp

from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.places import check_place, first_select, function_name, is_aggregate
from mesh_jobs.adapters.sql.problems import Refuse
from mesh_jobs.adapters.sql.scopes import own
from mesh_jobs.adapters.sql.typed import OUTER

_OF_NOTHING = ("count", "count_if", "collect_list", "array_agg", "collect_set")
#: Without a row they give null. Spark takes a subquery for null where there is no row, whatever its aggregate gives.
_NULL_OF_NOTHING = {n for n, f in FUNCTIONS.items() if f.kind == "aggregate"} - set(_OF_NOTHING)
_EQUAL = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)
_RANGED = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_LOGIC = (exp.And, exp.Or, exp.Not, exp.Paren)


def check_in(node: exp.In, refuse: Refuse) -> None:
    """As a value, `NULL IN (SELECT …)` is false to Spark and null to others; as a condition that is the same."""
    check_place(node, "a subquery", refuse)
    columns = first_select(node.args["query"])
    wanted = len(node.this.expressions) if isinstance(node.this, exp.Tuple) else 1
    if len(columns) != wanted and not any(c.is_star for c in columns):
        refuse(
            node,
            f"{len(columns)} columns of a subquery are compared with {wanted}",
            "select the same number of columns",
        )
    if node.this.find(exp.Column) is None:
        refuse(
            node, "a constant IN (SELECT …): for NULL and no row Spark says neither true nor false", "write EXISTS (…)"
        )
    if columns and isinstance(columns[0], exp.Literal) and columns[0].is_string:
        refuse(columns[0], "IN (SELECT 'a') is not a query to Spark", "write IN ('a'), or SELECT 'a' AS a")
    if isinstance(node.this, exp.Tuple) and isinstance(node.parent, exp.Not):
        refuse(node, "rows that are not IN a query, where one has a NULL", "write NOT EXISTS (…)")
    above = node.parent
    while isinstance(above, _LOGIC):
        above = above.parent
    if not isinstance(above, exp.Where | exp.Having):
        refuse(node, "IN (SELECT …) as a value is false or null", "write EXISTS (…), or LEFT JOIN")


def check_filter(node: exp.Expr, query: exp.Expr, refuse: Refuse) -> None:
    """EXISTS and IN, whose query looks at the row around it: it filters, and does no more."""
    inner = query.unnest() if isinstance(query, exp.Subquery) else query
    if not _outer_columns(inner, refuse):
        return
    plain = isinstance(inner, exp.Select) and not any(inner.args.get(k) for k in ("group", "having", "limit", "offset"))
    if not plain or any(is_aggregate(n) or isinstance(n, exp.Window) for p in inner.expressions for n in own(p)):
        refuse(node, "a correlated subquery can only filter", "JOIN a query that groups")


def guarded(node: exp.Exists) -> exp.Exists:
    """DuckDB looks for too few rows where a query in EXISTS has to differ from the row around it in one column and to
    be before or behind it in another. It takes a condition as it is where it is in a CASE."""
    where = node.this.args.get("where") if isinstance(node.this, exp.Select) else None
    if where is None:
        return node
    around = [c for c in where.find_all(*_EQUAL, *_RANGED) if any(x.meta.get(OUTER) for x in c.find_all(exp.Column))]
    if any(isinstance(c, _RANGED) for c in around) and any(_differs(c) for c in around):
        truth = exp.If(this=where.this.copy(), true=exp.true())
        where.set("this", exp.Case(ifs=[truth]))
    return node


def _differs(comparison: exp.Expr) -> bool:
    negated = isinstance(comparison, exp.NEQ | exp.NullSafeNEQ) or comparison.args.get("negate")
    return bool(negated) or (
        isinstance(comparison, _EQUAL) and comparison.find_ancestor(exp.Not, exp.Query) is not None
    )


def check_value(node: exp.Subquery, refuse: Refuse) -> None:
    inner = node.unnest()
    columns = first_select(inner)
    if len(columns) != 1 or columns[0].is_star:
        refuse(node, "a subquery as a value has one column", "select one")
    check_place(node, "a subquery", refuse)
    if not _outer_columns(inner, refuse):
        return
    value = columns[0].unalias() if columns else None
    name = function_name(value)
    limited = any(inner.args.get(k) for k in ("group", "having", "limit", "offset"))
    if name not in _NULL_OF_NOTHING or limited:
        said = "a correlated subquery gives one sum, max, min or average, and nothing else"
        refuse(node, said, "compute with it outside; for a count, LEFT JOIN a query that groups and coalesce(n, 0)")
    if not isinstance(node.find_ancestor(exp.Select, exp.Where), exp.Where):
        # Its optimizer asks a projection for columns that it has moved below the UNION (PushProjectionThroughUnion).
        said = "a correlated subquery as a value: Spark fails where rows come from a UNION ALL"
        refuse(node, said, "LEFT JOIN a query that groups")


def _outer_columns(inner: exp.Expr, refuse: Refuse) -> bool:
    """Whether a query looks at the row around it, which it may in its WHERE."""
    found = [c for c in inner.find_all(exp.Column) if c.meta.get(OUTER, 0) >= _depth(c, inner)]
    for column in found:
        query = column.find_ancestor(exp.Query)
        if column.meta[OUTER] > 1:
            refuse(column, f"{column.name} belongs to a query two levels up", "JOIN instead")
        elif query is inner and column.find_ancestor(exp.Where, exp.Query) is inner:
            refuse(
                column,
                f"{column.name} belongs to the outer query, which a subquery can read only in WHERE",
                "JOIN instead",
            )
        elif isinstance(inner, exp.SetOperation):
            refuse(column, f"{column.name} belongs to the query around a {inner.key.upper()}", "JOIN instead")
    return bool(found)


def _depth(column: exp.Column, query: exp.Expr) -> int:
    """How many queries a column is in, up to this one."""
    count, at = 0, column.parent
    while at is not None:
        count += isinstance(at, exp.Select)
        if at is query:
            break
        at = at.parent
    return max(count, 1)
