"""SQL is checked before anything runs: all problems at once, each with its place and what to write instead."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from mesh_jobs.adapters.sql.check import check_sql
from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.adapters.sql.translate import translate_query


def checked(text: str, tables: list[str] | None = None, kind: str = "query", **more: Any) -> dict[str, Any]:
    (answer,) = check_sql([{"id": "x", "kind": kind, "text": text, "tables": tables, **more}])
    return answer


def messages(answer: dict[str, Any]) -> list[str]:
    return [f"{p['line']}:{p['column']} {p['message']}" for p in answer["problems"]]


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
    ("text", "decides"),
    [
        ("SELECT a FROM t", []),
        ("SELECT a FROM t WHERE b > 0 AND c IN (SELECT k FROM u WHERE v = 1)", ["t.b", "t.c", "u.k", "u.v"]),
        ("SELECT t.a, u.v FROM t JOIN u ON u.k = t.b", ["t.b", "u.k"]),
        ("SELECT a, v FROM t JOIN u USING (k)", ["t.k", "u.k"]),
        ("SELECT a, sum(b) AS b FROM t GROUP BY a HAVING max(c) > 1", ["t.a", "t.c"]),
        ("SELECT DISTINCT a FROM t", ["t.a"]),
        ("SELECT a FROM t UNION ALL SELECT k AS a FROM u", []),
        ("SELECT a FROM t EXCEPT SELECT k AS a FROM u", ["t.a", "u.k"]),
        ("WITH w AS (SELECT b AS x, a FROM t WHERE c = 1) SELECT a FROM w WHERE x > 0", ["t.b", "t.c"]),
        ("SELECT a, (SELECT max(v) FROM u WHERE u.k = t.b) AS m FROM t", ["t.b", "u.k"]),
    ],
)
def test_what_decides_which_rows_there_are_is_told_from_what_they_hold(text: str, decides: list[str]) -> None:
    answer = checked(text, ["t", "u"], columns={"t": ["a", "b", "c", "k"], "u": ["k", "v"]})
    assert answer["decides"] == decides


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "SELECT b AS z FROM t WHERE z > 1",
            "1:28 z is the name of a result, and Spark knows it in neither WHERE nor ON",
        ),
        ("SELECT t.b AS z FROM t JOIN u ON u.k = z", "1:40 z is the name of a result"),
        ("SELECT b AS z FROM t WHERE EXISTS (SELECT 1 AS o FROM u WHERE u.v = z)", "1:69 z is the name of a result"),
        ("SELECT b AS k FROM t WHERE EXISTS (SELECT 1 AS o FROM u WHERE u.v = k)", None),
        ("SELECT b + 1 AS b FROM t WHERE b > 1", None),
        ("SELECT b AS z, z + 1 AS more FROM t ORDER BY z", None),
        ("SELECT b AS z, count(*) AS n FROM t GROUP BY z HAVING n > 1", None),
        ("SELECT z FROM (SELECT b AS z FROM t) q WHERE z > 1", None),
        ("SELECT a FROM t GROUP BY a ORDER BY sum(b)", None),
        ("SELECT a, sum(b) AS n FROM t GROUP BY a HAVING sum(b) > 1 ORDER BY n", None),
    ],
)
def test_the_name_of_a_result_is_not_known_where_rows_are_chosen(text: str, problem: str | None) -> None:
    answer = checked(text, ["t", "u"], columns={"t": ["a", "b"], "u": ["k", "v"]})
    assert [m.startswith(problem or "-") for m in messages(answer)] == ([True] if problem else [])
    assert answer["ok"] == (problem is None)


def test_a_long_chain_of_queries_is_worked_out_once() -> None:
    wide = [f"c{i}" for i in range(8)]
    steps = [f"s{n} AS (SELECT {', '.join(f'{c} + 1 AS {c}' for c in wide)} FROM s{n - 1})" for n in range(1, 12)]
    text = f"WITH s0 AS (SELECT * FROM t), {', '.join(steps)} SELECT * FROM s11"
    (answer,) = check_sql(
        [{"id": "chain", "text": text, "tables": ["t"], "columns": {"t": dict.fromkeys(wide, "int")}}]
    )
    assert answer["lineage"] == {c: [f"t.{c}"] for c in wide}


def test_lineage_goes_through_unions_and_stars() -> None:
    columns = {"a": ["k", "v"], "b": ["k", "w"]}
    answer = checked("SELECT * FROM a UNION ALL SELECT k, w FROM b", ["a", "b"], columns=columns)
    assert answer["columns"] == ["k", "v"]
    assert answer["lineage"] == {"k": ["a.k", "b.k"], "v": ["a.v", "b.w"]}


def test_a_star_over_a_table_of_unknown_columns_gives_unknown_columns() -> None:
    answer = checked("SELECT * FROM a", ["a"])
    assert answer["ok"]
    assert answer["columns"] is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT 1 AS a FROM t; SELECT 2 AS b FROM t", "one query is wanted"),
        ("SELECT 1 AS a FROM t;;", "one query is wanted"),
        ("SELECT 1 AS a FROM t; -- all of it", "one query is wanted"),
        (";", "the query is empty"),
        ("DELETE FROM t", "DELETE is no query"),
        ("INSERT INTO t SELECT 1 AS a", "INSERT is no query"),
        ("DROP TABLE t", "DROP is no query"),
        ("", "the query is empty"),
        ("SELECT (a FROM t", "1:"),
        ("SELECT 'a FROM t", "not closed"),
        ("SELECT a FROM other", "1:15 the table other is not among those this may read"),
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
        ("SELECT a FROM t TABLESAMPLE (10 PERCENT)", "a sample is another one on every run"),
        ("SELECT current_date AS d FROM t", "every run"),
        ("SELECT a FROM t GROUP BY ROLLUP (a)", "ROLLUP"),
        ("SELECT foo(a) AS x FROM t", "1:8 the function foo is not in the portable SQL"),
        ("SELECT substring(a) AS x FROM t", "substring takes 2 to 3 arguments"),
        ("SELECT exists(array(a), (x) -> x = 1) AS y FROM t", "1:25 Spark takes no parentheses around the one name"),
        (
            "SELECT a FROM t GROUP BY a HAVING max(b) > 1 ORDER BY sum(b)",
            "1:55 Spark orders by no aggregate beside HAVING",
        ),
        ("SELECT a || b + c AS x FROM t", "1:13 of `b + c` and what is beside it, engines differ in what comes first"),
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


def test_columns_that_are_not_there_are_found_with_the_likeliest_meant() -> None:
    answer = checked("SELECT t.amuont AS x, b FROM t", ["t"], columns={"t": ["amount", "b"]})
    assert messages(answer) == ["1:10 there is no column amuont"]
    assert answer["problems"][0]["remedy"] == "did you mean amount?"


def test_a_column_of_two_tables_has_to_say_which() -> None:
    columns = {"a": ["id"], "b": ["id"]}
    answer = checked("SELECT id FROM a JOIN b ON a.id = b.id", ["a", "b"], columns=columns)
    assert messages(answer) == ["1:8 id is in a and in b"]
    assert checked("SELECT id FROM a JOIN b USING (id)", ["a", "b"], columns=columns)["ok"]


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


def test_lateral_views_and_struct_members_are_columns_too() -> None:
    answer = checked(
        "SELECT o.id, item.sku AS sku FROM orders o LATERAL VIEW explode(o.items) x AS item",
        ["orders"],
        columns={"orders": ["id", "items"]},
    )
    assert answer["problems"] == []
    assert answer["columns"] == ["id", "sku"]


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


def test_the_name_of_a_common_table_expression_is_only_known_where_it_can_be_seen() -> None:
    for text in (
        "SELECT a FROM t JOIN x ON TRUE WHERE EXISTS (WITH x AS (SELECT 1 AS b FROM t) SELECT b FROM x)",
        "WITH y AS (SELECT a FROM x), x AS (SELECT a FROM t) SELECT y.a FROM y JOIN x ON y.a = x.a",
        "WITH x AS (SELECT a FROM x) SELECT a FROM x",
    ):
        answer = checked(text, ["t"])
        assert [p["message"] for p in answer["problems"]] == ["the table x is not among those this may read"]
        assert "x" in answer["tables"]


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


def test_common_table_expressions_that_share_a_column_do_not_make_it_ambiguous() -> None:
    columns = {"t": {"a": "string", "b": "string"}}
    chained = "WITH x AS (SELECT a, b FROM t), y AS (SELECT a FROM x)"
    for rest in ("SELECT a FROM y", "SELECT * FROM y"):
        answer = checked(f"{chained} {rest}", ["t"], columns=columns)
        assert answer["problems"] == []
        assert answer["columns"] == ["a"]
        assert answer["lineage"] == {"a": ["t.a"]}


def test_a_query_inside_of_another_names_its_own_columns_first_and_then_those_around_it() -> None:
    columns = {"t": ["a", "b"], "u": ["k"]}
    answer = checked("SELECT a, (SELECT max(k) FROM u WHERE u.k = t.b) AS m FROM t", ["t", "u"], columns=columns)
    assert answer["problems"] == []
    assert answer["reads"] == {"t": ["a", "b"], "u": ["k"]}
    assert answer["lineage"] == {"a": ["t.a"], "m": ["t.b", "u.k"]}
    answer = checked("SELECT a FROM t WHERE EXISTS (SELECT 1 AS one FROM u WHERE kk = a)", ["t", "u"], columns=columns)
    assert messages(answer) == ["1:60 there is no column kk"]


def test_a_common_table_expression_may_have_the_name_of_the_table_it_reads() -> None:
    text = "WITH raw AS (SELECT a FROM raw WHERE a > 0) SELECT a FROM raw"
    answer = checked(text, ["raw"], columns={"raw": ["a"]})
    assert answer["ok"]
    assert answer["tables"] == ["raw"]
    assert answer["lineage"] == {"a": ["raw.a"]}
    assert translate_query(text, {"raw": "mesh_raw_1"}).count('"mesh_raw_1"') == 1


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
        ("explode(a)", "1:1 explode makes more rows of one"),
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
        (answer,) = check_sql([{"kind": "expression", "text": f"CAST(a AS {type_})"}])
        assert not answer["ok"]
        assert answer["problems"][0]["remedy"]
