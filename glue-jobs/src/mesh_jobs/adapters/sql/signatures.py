"""What the functions of the portable SQL may be called with: where Spark takes it, and DuckDB gives the same type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from mesh_jobs.adapters.sql.spark_types import MOMENTS, VOID, is_number, is_whole
from mesh_jobs.domain.table import ListType, MapType, StructType, Type


@dataclass(frozen=True)
class Wanted:
    """`words` for the person; `remedy` has a place for what was given."""

    words: str
    takes: Callable[[Type], bool]
    remedy: str


def is_comparable(type_: Type) -> bool:
    """Maps are the only values that cannot be equal."""
    if isinstance(type_, ListType):
        return is_comparable(type_.element)
    if isinstance(type_, StructType):
        return all(is_comparable(t) for _, t in type_.fields)
    return not isinstance(type_, MapType)


def _is_flat(type_: Type) -> bool:
    return isinstance(type_, str)


def _is_shown(type_: Type) -> bool:
    """Each engine has its own way to print bytes."""
    return _is_flat(type_) and type_ != "binary"


def _is_printed(type_: Type) -> bool:
    """Whether each engine prints it alike where it is in a list."""
    return type_ in ("string", VOID) or is_whole(type_)


def _holds_fractions(type_: Type) -> bool:
    if isinstance(type_, ListType):
        return _holds_fractions(type_.element)
    if isinstance(type_, StructType):
        return any(_holds_fractions(t) for _, t in type_.fields)
    return type_ in ("float", "double")


_NULL_INSIDE = "a NULL inside other values is put first by one engine and last by another"

WANTED = {
    "any": Wanted("anything", lambda t: True, ""),
    "flat": Wanted("a single value that can be printed", _is_shown, "take a member of {}, or write array_join(…)"),
    "words": Wanted(
        "a text or a list of texts",
        lambda t: _is_shown(t) or (isinstance(t, ListType) and _is_printed(t.element)),
        "write transform({}, x -> CAST(x AS STRING)) of a list",
    ),
    "compared": Wanted("what can be compared", is_comparable, "write map_keys({}) or map_values({})"),
    "ordered": Wanted("a single value", _is_flat, f"take a member of {{}}: {_NULL_INSIDE}"),
    "truth": Wanted("true or false", lambda t: t in ("boolean", VOID), "write a comparison, e.g. {} <> 0"),
    "text": Wanted("a text", lambda t: t in ("string", VOID), "write CAST({} AS STRING)"),
    "number": Wanted("a number", lambda t: is_number(t) or t == VOID, "write CAST({} AS DOUBLE), or AS INT"),
    "whole": Wanted("a whole number", lambda t: is_whole(t) or t == VOID, "write CAST({} AS INT), or round it first"),
    "int": Wanted("an int", lambda t: t in ("int", "short", "byte", VOID), "write CAST({} AS INT)"),
    "moment": Wanted("a date or a timestamp", lambda t: t in MOMENTS, "write CAST({} AS DATE)"),
    "day": Wanted("a date or a timestamp", lambda t: t in (*MOMENTS, "string", VOID), "write CAST({} AS DATE)"),
    "instant": Wanted(
        "a timestamp with a zone",
        lambda t: t in ("timestamptz", VOID),
        "write CAST({} AS TIMESTAMP_LTZ), which reads it as UTC",
    ),
    "list": Wanted("a list", lambda t: isinstance(t, ListType), "write array({})"),
    "plain": Wanted(
        "a list of single values, since Spark takes a NULL inside other values for 0",
        lambda t: isinstance(t, ListType) and _is_flat(t.element),
        "write concat({}, array(…))",
    ),
    "sortable": Wanted(
        "a list of single values",
        lambda t: isinstance(t, ListType) and _is_flat(t.element),
        f"take a list of one member: {_NULL_INSIDE}",
    ),
    "distinct": Wanted(
        "a list of what is equal to both engines, which 0.0 and -0.0 are not",
        lambda t: isinstance(t, ListType) and is_comparable(t.element) and not _holds_fractions(t.element),
        "take a list of decimals or texts",
    ),
    "set": Wanted(
        "what is equal to both engines, which NaN and zeros of two signs are not",
        lambda t: is_comparable(t) and not _holds_fractions(t),
        "write CAST({} AS STRING), or AS DECIMAL",
    ),
    "matched": Wanted(
        "a list of what can be compared",
        lambda t: isinstance(t, ListType) and is_comparable(t.element),
        "take a list of members",
    ),
    "exploded": Wanted(
        "a list", lambda t: isinstance(t, ListType), "write explode(map_keys({})), and read each value by its key"
    ),
    "joined": Wanted(
        "a list of texts",
        lambda t: t == VOID or (isinstance(t, ListType) and _is_printed(t.element)),
        "write transform({}, x -> CAST(x AS STRING))",
    ),
    "lists": Wanted(
        "a list of lists", lambda t: isinstance(t, ListType) and isinstance(t.element, ListType), "leave flatten out"
    ),
    "map": Wanted("a map", lambda t: isinstance(t, MapType), "write map(…)"),
    "listed": Wanted(
        "a list or a map", lambda t: isinstance(t, ListType | MapType), "write length({}) of a text, or array({})"
    ),
    "turned": Wanted(
        "a text or a list", lambda t: isinstance(t, ListType) or t == "string", "write CAST({} AS STRING)"
    ),
}

_TAKES = {
    "any": (
        "count isnull isnotnull first first_value last last_value collect_list array_agg coalesce nvl ifnull "
        "array map struct named_struct nullif equal_null concat lag lead nth_value ntile"
    ),
    "words": "concat_ws",
    "flat": "string",
    "ordered": "min max greatest least",
    "set": "collect_set",
    "any ordered": "max_by min_by",
    "truth": "count_if bool_and every bool_or some any",
    "truth any any": "if",
    "any any any": "nvl2",
    "number": (
        "sum avg mean stddev stddev_samp std stddev_pop variance var_samp var_pop median corr covar_pop covar_samp "
        "percentile isnan nanvl abs ceil ceiling floor round pow power sqrt cbrt exp ln log log10 log2 sign signum mod "
        "pmod try_divide sin cos tan asin acos atan atan2 degrees radians negative positive"
    ),
    "number text": "from_unixtime",
    "text": (
        "upper ucase lower lcase length char_length character_length len btrim ltrim rtrim trim initcap ascii replace "
        "translate contains startswith endswith instr split regexp_replace regexp_like regexp rlike get_json_object "
        "octet_length md5 sha sha1 base64"
    ),
    "text whole": "left right repeat sha2",
    "text whole whole": "substr substring",
    "text whole text": "lpad rpad",
    "text text whole": "locate split_part regexp_extract regexp_extract_all",
    "turned": "reverse",
    "whole": "make_date sequence",
    "day": "datediff date_diff to_date to_timestamp to_timestamp_ltz to_timestamp_ntz",
    "day whole": "add_months",
    "day int": "date_add dateadd date_sub",
    "instant": "unix_seconds",
    "moment": "year quarter month day dayofmonth hour minute second dayofyear weekofyear dayofweek weekday last_day "
    "months_between unix_timestamp to_unix_timestamp",
    "moment text": "date_format trunc",
    "text moment": "date_trunc",
    "list": "array_size array_compact",
    "exploded": "explode",
    "lists": "flatten",
    "sortable": "array_max array_min array_sort",
    "sortable any": "sort_array",
    "distinct": "array_distinct",
    "matched any": "array_contains array_position array_remove",
    "list any": "transform",
    "plain any": "array_append",
    "joined text": "array_join",
    "list truth": "filter exists forall",
    "list whole": "slice get",
    "listed": "size cardinality",
    "listed any": "element_at",
    "map": "map_keys map_values",
    "map any": "map_contains_key",
    "": "row_number rank dense_rank percent_rank cume_dist pi double date",
}
#: By name, what each argument may be; the last one stands for those after it.
TAKES: dict[str, Sequence[Wanted]] = {
    name: [WANTED[w] for w in row.split()] for row, names in _TAKES.items() for name in names.split()
}


@dataclass(frozen=True)
class Written:
    """A number that Spark wants as it is written, by its place among the arguments, and between which it may be."""

    place: int
    least: float = -inf
    most: float = inf
    words: str = ""
    remedy: str = ""


#: Of a place that is counted.
COUNTS_FROM_ONE = ("counts from 1", "write 1, or a later place")
WRITTEN = {
    "ntile": Written(0, 1, inf, *COUNTS_FROM_ONE),
    "lag": Written(1),
    "lead": Written(1),
    "nth_value": Written(1, 1, inf, *COUNTS_FROM_ONE),
    "percentile": Written(1, 0, 1, "takes a fraction from 0 to 1", "write 0.5 for the median"),
    "regexp_extract": Written(2),
    "regexp_extract_all": Written(2),
}
#: Arguments that count from 1, by their place.
FROM_ONE = {"split_part": 2, "slice": 1}
#: How many parameters the lambda of a function has at most.
PARAMETERS = {"transform": 2, "filter": 2, "exists": 1, "forall": 1}
