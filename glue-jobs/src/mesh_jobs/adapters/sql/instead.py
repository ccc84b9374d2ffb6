"""What to write instead of functions that the portable SQL does not have."""

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
    "timestamp": "write CAST(s AS TIMESTAMP_LTZ) (a point in time, UTC) or CAST(s AS TIMESTAMP_NTZ) (a local time)",
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
    "grouping grouping_id": "write UNION ALL of GROUP BYs, each with a constant that says which",
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
    "to_utc_timestamp from_utc_timestamp convert_timezone": "times are in UTC: add the offset, t + INTERVAL 2 HOURS",
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
