"""What the clauses of a query leave out: where a part may stand, and what it may look at.

Source of the rules: whole queries asked of Spark 3.5.6 and of DuckDB, in part at random; the tests ask again.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from mesh_jobs.adapters.sql.places import check_place, first_select, function_name, function_of, is_aggregate
from mesh_jobs.adapters.sql.problems import Refuse
from mesh_jobs.adapters.sql.scopes import aliases, is_parameter, own, plain
from mesh_jobs.adapters.sql.signatures import is_comparable
from mesh_jobs.adapters.sql.spark_types import VOID
from mesh_jobs.adapters.sql.subqueries import check_filter, check_in, check_value
from mesh_jobs.adapters.sql.typed import OUTER, RESULT, UNITED, type_of

#: Of windows: those that look at the order alone, and those that take the rows of a frame in it.
_WITHOUT_FRAME = ("row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead")
_IN_ORDER = (*_WITHOUT_FRAME, "first", "first_value", "last", "last_value", "nth_value")
#: They tell how many rows there are, also of a constant.
_OF_EACH_ROW = ("count", "count_if", "sum")


def check_clause(node: exp.Expr, refuse: Refuse) -> None:
    match node:
        case exp.Select():
            _select(node, refuse)
        case exp.SetOperation():
            _stacked(node, refuse)
        case exp.Group():
            if not node.expressions or any(isinstance(x, exp.Tuple) and not x.expressions for x in node.expressions):
                refuse(node, "Spark cannot group by nothing", "leave GROUP BY out for one row")
            for item in node.expressions:
                _constant(item, node.parent, refuse)
        case exp.Ordered():
            _constant(node.this, node.parent.parent if node.parent else None, refuse)
        case exp.Lateral() if isinstance(node.this, exp.Anonymous) and not node.args["alias"].columns:
            refuse(node, "the column of LATERAL VIEW has no name", "write LATERAL VIEW explode(…) t AS x")
        case exp.Values() if not (node.args.get("alias") and node.args["alias"].columns):
            refuse(node, "the columns of VALUES have no names", "write VALUES (…) AS v(a, b)")
        case exp.Distinct() if any(isinstance(x, exp.Star) for x in node.expressions):
            refuse(node, "DISTINCT of *, which Spark counts without rows that hold a NULL", "name the columns")
        case exp.Limit() | exp.Offset():
            _limited(node, refuse)
        case exp.Window():
            _window(node, refuse)
        case exp.In() if node.args.get("query"):
            check_in(node, refuse)
            check_filter(node, node.args["query"], refuse)
        case exp.Exists():
            check_place(node, "a subquery", refuse)
            check_filter(node, node.this, refuse)
        case exp.Subquery() if not isinstance(
            node.parent, exp.From | exp.Join | exp.In | exp.SetOperation | exp.Exists
        ):
            check_value(node, refuse)
        case exp.Tuple() if not isinstance(node.parent, exp.In | exp.Values | exp.Tuple):
            refuse(node, "rows can be compared only in IN", "compare their columns, with AND")
        case exp.Anonymous() if is_aggregate(node):
            check_place(node, "an aggregate", refuse)
        case exp.Anonymous() if function_name(node) == "explode":
            above = node.parent
            while isinstance(above, exp.Alias | exp.Paren):
                above = above.parent
            if not isinstance(above, exp.Select | exp.Lateral):
                refuse(node, "explode stands alone", "explode in a subquery, or with LATERAL VIEW")
        case _:
            return


def _select(node: exp.Select, refuse: Refuse) -> None:
    joins = node.args.get("joins") or []
    by_name = [j for j in joins if j.args.get("using") or j.method.upper() == "NATURAL"]
    star = next((p for p in node.expressions if p.is_star), None)
    if by_name and star is not None:
        refuse(star, "Spark gives the columns of a join by names in a different order", "name the columns")
    if isinstance(node.parent, exp.Subquery | exp.CTE):
        names = [p.alias_or_name.lower() for p in node.expressions if not p.is_star]
        for name in sorted({n for n in names if n and names.count(n) > 1}):
            refuse(node, f"two columns are named {name}", "give each column its own name")
        for projection in node.expressions:
            if type_of(projection) == VOID and projection.meta.get(UNITED, VOID) == VOID:
                refuse(projection, "a NULL without a type, which an engine turns into a text", "write CAST(NULL AS …)")
    _grouped(node, refuse)
    _exploded(node, refuse)
    order = node.args.get("order")
    if not node.args.get("distinct"):
        return
    _reads_a_column(node, [], refuse)
    for projection in node.expressions:
        if _holds_map(projection):
            refuse(projection, "maps cannot be compared", "select map_keys(…) and map_values(…)")
    for item in order.expressions if order is not None else ():
        _by_name(item.this, node, "SELECT DISTINCT", refuse)


def _exploded(node: exp.Select, refuse: Refuse) -> None:
    """Spark explodes before it looks at windows, one list after the other; DuckDB last of all, and side by side."""
    lists = [p.unalias() for p in node.expressions if function_name(p.unalias()) == "explode"]
    for second in lists[1:]:
        refuse(
            second,
            "a second explode, which Spark pairs with each element of the first",
            "LATERAL VIEW explode(…) t AS x",
        )
    after = [*node.expressions, *(x for x in [node.args.get("order")] if x is not None)]
    if lists and any(isinstance(n, exp.Window) for part in after for n in own(part)):
        refuse(
            lists[0], "explode beside a window, which sees the rows after it in Spark alone", "explode in a subquery"
        )


def _limited(node: exp.Limit | exp.Offset, refuse: Refuse) -> None:
    if not (isinstance(node.expression, exp.Literal) and node.expression.is_int):
        refuse(node.expression, "LIMIT and OFFSET take a literal number", "write the number")
    elif isinstance(node.parent, exp.Query) and not node.parent.args.get("order"):
        refuse(
            node,
            f"{node.key.upper()} without ORDER BY gives arbitrary rows",
            "order by columns that are unique together",
        )


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
    _reads_a_column(node, [x for x in (group, having, order) if x is not None], refuse)
    windows = {p.alias.lower() for p in node.expressions if any(isinstance(n, exp.Window) for n in own(p))}
    for column in own(having) if having is not None else ():
        if isinstance(column, exp.Column) and column.meta.get(RESULT) and column.name.lower() in windows:
            refuse(column, "a window in HAVING", "filter in an outer query")
    keys = []
    for key in group.expressions if group is not None else ():
        place = int(key.name) if isinstance(key, exp.Literal) and key.is_int else 0
        found = node.expressions[place - 1] if 1 <= place <= len(node.expressions) else key
        if found is not key and any(map(is_aggregate, own(found))):
            refuse(key, f"column {place} holds an aggregate", "group by the others")
        keys += [found, *(p for p in node.expressions if p.alias and p.alias.lower() == key.name.lower())]
    names = {k.name.lower() for k in (key.unalias() for key in keys) if isinstance(k, exp.Column)}
    results = aliases(node)
    whole = {plain(k) for k in keys}
    for part in after:
        # Beside HAVING, Spark finds no expression of GROUP BY again in ORDER BY.
        for column in _outside(part, set() if part is order and having is not None else whole):
            if not isinstance(column, exp.Column) or column.is_star:
                refuse(column, "* of a query that groups", "name the columns")
            elif not (
                {p.name.lower() for p in column.parts} & (names | results)
                or column.meta.get(OUTER)
                or is_parameter(column)
            ):
                refuse(
                    column,
                    f"{column.name} is neither in GROUP BY nor in an aggregate",
                    f"group by it, or write max({column.name}); an expression is written as it is in GROUP BY",
                )


def _outside(node: exp.Expr, keys: set[exp.Expr]) -> Iterator[exp.Expr]:
    """Columns of what is read that are neither in an aggregate nor in one of the keys of a group."""
    if isinstance(node, exp.Query) or is_aggregate(node) or (isinstance(node, exp.Filter) and is_aggregate(node.this)):
        return
    if isinstance(node, exp.Column | exp.Star):
        yield node
    elif plain(node) not in keys:
        for child in node.iter_expressions():
            yield from _outside(child, keys)


def _reads_a_column(node: exp.Select, clauses: list[exp.Expr], refuse: Refuse) -> None:
    """Without one, Spark merges it with a query that aggregates, where that is what it reads, and looks at other rows
    then: `SELECT max(1) AS n FROM (SELECT max(x) AS x FROM t WHERE false)` is NULL to it.
    Source: RemoveRedundantAggregates.scala of its optimizer, 3.5."""
    selected = [n for p in node.expressions for n in own(p)]
    others = [n for clause in clauses for n in own(clause)]
    results = aliases(node)
    reads = any(isinstance(n, exp.Column) for n in selected) or any(
        isinstance(n, exp.Column) and n.name.lower() not in results for n in others
    )
    counts = any(is_aggregate(n) and function_name(n) in _OF_EACH_ROW for n in (*selected, *others))
    if node.args.get("from_") is not None and not reads and not counts:
        refuse(node, "it uses no column of what it reads", "take constants out of the query that groups")


def _constant(item: exp.Expr, query: exp.Expr | None, refuse: Refuse) -> None:
    """A whole number in GROUP BY and ORDER BY is the place of a column; any other constant says nothing."""
    value = item.this if isinstance(item, exp.Neg) else item
    if not isinstance(value, exp.Literal | exp.Boolean | exp.Null):
        return
    columns = first_select(query) if isinstance(query, exp.Query) else []
    if not (isinstance(item, exp.Literal) and item.is_int) or not columns:
        refuse(item, "a constant is the same for every row", "name columns")
    elif not any(c.is_star for c in columns) and not 1 <= int(item.name) <= len(columns):
        refuse(item, f"there is no column {item.name}", f"columns are numbered from 1 to {len(columns)}")


def _stacked(node: exp.SetOperation, refuse: Refuse) -> None:
    left, right = (first_select(side) for side in (node.left, node.right))
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


def _window(node: exp.Window, refuse: Refuse) -> None:
    check_place(node, "a window", refuse)
    if isinstance(node.this, exp.Filter):
        refuse(node, "Spark takes no FILTER with OVER", "write CASE WHEN … THEN x END in the function")
    inner = function_of(node)
    name = function_name(inner)
    if isinstance(inner, exp.Anonymous) and any(isinstance(a, exp.Distinct) for a in inner.expressions):
        refuse(node, "Spark takes no DISTINCT with OVER", "count or sum in a query that groups, and join it")
    if name in _IN_ORDER and not node.args.get("order"):
        refuse(node, f"{name} needs an ORDER BY in its OVER", "order by columns that are unique together")
    spec = node.args.get("spec")
    if spec is None:
        return
    if name in _WITHOUT_FRAME:
        refuse(node, f"{name} takes no frame", "leave ROWS or RANGE out")
    kind = str(spec.args.get("kind")).upper()
    whole = {str(spec.args.get(end)).upper() for end in ("start", "end")} == {"UNBOUNDED"}
    if kind == "ROWS" and not whole and not node.args.get("order"):
        refuse(node, "ROWS without an ORDER BY in OVER are arbitrary rows", "order by columns that are unique together")
    order = node.args["order"].expressions if node.args.get("order") else []
    distances = [b for b in (spec.args.get("start"), spec.args.get("end")) if isinstance(b, exp.Expr)]
    if kind == "RANGE" and distances and len(order) != 1:
        refuse(node, "a RANGE of a distance is along one column", "order by one, or count ROWS")
    for distance in distances:
        if not (isinstance(distance, exp.Literal) and distance.is_int):
            refuse(distance, "a frame ends at a literal number", "write the number")
