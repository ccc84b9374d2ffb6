"""Random expressions of the portable SQL, typed, over values at the edges of their types."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_LEAVES = {
    "int": ["0", "1", "-1", "7", "2147483647", "cast(-2147483648 as int)", "cast(null as int)", "31", "-366",
            "cast(32767 as smallint)", "cast(-128 as tinyint)"],
    "long": ["0L", "1L", "-5L", "9223372036854775807L", "cast(null as bigint)", "4000000000", "-86400L"],
    "double": [
        "0D", "-0.0D", "1.5D", "-2.5D", "1e10", "0.1D", "1e-5", "1.005D", "cast(null as double)",
        "cast('NaN' as double)", "cast('Infinity' as double)", "cast('-Infinity' as double)", "123456.789D", "1e300",
        "cast(1.1 as float)", "cast(16777216 as float)",
    ],
    "decimal": [
        "0.00", "1.50", "-2.25", "99999999.99", "cast(null as decimal(10,2))",
        "cast('12345678901234.5678' as decimal(18,4))",
        "0.005", "-0.5", "cast(3 as decimal(5,1))", "cast('-99999999999999999999.99' as decimal(22,2))",
    ],
    "string": [
        "''", "'a'", "'Abc'", "' x '", "'é'", "'straße'", "'😀b'", "'a,b,,c'", "'10'", "'-1.5'", "'2024-02-29'",
        "'%_\\\\'",
        "cast(null as string)", "'NaN'", "'true'", "'İI'", "'a\\tb'", "'it\\'s'", "'ΑΣ ΒΣ'",
    ],
    "boolean": ["true", "false", "cast(null as boolean)"],
    "date": [
        "date '2024-02-29'", "date '1970-01-01'", "date '1969-12-31'", "date '2023-12-31'", "date '0500-01-01'",
        "date '9500-12-31'", "cast(null as date)", "date '2021-01-03'", "date '2024-03-31'", "date '1600-02-29'",
    ],
    "timestamp": [
        "timestamp_ntz '2024-02-29 23:59:59.999999'", "timestamp_ntz '1969-12-31 23:59:59.5'",
        "timestamp_ntz '2024-03-31 02:30:00'", "cast(null as timestamp_ntz)", "timestamp_ntz '1900-01-01 00:00:00'",
    ],
    "timestamptz": [
        "timestamp_ltz '2024-02-29 12:00:00'", "timestamp_ltz '1969-12-31 23:59:59.5'", "cast(null as timestamp_ltz)",
        "timestamp_ltz '2024-10-27 00:30:00+02:00'",
    ],
    "ints": ["array(1, 2, 3)", "array(3, null, -1, 3)", "cast(array() as array<int>)", "cast(null as array<int>)"],
    "strings": [
        "array('b', 'a', null)", "array('')", "cast(array() as array<string>)", "cast(null as array<string>)",
        "array('é', 'e', 'Z', 'a')",
    ],
    "map": ["map('a', 1, 'b', null)", "cast(null as map<string, int>)"],
    "small": ["0", "1", "2", "-1", "-2", "3", "5", "cast(null as int)"],
    "pattern": ["'a'", "'[a-c]+'", "'\\\\d+'", "'.'", "'^.'", "'(b|é)'", "'\\\\s'", "'[^a]'", "'$'"],
    "grouped": ["'(a)'", "'([a-z]+)'", "'(\\\\d)'", "'(.)'"],
    "like": ["'%a%'", "'_'", "''", "'%'", "'a\\\\%'", "'A%'"],
    "format": ["'yyyy-MM-dd'", "'dd/MM/yy'", "'HH:mm:ss'", "'yyyyMMdd'", "'MMM d'", "'EEE'", "'hh a'", "'D'", "'SSS'"],
    "unit": ["'YEAR'", "'MONTH'", "'WEEK'", "'DAY'", "'QUARTER'"],
    "time_unit": ["'HOUR'", "'MINUTE'", "'DAY'", "'WEEK'"],
    "written": [
        "'2024-02-29'", "'5/3/2024'", "'05/03/2024'", "' 2024-03-05'", "'20240305'", "'2024-3-5'", "'05.03.24'",
    ],
    "pattern_read": ["'yyyy-MM-dd'", "'d/M/yyyy'", "'dd/MM/yyyy'", "'yyyyMMdd'", "'yyyy-M-d'"],
    "digits": ["0", "1", "2", "-1", "3"],
}  # fmt: skip

#: What is made of what: `{int}` stands for an expression of that type.
_MADE = {
    "int": [
        "{int} + {small}", "{int} - {int}", "{int} * {small}", "-({int})", "{int} % {int}", "abs({int})",
        "pmod({int}, {int})",
        "mod({int}, {int})", "length({string})", "octet_length({string})", "instr({string}, {string})",
        "ascii({string})",
        "locate({string}, {string}, {small})", "year({date})", "month({date})", "day({date})", "dayofweek({date})",
        "weekday({date})", "dayofyear({date})", "weekofyear({date})", "quarter({date})", "hour({timestamp})",
        "minute({timestamp})", "second({timestamp})", "datediff({date}, {date})", "size({ints})", "size({map})",
        "cast({double} as int)", "cast({decimal} as int)", "cast({string} as int)", "try_cast({string} as int)",
        "cast({boolean} as int)", "coalesce({int}, {int})", "if({boolean}, {int}, {int})", "nullif({int}, {int})",
        "greatest({int}, {int}, {int})", "least({int}, {int})", "case when {boolean} then {int} end",
        "get({ints}, {small})",
        "element_at({ints}, {small})", "array_max({ints})", "array_min({ints})", "element_at({map}, {string})",
        "{int} & {int}", "{int} | {small}", "~{int}", "round({int}, {digits})", "try_cast({long} as int)",
        "case {string} when {string} then {int} else {small} end", "position({string} in {string})",
    ],
    "long": [
        "{long} + {int}", "{long} - {small}", "{int} * {long}", "cast({int} as bigint)", "cast({double} as bigint)",
        "{int} div {int}", "{long} div {int}", "ceil({double})", "floor({double})", "cast({string} as bigint)",
        "unix_timestamp({timestamptz})", "unix_seconds({timestamptz})", "array_position({ints}, {int})",
        "coalesce({long}, {int})", "greatest({long}, {int})", "try_cast({decimal} as bigint)", "abs({long})",
    ],
    "double": [
        "{double} + {double}", "{double} * {int}", "{double} - {decimal}", "{int} / {int}", "{double} / {double}",
        "{long} / {int}", "-({double})", "abs({double})", "round({double}, {digits})", "round({double})",
        "cast({int} as double)",
        "cast({decimal} as double)", "cast({string} as double)", "try_cast({string} as double)",
        "coalesce({double}, {int})",
        "nanvl({double}, {double})", "sign({double})", "sqrt(abs({double}))", "try_divide({int}, {int})",
        "{double} % {double}",
        "greatest({double}, {double})", "least({double}, {int})", "if({boolean}, {double}, {int})",
        "nullif({double}, {int})",
        "months_between({date}, {date})", "cast({boolean} as double)", "pmod({double}, {double})",
        "case when {boolean} then {decimal} else {double} end",
    ],
    "decimal": [
        "{decimal} + {decimal}", "{decimal} - {int}", "{decimal} * {small}", "-({decimal})", "abs({decimal})",
        "round({decimal}, {digits})", "cast({double} as decimal(12,2))", "cast({int} as decimal(12,2))",
        "cast({string} as decimal(10,3))", "try_cast({string} as decimal(5,2))", "try_cast({double} as decimal(6,1))",
        "coalesce({decimal}, {int})", "ceil({decimal})", "floor({decimal})", "{decimal} % {decimal}",
        "greatest({decimal}, {decimal})", "least({decimal}, {int})", "nullif({decimal}, {int})",
        "cast({decimal} as decimal(10,1))",
        "if({boolean}, {decimal}, {small})", "case when {boolean} then {decimal} end", "pmod({decimal}, {decimal})",
        "cast({decimal} as decimal(24,6))",
    ],
    "string": [
        "upper({string})", "lower({string})", "trim({string})", "ltrim({string})", "concat({string}, {string})",
        "{string} || {string}", "concat({string}, {int}, {decimal})", "substring({string}, {small}, {small})",
        "substr({string}, {small})", "left({string}, {small})", "right({string}, {small})",
        "replace({string}, {string}, {string})",
        "translate({string}, {string}, {string})", "repeat({string}, {small})", "lpad({string}, {small}, {string})",
        "rpad({string}, {small}, {string})", "reverse({string})", "initcap({string})", "md5({string})",
        "sha2({string}, 256)",
        "base64({string})", "regexp_replace({string}, {pattern}, '-')", "regexp_extract({string}, {grouped})",
        "split_part({string}, ',', {small})", "concat_ws('-', {string}, {strings}, {int})", "cast({int} as string)",
        "cast({decimal} as string)", "cast({date} as string)", "cast({timestamp} as string)",
        "cast({timestamptz} as string)",
        "cast({boolean} as string)", "coalesce({string}, {string})", "nvl2({string}, {string}, {string})",
        "nullif({string}, {string})", "if({boolean}, {string}, {string})", "greatest({string}, {string})",
        "date_format({date}, {format})", "date_format({timestamp}, {format})", "array_join({strings}, ',', {string})",
        "array_max({strings})", "get({strings}, {small})", "btrim({string}, {string})", "from_unixtime({int})",
        "case {int} when {int} then {string} else {string} end", "array_join({ints}, '|')",
    ],
    "boolean": [
        "{int} = {int}", "{int} < {long}", "{double} >= {double}", "{double} = {double}", "{double} <=> {double}",
        "{decimal} > {decimal}", "{decimal} = {int}", "{decimal} < {double}", "{string} = {string}",
        "{string} < {string}",
        "{date} < {date}", "{date} <= {timestamp}", "{timestamp} = {timestamptz}", "{boolean} and {boolean}",
        "{boolean} or {boolean}", "not {boolean}", "{int} is null", "{string} is not null",
        "{int} between {int} and {int}",
        "{string} between {string} and {string}", "{int} in ({int}, {int})", "{string} not in ({string}, {string})",
        "{string} like {like}", "{string} ilike {like}", "{string} rlike {pattern}", "contains({string}, {string})",
        "startswith({string}, {string})", "endswith({string}, {string})", "array_contains({ints}, {int})",
        "exists({ints}, x -> x > {small})", "forall({strings}, s -> length(s) > {small})", "isnan({double})",
        "cast({int} as boolean)", "cast({string} as boolean)", "try_cast({string} as boolean)",
        "equal_null({string}, {string})",
        "{int} <=> {int}", "{boolean} = {boolean}", "coalesce({boolean}, {boolean})",
        "map_contains_key({map}, {string})",
        "{date} = {date}", "{ints} = {ints}", "{boolean} <=> {boolean}", "{ints} <=> {ints}",
    ],
    "date": [
        "date_add({date}, {small})", "date_sub({date}, {small})", "add_months({date}, {small})", "last_day({date})",
        "trunc({date}, {unit})", "cast({timestamp} as date)", "cast({string} as date)", "try_cast({string} as date)",
        "to_date({string})", "to_date({string}, 'yyyy-MM-dd')",
        "to_date({written}, {pattern_read})", "make_date(2024, {small}, {small})",
        "coalesce({date}, {date})",
        "greatest({date}, {date})", "if({boolean}, {date}, {date})", "nullif({date}, {date})", "{date} + {small}",
        "date({timestamptz})",
    ],
    "timestamp": [
        "cast({date} as timestamp_ntz)", "{timestamp} + interval 1 day", "{timestamp} - interval 1 month",
        "cast({string} as timestamp_ntz)", "try_cast({string} as timestamp_ntz)", "to_timestamp_ntz({string})",
        "coalesce({timestamp}, {timestamp})", "greatest({timestamp}, {timestamp})", "coalesce({timestamp}, {date})",
        "cast({timestamptz} as timestamp_ntz)",
    ],
    "timestamptz": [
        "date_trunc({time_unit}, {timestamptz})", "date_trunc({unit}, {date})", "to_timestamp({string})",
        "cast({timestamp} as timestamp_ltz)", "{timestamptz} + interval 2 hours",
        "least({timestamptz}, {timestamptz})",
        "cast({date} as timestamp_ltz)", "date_trunc({time_unit}, {timestamp})",
    ],
    "ints": [
        "array({int}, {int})", "array_distinct({ints})", "array_remove({ints}, {int})", "array_compact({ints})",
        "array_append({ints}, {int})", "sort_array({ints})", "sort_array({ints}, false)", "array_sort({ints})",
        "reverse({ints})",
        "slice({ints}, {small}, {small})", "sequence({small}, {small})", "transform({ints}, x -> x + {small})",
        "filter({ints}, x -> x > {small})", "flatten(array({ints}, {ints}))", "map_values({map})",
        "concat({ints}, {ints})",
        "transform({ints}, (x, i) -> i)", "coalesce({ints}, {ints})", "transform({strings}, s -> length(s))",
    ],
    "strings": [
        "split({string}, ',')", "split({string}, {pattern})", "array({string}, {string})", "sort_array({strings})",
        "array_distinct({strings})", "transform({strings}, s -> upper(s))", "filter({strings}, s -> s is not null)",
        "regexp_extract_all({string}, {grouped})", "map_keys({map})", "array_remove({strings}, {string})",
        "transform({ints}, x -> cast(x as string))",
    ],
    "map": ["map({string}, {int})", "if({boolean}, {map}, {map})"],
    #: The last digits of these are the mathematical library's, so nothing is made of them.
    "real": [
        "exp({double})", "ln({double})", "log10({double})", "log2({double})", "log({double}, {double})",
        "pow({double}, {int})",
        "sin({double})", "cos({double})", "tan({double})", "atan({double})", "asin({double})", "acos({double})",
        "atan2({double}, {double})", "cbrt({double})", "degrees({double})", "radians({double})", "exp({decimal})",
        "sqrt({decimal})", "power({decimal}, {small})", "ln({decimal})", "cos({int})",
    ],
    "struct": ["named_struct('a', {int}, 'b', {string})", "named_struct('d', {decimal}, 'l', {ints})"],
}  # fmt: skip

_ASKED = [t for t in _MADE if t != "map"]


@dataclass(frozen=True)
class Expression:
    """A text, and the expressions it is made of."""

    text: str
    parts: tuple[Expression, ...] = ()


def expressions(count: int, seed: int, depth: int = 3) -> list[Expression]:
    """So many different ones, each time the same for a seed."""
    pick = random.Random(seed)
    found: dict[str, Expression] = {}
    while len(found) < count:
        made = expression(pick, pick.choice(_ASKED), depth)
        found[made.text] = made
    return list(found.values())


def expression(
    pick: random.Random, type_: str, depth: int, columns: Mapping[str, Sequence[str]] | None = None
) -> Expression:
    """One of a type; `columns` by type, of which it is made where there are."""
    named = (columns or {}).get(type_)
    if type_ in _LEAVES and (type_ not in _MADE or depth == 0 or pick.random() < 0.25):
        return Expression(pick.choice(named if named and pick.random() < 0.8 else _LEAVES[type_]))
    parts: list[Expression] = []

    def made(inner: str) -> str:
        part = expression(pick, inner, max(depth - 1, 0), columns)
        if inner in _MADE:
            parts.append(part)
        apart = inner in _MADE and " " in part.text and pick.random() < 0.6
        return f"({part.text})" if apart else part.text

    return Expression(filled(pick.choice(_MADE[type_]), made), tuple(parts))


def filled(template: str, made: Callable[[str], str]) -> str:
    """With something of the type that stands in each pair of braces."""
    return re.sub(r"\{(\w+)\}", lambda found: made(found[1]), template)
