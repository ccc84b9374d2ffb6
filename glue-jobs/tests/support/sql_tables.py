"""What random queries of the portable SQL read, and the words they are made of."""

from __future__ import annotations

#: The columns of the conformance suite's tables, by the types that expressions are made of.
TABLES: dict[str, dict[str, str]] = {
    "t": {"g": "string", "x": "int", "y": "int"},
    "orders": {
        "order_id": "int", "customer_id": "int", "amount": "decimal", "channel": "string", "day": "date",
        "at": "timestamp", "paid": "boolean",
    },
    "customers": {"customer_id": "int", "name": "string", "country": "string", "score": "double"},
    "visits": {
        "visit_id": "long", "customer_id": "long", "seen": "timestamptz", "ms": "double", "channel": "string",
        "tags": "strings", "day": "date",
    },
    "baskets": {"basket_id": "int", "skus": "strings", "counts": "map", "place": "place", "doc": "string"},
}  # fmt: skip


PLAIN = ("int", "long", "double", "decimal", "string", "boolean", "date", "timestamp", "timestamptz")
#: These are put in no order.
NESTED = ("strings", "ints", "place", "map", "days")
#: Of results: some are columns of a table as well.
NAMES = ("a", "b", "c", "x", "y", "n", "total", "day", "channel", "customer_id")

AGGREGATES = {
    "int": [
        "max({int})", "min({int})", "max(length({string}))", "max({int}) filter (where {boolean})",
        "size(collect_list({int}))", "size(collect_set({string}))", "array_max(collect_list({int}))",
        "max(({place}).zip)",
    ],
    "long": [
        "count(*)", "count({string})", "count({double})", "count(distinct {int})", "count(distinct {string})",
        "sum({int})", "sum({long})", "count_if({boolean})", "count(*) filter (where {boolean})", "sum(distinct {int})",
        "count(distinct {double})", "count(distinct {date})", "max({long})", "count({strings})",
        "count(distinct {int}, {string})", "sum({short})", "count(distinct {place})", "count(1)", "count(null)",
        "sum(case when {boolean} then 1 else 0 end)", "sum(if({boolean}, {int}, null))", "count(distinct {strings})",
    ],
    "double": [
        "avg({int})", "max({double})", "min({double})", "sum({double})", "avg({long})", "percentile({int}, 0.5)",
        "median({int})", "stddev({int})", "var_pop({int})", "avg({double})", "mean({small})",
        "percentile({decimal}, 0.25)", "stddev_pop({small})", "var_samp({small})",
        "covar_pop({small}, length({string}))", "std({small})", "variance({small})", "stddev_samp({small})",
        "covar_samp({small}, {small})", "avg(distinct {small})", "avg({int}) filter (where {boolean})",
        "median({decimal})", "sum({float})", "avg({short})", "mean({float})",
    ],
    "decimal": [
        "sum({decimal})", "max({decimal})", "min({decimal})", "sum({decimal}) filter (where {boolean})", "sum({cents})",
        "sum(distinct {cents})", "sum({cents} * {small})", "max(distinct {decimal})",
    ],
    "string": [
        "max({string})", "min({string})", "array_join(sort_array(collect_list({string})), ',')",
        "array_join(sort_array(collect_set({string})), '|')", "array_join(sort_array(array_agg({string})), '')",
        "max(({place}).city)", "array_max(collect_set({string}))", "min({string}) filter (where {boolean})",
    ],
    "boolean": [
        "bool_or({boolean})", "every({boolean})", "max({boolean})", "bool_and({boolean})", "some({boolean})",
        "any({boolean})", "array_contains(collect_list({string}), 'web')", "min({boolean})",
    ],
    "date": ["max({date})", "min({date})", "array_max(collect_set({date}))", "max(distinct {date})"],
    "timestamp": ["max({timestamp})", "min({timestamp})"],
    "timestamptz": ["max({timestamptz})", "min({timestamptz})"],
    "strings": ["sort_array(collect_list({string}))", "sort_array(collect_set({string}))"],
    "ints": ["sort_array(collect_list({int}), false)", "array_sort(collect_set({int}))"],
    "days": ["sort_array(collect_list({date}))"],
}  # fmt: skip
#: Of windows: over all rows of a frame, in whichever order.
OVER = {
    "int": ["max({int})", "min({int})", "max(length({string}))"],
    "long": ["count(*)", "count({string})", "sum({int})", "count_if({boolean})", "max({long})", "sum({short})"],
    "decimal": ["sum({decimal})", "max({decimal})", "sum({cents})"],
    "boolean": ["bool_or({boolean})", "every({boolean})"],
    "date": ["max({date})", "min({date})"],
    "timestamp": ["max({timestamp})"],
    "timestamptz": ["max({timestamptz})"],
    "double": ["avg({small})", "max({double})", "min({double})", "avg({int})"],
    "string": ["max({string})", "min({string})"],
}  # fmt: skip
RANKS = {
    "int": ["rank()", "dense_rank()"],
    "double": ["percent_rank()", "cume_dist()"],
}  # fmt: skip
FRAMES = [
    "", "", "", "rows between 1 preceding and current row", "rows between unbounded preceding and unbounded following",
    "rows between current row and 1 following", "rows between 2 preceding and 1 preceding", "rows 1 preceding",
    "range between unbounded preceding and current row", "range between current row and unbounded following",
    "rows between unbounded preceding and 1 following", "rows unbounded preceding",
    "rows between 1 following and 2 following",
]  # fmt: skip
#: Along one column.
RANGES = [
    "range between 2 preceding and current row", "range 1 preceding", "range between 1 preceding and 10 following",
    "range between 10 following and unbounded following", "range between unbounded preceding and 1 preceding",
    "range between 30 preceding and 1 preceding",
]  # fmt: skip
JOINS = [
    "JOIN", "INNER JOIN", "LEFT JOIN", "RIGHT OUTER JOIN", "FULL JOIN", "CROSS JOIN", "LEFT SEMI JOIN",
    "LEFT ANTI JOIN", ",",
]  # fmt: skip
STACKS = ["UNION ALL", "UNION", "EXCEPT", "INTERSECT", "EXCEPT ALL", "INTERSECT ALL", "UNION DISTINCT", "MINUS"]
#: What may stand on the other side, and what both become.
NEAR = {
    "int": {"int": "int", "long": "long", "short": "int", "double": "double"},
    "long": {"long": "long", "int": "long", "decimal": "decimal"},
    "double": {"double": "double", "int": "double", "decimal": "double", "float": "double"},
    "decimal": {"decimal": "decimal", "int": "decimal", "cents": "decimal"},
    "date": {"date": "date", "timestamp": "timestamp", "timestamptz": "timestamptz"},
    "timestamp": {"timestamp": "timestamp", "date": "timestamp", "timestamptz": "timestamptz"},
}
#: Rows that are written, by type.
WRITTEN = {
    "int": ["1", "2", "-7", "10", "11", "NULL", "30"],
    "long": ["1L", "4000000000L", "NULL", "10L"],
    "string": ["'a'", "'web'", "''", "NULL", "'é'"],
    "date": ["date '2024-02-29'", "date '1969-12-31'", "NULL"],
    "double": ["1.5D", "-0.25D", "NULL", "1e10"],
    "boolean": ["true", "false", "NULL"],
    "decimal": ["1.50", "-2.25", "NULL", "1.05"],
}  # fmt: skip
#: Rows of a list, where it is not a column.
EXPLODED = {
    "int": [
        "array(1, 2)", "sequence(1, 3)", "array(10, null)", "{ints}", "map_values({map})", "filter({ints}, x -> x > 1)",
    ],
    "string": ["split({string}, 'a')", "map_keys({map})", "array('a', 'b')", "{strings}", "sort_array({strings})"],
    "date": ["{days}", "array({date}, date '2024-02-29')"],
}  # fmt: skip
