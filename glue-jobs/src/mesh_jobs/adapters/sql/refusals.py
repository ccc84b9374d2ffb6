"""What the portable SQL leaves out, each with what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any

from sqlglot import exp

from mesh_jobs.adapters.sql.clauses import check_clause
from mesh_jobs.adapters.sql.fits import misfits
from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.instead import INSTEAD
from mesh_jobs.adapters.sql.kinds import kind_of
from mesh_jobs.adapters.sql.parsing import position
from mesh_jobs.adapters.sql.places import function_name, is_windowed
from mesh_jobs.adapters.sql.precedence import misread
from mesh_jobs.adapters.sql.problems import Refuse, SqlProblem, short
from mesh_jobs.adapters.sql.results import divides_decimals
from mesh_jobs.adapters.sql.spark_types import VOID, digits_of, is_decimal, is_whole
from mesh_jobs.adapters.sql.spelled_tree import in_a_named_window
from mesh_jobs.adapters.sql.typed import type_of
from mesh_jobs.domain.table import Type

_ALLOWED = (
    exp.Add, exp.Alias, exp.And, exp.Anonymous, exp.Array, exp.Between, exp.BitwiseAnd, exp.BitwiseNot, exp.BitwiseOr,
    exp.BitwiseXor, exp.Boolean, exp.Bracket, exp.CTE, exp.Case, exp.Cast, exp.Column, exp.ColumnDef, exp.Concat,
    exp.DPipe, exp.DataType, exp.DataTypeParam, exp.Distinct, exp.Div, exp.Dot, exp.EQ, exp.Escape, exp.Except,
    exp.Exists,
    exp.Extract, exp.Filter, exp.From, exp.GT, exp.GTE, exp.Group, exp.Having, exp.Hint, exp.ILike, exp.Identifier,
    exp.If, exp.IgnoreNulls, exp.In, exp.IntDiv, exp.Intersect, exp.Interval, exp.Is, exp.Join, exp.LT, exp.LTE,
    exp.Lambda, exp.Lateral, exp.Like, exp.Limit, exp.Literal, exp.Mod, exp.Mul, exp.NEQ, exp.Neg, exp.Not, exp.Null,
    exp.NullSafeEQ, exp.NullSafeNEQ,
    exp.Offset, exp.Or, exp.Order, exp.Ordered, exp.Paren, exp.RegexpLike, exp.Select, exp.Star,
    exp.StrPosition, exp.Sub, exp.Subquery, exp.Substring, exp.Table, exp.TableAlias, exp.Trim, exp.TryCast, exp.Tuple,
    exp.Union, exp.Values, exp.Var, exp.Where, exp.Window, exp.WindowSpec, exp.With,
)  # fmt: skip

_GROUPS = "write UNION ALL of GROUP BYs"
_JSON = ("-> and ->> do not read a part of a JSON text here", "write get_json_object(x, '$.a')")
_SHIFT = "write x * CAST(pow(2, n) AS BIGINT), or CAST(floor(x / pow(2, n)) AS BIGINT)"
_WHO = ("who runs it differs from run to run", "write the name")
_REFUSED: dict[type[exp.Expr], tuple[str, str]] = {
    exp.Qualify: ("QUALIFY is not Spark's", "filter in an outer query"),
    exp.CurrentDate: ("current_date gives a different answer on every run", INSTEAD["current_date"]),
    exp.CurrentTimestamp: ("current_timestamp gives a different answer on every run", INSTEAD["current_timestamp"]),
    exp.CurrentUser: _WHO,
    exp.SessionUser: _WHO,
    exp.TableSample: ("a sample differs on every run", "filter by pmod(…) of a key"),
    exp.Pivot: ("PIVOT and UNPIVOT differ between engines", "write CASE or UNION ALL"),
    exp.Cube: ("CUBE is not in the portable SQL", _GROUPS),
    exp.Rollup: ("ROLLUP is not in the portable SQL", _GROUPS),
    exp.GroupingSets: ("GROUPING SETS is not in the portable SQL", _GROUPS),
    exp.Sort: ("SORT BY orders parts of a table only", "use ORDER BY"),
    exp.Cluster: ("CLUSTER BY is about how a table is spread", "leave it out"),
    exp.Distribute: ("DISTRIBUTE BY is about how a table is spread", "leave it out"),
    exp.Parameter: ("variables have no value here", "write the value"),
    exp.Placeholder: ("parameters have no value here", "write the value"),
    exp.SessionParameter: ("session settings have no value here", "write the value"),
    exp.HexString: ("binary literals are not in the portable SQL", "store binary as text"),
    exp.National: ("N before a text is not Spark's", "leave the N out"),
    exp.All: ("ALL (SELECT …) is not Spark's", "compare with max(…) or min(…)"),
    exp.Any: ("ANY (SELECT …) is not Spark's", "write IN (SELECT …), or compare with max(…) or min(…)"),
    exp.Into: ("a query only reads", "leave INTO out"),
    exp.Lock: ("a query only reads", "leave FOR UPDATE out"),
    exp.Fetch: ("FETCH is not Spark's", "write LIMIT, and the number"),
    exp.Version: ("a table is read as it is in this run", "leave it out"),
    exp.Connect: ("CONNECT BY is not Spark's", "write the levels out, each with a JOIN"),
    exp.Unnest: ("a function in FROM is not in the portable SQL", "write LATERAL VIEW explode(…) t AS x"),
    exp.JSONExtract: _JSON,
    exp.JSONExtractScalar: _JSON,
    exp.JSON: ("IS JSON is not Spark's", "ask whether get_json_object(x, '$') IS NOT NULL"),
    exp.Slice: ("a slice in brackets is not Spark's", "write slice(xs, start, length)"),
    exp.BitwiseLeftShift: ("<< is not in the portable SQL", _SHIFT),
    exp.BitwiseRightShift: (">> is not in the portable SQL", _SHIFT),
    exp.SimilarTo: ("SIMILAR TO is not Spark's", "write RLIKE"),
    exp.Glob: ("GLOB is not Spark's", "write LIKE, with % for *"),
    exp.Collate: ("COLLATE is not in the portable SQL", "compare lower(…) of the texts"),
    exp.RespectNulls: ("RESPECT NULLS is what functions do anyway", "leave it out"),
    exp.Overlaps: ("OVERLAPS is not Spark's", "compare the ends: a.start < b.end AND b.start < a.end"),
    exp.AtTimeZone: ("AT TIME ZONE is not Spark's", INSTEAD["from_utc_timestamp"]),
    exp.PropertyEQ: (":= gives no value here", "write = to compare"),
    exp.Kwarg: ("arguments go by position", "leave the name and => out"),
}
#: Parts of what is refused as a whole.
_PARTS = (exp.JSONPath, exp.JSONPathPart, exp.LimitOptions)
_ELSE = "write it with what the portable SQL has: docs/sql.md"

_Kinds = type[exp.Expr] | tuple[type[exp.Expr], ...]
_PECULIAR: tuple[tuple[_Kinds, Callable[[Any], object], str, str], ...] = (
    (exp.Case, lambda n: n.this is None and any(type_of(i.this) == VOID for i in n.args["ifs"]),
     "NULL alone is not a condition", "write CAST(NULL AS BOOLEAN), or leave it out"),
    (exp.Cast, lambda n: n.to.this == exp.DType.TIMESTAMPTZ,
     "TIMESTAMP alone means different things to engines",
     "write TIMESTAMP_LTZ (a point in time, UTC) or TIMESTAMP_NTZ (a local time)"),
    (exp.Concat, lambda n: True,
     "two texts side by side become one, without the quote between them", "write a quote as \\'"),
    (exp.Interval, lambda n: not isinstance(_around(n), exp.Add | exp.Sub),
     "an interval alone, which no column holds", "add it to a timestamp"),
    (exp.Interval, lambda n: not _whole_units(n),
     "an interval is a whole number of one unit", "add several: t + INTERVAL 1 DAY + INTERVAL 2 HOURS"),
    (exp.Literal, lambda n: n.is_string and "\0" in n.name,
     "DuckDB takes no text with a NUL in it", "leave \\0 out"),
    ((exp.Like, exp.ILike), lambda n: _escapes_plain(n),
     "\\ in LIKE stands before %, _ or itself", "write \\\\\\\\ for a backslash"),
    ((exp.Like, exp.ILike), lambda n: any(ord(c) > 0xFFFF for c in n.expression.name),
     "a letter in LIKE that Java counts as two", "write contains(…), startswith(…) or endswith(…)"),
    (exp.RegexpLike, lambda n: not isinstance(n.expression, exp.Literal),
     "the pattern must be a text literal", "write the pattern as a literal"),
    (exp.Star, lambda n: not _gives_columns(n) and not _counts_rows(n),
     "* is all columns, not a value", "name one, or write count(*)"),
    (exp.Star, lambda n: _gives_columns(n) and _of_no_table(n),
     "a star gives the columns of a table, not the members of a column", "name them: a.b AS b"),
    (exp.Star, lambda n: n.args.get("except_") or n.args.get("replace"),
     "SELECT * EXCEPT differs between engines", "name the columns"),
    (exp.With, lambda n: n.args.get("recursive"), "recursive queries are not Spark's", "write the levels out"),
)  # fmt: skip

_APART = "put parentheses around what belongs together"
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod)
_DISTINCT = ("count", "sum", "avg", "mean", "min", "max")
#: Other engines name a unit first.
_DAYS = "days are counted: datediff(later, earlier), date_add(day, n)"
_COUNTED = dict.fromkeys(("date_add", "dateadd", "datediff", "date_diff"), _DAYS)
_ORDER_FREE = {
    "sort_array",
    "array_sort",
    "size",
    "cardinality",
    "array_size",
    "array_contains",
    "array_max",
    "array_min",
}


def refusals(tree: exp.Expr, *, exact: bool = True) -> list[SqlProblem]:
    """Everything in a tree that is outside of the subset. Not `exact`: a figure to compare with a threshold, whose last
    digits may differ."""
    out: list[SqlProblem] = []

    def refuse(node: exp.Expr, message: str, remedy: str | None = None) -> None:
        line, column = position(node)
        out.append(SqlProblem(message, line, column, remedy))

    # Hints are about how, not what: they are left out for other engines.
    for node in tree.walk(prune=lambda n: isinstance(n, exp.Hint)):
        before = len(out)
        for operand in misread(node):
            refuse(operand, f"engines differ in what comes first: `{short(operand)}` or what is next to it", _APART)
        if (said := _refused(node)) is not None:
            refuse(node, *said)
        elif isinstance(node, exp.Anonymous):
            _function(node, exact, refuse)
        elif not isinstance(node, _ALLOWED + _PARTS):
            refuse(node, f"{type(node).key.upper()} is not in the portable SQL", _ELSE)
        for kinds, wrong, message, remedy in _PECULIAR:
            if isinstance(node, kinds) and wrong(node):
                refuse(node, message, remedy)
        if isinstance(node, _ARITHMETIC):
            _arithmetic(node, exact, refuse)
        if not _is_part(node):
            check_clause(node, refuse)
        if len(out) == before:
            out += misfits(node)
    return out


def _refused(node: exp.Expr) -> tuple[str, str] | None:
    if isinstance(node, exp.Any | exp.All) and isinstance(node.parent, exp.Like | exp.ILike):
        word, joined = ("ANY", "OR") if isinstance(node, exp.Any) else ("ALL", "AND")
        like = node.parent.key.upper()
        return f"{like} {word} is not in the portable SQL", f"write each {like} on its own, with {joined} between them"
    return _REFUSED.get(type(node))


def _gives_columns(star: exp.Star) -> bool:
    """Whether it is one of what a SELECT gives: anywhere else only Spark reads it, as a list of columns."""
    return isinstance((star.parent if isinstance(star.parent, exp.Column) else star).parent, exp.Select)


def _counts_rows(star: exp.Star) -> bool:
    """Or is in DISTINCT, of which more is said elsewhere."""
    return function_name(star.parent) == "count" or isinstance(star.parent, exp.Distinct)


def _of_no_table(star: exp.Star) -> bool:
    """Whether it is `a.*` where `a` is nothing that the SELECT reads."""
    column = star.parent
    if not isinstance(column, exp.Column) or not isinstance(column.parent, exp.Select):
        return False
    args = column.parent.args
    read = [r.this for r in (args.get("from_"), *(args.get("joins") or [])) if r is not None]
    aliases = [r.alias_or_name.lower() for r in (*read, *(args.get("laterals") or []))]
    return len(column.parts) > 2 or (all(aliases) and column.table.lower() not in aliases)


def _is_part(node: exp.Expr) -> bool:
    """Of what is refused as a whole."""
    listed = isinstance(node, exp.Tuple) and (isinstance(node.parent, exp.Any | exp.All) or node.arg_key == "on")
    return listed or in_a_named_window(node)


def _function(node: exp.Anonymous, exact: bool, refuse: Refuse) -> None:
    name = function_name(node)
    function = FUNCTIONS.get(name)
    if function is None:
        if name in INSTEAD:
            refuse(node, f"{name} is not in the portable SQL", INSTEAD[name])
            return
        close = difflib.get_close_matches(name, FUNCTIONS, 1, 0.8)
        refuse(
            node,
            f"the function {name} is not in the portable SQL",
            f"did you mean {close[0]}?" if close else "write it with the functions in docs/sql.md",
        )
        return
    count = len(node.expressions)
    if any(isinstance(a, exp.Distinct) for a in node.expressions) and name not in _DISTINCT:
        refuse(node, f"{name}(DISTINCT …) is not in the portable SQL", "write collect_set(…), or leave DISTINCT out")
    if name == "count" and count == 1 and isinstance(node.expressions[0], exp.Distinct):
        return
    if not function.least <= count <= function.most:
        wanted = str(function.least) if function.least == function.most else f"{function.least} to {function.most}"
        wanted = f"at least {function.least}" if function.most == 255 else wanted
        form = ", ".join(["…"] * min(max(count, function.least), function.most))
        remedy = _COUNTED.get(name, f"write {name}({form})")
        refuse(node, f"{name} takes {wanted} arguments, but there are {count}", remedy)
    if function.kind == "window" and not is_windowed(node):
        refuse(node, f"{name} without OVER: which row it takes is up to the engine", "add OVER (… ORDER BY …)")
    if name in ("collect_list", "collect_set", "array_agg"):
        parent = node.parent
        while isinstance(parent, exp.Filter | exp.Window | exp.Paren):
            parent = parent.parent
        if function_name(parent) not in _ORDER_FREE:
            refuse(node, f"the order of {name} is up to the engine", f"write sort_array({name}(…))")
    if name in ("mod", "pmod"):
        _sizes(node.expressions, refuse)
    if exact and name == "try_divide" and divides_decimals([type_of(a) for a in node.expressions]):
        refuse(node, "the digits of a decimal division differ between engines", "cast one side AS DOUBLE")
    if exact and name in ("avg", "mean") and kind_of(node.expressions[0] if node.expressions else None) == "decimal":
        refuse(node, "the digits of an average of decimals differ between engines", "write avg(CAST(x AS DOUBLE))")


def _around(node: exp.Expr) -> exp.Expr | None:
    """What a node stands in, seen through parentheses."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent


def _whole_units(node: exp.Interval) -> bool:
    number, unit = node.this, node.args.get("unit")
    return isinstance(number, exp.Literal) and number.name.lstrip("-").isdigit() and isinstance(unit, exp.Var)


def _arithmetic(node: exp.Binary, exact: bool, refuse: Refuse) -> None:
    types = [type_of(node.this), type_of(node.expression)]
    if "string" in types:
        refuse(node, "a text in arithmetic becomes a different number in each engine", "cast it, e.g. AS DOUBLE")
    elif isinstance(node, exp.Sub | exp.Add):
        _dates(node, refuse)
    _sizes([node.this, node.expression], refuse)
    if isinstance(node, exp.Div) and exact and divides_decimals(types):
        refuse(node, "the digits of a decimal division differ between engines", "cast one side AS DOUBLE")
    elif isinstance(node, exp.IntDiv) and not all(t is None or is_whole(t) for t in types):
        refuse(node, "div takes whole numbers", "write CAST(a / b AS BIGINT)")
    elif isinstance(node, exp.Add | exp.Sub | exp.Mul) and not _has_room(node, *types):
        refuse(node, "the result may need more than 38 digits", "cast one side to a smaller decimal, or AS DOUBLE")


def _sizes(operands: Sequence[exp.Expr], refuse: Refuse) -> None:
    said = "a number of a size beside a decimal: each engine counts other digits"
    for operand in operands if any(is_decimal(type_of(o)) for o in operands) else ():
        if _has_size(operand):
            refuse(operand, said, "leave the letter out")


def _escapes_plain(node: exp.Binary) -> bool:
    pattern = node.expression
    if not (isinstance(pattern, exp.Literal) and pattern.is_string):
        return False
    escape = node.parent.expression.name if isinstance(node.parent, exp.Escape) else "\\"
    bare = re.sub(re.escape(escape) + rf"[%_{re.escape(escape)}]", "", pattern.name)
    return escape in bare


def _has_size(node: exp.Expr) -> bool:
    """100L, and what is read as the same: CAST(100 AS BIGINT)."""
    while isinstance(node, exp.Paren | exp.Neg):
        node = node.this
    number = node.this if isinstance(node, exp.Cast) and is_whole(type_of(node)) else None
    return isinstance(number.this if isinstance(number, exp.Neg) else number, exp.Literal)


def _has_room(node: exp.Binary, left: Type | None, right: Type | None) -> bool:
    """Whether no digit after the point is lost. Spark rounds such a result, and DuckDB fails."""
    one, two, of = digits_of(left), digits_of(right), digits_of(type_of(node))
    if not is_decimal(type_of(node)) or one is None or two is None or of is None:
        return True
    if isinstance(node, exp.Mul):
        return one[0] + two[0] <= 38 and of[1] == one[1] + two[1]
    return of[1] == max(one[1], two[1])


def _dates(node: exp.Binary, refuse: Refuse) -> None:
    left, right = kind_of(node.this), kind_of(node.expression)
    if isinstance(node, exp.Sub) and left == right == "date":
        refuse(node, "date - date is days to one engine and an interval to the other", "use datediff(later, earlier)")
    elif {left, right} == {"date", "interval"}:
        refuse(
            node,
            "date + INTERVAL is a date to one engine and a timestamp to the other",
            "use date_add or add_months, or cast the date to TIMESTAMP_NTZ first",
        )


def over_rows(tree: exp.Expr) -> list[SqlProblem]:
    """What an expression over one row, of `filter` or `derive`, cannot hold: a look at other rows, or more rows."""
    out = []
    for node in tree.find_all(exp.Anonymous, exp.Window):
        name = function_name(node)
        function = FUNCTIONS.get(name)
        if isinstance(node, exp.Window):
            said, remedy = "OVER looks at other rows, but this is computed for each row alone", "use a `sql` rule"
        elif node.find_ancestor(exp.Window) is not None:
            continue
        elif name == "explode":
            said, remedy = "explode makes several rows out of one", "write it in a `sql` rule, with LATERAL VIEW"
        elif function is not None and function.kind == "aggregate":
            said = f"{name} is over many rows, but this is computed for each row alone"
            remedy = "use an `aggregate` rule, or a `sql` rule"
        else:
            continue
        out.append(SqlProblem(said, *position(node), remedy))
    return out
