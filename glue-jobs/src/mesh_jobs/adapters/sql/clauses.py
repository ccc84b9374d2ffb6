"""What the clauses of a query leave out: where a part may stand, and what it may look at.

Source of the rules: whole queries asked of Spark 3.5.6 and of DuckDB, in part at random; the tests ask again.
"""

from __future__ import annotations

from sqlglot import exp

from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.problems import Refuse
from mesh_jobs.adapters.sql.scopes import own
from mesh_jobs.adapters.sql.signatures import is_comparable
from mesh_jobs.adapters.sql.spark_types import VOID
from mesh_jobs.adapters.sql.typed import OUTER, type_of

_WHOLE_PARTITION = {"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead"}
#: Without a row they give null. Spark takes a subquery for null where there is no row, whatever its aggregate gives.
_NULL_OF_NOTHING = {
    "sum", "avg", "mean", "min", "max", "max_by", "min_by", "bool_and", "every", "bool_or", "some", "any", "median",
    "percentile", "stddev", "stddev_samp", "std", "stddev_pop", "variance", "var_samp", "var_pop", "corr", "covar_pop",
    "covar_samp",
}  # fmt: skip
_LOGIC = (exp.And, exp.Or, exp.Not, exp.Paren)


def check_clause(node: exp.Expr, refuse: Refuse) -> None:
    match node:
        case exp.Select():
            _select(node, refuse)
        case exp.SetOperation():
            _stacked(node, refuse)
        case exp.Group():
            if not node.expressions or any(isinstance(x, exp.Tuple) and not x.expressions for x in node.expressions):
                refuse(node, "Spark groups by something", "leave GROUP BY out for one row")
            for item in node.expressions:
                _constant(item, node.parent, refuse)
        case exp.Ordered():
            _constant(node.this, node.parent.parent if node.parent else None, refuse)
        case exp.Limit() | exp.Offset():
            if not (isinstance(node.expression, exp.Literal) and node.expression.is_int):
                refuse(node.expression, "LIMIT and OFFSET take a number as it is written", "write the number")
        case exp.Window():
            _window(node, refuse)
        case exp.In() if node.args.get("query"):
            _in_query(node, refuse)
            _within(node, node.args["query"], refuse)
        case exp.Exists():
            _placed(node, "a subquery", refuse)
            _within(node, node.this, refuse)
        case exp.Subquery() if not isinstance(
            node.parent, exp.From | exp.Join | exp.In | exp.SetOperation | exp.Exists
        ):
            _scalar(node, refuse)
        case exp.Tuple() if not isinstance(node.parent, exp.In | exp.Values | exp.Tuple):
            refuse(node, "rows are compared in IN only", "compare their columns, with AND")
        case exp.Anonymous() if is_aggregate(node):
            _placed(node, "an aggregate", refuse)
        case exp.Anonymous() if str(node.this).lower() == "explode":
            above = node.parent
            while isinstance(above, exp.Alias | exp.Paren):
                above = above.parent
            if not isinstance(above, exp.Select | exp.Lateral):
                refuse(node, "explode stands alone", "explode in a subquery, or with LATERAL VIEW")
        case _:
            return


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


def _select(node: exp.Select, refuse: Refuse) -> None:
    joins = node.args.get("joins") or []
    by_name = [j for j in joins if j.args.get("using") or j.method.upper() == "NATURAL"]
    if by_name and any(isinstance(p, exp.Star) for p in node.expressions):
        refuse(node.expressions[0], "of a join by names, Spark gives the columns in another order", "name the columns")
    if isinstance(node.parent, exp.Subquery | exp.CTE):
        names = [p.alias_or_name.lower() for p in node.expressions if not p.is_star]
        for name in sorted({n for n in names if n and names.count(n) > 1}):
            refuse(node, f"two columns are named {name}", "give each column its own name")
    _grouped(node, refuse)
    order = node.args.get("order")
    if order is not None and node.args.get("having"):
        for call in filter(is_aggregate, own(order)):
            refuse(call, "Spark orders by no aggregate beside HAVING", "select it AS a name, and order by that")
    if not node.args.get("distinct"):
        return
    _looks_at_something(node, node.expressions, None, refuse)
    for projection in node.expressions:
        if _holds_map(projection):
            refuse(projection, "maps cannot be compared", "select map_keys(…) and map_values(…)")
    for item in order.expressions if order is not None else ():
        _by_name(item.this, node, "SELECT DISTINCT", refuse)


def _by_name(item: exp.Expr, query: exp.Expr, of: str, refuse: Refuse) -> None:
    """What is put in order after the rows have become others is named by the names of the result."""
    names = {p.alias_or_name.lower() for p in first_select(query)}
    star = any(p.is_star for p in first_select(query))
    if isinstance(item, exp.Literal) or (isinstance(item, exp.Column) and (item.name.lower() in names or star)):
        return
    refuse(item, f"{of} is ordered by the names of its results", "order in an outer query")


def _grouped(node: exp.Select, refuse: Refuse) -> None:
    group, having, order = (node.args.get(k) for k in ("group", "having", "order"))
    after = [*node.expressions, *(x for x in (having, order) if x is not None)]
    if group is None and having is None and not any(is_aggregate(n) for x in after for n in own(x)):
        return
    _looks_at_something(node, after, group, refuse)
    keys = []
    for key in group.expressions if group is not None else ():
        place = int(key.name) if isinstance(key, exp.Literal) and key.is_int else 0
        found = node.expressions[place - 1] if 1 <= place <= len(node.expressions) else key
        if found is not key and any(map(is_aggregate, own(found))):
            refuse(key, f"column {place} holds an aggregate", "group by the others")
        keys += [found, *(p for p in node.expressions if p.alias and p.alias.lower() == key.name.lower())]
    names = {p.name.lower() for k in keys for c in k.find_all(exp.Column) for p in c.parts}
    results = {p.alias.lower() for p in node.expressions if p.alias}
    for part in after:
        for column in (c for c in own(part) if isinstance(c, exp.Column)):
            if isinstance(column.this, exp.Star):
                refuse(column, "* of a query that groups", "name the columns")
            elif not (
                {p.name.lower() for p in column.parts} & (names | results)
                or column.meta.get(OUTER)
                or _in_aggregate(column, part)
                or _is_parameter(column)
            ):
                refuse(
                    column,
                    f"{column.name} is neither in GROUP BY nor in an aggregate",
                    f"group by it, or write max({column.name})",
                )
        if isinstance(part, exp.Star):
            refuse(part, "* of a query that groups", "name the columns")


def _looks_at_something(node: exp.Select, parts: list[exp.Expr], group: exp.Expr | None, refuse: Refuse) -> None:
    """Spark merges it with a query that aggregates, where that is what it reads, and looks at other rows then: `SELECT
    max(1) AS n FROM (SELECT max(x) AS x FROM t WHERE false)` is NULL to it.
    Source: RemoveRedundantAggregates.scala of its optimizer, 3.5."""
    results = {p.alias.lower() for p in node.expressions if p.alias}
    clauses = [*parts, *([group] if group is not None else [])]
    inside = [(n, part in node.expressions) for part in clauses for n in own(part)]
    if node.args.get("from_") is None or any(
        (isinstance(n, exp.Column) and (selected or n.name.lower() not in results))
        or (is_aggregate(n) and str(n.this).lower() in ("count", "count_if", "sum"))
        for n, selected in inside
    ):
        return
    refuse(node, "no column of what is read is in it", "take constants out of the query that groups")


def _in_aggregate(node: exp.Expr, top: exp.Expr) -> bool:
    at: exp.Expr | None = node
    while at is not None and at is not top.parent:
        if is_aggregate(at) or (isinstance(at, exp.Filter) and is_aggregate(at.this)):
            return True
        at = at.parent
    return False


def _is_parameter(column: exp.Column) -> bool:
    """Of a lambda."""
    at = column.parent
    while at is not None and not isinstance(at, exp.Query):
        if isinstance(at, exp.Lambda) and column.parts[0].name.lower() in {p.name.lower() for p in at.expressions}:
            return True
        at = at.parent
    return False


def _placed(node: exp.Expr, what: str, refuse: Refuse) -> None:
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


def _in_query(node: exp.In, refuse: Refuse) -> None:
    """As a value, `NULL IN (SELECT …)` is false to Spark and null to others; as a condition that is the same."""
    _placed(node, "a subquery", refuse)
    columns = first_select(node.args["query"])
    wanted = len(node.this.expressions) if isinstance(node.this, exp.Tuple) else 1
    if len(columns) != wanted and not any(c.is_star for c in columns):
        refuse(node, f"{len(columns)} columns of a subquery are compared with {wanted}", "select as many")
    if node.this.find(exp.Column) is None:
        refuse(
            node, "a constant IN (SELECT …): for NULL and no row Spark says neither true nor false", "write EXISTS (…)"
        )
    if columns and isinstance(columns[0], exp.Literal) and columns[0].is_string:
        refuse(columns[0], "IN (SELECT 'a') is no query to Spark", "write IN ('a'), or SELECT 'a' AS a")
    if isinstance(node.this, exp.Tuple) and isinstance(node.parent, exp.Not):
        refuse(node, "rows that are not IN a query, where one has a NULL", "write NOT EXISTS (…)")
    above = node.parent
    while isinstance(above, _LOGIC):
        above = above.parent
    if not isinstance(above, exp.Where | exp.Having):
        refuse(node, "IN (SELECT …) as a value is false or null", "write EXISTS (…), or LEFT JOIN")


def _within(node: exp.Expr, query: exp.Expr, refuse: Refuse) -> None:
    """EXISTS and IN, whose query looks at the row around it: it filters, and does no more."""
    inner = query.unnest() if isinstance(query, exp.Subquery) else query
    if not _outer_columns(inner, refuse):
        return
    plain = isinstance(inner, exp.Select) and not any(inner.args.get(k) for k in ("group", "having", "limit", "offset"))
    if not plain or any(is_aggregate(n) or isinstance(n, exp.Window) for p in inner.expressions for n in own(p)):
        refuse(node, "a subquery that looks at the row around it only filters", "JOIN a query that groups")


def _scalar(node: exp.Subquery, refuse: Refuse) -> None:
    inner = node.unnest()
    columns = first_select(inner)
    if len(columns) != 1 or columns[0].is_star:
        refuse(node, "a subquery as a value has one column", "select one")
    _placed(node, "a subquery", refuse)
    if not _outer_columns(inner, refuse):
        return
    value = columns[0].unalias() if columns else None
    name = str(value.this).lower() if isinstance(value, exp.Anonymous) else ""
    limited = any(inner.args.get(k) for k in ("group", "having", "limit", "offset"))
    if name not in _NULL_OF_NOTHING or limited:
        said = "a subquery that looks at the row around it gives one sum, max, min or average, and nothing else"
        refuse(node, said, "compute with it outside; for a count, LEFT JOIN a query that groups and coalesce(n, 0)")
    around = node.find_ancestor(exp.Select, exp.Where)
    if isinstance(around, exp.Select) and (
        around.args.get("group") or any(is_aggregate(n) for p in around.expressions for n in own(p))
    ):
        refuse(node, "a subquery that looks at the row around it, beside groups", "JOIN a query that groups")


def _outer_columns(inner: exp.Expr, refuse: Refuse) -> bool:
    """Whether a query looks at the row around it, which it may in its WHERE."""
    found = [c for c in inner.find_all(exp.Column) if c.meta.get(OUTER)]
    for column in found:
        query = column.find_ancestor(exp.Query)
        if column.meta[OUTER] > 1:
            refuse(column, f"{column.name} is of a query two levels up", "JOIN instead")
        elif query is inner and column.find_ancestor(exp.Where, exp.Query) is inner:
            refuse(
                column, f"{column.name} is of the query around, which a subquery reads in WHERE only", "JOIN instead"
            )
        elif isinstance(inner, exp.SetOperation):
            refuse(column, f"{column.name} is of the query around a {inner.key.upper()}", "JOIN instead")
    return bool(found)


def _constant(item: exp.Expr, query: exp.Expr | None, refuse: Refuse) -> None:
    """A whole number in GROUP BY and ORDER BY is the place of a column; any other constant says nothing."""
    value = item.this if isinstance(item, exp.Neg) else item
    if not isinstance(value, exp.Literal | exp.Boolean | exp.Null):
        return
    columns = first_select(query) if isinstance(query, exp.Query) else []
    if not (isinstance(item, exp.Literal) and item.is_int) or not columns:
        refuse(item, "a constant is the same for every row", "name columns")
    elif not any(c.is_star for c in columns) and not 1 <= int(item.name) <= len(columns):
        refuse(item, f"there is no column {item.name}", f"the places of columns are 1 to {len(columns)}")


def _stacked(node: exp.SetOperation, refuse: Refuse) -> None:
    """DuckDB makes texts of both sides where one is a text; Spark makes numbers of them."""
    left, right = (first_select(side) for side in (node.left, node.right))
    stars = any(c.is_star for c in (*left, *right))
    if not stars and len(left) != len(right):
        refuse(node, f"{len(left)} columns on one side and {len(right)} on the other", "select as many")
    if not (isinstance(node, exp.Union) and node.args.get("distinct") is False):
        for column in (*left, *right):
            if _holds_map(column):
                refuse(column, "maps cannot be compared", "UNION ALL, or select map_keys(…) and map_values(…)")
    order = node.args.get("order")
    for item in order.expressions if order is not None else ():
        _by_name(item.this, node, node.key.upper(), refuse)


def _holds_map(column: exp.Expr) -> bool:
    type_ = type_of(column)
    return type_ is not None and type_ != VOID and not is_comparable(type_)


def first_select(query: exp.Expr | None) -> list[exp.Expr]:
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.left if isinstance(query, exp.SetOperation) else query.this
    return query.expressions if isinstance(query, exp.Select) else []


def _window(node: exp.Window, refuse: Refuse) -> None:
    _placed(node, "a window", refuse)
    inner = node.this
    if isinstance(inner, exp.Filter):
        refuse(node, "Spark takes no FILTER with OVER", "write CASE WHEN … THEN x END in the function")
    while isinstance(inner, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        inner = inner.this
    name = str(inner.this).lower() if isinstance(inner, exp.Anonymous) else ""
    if isinstance(inner, exp.Anonymous) and any(isinstance(a, exp.Distinct) for a in inner.expressions):
        refuse(node, "Spark takes no DISTINCT with OVER", "count or sum in a query that groups, and join it")
    if name in _WHOLE_PARTITION and not node.args.get("order"):
        refuse(node, f"{name} needs an ORDER BY in its OVER", "order by columns that are unique together")
    spec = node.args.get("spec")
    if spec is None:
        return
    if name in _WHOLE_PARTITION:
        refuse(node, f"{name} takes no frame", "leave ROWS or RANGE out")
    order = node.args["order"].expressions if node.args.get("order") else []
    if (
        spec.args.get("kind") == "RANGE"
        and len(order) != 1
        and any(_is_distance(spec.args.get(k)) for k in ("start", "end"))
    ):
        refuse(node, "a RANGE of a distance is along one column", "order by one, or count ROWS")
    for bound in (spec.args.get("start"), spec.args.get("end")):
        if _is_distance(bound) and not (isinstance(bound, exp.Literal) and bound.is_int):
            refuse(bound, "a frame ends at a number as it is written", "write the number")


def _is_distance(bound: object) -> bool:
    return isinstance(bound, exp.Expr)
