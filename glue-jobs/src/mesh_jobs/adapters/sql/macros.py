"""DuckDB macros that give Spark's answers (ANSI mode). Private names: a builtin is never shadowed.

A macro's typed argument is cast to that type, so a decimal overload is only there where a wider scale does no harm.
"""

import re

_WHOLE_TEXT = r"'\s*[+-]?\d+\s*'"
_NUMBER_TEXT = r"'\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*|\s*(?i:[+-]?(nan|inf|infinity))\s*'"
#: What Spark reads as a date: 2024, 2024-02, 2024-02-29, and the last with a time after it.
_DATE_TEXT = r"'(?s)\s*[+-]?\d{4,7}(-\d{1,2}(-\d{1,2}([ T].*)?)?)?\s*'"
_ZONE = r"\s*(Z|UTC|GMT|[+-]\d{1,2}(:?\d{2})?)"
_MOMENT_TEXT = (
    r"'\s*[+-]?\d{4,6}(-\d{1,2}(-\d{1,2}([ T](\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{0,9})?)?(" + _ZONE + r")?)?)?)?)?\s*'"
)
_NULL_BELOW_ZERO = "CASE WHEN a > 0 THEN {} END"

#: Letters whose capitals are several, such as ß, which DuckDB leaves as they are.
_MANY_CAPITALS = {c: c.upper() for c in map(chr, range(0x80, 0x10000)) if len(c.upper()) > 1}
_LONGER = "".join(_MANY_CAPITALS)
_LONGER_MAP = "MAP {" + ", ".join(f"'{c}': '{u}'" for c, u in _MANY_CAPITALS.items()) + "}"
#: A sigma at the end of a word (Unicode's Final_Sigma).
_CASED, _BETWEEN = r"\p{Lu}\p{Ll}\p{Lt}", r"\p{Mn}\p{Me}\p{Cf}\p{Lm}\p{Sk}.:·’"
_FINAL_SIGMA = f"([{_CASED}][{_BETWEEN}]*)Σ([{_BETWEEN}]*(?:[^{_CASED}{_BETWEEN}]|$))"

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
        "WHEN typeof(a) IN ('DOUBLE', 'FLOAT') "
        "THEN CAST(a AS VARCHAR) "
        "WHEN typeof(a) = 'BOOLEAN' THEN CASE CAST(a AS VARCHAR) WHEN 'true' THEN '1' ELSE '0' END "
        "ELSE CAST(a AS VARCHAR) END"
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
    "dp_pmod(a, b)": (
        "CASE WHEN b = 0 AND a IS NOT NULL THEN error('division by zero') "
        "WHEN a % b < 0 THEN (a % b + b) % b ELSE a % b END"
    ),
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
    "dp_nanvl(a, b)": "CASE WHEN isnan(a) THEN b ELSE a END",
    # Texts.
    "dp_joined(d, a)": "CASE WHEN d IS NOT NULL THEN array_to_string(list_filter(a, lambda y: y IS NOT NULL), d) END",
    "dp_lower(s)": (
        "CASE WHEN contains(s, 'Σ') OR contains(s, 'İ') THEN "
        f"lower(replace(regexp_replace(s, '{_FINAL_SIGMA}', '\\1ς\\2', 'g'), 'İ', 'i\u0307')) ELSE lower(s) END"
    ),
    "dp_upper(s)": (
        f"CASE WHEN regexp_matches(s, '[{_LONGER}]') THEN array_to_string(list_transform(string_split(s, ''), "
        f"lambda c: coalesce({_LONGER_MAP}[c], upper(c))), '') ELSE upper(s) END"
    ),
    "dp_string(a)": (
        "CASE typeof(a) WHEN 'DOUBLE' THEN dp_double_text(CAST(a AS VARCHAR)) "
        "WHEN 'FLOAT' THEN dp_double_text(CAST(a AS VARCHAR)) "
        r"WHEN 'TIMESTAMP WITH TIME ZONE' THEN regexp_replace(CAST(a AS VARCHAR), '\+00$', '') "
        r"ELSE CASE WHEN typeof(a) LIKE 'DECIMAL%' THEN regexp_replace(CAST(a AS VARCHAR), '^(-?)\.', '\10.') "
        "ELSE CAST(a AS VARCHAR) END END"
    ),
    # In lines of 76 characters, as mails have it.
    "dp_base64(s)": r"rtrim(regexp_replace(to_base64(encode(s)), '(.{76})', E'\\1\r\n', 'g'), E'\r\n')",
    "dp_date_text(s)": (
        f"CASE WHEN s IS NULL OR regexp_full_match(s, {_DATE_TEXT}) THEN dp_as_date(s) "
        "ELSE error('a text is not a date') END"
    ),
    "dp_try_date_text(s)": f"CASE WHEN regexp_full_match(s, {_DATE_TEXT}) THEN dp_as_date(s) END",
    "dp_as_date(s)": (
        r"CASE WHEN regexp_matches(s, '^\s*\+?-?\d+-\d+-') THEN regexp_extract(s, '\+?(-?\d+-\d+-\d+)', 1) "
        r"WHEN regexp_matches(s, '^\s*\+?-?\d+-\d') THEN regexp_extract(s, '\+?(-?\d+-\d+)', 1) || '-01' "
        r"ELSE regexp_extract(s, '\+?(-?\d+)', 1) || '-01-01' END"
    ),
    "dp_moment_text(s, zoned)": (
        f"CASE WHEN s IS NULL OR regexp_full_match(s, {_MOMENT_TEXT}) THEN dp_as_moment(s, zoned) "
        "ELSE error('a text is not a timestamp') END"
    ),
    "dp_try_moment_text(s, zoned)": f"CASE WHEN regexp_full_match(s, {_MOMENT_TEXT}) THEN dp_as_moment(s, zoned) END",
    # Without a zone, the one that is written does not count; microseconds are cut.
    "dp_as_moment(s, zoned)": (
        r"dp_as_date(s) || CASE WHEN regexp_matches(s, '\d[ T]\d') THEN ' ' || "
        r"regexp_extract(s, '\d[ T](\d+:\d+(:\d+(\.\d{0,6})?)?)', 1) || CASE WHEN zoned THEN "
        r"regexp_replace(regexp_extract(s, ':\d+(?:\.\d*)?\s*(Z|UTC|GMT|[+-]\d.*)?\s*$', 1), 'UTC|GMT', 'Z') "
        "ELSE '' END ELSE '' END"
    ),
    "dp_substring(s, p)": (
        "substring(s, CASE WHEN p = 0 THEN 1 WHEN p < 0 THEN greatest(length(s) + p + 1, 1) ELSE p END)"
    ),
    "dp_substring3(s, p, n)": (
        "CASE WHEN n <= 0 THEN CASE WHEN s IS NOT NULL AND p IS NOT NULL THEN '' END ELSE substring(s, "
        "greatest(CASE WHEN p > 0 THEN p WHEN p < 0 THEN length(s) + p + 1 ELSE 1 END, 1), "
        "greatest(n + least(CASE WHEN p > 0 THEN p WHEN p < 0 THEN length(s) + p + 1 ELSE 1 END - 1, 0), 0)) END"
    ),
    "dp_left(s, n)": "left(s, greatest(n, 0))",
    "dp_right(s, n)": "right(s, greatest(n, 0))",
    "dp_lpad(s, n, p)": (
        "CASE WHEN p = '' THEN left(s, greatest(dp_int(n), 0)) ELSE lpad(s, greatest(dp_int(n), 0), p) END"
    ),
    "dp_rpad(s, n, p)": (
        "CASE WHEN p = '' THEN left(s, greatest(dp_int(n), 0)) ELSE rpad(s, greatest(dp_int(n), 0), p) END"
    ),
    "dp_locate(t, s, p)": (
        "CASE WHEN p < 1 THEN CASE WHEN t IS NOT NULL AND s IS NOT NULL THEN 0 END "
        "WHEN t = '' AND s IS NOT NULL THEN 1 WHEN strpos(substring(s, p), t) = 0 THEN 0 "
        "ELSE strpos(substring(s, p), t) + p - 1 END"
    ),
    "dp_initcap(s)": (
        "array_to_string(list_transform(string_split(dp_lower(s), ' '), "
        "lambda w: translate(upper(left(w, 1)), 'ǄǇǊǱ', 'ǅǈǋǲ') || substring(w, 2)), ' ')"
    ),
    "dp_ascii(s)": "CASE WHEN s = '' THEN 0 ELSE unicode(s) END",
    "dp_split_part(s, d, n)": (
        "CASE WHEN n = 0 AND s IS NOT NULL AND d IS NOT NULL "
        "THEN error('split_part counts from 1') ELSE split_part(s, d, n) END"
    ),
    "dp_octets(s)": "octet_length(encode(s))",
    "dp_get_json(s, p)": "CASE WHEN json_valid(s) THEN json_extract_string(s, p) END",
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
        "(epoch(CAST(a AS TIMESTAMP) - date_trunc('day', CAST(a AS TIMESTAMP))) - "
        "epoch(CAST(b AS TIMESTAMP) - date_trunc('day', CAST(b AS TIMESTAMP)))) / 2678400.0, 8) END"
    ),
    # Of a moment before 1970, one function cuts the fraction and the other rounds down.
    "dp_unix(t)": "epoch_us(CAST(t AS TIMESTAMP)) // 1000000",
    "dp_unix_seconds(t)": "CAST(floor(epoch(CAST(t AS TIMESTAMP))) AS BIGINT)",
    "dp_make_date(y, m, d)": "make_date(CAST(y AS BIGINT), CAST(m AS BIGINT), CAST(d AS BIGINT))",
    # Lists and maps.
    "dp_item(a, i)": (
        "CASE WHEN a IS NOT NULL AND (i < 0 OR i >= len(a)) "
        "THEN error('the index is outside of the array') ELSE a[i + 1] END"
    ),
    "dp_get(a, i)": "CASE WHEN i >= 0 THEN a[i + 1] END",
    "dp_element(a, i)": (
        "CASE WHEN a IS NOT NULL AND (i = 0 OR abs(i) > len(a)) "
        "THEN error('the index is outside of the array') ELSE a[i] END"
    ),
    "dp_array_contains(a, x)": (
        "CASE WHEN a IS NULL OR x IS NULL THEN NULL WHEN list_contains(a, x) THEN TRUE "
        "WHEN list_count(a) < len(a) THEN NULL ELSE FALSE END"
    ),
    "dp_array_distinct(a)": "list_filter(a, lambda x, i: list_position(a, x) = i)",
    "dp_array_position(a, x)": (
        "CASE WHEN x IS NOT NULL AND a IS NOT NULL THEN CAST(coalesce(list_position(a, x), 0) AS BIGINT) END"
    ),
    "dp_array_remove(a, x)": "CASE WHEN x IS NOT NULL THEN list_filter(a, lambda y: y IS DISTINCT FROM x) END",
    "dp_array_append(a, x)": "CASE WHEN a IS NOT NULL THEN list_append(a, x) END",
    "dp_array_compact(a)": "list_filter(a, lambda y: y IS NOT NULL)",
    "dp_array_join(a, d)": "dp_joined(d, a)",
    "dp_array_join3(a, d, n)": (
        "CASE WHEN n IS NOT NULL THEN dp_joined(d, list_transform(a, lambda y: coalesce(y, n))) END"
    ),
    "dp_sequence(a, b)": "CASE WHEN a > b THEN generate_series(a, b, -1) ELSE generate_series(a, b) END",
    "dp_slice(a, s, n)": (
        "CASE WHEN a IS NULL OR s IS NULL OR n IS NULL THEN NULL WHEN s = 0 THEN error('slice counts from 1') "
        "WHEN n < 0 THEN error('slice has a negative length') WHEN s < 0 AND -s > len(a) THEN a[1:0] "
        "WHEN s < 0 THEN a[len(a) + s + 1 : len(a) + s + n] ELSE a[s : s + n - 1] END"
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
    "dp_double_text(t)": (
        # Java writes numbers from 0.001 to 10 million plainly and all others as d.dddEn.
        "CASE WHEN t IN ('nan', '-nan') THEN 'NaN' WHEN t = 'inf' THEN 'Infinity' WHEN t = '-inf' THEN '-Infinity' "
        "WHEN CAST(t AS DOUBLE) = 0 OR abs(CAST(t AS DOUBLE)) BETWEEN 0.001 AND 9999999.999999999 THEN t "
        "ELSE CASE WHEN starts_with(t, '-') THEN '-' ELSE '' END || left(dp_digits(t), 1) || '.' || "
        "CASE WHEN length(dp_digits(t)) > 1 THEN substring(dp_digits(t), 2) ELSE '0' END || 'E' || dp_exponent(t) END"
    ),
    "dp_digits(t)": (
        "coalesce(nullif(rtrim(ltrim(replace(replace(split_part(t, 'e', 1), '-', ''), '.', ''), '0'), '0'), ''), '0')"
    ),
    "dp_exponent(t)": (
        "CASE WHEN contains(t, 'e') THEN CAST(split_part(t, 'e', 2) AS INTEGER) ELSE 0 END + "
        "CASE WHEN ltrim(split_part(split_part(ltrim(t, '-'), 'e', 1), '.', 1), '0') <> '' "
        "THEN length(ltrim(split_part(split_part(ltrim(t, '-'), 'e', 1), '.', 1), '0')) - 1 "
        "ELSE length(ltrim(split_part(ltrim(t, '-'), '.', 2), '0')) - length(split_part(ltrim(t, '-'), '.', 2)) - 1 END"
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
    "dp_number": (*_NUMBER, ("a VARCHAR", f"CASE WHEN {_IS_NUMBER} THEN a ELSE error('a text is not a number') END")),
    "dp_try_number": (*_NUMBER, ("a VARCHAR", f"CASE WHEN {_IS_NUMBER} THEN a END")),
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
    "dp_reverse": (("a VARCHAR", "reverse(a)"), ("a", "list_reverse(a)")),
}


def _ordered(forms: dict[str, str]) -> list[str]:
    """Each after those that it uses."""
    heads = {head.partition("(")[0]: head for head in forms}
    out: dict[str, None] = {}

    def add(head: str) -> None:
        for used in re.findall(r"\bdp_\w+", forms[head]):
            if used in heads and heads[used] != head:
                add(heads[used])
        out[head] = None

    for head in forms:
        add(head)
    return list(out)


MACROS: tuple[str, ...] = (
    *(f"CREATE OR REPLACE TEMP MACRO {head} AS {_ONE_FORM[head]}" for head in _ordered(_ONE_FORM)),
    *(
        f"CREATE OR REPLACE TEMP MACRO {name}" + ", ".join(f"({arguments}) AS {body}" for arguments, body in forms)
        for name, forms in _OVERLOADS.items()
    ),
)
