"""SQL is checked before anything runs: all problems at once, each with its place and what to write instead."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mesh_jobs.adapters.sql.functions import FUNCTIONS
from mesh_jobs.adapters.sql.instead import INSTEAD
from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.adapters.sql.translate import translate_query
from support.sql_checks import checked, messages


def test_a_sound_query_says_what_it_reads_and_gives() -> None:
    answer = checked(
        "WITH paid AS (SELECT id, amount * 2 AS twice FROM orders WHERE status = 'paid')\n"
        "SELECT p.id, sum(p.twice) AS total, max(c.name) AS name FROM paid p JOIN customers c ON c.id = p.id "
        "GROUP BY p.id",
        ["orders", "customers"],
        columns={"orders": ["id", "amount", "status"], "customers": ["id", "name"]},
    )
    assert answer["ok"]
    assert sorted(answer["tables"]) == ["customers", "orders"]
    assert answer["columns"] == ["id", "total", "name"]
    assert answer["reads"] == {"orders": ["amount", "id", "status"], "customers": ["id", "name"]}
    assert answer["lineage"] == {"id": ["orders.id"], "total": ["orders.amount"], "name": ["customers.name"]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT 1 AS a FROM t; SELECT 2 AS b FROM t", "expected one query"),
        ("SELECT 1 AS a FROM t;;", "expected one query"),
        ("SELECT 1 AS a FROM t; -- all of it", "expected one query"),
        (";", "the query is empty"),
        ("DELETE FROM t", "DELETE is not a query"),
        ("INSERT INTO t SELECT 1 AS a", "INSERT is not a query"),
        ("DROP TABLE t", "DROP is not a query"),
        ("", "the query is empty"),
        ("SELECT (a FROM t", "1:"),
        ("SELECT 'a FROM t", "not closed"),
        ("SELECT a FROM other", "1:15 the table other is not one that this may read"),
        ("SELECT a FROM db.t", "named with a database"),
        ("SELECT a FROM read_csv('/etc/passwd')", "a function in FROM"),
        ("SELECT a FROM 'file.parquet'", "1:"),
        ("SELECT count(*) FROM t", "column 1 has no name"),
        ("SELECT a, b AS a FROM t", "two columns are named a"),
        ('SELECT "a" AS x FROM t', "1:8 a text in double quotes"),
        ("SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1", "QUALIFY is not Spark's"),
        ("SELECT row_number() OVER (PARTITION BY a) AS n FROM t", "row_number needs an ORDER BY"),
        ("SELECT first(a) AS x FROM t", "first without OVER"),
        ("SELECT collect_list(a) AS x FROM t", "the order of collect_list"),
        ("SELECT a FROM t TABLESAMPLE (10 PERCENT)", "a sample differs on every run"),
        ("SELECT current_date AS d FROM t", "every run"),
        ("SELECT a FROM t GROUP BY ROLLUP (a)", "ROLLUP"),
        ("SELECT foo(a) AS x FROM t", "1:8 the function foo is not in the portable SQL"),
        ("SELECT substring(a) AS x FROM t", "substring takes 2 to 3 arguments"),
        ("SELECT exists(array(a), (x) -> x = 1) AS y FROM t", "1:25 Spark takes no parentheses around the one name"),
        (
            "SELECT a FROM t GROUP BY a HAVING max(b) > 1 ORDER BY sum(b)",
            "1:55 Spark does not order by an aggregate beside HAVING",
        ),
        ("SELECT a || b + c AS x FROM t", "1:13 engines differ in what comes first: `b + c` or what is next to it"),
        ("SELECT a FROM t SORT BY a", "SORT BY"),
        ("WITH RECURSIVE x AS (SELECT 1 AS a) SELECT a FROM x", "recursive"),
    ],
)
def test_what_is_outside_of_the_subset_is_refused(text: str, problem: str) -> None:
    answer = checked(text, ["t"])
    assert not answer["ok"]
    assert any(problem in m for m in messages(answer)), messages(answer)


def test_all_problems_come_at_once_in_their_order_with_a_remedy() -> None:
    answer = checked("SELECT foo(a) AS x,\n  rand() AS y\nFROM other", ["t"])
    assert [m.split(" ")[0] for m in messages(answer)] == ["1:8", "2:3", "3:6"]
    assert all(p["remedy"] for p in answer["problems"])


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("closed - opened", "date - date"),
        ("closed + INTERVAL 1 DAY", "date + INTERVAL"),
        ("price / 3", "decimal division"),
        ("avg(price)", "average of decimals"),
    ],
)
def test_types_are_looked_at_where_they_are_known(expression: str, problem: str) -> None:
    columns = {"t": {"opened": "date", "closed": "date", "price": "decimal(12, 2)"}}
    answer = checked(expression, None, "expression", columns=columns)
    assert [problem in m for m in messages(answer)] == [True]


def test_an_expression_is_one_and_reads_no_table() -> None:
    for text in ("a, b", "a FROM t", "1) , (2", "SELECT 1"):
        assert not checked(text, None, "expression")["ok"]
    assert not checked("a IN (SELECT b FROM t)", None, "expression")["ok"]
    assert checked("coalesce(a, b) || 'x' -- why", None, "expression")["reads"] == {"": ["a", "b"]}


def test_a_rule_s_query_reads_the_checked_table_and_needs_no_names() -> None:
    assert checked("SELECT count(*) FROM ${table} WHERE a < 0", [])["ok"]
    assert checked("SELECT 100.0 * count_if(a < 0) / count(*) FROM ${table}", [])["ok"]


def test_hostile_text_is_a_problem_and_not_a_crash() -> None:
    for text in (
        "(" * 3000,
        "SELECT " + "a+" * 3000 + "a FROM t",
        "\0",
        "SELECT '\\",
        "/*",
        "`",
        "$$",
        "😀",
        "SELECT * FROM t WHERE a = :x",
    ):
        answer = checked(text, ["t"])
        assert isinstance(answer["ok"], bool)


def test_checking_loads_neither_duckdb_nor_pyiceberg() -> None:
    code = (
        "import sys; from mesh_jobs.adapters.sql.check import check_sql;"
        "check_sql([{'id': 1, 'kind': 'query', 'text': 'SELECT a FROM t', 'tables': ['t']}]);"
        "sys.exit(any(m.split('.')[0] in ('duckdb', 'pyiceberg', 'pyarrow') for m in sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=False).returncode
        == 0
    )


def test_the_engine_refuses_what_the_check_refuses() -> None:
    with pytest.raises(SqlRefused) as refused:
        translate_query("SELECT foo(a) AS x, rand() AS y FROM other", {"t": "view_1"})
    assert len(refused.value.problems) == 3


def test_tables_are_replaced_but_names_of_the_query_s_own_are_not() -> None:
    sql = translate_query(
        "WITH t AS (SELECT a FROM orders) SELECT T.a FROM t JOIN Orders ON t.a = orders.a", {"orders": "v"}
    )
    assert sql.count('"v"') == 2
    assert '"t"' in sql.lower()


def test_a_query_cannot_give_itself_a_name_that_an_engine_takes_for_a_file_or_a_view_of_the_jobs() -> None:
    for name in ("`/tmp/leak.csv`", "`leak.csv`", "`a b`", "`mesh_rule_3`", "MESH_x"):
        text = f"WITH {name} AS (SELECT 1 AS a FROM t) SELECT a FROM {name}"
        assert any("WITH cannot define" in m for m in messages(checked(text, ["t"]))), text
        with pytest.raises(SqlRefused, match="WITH cannot define"):
            translate_query(text, {"t": "mesh_t_1"})


def test_a_name_defined_again_inside_of_its_own_scope_is_refused() -> None:
    answer = checked("WITH x AS (SELECT a FROM t) SELECT a FROM (WITH x AS (SELECT a FROM x) SELECT a FROM x) y", ["t"])
    assert messages(answer) == ["1:49 WITH defines x a second time, and which one is meant differs between engines"]
    side_by_side = "SELECT a FROM (WITH x AS (SELECT a FROM t) SELECT a FROM x) y UNION ALL "
    assert checked(f"{side_by_side} SELECT a FROM (WITH x AS (SELECT a FROM t) SELECT a FROM x) z", ["t"])["ok"]


def test_a_union_of_a_text_and_a_number_is_refused_since_the_engines_choose_different_types() -> None:
    columns = {"t": {"i": "int", "s": "string"}}
    answer = checked("SELECT i, s FROM t UNION ALL SELECT s, CAST(i AS STRING) FROM t", ["t"], columns=columns)
    assert messages(answer) == ["1:37 column 1 is an int on one side and a string on the other"]
    assert checked("SELECT i, s FROM t UNION ALL SELECT NULL, s FROM t", ["t"], columns=columns)["ok"]


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("a > avg(a)", "1:5 avg is over many rows"),
        ("count(DISTINCT a)", "1:1 count is over many rows"),
        ("1 + sum(a) OVER (PARTITION BY b)", "1:5 OVER looks at other rows"),
        ("row_number() OVER (ORDER BY a)", "1:1 OVER looks at other rows"),
        ("explode(a)", "1:1 explode makes several rows out of one"),
    ],
)
def test_an_expression_over_one_row_cannot_look_at_others(expression: str, problem: str) -> None:
    answer = checked(expression, None, "expression", rows=True)
    assert [m.startswith(problem) for m in messages(answer)] == [True], messages(answer)
    assert answer["problems"][0]["remedy"]
    assert checked(expression, None, "expression")["ok"]


def test_functions_of_lists_are_no_look_at_other_rows() -> None:
    for expression in ("exists(a, x -> x > 1)", "array_max(filter(a, x -> x > 1))", "greatest(a, b) > size(c)"):
        assert checked(expression, None, "expression", rows=True)["ok"]


def test_a_name_that_an_inner_query_gives_to_something_else_has_no_longer_the_column_s_type() -> None:
    columns = {"t": {"price": "decimal(10, 2)", "i": "int", "s": "string"}}
    inner = "SELECT CAST(price AS DOUBLE) AS price, i AS s FROM t"
    for text in (
        f"WITH x AS ({inner}) SELECT price / 3 AS p FROM x",
        f"SELECT x.price / 3 AS p FROM ({inner}) x",
        f"SELECT s FROM ({inner}) x UNION ALL SELECT i FROM t",
    ):
        assert checked(text, ["t"], columns=columns)["problems"] == [], text
    for text in (
        "SELECT CAST(price AS DOUBLE) AS price, price / 3 AS p FROM t",
        "WITH x AS (SELECT CAST(price AS DOUBLE) AS price, price / 3 AS p FROM t) SELECT p FROM x",
        "WITH x AS (SELECT price FROM t) SELECT price / 3 AS p FROM x",
    ):
        assert any("decimal division" in m for m in messages(checked(text, ["t"], columns=columns))), text


def test_a_type_with_too_few_members_is_said() -> None:
    for type_ in ("MAP<STRING>", "ARRAY", "ARRAY<INT, INT>"):
        answer = checked(f"CAST(a AS {type_})", None, "expression")
        assert not answer["ok"]
        assert answer["problems"][0]["remedy"]


@pytest.mark.parametrize(
    ("text", "kind", "problem"),
    [
        ("a +\n  b *", "expression", "2:5 the expression ends too early"),
        ("upper(a -- why", "expression", "1:7 the expression ends before the `(` of 1:6 is closed"),
        ("a = 1\n  b", "expression", "2:3 `b` names a part of an expression"),
        ("a IS", "expression", "1:3 the expression ends too early"),
        ("a\n= 'b", "expression", "2:3 the text that begins here is not closed"),
        ("SELECT a\nFROM", "query", "2:4 the query ends too early"),
        ("SELECT a\nFROM t;\n\n", "query", None),
        ("SELECT a FROM;", "query", "1:13 the query ends too early"),
        ("SELECT a FROM (SELECT a\nFROM t", "query", "2:6 the query ends before the `(` of 1:15 is closed"),
        ("SELECT a FROM t\nWHER a = 1", "query", "2:1 `WHER` does not belong here"),
        ("SELECT a FROM t\n/* all", "query", "2:1 the comment that begins here is not closed"),
    ],
)
def test_a_text_that_breaks_off_is_told_where_in_what_was_written(text: str, kind: str, problem: str | None) -> None:
    answer = checked(text, ["t"] if kind == "query" else None, kind)
    assert messages(answer) == ([problem] if problem else [])
    assert all(p["remedy"] for p in answer["problems"])


#: What a remedy says to write, with what would be written in its place.
TYPES = {
    **dict.fromkeys("xyn", "int"), **dict.fromkeys(("s", "list", "part", "new", "url"), "string"), "t": "timestamptz",
    **dict.fromkeys(("d", "later", "earlier"), "date"), "xs": "list<int>", "ys": "list<int>", "m": "map<string,int>",
    "k": "string",
}  # fmt: skip
WRITTEN: dict[str, str | None] = {
    "int": "CAST(x AS INT)", "bigint": "CAST(x AS BIGINT)", "smallint": "CAST(x AS SMALLINT)",
    "tinyint": "CAST(x AS TINYINT)", "float": "CAST(x AS DOUBLE)", "boolean": "CAST(x AS BOOLEAN)",
    "decimal": "CAST(x AS DECIMAL(10, 2))", "timestamp": "CAST(s AS TIMESTAMP_LTZ)",
    "timestamp_ntz": "CAST(s AS TIMESTAMP_NTZ)", "varchar": "CAST(x AS STRING)", "safe_cast": "TRY_CAST(x AS INT)",
    "array_union": "array_distinct(concat(xs, ys))",
    "array_intersect": "array_distinct(filter(xs, x -> array_contains(ys, x)))",
    "array_except": "array_distinct(filter(xs, x -> NOT array_contains(array_compact(ys), x)))",
    "arrays_overlap": "exists(xs, x -> array_contains(ys, x))", "array_prepend": "concat(array(x), xs)",
    "array_repeat": "transform(sequence(1, n), i -> x)", "aggregate": "array_max(xs)", "reduce": "sum(x)",
    "array_insert": "concat(slice(xs, 1, n), array(x), slice(xs, n + 1, size(xs)))",
    "zip_with": "transform(xs, (x, i) -> named_struct('x', x, 'y', get(ys, i)))", "try_element_at": "get(xs, n - 1)",
    "posexplode": "explode(transform(xs, (x, i) -> named_struct('pos', i, 'col', x)))", "array_length": "size(xs)",
    "map_entries": "transform(map_keys(m), k -> named_struct('key', k, 'value', element_at(m, k)))",
    "map_filter": "filter(map_keys(m), k -> element_at(m, k) > 0)", "map_concat": "element_at(m, k)",
    "from_json": "get_json_object(s, '$.name')", "json_tuple": "get_json_object(s, '$.name')",
    "from_csv": "get(split(s, ','), 0)", "date_part": "EXTRACT(YEAR FROM d)", "datepart": "year(d)",
    "date_from_unix_date": "date_add(DATE '1970-01-01', n)", "unix_date": "datediff(d, DATE '1970-01-01')",
    "timestamp_seconds": "to_timestamp_ltz(from_unixtime(n))", "unix_millis": "unix_seconds(t)",
    "timestamp_millis": "to_timestamp_ltz(from_unixtime(n div 1000))", "timestampadd": "t + INTERVAL 1 DAY",
    "from_utc_timestamp": "t + INTERVAL 2 HOURS", "next_day": "date_add(d, 7 - weekday(d))",
    "timestampdiff": "unix_timestamp(later) - unix_timestamp(earlier)", "window": "date_trunc('HOUR', t)",
    "try_to_timestamp": "TRY_CAST(s AS TIMESTAMP_NTZ)", "to_number": "CAST(s AS DECIMAL(10, 2))",
    "try_to_number": "TRY_CAST(s AS DECIMAL(10, 2))", "strftime": "date_format(t, 'yyyy-MM-dd')",
    "to_char": "date_format(d, 'yyyy-MM-dd')", "to_varchar": "CAST(n AS STRING)",
    "regexp_count": "size(regexp_extract_all(s, 'pattern', 0))", "like": "s LIKE 'a%'", "ilike": "s ILIKE 'a%'",
    "regexp_substr": "nullif(regexp_extract(s, 'pattern', 0), '')", "regexp_matches": "regexp_like(s, 'pattern')",
    "substring_index": "split_part(s, '.', 1)", "find_in_set": "array_position(split(list, ','), s)",
    "overlay": "concat(left(s, 2), new, substring(s, 5))", "bit_length": "octet_length(s) * 8",
    "strpos": "instr(s, part)", "charindex": "locate(part, s)", "parse_url": "regexp_extract(url, '//([^/]+)', 1)",
    "mask": "regexp_replace(s, '[0-9]', 'n')", "space": "repeat(' ', n)", "sentences": "split(s, ' ')",
    "bround": "round(x)", "shiftleft": "x * CAST(pow(2, n) AS BIGINT)", "sinh": "(exp(x) - exp(-x)) / 2",
    "shiftright": "CAST(floor(x / pow(2, n)) AS BIGINT)", "getbit": "CAST(floor(x / pow(2, n)) AS BIGINT) & 1",
    "expm1": "exp(x) - 1", "log1p": "ln(1 + x)", "hypot": "sqrt(x * x + y * y)", "cot": "1 / tan(x)",
    "product": "exp(sum(ln(x)))", "regr_slope": "covar_pop(y, x) / var_pop(x)", "regr_r2": "pow(corr(y, x), 2)",
    "regr_count": "count_if(x IS NOT NULL AND y IS NOT NULL)", "try_sum": "sum(CAST(x AS DECIMAL(28, 2)))",
    "string_agg": "array_join(sort_array(collect_list(s)), ',')", "try_avg": "avg(CAST(x AS DOUBLE))",
    "arg_max": "max_by(x, y)", "count_distinct": "count(DISTINCT x)", "zeroifnull": "coalesce(x, 0)",
    "histogram_numeric": "floor(x / 10)", "list": "sort_array(collect_list(x))", "shuffle": "sort_array(xs)",
    **dict.fromkeys(("binary", "hex", "unhex", "conv", "soundex", "now", "input_file_name", "to_json")),
    **dict.fromkeys(("schema_of_json", "mode", "grouping", "format_string", "crc32", "inline")),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_said_to_be_written_instead_of_a_function_is_taken(name: str) -> None:
    (problem,) = checked(f"{name}(x)", None, "expression", columns={"t": TYPES})["problems"]
    assert problem["message"] == f"{name} is not in the portable SQL"
    written = WRITTEN[name]
    if written is not None:
        assert written in problem["remedy"]
        assert checked(written, None, "expression", columns={"t": TYPES})["problems"] == []


def test_what_is_said_to_be_written_in_from_is_taken() -> None:
    columns = {"t": {"k": "int", "xs": "list<int>", "places": "list<struct<city:string>>"}}
    for view, read in (
        ("explode(xs) t AS x", "sum(x)"),
        ("OUTER explode(transform(xs, (x, i) -> named_struct('pos', i, 'col', x))) v AS x", "max(x.pos)"),
        ("OUTER explode(places) v AS x", "max(x.city)"),
    ):
        text = f"SELECT k, {read} AS n FROM t AS a LATERAL VIEW {view} GROUP BY k"
        assert checked(text, ["t"], columns=columns)["problems"] == []


def test_a_function_of_the_subset_is_proposed_for_a_name_that_is_almost_its_own_and_for_no_other() -> None:
    def remedy(name: str) -> str:
        return str(checked(f"{name}(a)", None, "expression")["problems"][0]["remedy"])

    assert remedy("uper") == "did you mean upper?"
    assert remedy("coalesc") == "did you mean coalesce?"
    assert not set(INSTEAD) & set(FUNCTIONS)
    for name in (*INSTEAD, "quantile", "foo", "char", "chr"):
        assert "did you mean" not in remedy(name), name


@pytest.mark.parametrize(
    "text",
    [
        "SELECT x ->> 'a' AS v FROM t", "SELECT xs[1:2] AS v FROM t", "SELECT x >> 1 AS v FROM t",
        "SELECT x SIMILAR TO 'a' AS v FROM t", "SELECT x COLLATE y AS v FROM t", "SELECT current_user AS v FROM t",
        "SELECT t AT TIME ZONE 'UTC' AS v FROM t", "SELECT x IS JSON AS v FROM t", "SELECT upper(a => x) AS v FROM t",
        "SELECT x INTO y FROM t", "SELECT x FROM t VERSION AS OF 1", "SELECT x FROM t CONNECT BY x",
        "SELECT x FROM unnest(array(1)) AS u(x)", "SELECT mod(x) AS v FROM t", "SELECT pi(x) AS v FROM t",
        "SELECT concat() AS v FROM t", "SELECT x FROM t LIMIT 10 PERCENT", "SELECT x FROM t FETCH FIRST 3 ROWS ONLY",
        "SELECT extract(year x) AS v FROM t", "SELECT CAST(x AS) AS v FROM t", "SELECT # FROM t", "SELECT x..y FROM t",
        "WITH a SELECT 1 AS x FROM t", "WITH a AS (SELECT 1 AS x FROM t) x", "SELECT $$ FROM t", "SELECT \\ FROM t",
        "SELECT last_value(x) RESPECT NULLS OVER (ORDER BY x) AS v FROM t",
        "SELECT " + "(" * 3000 + "x" + ")" * 3000 + " AS v FROM t",
    ],
)  # fmt: skip
def test_whatever_is_refused_has_a_remedy(text: str) -> None:
    answer = checked(text, ["t"])
    assert not answer["ok"]
    assert all(p["remedy"] for p in answer["problems"]), answer["problems"]
