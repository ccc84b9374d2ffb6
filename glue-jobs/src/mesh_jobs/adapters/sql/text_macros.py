"""DuckDB macros of texts, and of what is written as text, by their heads; see macros.py."""

#: What Spark reads as a date: 2024, 2024-02, 2024-02-29, and the last with a time after it.
_DATE_TEXT = r"'(?s)\s*[+-]?\d{4,7}(-\d{1,2}(-\d{1,2}([ T].*)?)?)?\s*'"
_ZONE = r"\s*(Z|UTC|GMT|[+-](0?\d|1[0-8])(:?\d{2})?)"
_MOMENT_TEXT = (
    r"'\s*[+-]?\d{4,6}(-\d{1,2}(-\d{1,2}([ T]([01]?\d|2[0-3])(:\d{1,2}(:\d{1,2}(\.\d*)?)?(" + _ZONE + r")?)?)?)?)?\s*'"
)
#: As Java reads it: also 1.5d and 1f, and NaN with a sign where it is written so.
_REAL_TEXT = r"'\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[dDfF]?\s*|\s*([+-]?(?i:inf|infinity)|(?i:nan)|[+-]NaN)\s*'"
#: Most are plain, which DuckDB tells faster than a pattern.
_PLAIN_REAL = "isfinite(TRY_CAST(s AS DOUBLE)) AND NOT contains(s, '_')"
#: Letters that Java has two of.
_HIGH = r"[\x{10000}-\x{10FFFF}]"
_JSON_TEXT = r"""'"(?:[^"\\]|\\.)*"'"""
_JSON_PARTS = rf"""{_JSON_TEXT[:-1]}|-?\d[-+.eE\d]*|[^-"\d]+'"""
_NO_JSON = r"'(?i:nan|inf)|,\s*[\]}]'"
#: Letters whose capitals are several, such as ß, which DuckDB leaves as they are.
_MANY_CAPITALS = {c: c.upper() for c in map(chr, range(0x80, 0x10000)) if len(c.upper()) > 1}
_LONGER = "".join(_MANY_CAPITALS)
_LONGER_MAP = "MAP {" + ", ".join(f"'{c}': '{u}'" for c, u in _MANY_CAPITALS.items()) + "}"
#: A sigma at the end of a word (Unicode's Final_Sigma).
_CASED, _BETWEEN = r"\p{Lu}\p{Ll}\p{Lt}", r"\p{Mn}\p{Me}\p{Cf}\p{Lm}\p{Sk}.:·’"
_FINAL_SIGMA = f"([{_CASED}][{_BETWEEN}]*)Σ([{_BETWEEN}]*(?:[^{_CASED}{_BETWEEN}]|$))"

TEXTS = {
    "dp_joined(d, a)": (
        "CASE WHEN d IS NOT NULL THEN array_to_string(list_filter(a, lambda dp_x: dp_x IS NOT NULL), d) END"
    ),
    "dp_lower(s)": (
        "CASE WHEN contains(s, 'Σ') OR contains(s, 'İ') THEN "
        f"lower(replace(regexp_replace(s, '{_FINAL_SIGMA}', '\\1ς\\2', 'g'), 'İ', 'i\u0307')) ELSE lower(s) END"
    ),
    "dp_upper(s)": (
        f"CASE WHEN regexp_matches(s, '[{_LONGER}]') THEN array_to_string(list_transform(string_split(s, ''), "
        f"lambda dp_x: coalesce({_LONGER_MAP}[dp_x], upper(dp_x))), '') ELSE upper(s) END"
    ),
    "dp_string(a)": (
        "CASE typeof(a) WHEN 'DOUBLE' THEN dp_double_text(CAST(a AS VARCHAR)) "
        "WHEN 'FLOAT' THEN dp_double_text(CAST(a AS VARCHAR)) "
        "WHEN 'TIMESTAMP WITH TIME ZONE' THEN dp_zoned_text(CAST(a AS VARCHAR)) "
        "ELSE CASE WHEN typeof(a) LIKE 'DECIMAL%' THEN dp_decimal_text(CAST(a AS VARCHAR)) "
        "ELSE CAST(a AS VARCHAR) END END"
    ),
    "dp_zoned_text(t)": r"regexp_replace(t, '\+00$', '')",
    "dp_decimal_text(t)": r"regexp_replace(t, '^(-?)\.', '\10.')",
    # In lines of 76 characters, as mails have it.
    "dp_base64(s)": r"rtrim(regexp_replace(to_base64(encode(s)), '(.{76})', E'\\1\r\n', 'g'), E'\r\n')",
    "dp_truth_text(s)": r"CASE WHEN TRY_CAST(s AS BOOLEAN) IS NULL THEN trim(s, E' \t\n\r\f') ELSE s END",
    "dp_real_text(s)": (
        f"CASE WHEN s IS NULL OR {_PLAIN_REAL} THEN s WHEN regexp_full_match(s, {_REAL_TEXT}) THEN dp_as_real(s) "
        "ELSE error('a text is not a number') END"
    ),
    "dp_try_real_text(s)": (
        f"CASE WHEN {_PLAIN_REAL} THEN s WHEN regexp_full_match(s, {_REAL_TEXT}) THEN dp_as_real(s) END"
    ),
    "dp_as_real(s)": r"regexp_replace(s, '([\d.])[dDfF](\s*)$', '\1\2')",
    # To a decimal, DuckDB rounds 5e-10 up to 0.001, so numbers with an exponent are written out.
    "dp_plain_number(s)": (
        "CASE WHEN NOT contains(s, 'e') AND NOT contains(s, 'E') THEN s ELSE "
        "CASE WHEN starts_with(ltrim(s), '-') THEN '-' ELSE '' END || dp_shifted(dp_before(s) || dp_behind(s), "
        r"length(dp_before(s)) + CAST(regexp_extract(s, '[eE]([+-]?\d+)', 1) AS INTEGER)) END"
    ),
    # The digits before the point, and those behind it.
    "dp_before(s)": r"regexp_extract(s, '(\d*)(?:\.|[eE])', 1)",
    "dp_behind(s)": r"regexp_extract(s, '\.(\d*)', 1)",
    # Digits with a point in their place. Beyond 100 zeros no decimal has any.
    "dp_shifted(d, p)": (
        "CASE WHEN p <= 0 THEN '0.' || repeat('0', least(-p, 100)) || d "
        "WHEN p >= length(d) THEN d || repeat('0', least(p - length(d), 100)) "
        "ELSE left(d, p) || '.' || substring(d, p + 1) END"
    ),
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
        r"regexp_extract(s, '\d[ T](\d+(:\d+(:\d+(\.\d{0,6})?)?)?)', 1) || CASE WHEN NOT contains(s, ':') THEN ':00' "
        r"ELSE '' END || CASE WHEN zoned THEN "
        r"regexp_replace(regexp_replace(regexp_extract(s, ':\d+(?:\.\d*)?\s*(Z|UTC|GMT|[+-]\d.*)?\s*$', 1), "
        r"'UTC|GMT', 'Z'), '^([+-])(\d)(:|$)', '\10\2\3') "
        "ELSE '' END ELSE '' END"
    ),
    "dp_substring(s, p)": (
        "CASE WHEN p IS NOT NULL THEN "
        "substring(s, CASE WHEN p = 0 THEN 1 WHEN p < 0 THEN greatest(length(s) + p + 1, 1) ELSE p END) END"
    ),
    "dp_substring3(s, p, n)": (
        "CASE WHEN p IS NULL OR n IS NULL THEN NULL "
        "WHEN n <= 0 THEN CASE WHEN s IS NOT NULL THEN '' END ELSE substring(s, "
        "greatest(CASE WHEN p > 0 THEN p WHEN p < 0 THEN length(s) + p + 1 ELSE 1 END, 1), "
        "greatest(n + least(CASE WHEN p > 0 THEN p WHEN p < 0 THEN length(s) + p + 1 ELSE 1 END - 1, 0), 0)) END"
    ),
    "dp_left(s, n)": "CASE WHEN n IS NOT NULL THEN left(s, greatest(n, 0)) END",
    "dp_right(s, n)": "CASE WHEN n IS NOT NULL THEN right(s, greatest(n, 0)) END",
    "dp_lpad(s, n, p)": (
        "CASE WHEN n IS NULL OR p IS NULL THEN NULL WHEN p = '' THEN left(s, greatest(dp_int(n), 0)) "
        "ELSE lpad(s, greatest(dp_int(n), 0), p) END"
    ),
    "dp_rpad(s, n, p)": (
        "CASE WHEN n IS NULL OR p IS NULL THEN NULL WHEN p = '' THEN left(s, greatest(dp_int(n), 0)) "
        "ELSE rpad(s, greatest(dp_int(n), 0), p) END"
    ),
    "dp_locate(t, s, p)": (
        "CASE WHEN p IS NULL THEN 0 WHEN p < 1 THEN CASE WHEN t IS NOT NULL AND s IS NOT NULL THEN 0 END "
        "WHEN t = '' AND s IS NOT NULL THEN 1 WHEN strpos(substring(s, p), t) = 0 THEN 0 "
        "ELSE strpos(substring(s, p), t) + p - 1 END"
    ),
    "dp_initcap(s)": (
        "array_to_string(list_transform(string_split(dp_lower(s), ' '), "
        "lambda dp_x: dp_title(left(dp_x, 1)) || substring(dp_x, 2)), ' ')"
    ),
    # Of a letter, as Java has it at the beginning of a word. Georgian has small letters there.
    "dp_title(c)": (
        "CASE WHEN c = 'ß' OR c BETWEEN 'ა' AND 'ჺ' OR c BETWEEN 'ჽ' AND 'ჿ' THEN c "
        "ELSE translate(upper(c), 'ǄǇǊǱ', 'ǅǈǋǲ') END"
    ),
    "dp_ascii(s)": "CASE WHEN s = '' THEN 0 ELSE unicode(s) END",
    "dp_split_part(s, d, n)": (
        "CASE WHEN n = 0 AND s IS NOT NULL AND d IS NOT NULL "
        "THEN error('split_part counts from 1') WHEN d = '' THEN CASE WHEN n IN (1, -1) THEN s "
        "WHEN s IS NOT NULL AND n IS NOT NULL THEN '' END ELSE split_part(s, d, n) END"
    ),
    "dp_filled(a)": "list_transform(a, lambda dp_x: coalesce(dp_x, ''))",
    "dp_shaped(s, r)": (
        "CASE WHEN s IS NULL OR regexp_full_match(s, r) THEN s "
        "ELSE error('a text is not written as the pattern says') END"
    ),
    "dp_octets(s)": "octet_length(encode(s))",
    # CASE, since of AND both sides are computed for every row.
    "dp_get_json(s, p, nothing)": (
        "CASE WHEN dp_is_json(s) THEN dp_json_member(s, p, json_extract_string(s, p), nothing) END"
    ),
    # DuckDB reads commas before a bracket and numbers such as NaN, which are none to Spark.
    "dp_is_json(s)": (
        "CASE WHEN NOT json_valid(s) THEN false "
        f"WHEN NOT regexp_matches(s, {_NO_JSON}) THEN true "
        f"ELSE NOT regexp_matches(regexp_replace(s, {_JSON_TEXT}, '\"\"', 'g'), {_NO_JSON}) END"
    ),
    # What is no text is printed as Spark prints it, and that is most often what DuckDB prints.
    "dp_json_member(s, p, v, nothing)": (
        "CASE WHEN v IS NULL THEN CASE WHEN json_type(s, p) = 'NULL' THEN nothing END "
        rf"WHEN NOT regexp_matches(v, '\d[.eE]|{_HIGH}') THEN v "
        r"WHEN regexp_full_match(v, '-?[1-9]\d{0,6}\.\d+') THEN v "
        "WHEN json_type(s, p) = 'VARCHAR' THEN v ELSE dp_json_text(v) END"
    ),
    # Of JSON that DuckDB has printed, its texts, its numbers, and what is between them.
    "dp_json_text(j)": (
        f"array_to_string(list_transform(regexp_extract_all(j, {_JSON_PARTS}), lambda dp_x: "
        r"CASE WHEN regexp_full_match(dp_x, '[-\d]+[.eE].*') THEN dp_json_fraction(CAST(dp_x AS DOUBLE)) "
        f"WHEN regexp_matches(dp_x, '{_HIGH}') THEN dp_json_surrogates(dp_x) ELSE dp_x END), '')"
    ),
    "dp_json_fraction(d)": (
        "CASE WHEN isinf(d) THEN '\"' || dp_double_text(CAST(d AS VARCHAR)) || '\"' "
        "ELSE dp_double_text(CAST(d AS VARCHAR)) END"
    ),
    "dp_json_surrogates(s)": (
        "array_to_string(list_transform(string_split(s, ''), lambda dp_c: CASE WHEN unicode(dp_c) > 65535 THEN "
        r"printf('\u%04X\u%04X', 55232 + (unicode(dp_c) >> 10), 56320 + (unicode(dp_c) & 1023)) ELSE dp_c END), '')"
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
