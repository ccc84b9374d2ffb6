"""The functions of the portable SQL, by Spark's names, and what DuckDB calls for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from mesh_jobs.adapters.sql import forms
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
        "split": (forms.split_by, 2, 2, ListType("string")), "split_part": (forms.split_part, 3, 3, "string"),
        "regexp_replace": (forms.regexp_replace, 3, 3, "string"),
        "regexp_extract": (forms.regexp_extract("regexp_extract"), 2, 3, "string"),
        "regexp_extract_all": (forms.regexp_extract_all, 2, 3, ListType("string")),
        "regexp_like regexp rlike": (forms.pattern_found, 2, 2, "boolean"),
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

_RUN = "a run must be repeatable: "
_MOMENT = f"{_RUN}compare with a column of the data, e.g. its newest time"
_OWN_WAY = "each engine estimates in its own way: "
_BY_KEY = f"{_RUN}use pmod(…) of a key"
_OF_FILES = "how rows lie in files is not in the data: use a column of it"
_WHO = "who runs it, and where, is not in the data: write the value"
_MAPS = "only map(k, v, …) makes a map: read one with map_keys(m) and element_at(m, k)"
_IN_SOURCE = "declare the column as a struct in the source"
_FORM = "leave the form of a number to reports"
_BYTES = "keep the text as it is, or its sha2(s, 256)"
_ROOM = "cast to a type that has room, e.g. AS BIGINT"
_POSITIONS = "transform(xs, (x, i) -> named_struct('pos', i, 'col', x))"
_OF_EXP = "write it with exp(…), e.g. (exp(x) - exp(-x)) / 2"
_MADE = "write CAST(s AS TIMESTAMP_NTZ) or AS TIMESTAMP_LTZ of a text made with concat(…)"

#: Functions people will try, and what to write instead.
INSTEAD = {name: remedy for names, remedy in {
    # Types.
    "int integer": "write CAST(x AS INT)", "bigint long": "write CAST(x AS BIGINT)",
    "smallint short": "write CAST(x AS SMALLINT)", "tinyint byte": "write CAST(x AS TINYINT)",
    "float real": "write CAST(x AS DOUBLE)", "boolean bool": "write CAST(x AS BOOLEAN)",
    "decimal dec numeric": "write CAST(x AS DECIMAL(10, 2)), with the digits that are wanted",
    "timestamp": "write CAST(s AS TIMESTAMP_LTZ) (a moment, UTC) or CAST(s AS TIMESTAMP_NTZ) (a local time)",
    "timestamp_ntz datetime": "write CAST(s AS TIMESTAMP_NTZ)", "timestamp_ltz": "write CAST(s AS TIMESTAMP_LTZ)",
    "binary": "store binary as text", "text varchar": "write CAST(x AS STRING)",
    "cast convert": "write CAST(x AS INT) or another type", "safe_cast": "write TRY_CAST(x AS INT) or another type",
    "typeof": "write the name of the type as a text",
    # Another answer on every run, or in every engine.
    "current_date curdate": f"{_RUN}compare with a column of the data, e.g. its newest date",
    "current_timestamp now localtimestamp getdate sysdate": _MOMENT,
    "rand random randn": _BY_KEY, "shuffle": f"{_RUN}use sort_array(xs)",
    "uuid": f"{_RUN}use md5(concat_ws('|', key columns))",
    "monotonically_increasing_id": f"{_RUN}use row_number() OVER (ORDER BY key columns)",
    "input_file_name input_file_block_start input_file_block_length spark_partition_id": _OF_FILES,
    "current_user user session_user current_database current_schema current_catalog current_timezone version": _WHO,
    "hash xxhash64": "each engine hashes in its own way: use md5(…)", "crc32": "use md5(…)",
    "levenshtein": "one engine counts bytes, the other characters: compare lower(…) or regexp_replace(…) of the texts",
    "soundex": "compare lower(…) or regexp_replace(…) of the texts",
    "approx_count_distinct hll_sketch_agg count_min_sketch": f"{_OWN_WAY}use count(DISTINCT …)",
    "approx_percentile percentile_approx": f"{_OWN_WAY}use percentile(…), which is exact",
    "histogram_numeric": f"{_OWN_WAY}group by floor(x / 10), and count",
    "any_value": "which value is up to the engine: use min(…), max(…) or max_by(…)",
    "mode": "ties are up to the engine: count and rank",
    # Over groups.
    "count_distinct": "write count(DISTINCT x)", "sum_distinct": "write sum(DISTINCT x)",
    "countif": "write count_if(…)", "product": "write exp(sum(ln(x))), of numbers above 0",
    "grouping grouping_id": "write UNION ALL of GROUP BYs, each with a constant that tells which",
    "listagg string_agg group_concat": "write array_join(sort_array(collect_list(s)), ',')",
    "arg_max": "write max_by(x, y)", "arg_min": "write min_by(x, y)",
    "regr_slope": "write covar_pop(y, x) / var_pop(x), of rows that have both",
    "regr_r2": "write pow(corr(y, x), 2)", "regr_count": "write count_if(x IS NOT NULL AND y IS NOT NULL)",
    "try_sum": "write sum(x) of a type that has room, e.g. sum(CAST(x AS DECIMAL(28, 2)))",
    "try_avg": "write avg(CAST(x AS DOUBLE))",
    "window session_window window_time": "write date_trunc('HOUR', t), and group by it",
    # Choices.
    "iff": "use if(…)", "decode": "use CASE", "elt": "write get(array(…), n - 1)",
    "zeroifnull": "write coalesce(x, 0)", "nullifzero": "write nullif(x, 0)",
    "assert_true raise_error": "write a quality rule in the contract",
    # Lists.
    "aggregate reduce": "write LATERAL VIEW explode(xs) t AS x, and group: sum(x); the largest is array_max(xs)",
    "array_union": "write array_distinct(concat(xs, ys))",
    "array_intersect": "write array_distinct(filter(xs, x -> array_contains(ys, x)))",
    "array_except": "write array_distinct(filter(xs, x -> NOT array_contains(array_compact(ys), x)))",
    "arrays_overlap": "write exists(xs, x -> array_contains(ys, x))",
    "array_prepend": "write concat(array(x), xs)", "array_repeat": "write transform(sequence(1, n), i -> x), n from 1",
    "array_insert": "write concat(slice(xs, 1, n), array(x), slice(xs, n + 1, size(xs)))",
    "arrays_zip zip_with": "write transform(xs, (x, i) -> named_struct('x', x, 'y', get(ys, i)))",
    "try_element_at": "write get(xs, n - 1), or element_at(m, k) of a map",
    "list": "write array(…), or sort_array(collect_list(x)) over a group", "array_length": "write size(xs)",
    "posexplode": f"use explode({_POSITIONS})",
    "posexplode_outer": f"use LATERAL VIEW OUTER explode({_POSITIONS})",
    "explode_outer": "use LATERAL VIEW OUTER explode(…)", "unnest": "use explode(…)",
    "inline": "use LATERAL VIEW explode(xs) t AS x, and x.member", "stack": "write UNION ALL",
    "inline_outer": "use LATERAL VIEW OUTER explode(xs) t AS x, and x.member",
    # Maps and JSON.
    "map_entries": "write transform(map_keys(m), k -> named_struct('key', k, 'value', element_at(m, k)))",
    "map_filter": "filter the keys: filter(map_keys(m), k -> element_at(m, k) > 0)",
    "map_from_arrays map_from_entries map_concat str_to_map map_zip_with transform_keys": _MAPS,
    "transform_values": "write transform(map_values(m), v -> …), or element_at(m, k) where it is read",
    "from_json": f"write get_json_object(s, '$.name') for each member, or {_IN_SOURCE}",
    "json_tuple": "write get_json_object(s, '$.name') for each member",
    "json_array_length json_object_keys schema_of_json schema_of_csv": _IN_SOURCE,
    "to_json": "keep the columns apart", "to_csv": "write concat_ws(',', …)",
    "from_csv": "write get(split(s, ','), 0) for each column, and cast it",
    # Days and moments.
    "date_part datepart": "write EXTRACT(YEAR FROM d), or year(d)",
    "make_timestamp make_timestamp_ntz make_timestamp_ltz": _MADE,
    "date_from_unix_date": "write date_add(DATE '1970-01-01', n)",
    "unix_date": "write datediff(d, DATE '1970-01-01')",
    "timestamp_seconds": "write to_timestamp_ltz(from_unixtime(n))",
    "timestamp_millis": "write to_timestamp_ltz(from_unixtime(n div 1000)), which has whole seconds",
    "timestamp_micros": "write to_timestamp_ltz(from_unixtime(n div 1000000)), which has whole seconds",
    "unix_millis unix_micros": "write unix_seconds(t), which are whole",
    "to_utc_timestamp from_utc_timestamp convert_timezone": "moments are in UTC: add the offset, t + INTERVAL 2 HOURS",
    "next_day": "write date_add(d, 7 - weekday(d)) for the next Monday",
    "timestampadd": "write t + INTERVAL 1 DAY",
    "make_interval make_dt_interval make_ym_interval": "write INTERVAL 1 DAY",
    "timestampdiff": "write datediff(later, earlier), or unix_timestamp(later) - unix_timestamp(earlier)",
    "try_to_timestamp": "write TRY_CAST(s AS TIMESTAMP_NTZ) or AS TIMESTAMP_LTZ",
    "strftime": "write date_format(t, 'yyyy-MM-dd')",
    # Texts.
    "to_number": "write CAST(s AS DECIMAL(10, 2)), of replace(s, ',') where it has commas",
    "try_to_number": "write TRY_CAST(s AS DECIMAL(10, 2)), of replace(s, ',') where it has commas",
    "to_char to_varchar": "write date_format(d, 'yyyy-MM-dd'), or CAST(n AS STRING)",
    "format_number": "leave formats to reports: use round(…)",
    "format_string printf": "write concat(…), and lpad(…) for a width",
    "like": "write s LIKE 'a%'", "ilike": "write s ILIKE 'a%'",
    "regexp_count": "write size(regexp_extract_all(s, 'pattern', 0))",
    "regexp_substr": "write nullif(regexp_extract(s, 'pattern', 0), '')",
    "regexp_matches": "write regexp_like(s, 'pattern')",
    "substring_index": "write split_part(s, '.', 1) for what is before the first",
    "find_in_set": "write array_position(split(list, ','), s)", "string_split": "write split(s, ',')",
    "overlay": "write concat(left(s, 2), new, substring(s, 5))", "space": "write repeat(' ', n)",
    "sentences": "write split(s, ' ')", "bit_length": "write octet_length(s) * 8",
    "strpos": "write instr(s, part)", "charindex": "write locate(part, s)",
    "parse_url": "write regexp_extract(url, '//([^/]+)', 1) for the host",
    "mask": "write regexp_replace(s, '[0-9]', 'n')",
    "encode to_binary unhex unbase64 aes_encrypt aes_decrypt": _BYTES,
    # Numbers.
    "hex bin conv": _FORM, "bround rint": "write round(x), which takes halves away from 0",
    "shiftleft": "write x * CAST(pow(2, n) AS BIGINT)",
    "shiftright": "write CAST(floor(x / pow(2, n)) AS BIGINT)",
    "getbit bit_get": "write CAST(floor(x / pow(2, n)) AS BIGINT) & 1",
    "try_add try_subtract try_multiply": _ROOM, "safe_divide": "write try_divide(a, b)",
    "width_bucket": "write CAST(floor((x - low) / width) AS BIGINT) + 1",
    "e": "write exp(1)", "expm1": "write exp(x) - 1", "log1p": "write ln(1 + x)", "hypot": "write sqrt(x * x + y * y)",
    "cot": "write 1 / tan(x)", "sec": "write 1 / cos(x)", "csc": "write 1 / sin(x)", "sinh cosh tanh": _OF_EXP,
}.items() for name in names.split()}  # fmt: skip
