"""Calls of Spark's functions as calls of DuckDB's, where it matters what they are called with."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from mesh_jobs.adapters.sql.casts import another_as_double, as_double, as_text, converted, meeting
from mesh_jobs.adapters.sql.forms import Unportable, call
from mesh_jobs.adapters.sql.functions import FUNCTIONS, LISTS
from mesh_jobs.adapters.sql.kinds import GIVES_LIST, WHOLE_TABLE, kind_of
from mesh_jobs.adapters.sql.spark_types import digits_of, is_whole
from mesh_jobs.adapters.sql.typed import type_of
from mesh_jobs.domain.table import ListType, MapType

#: DuckDB takes IGNORE NULLS inside the call, which sqlglot writes for functions it knows.
_SKIP_NULLS: dict[str, Callable[[list[exp.Expr]], exp.Expr]] = {
    "first_value": lambda a: exp.FirstValue(this=a[0]),
    "first": lambda a: exp.FirstValue(this=a[0]),
    "last_value": lambda a: exp.LastValue(this=a[0]),
    "last": lambda a: exp.LastValue(this=a[0]),
    "nth_value": lambda a: exp.NthValue(this=a[0], offset=a[1]),
    "lag": lambda a: exp.Lag(this=a[0], offset=a[1] if len(a) > 1 else None, default=a[2] if len(a) > 2 else None),
    "lead": lambda a: exp.Lead(this=a[0], offset=a[1] if len(a) > 1 else None, default=a[2] if len(a) > 2 else None),
}
#: What is named alike for lists and maps, for maps.
_OF_MAPS: dict[str, Callable[[list[exp.Expr]], exp.Expr]] = {
    "size": lambda a: call("cardinality", *a),
    "cardinality": lambda a: call("cardinality", *a),
    "element_at": lambda a: exp.Bracket(this=a[0], expressions=[a[1]]),
}
#: Casts under another name.
_CASTS = {
    "string": "string",
    "double": "double",
    "date": "date",
    "to_date": "date",
    "to_timestamp": "timestamptz",
    "to_timestamp_ltz": "timestamptz",
    "to_timestamp_ntz": "timestamp",
}
#: Where Spark reads a text as a day.
_DAYS = ("add_months", "date_add", "dateadd", "date_sub", "datediff", "date_diff")


def called(node: exp.Anonymous) -> exp.Expr:
    """The call in DuckDB's words; the node itself where it is none that is known. Raises Unportable."""
    name = str(node.this).lower()
    if name not in FUNCTIONS:
        return node
    function = FUNCTIONS[name]
    arguments = node.expressions
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        return call(str(function.to), *arguments) if isinstance(function.to, str) else node
    if name == "count" and len(arguments) > 1:
        raise Unportable("count of several columns", "write count(DISTINCT a, b) or count_if(…)")
    if not function.least <= len(arguments) <= function.most:
        return node
    if name == "round":
        return _round(function.made(arguments))
    if name in _CASTS and len(arguments) == 1:
        return converted(arguments[0], _CASTS[name])
    if name == "mod" and is_whole(type_of(node)):
        return call("dp_mod_whole", *arguments)
    if name == "pmod" and is_whole(type_of(node)):
        return _positive(arguments, large=type_of(node) == "long")
    if name in ("try_divide", "mod", "pmod", "nanvl") and type_of(node) == "double":
        return function.made([as_double(a) if another_as_double(type_of(a)) else a for a in arguments])
    if name in ("median", "percentile") or (name in ("avg", "mean") and type_of(arguments[0]) == "long"):
        return function.made([as_double(arguments[0]), *arguments[1:]])
    if name == "nullif":
        return _null_if(*arguments)
    if name == "from_unixtime":
        return function.made([converted(arguments[0], "long"), *arguments[1:]])
    if name in _DAYS:
        return function.made([converted(a, "date") if type_of(a) == "string" else a for a in arguments])
    if name in ("ceil", "ceiling", "floor") and kind_of(arguments[0]) == "decimal":
        return call(name[:4] if name != "floor" else name, *arguments)
    if name == "concat" and type_of(node) == "string":
        return function.made([as_text(a) for a in arguments])
    if name == "concat_ws":
        return _joined(arguments)
    if name == "array_join":
        _written(arguments[1])
    if isinstance(type_of(arguments[0] if arguments else None), MapType) and name in _OF_MAPS:
        return _OF_MAPS[name](arguments)
    if isinstance(node.parent, exp.IgnoreNulls) and name in _SKIP_NULLS:
        return _SKIP_NULLS[name](arguments)
    return function.made(arguments)


def _positive(arguments: list[exp.Expr], large: bool) -> exp.Expr:
    wide = exp.DataType.build("HUGEINT" if large else "BIGINT", dialect="duckdb")
    half = exp.Literal.number(2**63 if large else 2**31)
    return call("dp_pmod_whole", *(exp.Cast(this=a, to=wide.copy()) for a in arguments), half)


def _null_if(value: exp.Expr, other: exp.Expr) -> exp.Expr:
    """What is given back is the value as it was, and not as it was compared."""
    equal = exp.EQ(this=value.copy(), expression=other.copy())
    meeting(equal)
    return exp.Case(ifs=[exp.If(this=equal, true=exp.Null())], default=value)


def _round(rounded: exp.Expr) -> exp.Expr:
    value, digits = rounded.expressions
    if type_of(value) == "float":
        value.replace(as_double(value))
        value = rounded.expressions[0]
    kind = kind_of(value)
    if kind == "long":
        # DuckDB's round wraps around where the result is too large for the type.
        value.replace(exp.Cast(this=value.copy(), to=exp.DataType.build("HUGEINT", dialect="duckdb")))
        return rounded
    if kind == "decimal":
        _with_digits(value, digits)
        return rounded
    if kind == "double":
        return call("dp_round_double", value, digits)
    if value.meta.get(WHOLE_TABLE):
        double = exp.Cast(this=value, to=exp.DataType.build("DOUBLE", dialect="duckdb"))
        return call("dp_round_double", double, digits)
    return call("dp_round", value, digits)


def _with_digits(value: exp.Expr, digits: exp.Expr) -> None:
    """Before the point, DuckDB rounds no further than a decimal has digits."""
    found = digits_of(type_of(value))
    if isinstance(digits, exp.Neg) and found is not None:
        if found == (38, 0):
            raise Unportable("a number of 38 digits, which may have one more when it is rounded", "cast it to fewer")
        whole = max(found[0] - found[1] + 1, int(digits.this.name) + 1)
        room = exp.DataType.build(f"DECIMAL({min(38, whole + found[1])},{found[1]})")
        value.replace(exp.Cast(this=value.copy(), to=room))


def _joined(arguments: list[exp.Expr]) -> exp.Expr:
    """concat_ws joins texts and the texts of lists; DuckDB's would print a list."""
    separator, *values = arguments
    values = [v for v in values if not isinstance(v, exp.Null)] or [exp.Literal.string("")]
    if all(kind_of(v) is not None for v in values):
        return call("concat_ws", separator, *(as_text(v) for v in values))
    _written(separator)
    # A list that is null holds nothing.
    lists = [call("coalesce", _texts(v), call("list_value")) for v in values]
    whole = lists[0]
    for each in lists[1:]:
        whole = call("list_concat", whole, each)
    return call("dp_joined", separator, whole)


def _written(separator: exp.Expr) -> None:
    if separator.find(exp.Column) is not None:
        raise Unportable("what DuckDB joins a list with is the same for every row", "write the separator as a text")


def _texts(value: exp.Expr) -> exp.Expr:
    if value.meta.get(GIVES_LIST):
        is_text = type_of(value) in (None, ListType("string"))
        return value if is_text else exp.Cast(this=value, to=exp.DataType.build("VARCHAR[]", dialect="duckdb"))
    if value.meta.get(WHOLE_TABLE) or kind_of(value) is not None:
        return call("list_value", as_text(value))
    return call("dp_texts", value)


def gives_list(node: exp.Expr) -> bool:
    """Whether a value is a list, as far as its text tells."""
    if isinstance(node, exp.Paren | exp.Window):
        return gives_list(node.this)
    if isinstance(node, exp.Anonymous) and str(node.this).lower() in ("coalesce", "nvl", "ifnull"):
        return any(gives_list(a) for a in node.expressions)
    return isinstance(node, exp.Array) or (isinstance(node, exp.Anonymous) and str(node.this).lower() in LISTS)


def whole_table(node: exp.Expr) -> bool:
    """Whether a value is computed over many rows, so that DuckDB does not know its type when it chooses a macro."""
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Window):
        return True
    if isinstance(node, exp.Anonymous):
        function = FUNCTIONS.get(str(node.this).lower())
        if function is not None and function.kind != "scalar":
            return True
    return any(bool(child.meta.get(WHOLE_TABLE)) for child in node.iter_expressions())
