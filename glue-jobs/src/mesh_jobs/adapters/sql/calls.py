"""Calls of Spark's functions as calls of DuckDB's, where it matters what they are called with."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from mesh_jobs.adapters.sql.casts import another_as_double, as_double, as_text, converted, meeting
from mesh_jobs.adapters.sql.forms import Unportable, call
from mesh_jobs.adapters.sql.functions import FUNCTIONS, LISTS, Function
from mesh_jobs.adapters.sql.kinds import GIVES_LIST, WHOLE_TABLE, kind_of
from mesh_jobs.adapters.sql.places import function_name
from mesh_jobs.adapters.sql.spark_types import digits_of, is_whole
from mesh_jobs.adapters.sql.typed import type_of
from mesh_jobs.domain.table import ListType, MapType

_ByType = Callable[[Function, exp.Anonymous], exp.Expr | None]
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


def translated_call(node: exp.Anonymous) -> exp.Expr:
    """The call in DuckDB's words; the node itself where it is none that is known. Raises Unportable."""
    name = function_name(node)
    function = FUNCTIONS.get(name)
    if function is None:
        return node
    arguments = node.expressions
    if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
        return call(str(function.to), *arguments) if isinstance(function.to, str) else node
    if name == "count" and len(arguments) > 1:
        raise Unportable("count of several columns", "write count(DISTINCT a, b) or count_if(…)")
    if not function.least <= len(arguments) <= function.most:
        return node
    if name in _CASTS and len(arguments) == 1:
        return converted(arguments[0], _CASTS[name])
    if isinstance(node.parent, exp.IgnoreNulls) and name in _SKIP_NULLS:
        return _SKIP_NULLS[name](arguments)
    by_type = _BY_TYPE.get(name)
    return (by_type(function, node) if by_type is not None else None) or function.made(arguments)


def _remainder(function: Function, node: exp.Anonymous) -> exp.Expr | None:
    if not is_whole(type_of(node)):
        return _divided(function, node)
    return call("dp_mod_whole", *node.expressions)


def _positive(function: Function, node: exp.Anonymous) -> exp.Expr | None:
    if not is_whole(type_of(node)):
        return _divided(function, node)
    large = type_of(node) == "long"
    wide = exp.DataType.build("HUGEINT" if large else "BIGINT", dialect="duckdb")
    half = exp.Literal.number(2**63 if large else 2**31)
    return call("dp_pmod_whole", *(exp.Cast(this=a, to=wide.copy()) for a in node.expressions), half)


def _divided(function: Function, node: exp.Anonymous) -> exp.Expr | None:
    """Beside doubles all are doubles, before DuckDB makes others of them."""
    if type_of(node) != "double":
        return None
    return function.made([as_double(a) if another_as_double(type_of(a)) else a for a in node.expressions])


def _mean(function: Function, node: exp.Anonymous) -> exp.Expr | None:
    """Of bigints, Spark sums doubles, and DuckDB whole numbers."""
    return _of_doubles(function, node) if type_of(node.expressions[0]) == "long" else None


def _of_doubles(function: Function, node: exp.Anonymous) -> exp.Expr:
    return function.made([as_double(node.expressions[0]), *node.expressions[1:]])


def _of_days(function: Function, node: exp.Anonymous) -> exp.Expr:
    """Spark reads a text as a day."""
    return function.made([converted(a, "date") if type_of(a) == "string" else a for a in node.expressions])


def _of_seconds(function: Function, node: exp.Anonymous) -> exp.Expr:
    return function.made([converted(node.expressions[0], "long"), *node.expressions[1:]])


def _whole_part(function: Function, node: exp.Anonymous) -> exp.Expr | None:
    name = "floor" if function_name(node) == "floor" else "ceil"
    return call(name, *node.expressions) if kind_of(node.expressions[0]) == "decimal" else None


def _concatenated(function: Function, node: exp.Anonymous) -> exp.Expr | None:
    return function.made([as_text(a) for a in node.expressions]) if type_of(node) == "string" else None


def _joined_list(function: Function, node: exp.Anonymous) -> None:
    _constant_separator(node.expressions[1])
    # Spark's code for it gives NULL whenever what stands in could be one, though it is none:
    # https://github.com/apache/spark/blob/v3.5.6/sql/catalyst/src/main/scala/org/apache/spark/sql/catalyst/expressions/collectionOperations.scala
    if len(node.expressions) == 3 and not isinstance(node.expressions[2], exp.Literal):
        raise Unportable(
            "what array_join writes for a NULL must be a text literal",
            "write it, or array_join(transform(xs, x -> coalesce(x, …)), ',')",
        )


def _of_map(made: Callable[[list[exp.Expr]], exp.Expr]) -> _ByType:
    """What is named alike for lists and maps, for maps."""
    return lambda function, node: made(node.expressions) if isinstance(type_of(node.expressions[0]), MapType) else None


def _null_if(function: Function, node: exp.Anonymous) -> exp.Expr:
    """What is given back is the value as it was, and not as it was compared."""
    value, other = node.expressions
    equal = exp.EQ(this=value.copy(), expression=other.copy())
    meeting(equal)
    return exp.Case(ifs=[exp.If(this=equal, true=exp.Null())], default=value)


def _round(function: Function, node: exp.Anonymous) -> exp.Expr:
    rounded = function.made(node.expressions)
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


def _joined(function: Function, node: exp.Anonymous) -> exp.Expr:
    """concat_ws joins texts and the texts of lists; DuckDB's would print a list."""
    separator, *values = node.expressions
    values = [v for v in values if not isinstance(v, exp.Null)] or [exp.Literal.string("")]
    if all(kind_of(v) is not None for v in values):
        return call("concat_ws", separator, *(as_text(v) for v in values))
    _constant_separator(separator)
    # A list that is null holds nothing.
    lists = [call("coalesce", _texts(v), call("list_value")) for v in values]
    whole = lists[0]
    for each in lists[1:]:
        whole = call("list_concat", whole, each)
    return call("dp_joined", separator, whole)


def _constant_separator(separator: exp.Expr) -> None:
    if separator.find(exp.Column) is not None:
        raise Unportable("DuckDB joins a list with one separator for every row", "write the separator as a text")


def _texts(value: exp.Expr) -> exp.Expr:
    if value.meta.get(GIVES_LIST):
        is_text = type_of(value) in (None, ListType("string"))
        return value if is_text else exp.Cast(this=value, to=exp.DataType.build("VARCHAR[]", dialect="duckdb"))
    if value.meta.get(WHOLE_TABLE) or kind_of(value) is not None:
        return call("list_value", as_text(value))
    return call("dp_texts", value)


#: Where the types of the arguments decide; None where they do not.
_BY_TYPE: dict[str, _ByType] = {
    "round": _round,
    "mod": _remainder,
    "pmod": _positive,
    **dict.fromkeys(("try_divide", "nanvl"), _divided),
    **dict.fromkeys(("avg", "mean"), _mean),
    **dict.fromkeys(("median", "percentile"), _of_doubles),
    "nullif": _null_if,
    "from_unixtime": _of_seconds,
    **dict.fromkeys(("add_months", "date_add", "dateadd", "date_sub", "datediff", "date_diff"), _of_days),
    **dict.fromkeys(("ceil", "ceiling", "floor"), _whole_part),
    "concat": _concatenated,
    "concat_ws": _joined,
    "array_join": _joined_list,
    **dict.fromkeys(("size", "cardinality"), _of_map(lambda a: call("cardinality", *a))),
    "element_at": _of_map(lambda a: exp.Bracket(this=a[0], expressions=[a[1]])),
}


def gives_list(node: exp.Expr) -> bool:
    """Whether a value is a list, as far as its text tells."""
    if isinstance(node, exp.Paren | exp.Window):
        return gives_list(node.this)
    if function_name(node) in ("coalesce", "nvl", "ifnull"):
        return any(gives_list(a) for a in node.expressions)
    return isinstance(node, exp.Array) or function_name(node) in LISTS


def whole_table(node: exp.Expr) -> bool:
    """Whether a value is computed over many rows, so that DuckDB does not know its type when it chooses a macro."""
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Window):
        return True
    function = FUNCTIONS.get(function_name(node))
    if function is not None and function.kind != "scalar":
        return True
    return any(bool(child.meta.get(WHOLE_TABLE)) for child in node.iter_expressions())
