"""The functions of the portable SQL, by Spark's names, and what DuckDB calls for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from mesh_jobs.adapters.sql import forms, pattern_forms
from mesh_jobs.adapters.sql.forms import Arguments, call
from mesh_jobs.adapters.sql.results import (
    Result,
    appended,
    average,
    element,
    fraction,
    joined,
    keys,
    list_of,
    list_of_widest,
    map_of,
    quotient,
    remainder,
    same,
    same_number,
    total,
    values,
    whole_part,
    widest_from,
)
from mesh_jobs.domain.table import ListType, Type


@dataclass(frozen=True)
class Function:
    """`to` is DuckDB's name, or makes the expression; None where types decide, see calls.py. `result` is the type that
    Spark gives."""

    to: str | Callable[[Arguments], exp.Expr] | None
    least: int
    most: int
    kind: Literal["scalar", "aggregate", "window"] = "scalar"
    result: Type | Result | None = None

    def made(self, arguments: Arguments) -> exp.Expr:
        assert self.to is not None
        return call(self.to, *arguments) if isinstance(self.to, str) else self.to(arguments)


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
        "min": ("min", 1, 1, same()), "max": ("max", 1, 1, same()), "count_if": (forms.count_if, 1, 1, "long"),
        "bool_and every": ("bool_and", 1, 1, "boolean"), "bool_or some any": ("bool_or", 1, 1, "boolean"),
        "max_by": ("arg_max_null", 2, 2, same()), "min_by": ("arg_min_null", 2, 2, same()),
        "stddev stddev_samp std": ("stddev_samp", 1, 1, "double"), "stddev_pop": ("stddev_pop", 1, 1, "double"),
        "variance var_samp": ("var_samp", 1, 1, "double"), "var_pop": ("var_pop", 1, 1, "double"),
        "corr": (forms.correlation, 2, 2, "double"), "covar_pop": ("covar_pop", 2, 2, "double"),
        "covar_samp": ("covar_samp", 2, 2, "double"), "median": (forms.percentile, 1, 1, "double"),
        "percentile": (forms.percentile, 2, 2, "double"),
        "collect_list array_agg": (forms.collected(False), 1, 1, list_of()),
        "collect_set": (forms.collected(True), 1, 1, list_of()),
    }),
    **_table("window", {
        "row_number": ("row_number", 0, 0, "int"), "rank": ("rank", 0, 0, "int"),
        "dense_rank": ("dense_rank", 0, 0, "int"), "percent_rank": ("percent_rank", 0, 0, "double"),
        "cume_dist": ("cume_dist", 0, 0, "double"), "ntile": ("ntile", 1, 1, "int"), "lag": ("lag", 1, 3, same()),
        "lead": ("lead", 1, 3, same()), "first_value first": (forms.first_value, 1, 2, same()),
        "last_value last": (forms.last_value, 1, 2, same()), "nth_value": ("nth_value", 2, 2, same()),
    }),
    **_table("scalar", {
        # Texts.
        "upper ucase": ("dp_upper", 1, 1, "string"), "lower lcase": ("dp_lower", 1, 1, "string"),
        "length char_length character_length len": ("length", 1, 1, "int"), "octet_length": ("dp_octets", 1, 1, "int"),
        "btrim": (forms.of_spaces("trim"), 1, 2, "string"), "ltrim": (forms.of_spaces("ltrim"), 1, 1, "string"),
        "rtrim": (forms.of_spaces("rtrim"), 1, 1, "string"), "trim": (forms.of_spaces("trim"), 1, 1, "string"),
        "concat": (forms.concatenated, 1, _many, joined), "concat_ws": ("concat_ws", 2, _many, "string"),
        "substr substring": (lambda a: call("dp_substring" if len(a) == 2 else "dp_substring3", *a), 2, 3, "string"),
        "left": ("dp_left", 2, 2, "string"), "right": ("dp_right", 2, 2, "string"),
        "replace": (forms.with_default("replace", 3, exp.Literal.string("")), 2, 3, "string"),
        "translate": ("translate", 3, 3, "string"), "repeat": ("repeat", 2, 2, "string"),
        "lpad": (forms.with_default("dp_lpad", 3, exp.Literal.string(" ")), 2, 3, "string"),
        "rpad": (forms.with_default("dp_rpad", 3, exp.Literal.string(" ")), 2, 3, "string"),
        "reverse": ("dp_reverse", 1, 1, same()), "instr": ("strpos", 2, 2, "int"),
        "locate": (forms.with_default("dp_locate", 3, exp.Literal.number(1)), 2, 3, "int"),
        "split": (pattern_forms.split_by, 2, 2, ListType("string")), "split_part": (forms.split_part, 3, 3, "string"),
        "regexp_replace": (pattern_forms.regexp_replace, 3, 3, "string"),
        "regexp_extract": (pattern_forms.regexp_extract("regexp_extract"), 2, 3, "string"),
        "regexp_extract_all": (pattern_forms.regexp_extract_all, 2, 3, ListType("string")),
        "regexp_like regexp rlike": (pattern_forms.pattern_found, 2, 2, "boolean"),
        "contains": ("contains", 2, 2, "boolean"), "startswith": ("starts_with", 2, 2, "boolean"),
        "endswith": ("ends_with", 2, 2, "boolean"), "initcap": ("dp_initcap", 1, 1, "string"),
        "ascii": ("dp_ascii", 1, 1, "int"), "md5": ("md5", 1, 1, "string"), "sha sha1": ("sha1", 1, 1, "string"),
        "sha2": (forms.sha_256, 2, 2, "string"), "base64": (lambda a: call("dp_base64", *a), 1, 1, "string"),
        "get_json_object": (forms.get_json, 2, 2, "string"),
        "string": (None, 1, 1, "string"),
        # Nulls and choices.
        "coalesce": ("coalesce", 1, _many, widest_from()), "nvl ifnull": ("coalesce", 2, 2, widest_from()),
        "nvl2": (forms.nvl2, 3, 3, widest_from(1)), "nullif": (None, 2, 2, same()),
        "if": (forms.if_then, 3, 3, widest_from(1)),
        "isnull": (forms.is_null(False), 1, 1, "boolean"), "isnotnull": (forms.is_null(True), 1, 1, "boolean"),
        "isnan": ("dp_isnan", 1, 1, "boolean"), "nanvl": ("dp_nanvl", 2, 2, fraction),
        "greatest": ("greatest", 2, _many, widest_from()), "least": ("least", 2, _many, widest_from()),
        "equal_null": (lambda a: exp.Paren(this=exp.NullSafeEQ(this=a[0], expression=a[1])), 2, 2, "boolean"),
        # Numbers.
        "abs": ("abs", 1, 1, same_number), "ceil ceiling": ("dp_ceil", 1, 1, whole_part),
        "floor": ("dp_floor", 1, 1, whole_part), "round": (forms.rounded, 1, 2),
        "pow power": ("dp_pow", 2, 2, "double"), "sqrt": ("dp_sqrt", 1, 1, "double"),
        "cbrt": ("cbrt", 1, 1, "double"), "exp": ("exp", 1, 1, "double"), "ln": ("dp_ln", 1, 1, "double"),
        "log": (forms.logarithm, 1, 2, "double"), "log10": ("dp_log10", 1, 1, "double"),
        "log2": ("dp_log2", 1, 1, "double"), "sign signum": ("dp_sign", 1, 1, "double"),
        "mod": ("dp_mod", 2, 2, remainder), "pmod": ("dp_pmod", 2, 2, remainder),
        "try_divide": ("dp_try_div", 2, 2, quotient), "pi": ("pi", 0, 0, "double"), "sin": ("dp_sin", 1, 1, "double"),
        "cos": ("dp_cos", 1, 1, "double"), "tan": ("dp_tan", 1, 1, "double"), "asin": ("dp_asin", 1, 1, "double"),
        "acos": ("dp_acos", 1, 1, "double"), "atan": ("atan", 1, 1, "double"), "atan2": ("dp_atan2", 2, 2, "double"),
        "degrees": ("degrees", 1, 1, "double"), "radians": ("radians", 1, 1, "double"),
        "negative": (lambda a: exp.Neg(this=exp.Paren(this=a[0])), 1, 1, same_number),
        "positive": (lambda a: a[0], 1, 1, same_number), "double": (None, 1, 1, "double"),
        # Dates.
        "year": ("year", 1, 1, "int"), "quarter": ("quarter", 1, 1, "int"), "month": ("month", 1, 1, "int"),
        "day dayofmonth": ("day", 1, 1, "int"), "hour": ("hour", 1, 1, "int"), "minute": ("minute", 1, 1, "int"),
        "second": ("second", 1, 1, "int"), "dayofyear": ("dayofyear", 1, 1, "int"),
        "weekofyear": ("weekofyear", 1, 1, "int"), "dayofweek": ("dp_dayofweek", 1, 1, "int"),
        "weekday": ("dp_weekday", 1, 1, "int"), "last_day": ("last_day", 1, 1, "date"),
        "add_months": ("dp_add_months", 2, 2, "date"), "months_between": ("dp_months_between", 2, 2, "double"),
        "date_add dateadd": ("dp_date_add", 2, 2, "date"), "date_sub": ("dp_date_sub", 2, 2, "date"),
        "datediff date_diff": ("dp_datediff", 2, 2, "int"), "to_date": (forms.to_moment("DATE"), 1, 2, "date"),
        "date": (None, 1, 1, "date"),
        "to_timestamp to_timestamp_ltz": (forms.to_moment("TIMESTAMPTZ"), 1, 2, "timestamptz"),
        "to_timestamp_ntz": (forms.to_moment("TIMESTAMP"), 1, 2, "timestamp"),
        "date_format": (forms.date_format, 2, 2, "string"),
        "date_trunc": (lambda a: call("date_trunc", forms.unit_of(a[0]), a[1]), 2, 2, "timestamptz"),
        "trunc": (forms.truncated, 2, 2, "date"), "make_date": ("dp_make_date", 3, 3, "date"),
        "unix_timestamp to_unix_timestamp": ("dp_unix", 1, 1, "long"),
        "unix_seconds": ("dp_unix_seconds", 1, 1, "long"), "from_unixtime": (forms.from_unixtime, 1, 2, "string"),
        # Lists, maps and structs.
        "array": ("list_value", 0, _many, list_of_widest), "size cardinality array_size": ("len", 1, 1, "int"),
        "array_contains": ("dp_array_contains", 2, 2, "boolean"), "element_at": ("dp_element", 2, 2, element),
        "get": ("dp_get", 2, 2, element), "array_distinct": ("dp_array_distinct", 1, 1, same()),
        "array_position": ("dp_array_position", 2, 2, "long"), "array_remove": ("dp_array_remove", 2, 2, same()),
        "array_compact": ("dp_array_compact", 1, 1, same()), "array_append": ("dp_array_append", 2, 2, appended),
        "array_join": (lambda a: call("dp_array_join" if len(a) == 2 else "dp_array_join3", *a), 2, 3, "string"),
        "array_max": ("dp_array_max", 1, 1, element), "array_min": ("dp_array_min", 1, 1, element),
        "sort_array": (forms.sort_array, 1, 2, same()), "array_sort": (forms.array_sort, 1, 1, same()),
        "flatten": ("dp_flatten", 1, 1, element), "slice": ("dp_slice", 3, 3, same()),
        "sequence": ("dp_sequence", 2, 2, list_of()), "transform": ("list_transform", 2, 2, list_of(1)),
        "filter": ("list_filter", 2, 2, same()), "exists": (forms.any_or_all("dp_any_match"), 2, 2, "boolean"),
        "forall": (forms.any_or_all("dp_all_match"), 2, 2, "boolean"), "map": (forms.map_of_pairs, 0, _many, map_of),
        "map_keys": ("map_keys", 1, 1, keys), "map_values": ("map_values", 1, 1, values),
        "map_contains_key": ("map_contains", 2, 2, "boolean"), "named_struct": (forms.named_struct, 2, _many),
        "struct": (forms.struct_of, 1, _many), "explode": ("unnest", 1, 1, element),
    }),
}  # fmt: skip

#: Those that give a list.
LISTS = frozenset((
    "array", "array_agg", "array_append", "array_compact", "array_distinct", "array_remove", "array_sort",
    "collect_list", "collect_set", "filter", "flatten", "map_keys", "map_values", "regexp_extract_all", "sequence",
    "slice", "sort_array", "split", "transform",
))  # fmt: skip
