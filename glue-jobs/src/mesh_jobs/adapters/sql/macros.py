"""DuckDB macros that give Spark's answers (ANSI mode). Private names: a builtin is never shadowed.

A macro's typed argument is cast to that type, so a decimal overload is only there where a wider scale does no harm.
"""

import re

from mesh_jobs.adapters.sql.text_macros import TEXTS

_WHOLE_TEXT = r"'\s*[+-]?\d+\s*'"
_NUMBER_TEXT = r"'\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*|\s*(?i:[+-]?(nan|inf|infinity))\s*'"
_NULL_BELOW_ZERO = "CASE WHEN a > 0 THEN {} END"

#: Forms that look at the type themselves, since DuckDB cannot choose an overload for an aggregate's result.
_DATES = "typeof(a) = 'DATE' AND typeof(b) IN ('DATE', 'INTERVAL') OR typeof(a) = 'INTERVAL' AND typeof(b) = 'DATE'"
_USE_DATEDIFF = "error('date - date and date + INTERVAL differ between engines: use datediff, date_add or add_months')"
_ARE_WHOLE = "typeof(a) LIKE '%INT' AND typeof(b) LIKE '%INT'"

_ONE_FORM = {
    "dp_plus(a, b)": f"CASE WHEN {_DATES} THEN {_USE_DATEDIFF} ELSE a + b END",
    "dp_minus(a, b)": f"CASE WHEN {_DATES} THEN {_USE_DATEDIFF} ELSE a - b END",
    "dp_intdiv(a, b)": (
        "CASE WHEN b = 0 AND a IS NOT NULL THEN error('division by zero') "
        f"WHEN {_ARE_WHOLE} THEN CAST(a // b AS BIGINT) ELSE CAST(trunc(a / b) AS BIGINT) END"
    ),
    "dp_intdiv_whole(a, b)": (
        "CASE WHEN b = 0 AND a IS NOT NULL THEN error('division by zero') "
        "ELSE CAST(a AS BIGINT) // CAST(b AS BIGINT) END"
    ),
    # Doubles are rounded as they print, since 1.005 is a little less in binary. Far from a half the two agree, and
    # arithmetic is a hundred times faster than text.
    "dp_is_clear(a, s)": (
        "typeof(a) <> 'FLOAT' AND abs(a * pow(10, s)) < 1099511627776 AND abs(abs(a * pow(10, s)) % 1 - 0.5) > 0.001"
    ),
    "dp_round_double(a, n)": (
        "CASE WHEN NOT isfinite(CAST(a AS DOUBLE)) THEN a WHEN dp_is_clear(a, n) THEN round(a, n) + 0 "
        "WHEN abs(a) < 1e16 AND n <= 18 "
        "THEN CAST(CAST(round(CAST(CAST(a AS VARCHAR) AS DECIMAL(38,20)), n) AS VARCHAR) AS DOUBLE) "
        "WHEN n >= 0 AND abs(a) >= 1e16 THEN a ELSE round(a, n) END"
    ),
    "dp_whole_text(a)": (
        "CASE WHEN typeof(a) = 'VARCHAR' AND NOT regexp_full_match(CAST(a AS VARCHAR), " + _WHOLE_TEXT + ") "
        "THEN error('a text is not a whole number') "
        "WHEN typeof(a) IN ('DOUBLE', 'FLOAT') THEN CAST(trunc(TRY_CAST(CAST(a AS VARCHAR) AS DOUBLE)) AS VARCHAR) "
        "WHEN typeof(a) LIKE 'DECIMAL%' THEN split_part(CAST(a AS VARCHAR), '.', 1) "
        "WHEN typeof(a) = 'BOOLEAN' THEN CASE CAST(a AS VARCHAR) WHEN 'true' THEN '1' ELSE '0' END "
        "ELSE CAST(a AS VARCHAR) END"
    ),
    "dp_number_text(a)": (
        "CASE WHEN typeof(a) = 'VARCHAR' AND NOT regexp_full_match(CAST(a AS VARCHAR), " + _NUMBER_TEXT + ") "
        "THEN error('a text is not a number') "
        "WHEN typeof(a) = 'BOOLEAN' THEN CASE CAST(a AS VARCHAR) WHEN 'true' THEN '1' ELSE '0' END "
        "ELSE dp_plain_number(CAST(a AS VARCHAR)) END"
    ),
    # What counts days, months or characters: a fraction is an error, where DuckDB would round it.
    "dp_int(n)": (
        "CASE WHEN typeof(n) IN ('DOUBLE', 'FLOAT') OR typeof(n) LIKE 'DECIMAL%' "
        "THEN error('a whole number is wanted: write CAST(… AS INT)') "
        "WHEN typeof(n) = 'VARCHAR' THEN CAST(dp_whole_text(n) AS INTEGER) ELSE CAST(n AS INTEGER) END"
    ),
    "dp_ceil(a)": (
        "CASE WHEN typeof(a) LIKE '%INT' THEN CAST(a AS BIGINT) "
        "WHEN typeof(a) IN ('DOUBLE', 'FLOAT') THEN dp_clamped(ceil(a)) ELSE CAST(ceil(a) AS BIGINT) END"
    ),
    "dp_floor(a)": (
        "CASE WHEN typeof(a) LIKE '%INT' THEN CAST(a AS BIGINT) "
        "WHEN typeof(a) IN ('DOUBLE', 'FLOAT') THEN dp_clamped(floor(a)) ELSE CAST(floor(a) AS BIGINT) END"
    ),
    # A double as Java makes a long of it.
    "dp_clamped(a)": (
        "CASE WHEN isnan(CAST(a AS DOUBLE)) THEN 0 WHEN a >= 9223372036854775807 THEN 9223372036854775807 "
        "WHEN a <= -9223372036854775808 THEN -9223372036854775808 ELSE CAST(a AS BIGINT) END"
    ),
    # Numbers.
    "dp_div(a, b)": "CASE WHEN b = 0 AND a IS NOT NULL THEN error('division by zero') ELSE a / b END",
    "dp_mod(a, b)": "CASE WHEN b = 0 AND a IS NOT NULL THEN error('division by zero') ELSE a % b END",
    # The smallest number by -1 is too large for a quotient, which is what DuckDB stumbles over.
    "dp_mod_whole(a, b)": "CASE WHEN b = -1 THEN a - a ELSE dp_mod(a, b) END",
    # Java goes round at twice `half`, where DuckDB fails; so both are of a wider type.
    "dp_pmod_whole(a, b, half)": (
        "CASE WHEN b = 0 AND a IS NOT NULL THEN error('division by zero') WHEN a % b >= 0 THEN a % b "
        "WHEN a % b + b < -half THEN (a % b + b + 2 * half) % b ELSE (a % b + b) % b END"
    ),
    "dp_pmod(a, b)": (
        "CASE WHEN b = 0 AND a IS NOT NULL THEN error('division by zero') "
        "WHEN a % b < 0 THEN (a % b + b) % b ELSE a % b END"
    ),
    "dp_correlated(r)": "CASE WHEN isnan(r) THEN error('division by zero') ELSE r END",
    "dp_try_div(a, b)": "CASE WHEN b = 0 THEN NULL ELSE a / b END",
    "dp_ln(a)": _NULL_BELOW_ZERO.format("ln(a)"),
    "dp_log10(a)": _NULL_BELOW_ZERO.format("log10(a)"),
    "dp_log2(a)": _NULL_BELOW_ZERO.format("log2(a)"),
    "dp_log(b, a)": "CASE WHEN a > 0 AND b > 0 THEN ln(a) / ln(b) END",
    "dp_sqrt(a)": "CASE WHEN a < 0 THEN 'nan'::DOUBLE ELSE sqrt(a) END",
    "dp_sign(a)": "CASE WHEN a = 0 OR isnan(CAST(a AS DOUBLE)) THEN CAST(a AS DOUBLE) ELSE CAST(sign(a) AS DOUBLE) END",
    # Spark makes 0.0 of -0.0 first.
    "dp_atan2(a, b)": "atan2(a + 0.0::DOUBLE, b + 0.0::DOUBLE)",
    "dp_isnan(a)": "coalesce(isnan(CAST(a AS DOUBLE)), false)",
    **{
        f"dp_{f}(a)": f"CASE WHEN isinf(CAST(a AS DOUBLE)) THEN 'nan'::DOUBLE ELSE {f}(CAST(a AS DOUBLE)) END"
        for f in ("sin", "cos", "tan")
    },
    **{
        f"dp_{f}(a)": f"CASE WHEN abs(CAST(a AS DOUBLE)) > 1 THEN 'nan'::DOUBLE ELSE {f}(CAST(a AS DOUBLE)) END"
        for f in ("asin", "acos")
    },
    # The largest bigint is one more as a fraction, and Java takes it for what it was.
    "dp_long(a)": "CASE WHEN a = 9223372036854775808 THEN 9223372036854775807 ELSE CAST(trunc(a) AS BIGINT) END",
    "dp_try_long(a)": (
        "CASE WHEN a = 9223372036854775808 THEN 9223372036854775807 ELSE TRY_CAST(trunc(a) AS BIGINT) END"
    ),
    # What is too large for a float is infinite.
    "dp_float(a)": ("CASE WHEN isfinite(a) AND abs(a) >= 3.4028235677973366e38 THEN a * 'infinity'::DOUBLE ELSE a END"),
    **{
        f"dp_fraction_{kind.lower()}(a, most)": (
            f"CASE WHEN a BETWEEN -most AND most THEN CAST(a AS {kind}) ELSE CAST(CAST(a AS VARCHAR) AS {kind}) END"
        )
        for kind in ("FLOAT", "DOUBLE")
    },
    # Java's has no answer where C's is 1.
    "dp_pow(a, b)": (
        "CASE WHEN abs(CAST(a AS DOUBLE)) = 1 AND NOT isfinite(CAST(b AS DOUBLE)) THEN 'nan'::DOUBLE ELSE pow(a, b) END"
    ),
    "dp_nanvl(a, b)": "CASE WHEN isnan(a) THEN b ELSE a END",
    **TEXTS,
    # Dates.
    "dp_dayofweek(d)": "dayofweek(d) + 1",
    "dp_weekday(d)": "isodow(d) - 1",
    "dp_add_months(d, n)": "CAST(CAST(d AS DATE) + to_months(dp_int(n)) AS DATE)",
    "dp_date_add(d, n)": "CAST(d AS DATE) + dp_int(n)",
    "dp_date_sub(d, n)": "CAST(d AS DATE) - dp_int(n)",
    "dp_datediff(a, b)": "CAST(CAST(a AS DATE) - CAST(b AS DATE) AS INTEGER)",
    "dp_months_between(a, b)": (
        "CASE WHEN day(a) = day(b) OR (CAST(a AS DATE) = last_day(CAST(a AS DATE)) AND CAST(b AS DATE) = "
        "last_day(CAST(b AS DATE))) THEN CAST((year(a) - year(b)) * 12 + month(a) - month(b) AS DOUBLE) "
        "ELSE round((year(a) - year(b)) * 12 + month(a) - month(b) + (day(a) - day(b)) / 31.0 + "
        "(dp_second_of_day(CAST(a AS TIMESTAMP)) - dp_second_of_day(CAST(b AS TIMESTAMP))) / 2678400.0, 8) END"
    ),
    "dp_second_of_day(t)": "hour(t) * 3600 + minute(t) * 60 + second(t)",
    # Of a moment before 1970, one function cuts the fraction and the other rounds down.
    "dp_unix(t)": "epoch_us(CAST(t AS TIMESTAMP)) // 1000000",
    "dp_unix_seconds(t)": "CAST(floor(epoch(CAST(t AS TIMESTAMP))) AS BIGINT)",
    "dp_make_date(y, m, d)": "make_date(CAST(y AS BIGINT), CAST(m AS BIGINT), CAST(d AS BIGINT))",
    # Lists and maps.
    "dp_item(a, i)": (
        "CASE WHEN a IS NOT NULL AND (i < 0 OR i >= len(a)) "
        "THEN error('the index is outside of the array') ELSE a[i + 1] END"
    ),
    "dp_get(a, i)": "CASE WHEN i >= 0 AND i < len(a) THEN a[i + 1] END",
    "dp_element(a, i)": (
        "CASE WHEN a IS NOT NULL AND (i = 0 OR abs(i) > len(a)) "
        "THEN error('the index is outside of the array') ELSE a[i] END"
    ),
    "dp_array_contains(a, x)": (
        "CASE WHEN a IS NULL OR x IS NULL THEN NULL WHEN list_contains(a, x) THEN TRUE "
        "WHEN list_count(a) < len(a) THEN NULL ELSE FALSE END"
    ),
    "dp_array_distinct(a)": "list_filter(a, lambda dp_x, dp_i: list_position(a, dp_x) = dp_i)",
    "dp_array_position(a, x)": (
        "CASE WHEN x IS NOT NULL AND a IS NOT NULL THEN CAST(coalesce(list_position(a, x), 0) AS BIGINT) END"
    ),
    "dp_array_remove(a, x)": "CASE WHEN x IS NOT NULL THEN list_filter(a, lambda dp_x: dp_x IS DISTINCT FROM x) END",
    "dp_array_append(a, x)": "CASE WHEN a IS NOT NULL THEN list_append(a, x) END",
    "dp_array_compact(a)": "list_filter(a, lambda dp_x: dp_x IS NOT NULL)",
    "dp_array_join(a, d)": "dp_joined(d, a)",
    "dp_array_join3(a, d, n)": (
        "CASE WHEN n IS NOT NULL THEN dp_joined(d, list_transform(a, lambda dp_x: coalesce(dp_x, n))) END"
    ),
    "dp_sequence(a, b)": "CASE WHEN a > b THEN generate_series(a, b, -1) ELSE generate_series(a, b) END",
    "dp_slice(a, s, n)": (
        "CASE WHEN a IS NULL OR s IS NULL OR n IS NULL THEN NULL WHEN s = 0 THEN error('slice counts from 1') "
        "WHEN n < 0 THEN error('slice has a negative length') WHEN abs(CAST(s AS BIGINT)) > len(a) THEN a[1:0] "
        "WHEN s < 0 THEN a[len(a) + s + 1 : len(a) + s + n] ELSE a[s : s + CAST(n AS BIGINT) - 1] END"
    ),
    "dp_flatten(a)": "CASE WHEN list_count(a) = len(a) THEN flatten(a) END",
    "dp_array_max(a)": "list_max(a)",
    "dp_array_min(a)": "list_min(a)",
    "dp_any_match(a)": (
        "CASE WHEN list_contains(a, TRUE) THEN TRUE WHEN list_count(a) < len(a) THEN NULL "
        "WHEN a IS NOT NULL THEN FALSE END"
    ),
    "dp_all_match(a)": (
        "CASE WHEN list_contains(a, FALSE) THEN FALSE WHEN list_count(a) < len(a) THEN NULL "
        "WHEN a IS NOT NULL THEN TRUE END"
    ),
}

_WHOLE = (
    ("a DOUBLE", "trunc(a)"),
    ("a FLOAT", "trunc(a)"),
    ("a DECIMAL(38,18)", "trunc(a)"),
    ("a BIGINT", "a"),
    ("a HUGEINT", "a"),
    ("a BOOLEAN", "CAST(a AS INTEGER)"),
)
_NUMBER = (
    ("a DOUBLE", "CAST(a AS VARCHAR)"),
    ("a FLOAT", "CAST(a AS VARCHAR)"),
    ("a DECIMAL(38,18)", "a"),
    ("a BIGINT", "a"),
    ("a HUGEINT", "a"),
    ("a BOOLEAN", "CAST(a AS INTEGER)"),
)
_IS_WHOLE = f"a IS NULL OR regexp_full_match(a, {_WHOLE_TEXT})"
_IS_NUMBER = f"a IS NULL OR regexp_full_match(a, {_NUMBER_TEXT})"

_OVERLOADS = {
    # What a cast to a whole number looks at: the part before the point, and texts only if they are whole numbers.
    "dp_whole": (
        *_WHOLE,
        ("a VARCHAR", f"CASE WHEN {_IS_WHOLE} THEN a ELSE error('a text is not a whole number') END"),
    ),
    "dp_try_whole": (*_WHOLE, ("a VARCHAR", f"CASE WHEN {_IS_WHOLE} THEN a END")),
    # What a cast to a number with a fraction looks at.
    "dp_number": (
        *_NUMBER,
        ("a VARCHAR", f"CASE WHEN {_IS_NUMBER} THEN dp_plain_number(a) ELSE error('a text is not a number') END"),
    ),
    "dp_try_number": (*_NUMBER, ("a VARCHAR", f"CASE WHEN {_IS_NUMBER} THEN dp_plain_number(a) END")),
    "dp_round": (
        ("a DOUBLE, n", "dp_round_double(a, n)"),
        ("a FLOAT, n", "dp_round_double(a, n)"),
        ("a DECIMAL(38,18), n", "round(a, n)"),
        ("a BIGINT, n", "round(a, n)"),
        ("a HUGEINT, n", "round(a, n)"),
        ("a BOOLEAN, n", "round(CAST(a AS INTEGER), n)"),
        ("a VARCHAR, n", "dp_round_double(CAST(a AS DOUBLE), n)"),
    ),
    # What concat_ws joins: a text, or those of a list.
    "dp_texts": (("a VARCHAR[]", "a"), ("a BIGINT[]", "CAST(a AS VARCHAR[])"), ("a", "[CAST(a AS VARCHAR)]")),
    "dp_reverse": (
        ("a VARCHAR", "array_to_string(list_reverse(regexp_extract_all(a, '(?s).')), '')"),
        ("a", "list_reverse(a)"),
    ),
}


#: How each is made, by its name.
MACROS: dict[str, str] = {
    **{head.partition("(")[0]: f"CREATE OR REPLACE TEMP MACRO {head} AS {body}" for head, body in _ONE_FORM.items()},
    **{
        name: f"CREATE OR REPLACE TEMP MACRO {name}" + ", ".join(f"({args}) AS {body}" for args, body in forms)
        for name, forms in _OVERLOADS.items()
    },
}
_NAME = re.compile(r"\bdp_\w+", re.IGNORECASE)


def needed_by(sql: str) -> list[str]:
    """The macros that a text calls, each after those that it calls itself."""
    found: dict[str, None] = {}

    def add(text: str, own: str) -> None:
        for name in map(str.lower, _NAME.findall(text)):
            if name in MACROS and name != own and name not in found:
                add(MACROS[name], name)
                found[name] = None

    add(sql, "")
    return list(found)
