"""The functions of the portable SQL, by Spark's names, and what DuckDB calls for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from mesh_jobs.adapters.sql.patterns import strftime_format, strptime_format, strptime_formats
from mesh_jobs.adapters.sql.regex import NotPortable, re2
from mesh_jobs.adapters.sql.results import (
    Result,
    appended,
    average,
    element,
    joined,
    keys,
    list_of,
    list_of_widest,
    map_of,
    quotient,
    remainder,
    same,
    total,
    values,
    whole_part,
    widest_from,
)
from mesh_jobs.domain.table import ListType, Type

Arguments = list[exp.Expr]


class Unportable(Exception):
    """A use of a function that the engines would not agree on; `remedy` says what to write instead."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True)
class Function:
    """`to` is DuckDB's name, or makes the expression. `result` is the type that Spark gives."""

    to: str | Callable[[Arguments], exp.Expr]
    least: int
    most: int
    kind: Literal["scalar", "aggregate", "window"] = "scalar"
    result: Type | Result | None = None

    def made(self, arguments: Arguments) -> exp.Expr:
        return call(self.to, *arguments) if isinstance(self.to, str) else self.to(arguments)


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def number(n: int) -> exp.Expr:
    return exp.Literal.number(n)


def _text(node: exp.Expr, what: str) -> str:
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise Unportable(f"{what} must be written as a text", f"write {what} as a literal")


def _with_default(name: str, count: int, default: exp.Expr) -> Callable[[Arguments], exp.Expr]:
    return lambda a: call(name, *a, *([default.copy()] if len(a) < count else []))


def _of_spaces(name: str) -> Callable[[Arguments], exp.Expr]:
    """Spark takes spaces away, and no other white space."""
    return _with_default(name, 2, exp.Literal.string(" "))


def _count_if(a: Arguments) -> exp.Expr:
    return call("count", exp.Case(ifs=[exp.If(this=a[0], true=number(1))]))


def _get_json(a: Arguments) -> exp.Expr:
    """The path in DuckDB's words, each name in quotes."""
    path = _text(a[1], "the path")
    steps = re.findall(r"\.([^.\[\]'\"*]+)|\[(\d+)\]|\['([^'\"]+)'\]", path)
    if path != "$" + "".join(f".{n}" if n else f"[{i}]" if i else f"['{q}']" for n, i, q in steps):
        raise Unportable(f"the path {path} is not in the portable SQL", "write $, .name and [0] only")
    theirs = "$" + "".join(f"[{i}]" if i else f'."{n or q}"' for n, i, q in steps)
    return call("dp_get_json", a[0], exp.Literal.string(theirs))


def _concat(a: Arguments) -> exp.Expr:
    """Spark's concat of a null is null."""
    out = a[0]
    for x in a[1:]:
        out = exp.DPipe(this=out, expression=x)
    return exp.Paren(this=out) if len(a) > 1 else out


def _pattern(node: exp.Expr, *, only_found: bool = False) -> exp.Expr:
    """A pattern that means to DuckDB what it means to Spark."""
    try:
        return exp.Literal.string(re2(_text(node, "the pattern"), only_found=only_found))
    except NotPortable as error:
        raise Unportable(str(error), error.remedy) from None


def _found(a: Arguments) -> exp.Expr:
    return call("regexp_matches", a[0], _pattern(a[1], only_found=True))


def _regexp_replace(a: Arguments) -> exp.Expr:
    """Replaces every match; Java's $1 is \\1."""
    new = _text(a[2], "the replacement").replace("\\$", "\0")
    new = re.sub(r"\$(\d)", r"\\\1", new.replace("\\", "\\\\")).replace("\0", "$")
    return call("regexp_replace", a[0], _pattern(a[1]), exp.Literal.string(new), exp.Literal.string("g"))


def _regexp_extract(name: str) -> Callable[[Arguments], exp.Expr]:
    def made(a: Arguments) -> exp.Expr:
        group = a[2] if len(a) > 2 else number(1)
        pattern = _pattern(a[1])
        if len(a) < 3 and "(" not in a[1].name.replace("\\(", "").replace("(?:", ""):
            raise Unportable("the pattern has no group, and group 1 is asked for", "add 0 as the third argument")
        return call(name, a[0], pattern, group)

    return made


def _split(a: Arguments) -> exp.Expr:
    pattern = _pattern(a[1])
    if re.search(r"\^|\\[Az]", re.sub(r"\\\^|\[[^]]*\]", "", a[1].name)):
        raise Unportable("split by a place in the text", "split by characters, e.g. ',' or '[;|]'")
    if re.compile(a[1].name.replace("\\z", "")).match("") is not None:
        raise Unportable("split by what may be nothing", "give a separator")
    return call("string_split_regex", a[0], pattern)


def _date_format(a: Arguments) -> exp.Expr:
    return call("strftime", a[0], exp.Literal.string(_format(a[1], strftime_format)))


def _format(node: exp.Expr, convert: Callable[[str], str]) -> str:
    try:
        return convert(_text(node, "the format"))
    except ValueError as error:
        raise Unportable(str(error), "use yyyy MM dd HH mm ss SSS and separators") from None


def _to(type_: str) -> Callable[[Arguments], exp.Expr]:
    def made(a: Arguments) -> exp.Expr:
        value = a[0]
        if len(a) > 1:
            pattern = _text(a[1], "the format")
            _format(a[1], strptime_format)
            formats = [exp.Literal.string(f) for f in strptime_formats(pattern)]
            value = call("strptime", a[0], formats[0] if len(formats) == 1 else call("list_value", *formats))
        return exp.Cast(this=value, to=exp.DataType.build(type_, dialect="duckdb"))

    return made


_UNITS = {
    "YEAR": "year", "YYYY": "year", "YY": "year", "QUARTER": "quarter", "MONTH": "month", "MM": "month",
    "MON": "month", "WEEK": "week", "DAY": "day", "DD": "day", "HOUR": "hour", "MINUTE": "minute",
    "SECOND": "second", "MILLISECOND": "millisecond", "MICROSECOND": "microsecond",
}  # fmt: skip


def _unit(node: exp.Expr) -> exp.Expr:
    unit = _text(node, "the unit").upper()
    if unit not in _UNITS:
        raise Unportable(f"{unit} is no unit that both engines know", f"use one of {', '.join(sorted(_UNITS))}")
    return exp.Literal.string(_UNITS[unit])


def _trunc(a: Arguments) -> exp.Expr:
    """Spark's trunc is for dates, and gives null for shorter units."""
    unit = _unit(a[1])
    if unit.name not in ("year", "quarter", "month", "week"):
        raise Unportable(f"trunc to a {unit.name} is always null", "use YEAR, QUARTER, MONTH or WEEK, or date_trunc")
    cut = call("date_trunc", unit, a[0])
    return exp.Cast(this=cut, to=exp.DataType.build("DATE"))


def _from_unixtime(a: Arguments) -> exp.Expr:
    form = _format(a[1], strftime_format) if len(a) > 1 else "%Y-%m-%d %H:%M:%S"
    moment = call(
        "make_timestamp", exp.Mul(this=exp.Cast(this=a[0], to=exp.DataType.build("BIGINT")), expression=number(1000000))
    )
    return call("strftime", moment, exp.Literal.string(form))


def _sort_array(a: Arguments) -> exp.Expr:
    """Nulls first when ascending, last when descending."""
    ascending = len(a) < 2 or (isinstance(a[1], exp.Boolean) and a[1].this)
    if len(a) > 1 and not isinstance(a[1], exp.Boolean):
        raise Unportable("the order of sort_array must be true or false", "write true or false")
    order, nulls = ("ASC", "NULLS FIRST") if ascending else ("DESC", "NULLS LAST")
    return call("list_sort", a[0], exp.Literal.string(order), exp.Literal.string(nulls))


def _array_sort(a: Arguments) -> exp.Expr:
    """Unlike sort_array, nulls last."""
    return call("list_sort", a[0], exp.Literal.string("ASC"), exp.Literal.string("NULLS LAST"))


def _collect(distinct: bool) -> Callable[[Arguments], exp.Expr]:
    def made(a: Arguments) -> exp.Expr:
        value = exp.Distinct(expressions=[a[0]]) if distinct else a[0]
        there = exp.Not(this=exp.Is(this=a[0].copy(), expression=exp.Null()))
        listed = exp.Filter(this=call("list", value), expression=exp.Where(this=there))
        return call("coalesce", listed, call("list_value"))

    return made


def _struct(a: Arguments) -> exp.Expr:
    """struct(a, b AS c): members are named after the columns."""
    members = []
    for x in a:
        if isinstance(x, exp.Alias):
            members.append(exp.PropertyEQ(this=exp.to_identifier(x.alias, quoted=True), expression=x.this))
        elif isinstance(x, exp.Column):
            members.append(exp.PropertyEQ(this=exp.to_identifier(x.name, quoted=True), expression=x))
        else:
            raise Unportable("a member of struct(…) has no name", "use named_struct('name', value, …)")
    return exp.Struct(expressions=members)


def _named_struct(a: Arguments) -> exp.Expr:
    if len(a) % 2:
        raise Unportable("named_struct takes names and values in turn", "add what is missing")
    pairs = zip(a[::2], a[1::2], strict=True)
    return exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(_text(n, "a member's name"), quoted=True), expression=v)
            for n, v in pairs
        ]
    )


def _map(a: Arguments) -> exp.Expr:
    if len(a) % 2:
        raise Unportable("map takes keys and values in turn", "add what is missing")
    return call("map", call("list_value", *a[::2]), call("list_value", *a[1::2]))


def _matches(name: str) -> Callable[[Arguments], exp.Expr]:
    return lambda a: call(name, call("list_transform", *a))


def _if(a: Arguments) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=a[0], true=a[1])], default=a[2])


def _nvl2(a: Arguments) -> exp.Expr:
    return _if([exp.Not(this=exp.Is(this=a[0], expression=exp.Null())), a[1], a[2]])


def _is_null(negated: bool) -> Callable[[Arguments], exp.Expr]:
    def made(a: Arguments) -> exp.Expr:
        found = exp.Is(this=a[0], expression=exp.Null())
        return exp.Paren(this=exp.Not(this=found) if negated else found)

    return made


def _round(a: Arguments) -> exp.Expr:
    if len(a) > 1 and not isinstance(a[1], exp.Literal | exp.Neg):
        raise Unportable("round to a computed number of digits", "write the number of digits")
    return call("round", a[0], *(a[1:] or [number(0)]))


def _percentile(a: Arguments) -> exp.Expr:
    """Interpolated as a double, also between decimals."""
    return call("quantile_cont", _cast("DOUBLE")(a[:1]), a[1] if len(a) > 1 else exp.Literal.number("0.5"))


def _log(a: Arguments) -> exp.Expr:
    return call("dp_log", *a) if len(a) == 2 else call("dp_ln", *a)


def _first(a: Arguments) -> exp.Expr:
    if len(a) > 1:
        raise Unportable("a second argument of first and last", "write first_value(x) IGNORE NULLS OVER (…)")
    return call("first_value", *a)


def _last(a: Arguments) -> exp.Expr:
    return call("last_value", *_first(a).expressions)


def _sha2(a: Arguments) -> exp.Expr:
    if not (isinstance(a[1], exp.Literal) and a[1].name in ("0", "256")):
        raise Unportable("sha2 with another length than 256", "use sha2(x, 256)")
    return call("sha256", a[0])


def _cast(type_: str) -> Callable[[Arguments], exp.Expr]:
    return lambda a: exp.Cast(this=a[0], to=exp.DataType.build(type_, dialect="duckdb"))


_many = 255


def _table(kind: Literal["scalar", "aggregate", "window"], rows: dict[str, tuple[object, ...]]) -> dict[str, Function]:
    out = {}
    for spelled, row in rows.items():
        to, least, most, *result = row
        for n in spelled.split():
            out[n] = Function(to, least, most, kind, result[0] if result else None)  # type: ignore[arg-type]
    return out


FUNCTIONS: dict[str, Function] = {
    **_table("aggregate", {
        "count": ("count", 1, _many, "long"), "sum": ("sum", 1, 1, total), "avg mean": ("avg", 1, 1, average),
        "min": ("min", 1, 1, same()), "max": ("max", 1, 1, same()), "count_if": (_count_if, 1, 1, "long"),
        "bool_and every": ("bool_and", 1, 1, "boolean"), "bool_or some any": ("bool_or", 1, 1, "boolean"),
        "max_by": ("arg_max_null", 2, 2, same()), "min_by": ("arg_min_null", 2, 2, same()),
        "stddev stddev_samp std": ("stddev_samp", 1, 1, "double"), "stddev_pop": ("stddev_pop", 1, 1, "double"),
        "variance var_samp": ("var_samp", 1, 1, "double"), "var_pop": ("var_pop", 1, 1, "double"),
        "corr": ("corr", 2, 2, "double"), "covar_pop": ("covar_pop", 2, 2, "double"),
        "covar_samp": ("covar_samp", 2, 2, "double"), "median": (_percentile, 1, 1, "double"),
        "percentile": (_percentile, 2, 2, "double"), "collect_list array_agg": (_collect(False), 1, 1, list_of()),
        "collect_set": (_collect(True), 1, 1, list_of()),
    }),
    **_table("window", {
        "row_number": ("row_number", 0, 0, "int"), "rank": ("rank", 0, 0, "int"),
        "dense_rank": ("dense_rank", 0, 0, "int"), "percent_rank": ("percent_rank", 0, 0, "double"),
        "cume_dist": ("cume_dist", 0, 0, "double"), "ntile": ("ntile", 1, 1, "int"), "lag": ("lag", 1, 3, same()),
        "lead": ("lead", 1, 3, same()), "first_value first": (_first, 1, 2, same()),
        "last_value last": (_last, 1, 2, same()), "nth_value": ("nth_value", 2, 2, same()),
    }),
    **_table("scalar", {
        # Texts.
        "upper ucase": ("dp_upper", 1, 1, "string"), "lower lcase": ("dp_lower", 1, 1, "string"),
        "length char_length character_length len": ("length", 1, 1, "int"), "octet_length": ("dp_octets", 1, 1, "int"),
        "btrim": (_of_spaces("trim"), 1, 2, "string"), "ltrim": (_of_spaces("ltrim"), 1, 1, "string"),
        "rtrim": (_of_spaces("rtrim"), 1, 1, "string"), "trim": (_of_spaces("trim"), 1, 1, "string"),
        "concat": (_concat, 1, _many, joined), "concat_ws": ("concat_ws", 2, _many, "string"),
        "substr substring": (lambda a: call("dp_substring" if len(a) == 2 else "dp_substring3", *a), 2, 3, "string"),
        "left": ("dp_left", 2, 2, "string"), "right": ("dp_right", 2, 2, "string"),
        "replace": (_with_default("replace", 3, exp.Literal.string("")), 2, 3, "string"),
        "translate": ("translate", 3, 3, "string"), "repeat": ("repeat", 2, 2, "string"),
        "lpad": (_with_default("dp_lpad", 3, exp.Literal.string(" ")), 2, 3, "string"),
        "rpad": (_with_default("dp_rpad", 3, exp.Literal.string(" ")), 2, 3, "string"),
        "reverse": ("dp_reverse", 1, 1, same()), "instr": ("strpos", 2, 2, "int"),
        "locate": (_with_default("dp_locate", 3, exp.Literal.number(1)), 2, 3, "int"),
        "split": (_split, 2, 2, ListType("string")), "split_part": ("dp_split_part", 3, 3, "string"),
        "regexp_replace": (_regexp_replace, 3, 3, "string"),
        "regexp_extract": (_regexp_extract("regexp_extract"), 2, 3, "string"),
        "regexp_extract_all": (_regexp_extract("regexp_extract_all"), 2, 3, ListType("string")),
        "regexp_like regexp rlike": (_found, 2, 2, "boolean"),
        "contains": ("contains", 2, 2, "boolean"), "startswith": ("starts_with", 2, 2, "boolean"),
        "endswith": ("ends_with", 2, 2, "boolean"), "initcap": ("dp_initcap", 1, 1, "string"),
        "ascii": ("dp_ascii", 1, 1, "int"), "md5": ("md5", 1, 1, "string"), "sha sha1": ("sha1", 1, 1, "string"),
        "sha2": (_sha2, 2, 2, "string"), "base64": (lambda a: call("dp_base64", *a), 1, 1, "string"),
        "get_json_object": (_get_json, 2, 2, "string"), "string": (lambda a: call("dp_string", *a), 1, 1, "string"),
        # Nulls and choices.
        "coalesce": ("coalesce", 1, _many, widest_from()), "nvl ifnull": ("coalesce", 2, 2, widest_from()),
        "nvl2": (_nvl2, 3, 3, widest_from(1)), "nullif": ("nullif", 2, 2, same()), "if": (_if, 3, 3, widest_from(1)),
        "isnull": (_is_null(False), 1, 1, "boolean"), "isnotnull": (_is_null(True), 1, 1, "boolean"),
        "isnan": ("dp_isnan", 1, 1, "boolean"), "nanvl": ("dp_nanvl", 2, 2, widest_from()),
        "greatest": ("greatest", 2, _many, widest_from()), "least": ("least", 2, _many, widest_from()),
        "equal_null": (lambda a: exp.Paren(this=exp.NullSafeEQ(this=a[0], expression=a[1])), 2, 2, "boolean"),
        # Numbers.
        "abs": ("abs", 1, 1, same()), "ceil ceiling": ("dp_ceil", 1, 1, whole_part),
        "floor": ("dp_floor", 1, 1, whole_part), "round": (_round, 1, 2), "pow power": ("pow", 2, 2, "double"),
        "sqrt": ("dp_sqrt", 1, 1, "double"), "cbrt": ("cbrt", 1, 1, "double"), "exp": ("exp", 1, 1, "double"),
        "ln": ("dp_ln", 1, 1, "double"), "log": (_log, 1, 2, "double"), "log10": ("dp_log10", 1, 1, "double"),
        "log2": ("dp_log2", 1, 1, "double"), "sign signum": ("dp_sign", 1, 1, "double"),
        "mod": ("dp_mod", 2, 2, remainder), "pmod": ("dp_pmod", 2, 2, remainder),
        "try_divide": ("dp_try_div", 2, 2, quotient), "pi": ("pi", 0, 0, "double"), "sin": ("dp_sin", 1, 1, "double"),
        "cos": ("dp_cos", 1, 1, "double"), "tan": ("dp_tan", 1, 1, "double"), "asin": ("dp_asin", 1, 1, "double"),
        "acos": ("dp_acos", 1, 1, "double"), "atan": ("atan", 1, 1, "double"), "atan2": ("dp_atan2", 2, 2, "double"),
        "degrees": ("degrees", 1, 1, "double"), "radians": ("radians", 1, 1, "double"),
        "negative": (lambda a: exp.Neg(this=exp.Paren(this=a[0])), 1, 1, same()),
        "positive": (lambda a: a[0], 1, 1, same()), "double": (_cast("DOUBLE"), 1, 1, "double"),
        # Dates.
        "year": ("year", 1, 1, "int"), "quarter": ("quarter", 1, 1, "int"), "month": ("month", 1, 1, "int"),
        "day dayofmonth": ("day", 1, 1, "int"), "hour": ("hour", 1, 1, "int"), "minute": ("minute", 1, 1, "int"),
        "second": ("second", 1, 1, "int"), "dayofyear": ("dayofyear", 1, 1, "int"),
        "weekofyear": ("weekofyear", 1, 1, "int"), "dayofweek": ("dp_dayofweek", 1, 1, "int"),
        "weekday": ("dp_weekday", 1, 1, "int"), "last_day": ("last_day", 1, 1, "date"),
        "add_months": ("dp_add_months", 2, 2, "date"), "months_between": ("dp_months_between", 2, 2, "double"),
        "date_add dateadd": ("dp_date_add", 2, 2, "date"), "date_sub": ("dp_date_sub", 2, 2, "date"),
        "datediff date_diff": ("dp_datediff", 2, 2, "int"), "to_date": (_to("DATE"), 1, 2, "date"),
        "date": (_cast("DATE"), 1, 1, "date"),
        "to_timestamp to_timestamp_ltz": (_to("TIMESTAMPTZ"), 1, 2, "timestamptz"),
        "to_timestamp_ntz": (_to("TIMESTAMP"), 1, 2, "timestamp"), "date_format": (_date_format, 2, 2, "string"),
        "date_trunc": (lambda a: call("date_trunc", _unit(a[0]), a[1]), 2, 2, "timestamptz"),
        "trunc": (_trunc, 2, 2, "date"), "make_date": ("dp_make_date", 3, 3, "date"),
        "unix_timestamp to_unix_timestamp": ("dp_unix", 1, 1, "long"),
        "unix_seconds": ("dp_unix_seconds", 1, 1, "long"), "from_unixtime": (_from_unixtime, 1, 2, "string"),
        # Lists, maps and structs.
        "array": ("list_value", 0, _many, list_of_widest), "size cardinality array_size": ("len", 1, 1, "int"),
        "array_contains": ("dp_array_contains", 2, 2, "boolean"), "element_at": ("dp_element", 2, 2, element),
        "get": ("dp_get", 2, 2, element), "array_distinct": ("dp_array_distinct", 1, 1, same()),
        "array_position": ("dp_array_position", 2, 2, "long"), "array_remove": ("dp_array_remove", 2, 2, same()),
        "array_compact": ("dp_array_compact", 1, 1, same()), "array_append": ("dp_array_append", 2, 2, appended),
        "array_join": (lambda a: call("dp_array_join" if len(a) == 2 else "dp_array_join3", *a), 2, 3, "string"),
        "array_max": ("dp_array_max", 1, 1, element), "array_min": ("dp_array_min", 1, 1, element),
        "sort_array": (_sort_array, 1, 2, same()), "array_sort": (_array_sort, 1, 1, same()),
        "flatten": ("dp_flatten", 1, 1, element), "slice": ("dp_slice", 3, 3, same()),
        "sequence": ("dp_sequence", 2, 2, list_of()), "transform": ("list_transform", 2, 2, list_of(1)),
        "filter": ("list_filter", 2, 2, same()), "exists": (_matches("dp_any_match"), 2, 2, "boolean"),
        "forall": (_matches("dp_all_match"), 2, 2, "boolean"), "map": (_map, 0, _many, map_of),
        "map_keys": ("map_keys", 1, 1, keys), "map_values": ("map_values", 1, 1, values),
        "map_contains_key": ("map_contains", 2, 2, "boolean"), "named_struct": (_named_struct, 2, _many),
        "struct": (_struct, 1, _many), "explode": ("unnest", 1, 1, element),
    }),
}  # fmt: skip

#: Those that give a list.
LISTS = frozenset((
    "array", "array_agg", "array_append", "array_compact", "array_distinct", "array_remove", "array_sort",
    "collect_list", "collect_set", "filter", "flatten", "map_keys", "map_values", "regexp_extract_all", "sequence",
    "slice", "sort_array", "split", "transform",
))  # fmt: skip

#: Those whose second argument counts something, which a fraction cannot.
COUNTED = frozenset(("add_months", "date_add", "date_sub", "dateadd", "lpad", "rpad"))

#: Functions people will try, and what to write instead.
INSTEAD = {
    "current_date": "a run must be repeatable: compare with a column of the data, e.g. its newest date",
    "current_timestamp": "a run must be repeatable: compare with a column of the data, e.g. its newest time",
    "now": "a run must be repeatable: compare with a column of the data, e.g. its newest time",
    "rand": "a run must be repeatable: use pmod(…) of a key",
    "random": "a run must be repeatable: use pmod(…) of a key",
    "uuid": "a run must be repeatable: use md5(concat_ws('|', key columns))",
    "monotonically_increasing_id": "a run must be repeatable: use row_number() OVER (ORDER BY key columns)",
    "hash": "each engine hashes in its own way: use md5(…)",
    "xxhash64": "each engine hashes in its own way: use md5(…)",
    "crc32": "use md5(…)",
    "levenshtein": "one engine counts bytes, the other characters: compare lower(…) or regexp_replace(…) of the texts",
    "approx_count_distinct": "each engine estimates in its own way: use count(DISTINCT …)",
    "approx_percentile": "each engine estimates in its own way: use percentile(…), which is exact",
    "percentile_approx": "each engine estimates in its own way: use percentile(…), which is exact",
    "iff": "use if(…)",
    "any_value": "which value is up to the engine: use min(…), max(…) or max_by(…)",
    "mode": "ties are up to the engine: count and rank",
    "posexplode": "use explode(…)",
    "explode_outer": "use LATERAL VIEW OUTER explode(…)",
    "from_json": "declare the column as a struct in the source",
    "to_json": "keep the columns apart",
    "decode": "use CASE",
    "format_number": "leave formats to reports: use round(…)",
}
