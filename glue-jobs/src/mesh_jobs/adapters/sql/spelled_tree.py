"""What sqlglot reads and Spark does not, as far as the tree still shows it; see spelling.py."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.places import function_name, function_of, is_aggregate
from mesh_jobs.adapters.sql.scopes import aliases, own

#: sqlglot takes them for names where nothing follows.
_GO_ON = ("FILTER", "IN", "IS", "OVER")


def misspelt_tree(tree: exp.Expr) -> Iterator[tuple[exp.Expr, str, str]]:
    """What the tree shows: a node, what is wrong with it, and what to write instead."""
    for node in tree.walk():
        match node:
            case exp.If() if not isinstance(node.parent, exp.Case) and not node.args.get("false"):
                yield node, "if takes three arguments", "write if(…, …, NULL)"
            case exp.In() if node.args.get("field"):
                yield node, "IN takes a list in parentheses", "write array_contains(…, x)"
            case exp.Order() | exp.Limit() if isinstance(node.parent, exp.Anonymous):
                yield node, "a function takes no ORDER BY and no LIMIT", "sort its list, or use max_by or min_by"
            case exp.Order() if isinstance(node.parent, exp.Query):
                yield from _ordered(node)
            case exp.WindowSpec() if str(node.args.get("kind")).upper() == "GROUPS":
                yield node, "a frame of GROUPS is not Spark's", "write ROWS or RANGE"
            case exp.WindowSpec() if node.args.get("exclude"):
                yield node, "EXCLUDE is not Spark's", "leave it out, and subtract the row"
            case exp.Window() if node.args.get("alias") and any(
                node.args.get(k) for k in ("order", "partition_by", "spec")
            ):
                yield node, "a named window stands alone", "write the window as a whole"
            case exp.Window() if node.args.get("alias") and isinstance(node.parent, exp.Expr):
                yield from _named_window(node)
            case exp.Alias() if not _is_selected(node) and isinstance(node.args["alias"], exp.Identifier):
                yield from _named_part(node)
            case exp.Is() if not isinstance(node.expression, exp.Null | exp.Boolean | exp.JSON):
                yield node.expression, "IS takes NULL, TRUE or FALSE", "write = or <=> to compare values"
            case exp.Join():
                yield from _joined(node)
            case exp.Select() if node.args.get("laterals") and node.args.get("joins"):
                first = min(map(_start, node.args["laterals"]))
                for join in (j for j in node.args["joins"] if _start(j) > first):
                    yield join, "a JOIN after LATERAL VIEW", "join first, or in a query in FROM"
            case exp.Lateral() if _exploded_into(node) > 1:
                yield (
                    node,
                    "explode takes a list and gives one column",
                    "name one; of a map write explode(map_keys(…))",
                )
            case exp.Star() if node.args.get("rename"):
                yield node, "SELECT * RENAME is not Spark's", "name the columns"
            case exp.SetOperation() if any(node.left.args.get(k) for k in ("limit", "offset", "order")):
                yield node, "ORDER BY and LIMIT belong to the end", "put the first query in parentheses"
            case exp.Cast() if type(node) is exp.Cast and isinstance(node.this, exp.Array | exp.Tuple | exp.Struct):
                yield node, f"{node.to.sql('spark')}(…) is not Spark's", "write array(…), and CAST it"


def _ordered(order: exp.Order) -> Iterator[tuple[exp.Expr, str, str]]:
    for window in order.find_all(exp.Window):
        if window.find_ancestor(exp.Query) is order.parent:
            yield window, "a window function in ORDER BY", "give it a name in SELECT, and order by that"
    query = order.parent
    results = aliases(query) if isinstance(query, exp.Select) else set()
    for column in order.find_all(exp.Column):
        within = column.find_ancestor(exp.Anonymous, exp.Ordered)
        if within is not None and is_aggregate(within) and not column.table and column.name.lower() in results:
            yield column, f"{column.name} is a result, which no aggregate looks at", "write the column with its table"
    windows = any(isinstance(n, exp.Window) for p in getattr(query, "selects", ()) for n in own(p))
    if query is not None and (query.args.get("having") or windows):
        for call in filter(is_aggregate, own(order)):
            beside = "a window" if windows else "HAVING"
            yield (
                call,
                f"Spark does not order by an aggregate beside {beside}",
                "select it AS a name, and order by that",
            )


def in_a_named_window(node: exp.Expr) -> bool:
    """Whether it is a function such as row_number, whose order would be elsewhere."""
    if not isinstance(node, exp.Window) or not node.args.get("alias"):
        return False
    function = FUNCTIONS.get(function_name(function_of(node)))
    return function is not None and function.kind == "window"


def _named_window(window: exp.Window) -> Iterator[tuple[exp.Expr, str, str]]:
    """One that is defined behind WINDOW, by the name that it has there."""
    select = window.find_ancestor(exp.Select)
    defined = {w.name: w for w in (select.args.get("windows") or [] if select is not None else [])}
    name = window.args["alias"]
    if window.name in defined and defined[window.name] is window:
        return
    if name.name not in defined:
        remedy = f"there is {', '.join(defined)}" if defined else "write what belongs to it: OVER (…)"
        yield name, f"there is no window {name.name}", remedy
    elif in_a_named_window(window):
        whole = defined[name.name].sql("spark").partition(" ")[2]
        said = f"{function_of(window).name} takes its order from its own OVER, not from the name {name.name}"
        yield name, said, f"write {whole}"


def _is_selected(alias: exp.Alias) -> bool:
    above = alias.parent
    # Of a function that is not known, that is what is said.
    named = isinstance(above, exp.Anonymous) and (above.name.lower() == "struct" or above.name.lower() not in FUNCTIONS)
    return named or isinstance(above, exp.Select)


def _named_part(alias: exp.Alias) -> Iterator[tuple[exp.Expr, str, str]]:
    name = alias.args["alias"]
    if name.name.upper() in _GO_ON and not name.quoted:
        yield name, "the expression ends too early", f"write what belongs after `{name.name}`"
    else:
        yield name, f"`{name.name}` names a part of an expression", "leave it out, or write an operator before it"


def _start(node: exp.Expr) -> int:
    """Where the first word of it stands in the text."""
    return min((n.meta["start"] for n in node.walk() if "start" in n.meta), default=0)


def _exploded_into(lateral: exp.Lateral) -> int:
    call, alias = lateral.this, lateral.args.get("alias")
    if not isinstance(call, exp.Anonymous) or call.name.lower() != "explode" or alias is None:
        return 0
    return len(alias.args.get("columns") or [])


def _joined(join: exp.Join) -> Iterator[tuple[exp.Expr, str, str]]:
    kind, side, method = (str(join.args.get(k) or "").upper() for k in ("kind", "side", "method"))
    conditional = bool(join.args.get("on") or join.args.get("using"))
    if method == "ASOF":
        yield join, "ASOF JOIN is not Spark's", "join on a range, and keep the newest with row_number()"
    elif kind == "OUTER" and not side and not method:
        yield join, "OUTER JOIN alone is not Spark's", "write FULL OUTER JOIN, LEFT JOIN or RIGHT JOIN"
    elif kind == "CROSS" and conditional:
        yield join, "CROSS JOIN takes no condition here", "write JOIN … ON …"
    elif kind in ("SEMI", "ANTI") and side not in ("", "LEFT"):
        yield join, f"{side} {kind} JOIN is not Spark's", f"write LEFT {kind} JOIN, the tables the other way round"
    elif kind in ("SEMI", "ANTI") and method == "NATURAL":
        yield join, f"NATURAL {kind} JOIN is not Spark's", "write USING (…)"
    elif kind in ("SEMI", "ANTI") and not conditional:
        yield join, f"{kind} JOIN without a condition", "add ON or USING"
