"""Which columns a query names, and which columns of its tables they come from."""

from __future__ import annotations

import pytest

from mesh_jobs.adapters.sql.translate import translate_query
from support.sql_checks import checked, messages


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
        ("SELECT b AS x, sum(c) AS n FROM t GROUP BY x HAVING n > 1", ["t.b", "t.c"]),
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
            "1:28 z is the name of a result, which Spark does not know in WHERE or ON",
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


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT z + 1 AS y, b AS z FROM t", "1:8 there is no column z"),
        ("SELECT bb + 1 AS bb, a FROM t", "1:8 there is no column bb"),
        ("SELECT y + 1 AS z, z + 1 AS y FROM t", "1:8 there is no column y"),
    ],
)
def test_a_result_is_known_only_behind_itself(text: str, problem: str) -> None:
    assert messages(checked(text, ["t"], columns={"t": {"a": "int", "b": "int"}})) == [problem]


def test_what_is_made_of_a_result_comes_from_what_that_stands_for() -> None:
    text = "SELECT b AS z, z + a AS y, y.deep AS x, max(z) OVER (ORDER BY y) AS m, z AS b, b AS c FROM t"
    answer = checked(text, ["t"], columns={"t": ["a", "b"]})
    assert answer["problems"] == []
    both = ["t.a", "t.b"]
    assert answer["lineage"] == {"z": ["t.b"], "y": both, "x": both, "m": both, "b": ["t.b"], "c": ["t.b"]}


def test_results_that_are_made_of_results_are_worked_out_once() -> None:
    chain = ", ".join(f"r{n - 1} + r{n - 1} AS r{n}" for n in range(1, 60))
    answer = checked(f"SELECT b AS r0, {chain} FROM t", ["t"], columns={"t": {"b": "double"}})
    assert answer["problems"] == []
    assert answer["lineage"]["r59"] == ["t.b"]


def test_where_one_table_alone_can_have_a_column_it_comes_from_there() -> None:
    answer = checked("SELECT a, v FROM t JOIN u USING (k)", ["t", "u"], columns={"u": ["k", "v"]})
    assert (answer["reads"], answer["lineage"]) == ({"t": ["a"], "u": ["v"]}, {"a": ["t.a"], "v": ["u.v"]})


def test_a_member_of_a_column_inside_comes_before_a_column_of_a_table_around() -> None:
    text = "SELECT a FROM t WHERE EXISTS (SELECT 1 AS one FROM u WHERE t.b = k)"
    tables = {"t": {"a": "int", "b": "int"}, "u": {"k": "int", "t": "struct<b:int>"}}
    answer = checked(text, ["t", "u"], columns=tables)
    assert (answer["problems"], answer["reads"]) == ([], {"t": ["a"], "u": ["k", "t"]})


def test_a_table_that_only_says_whether_there_is_a_row_hides_no_column_around_it() -> None:
    semi = "SELECT 1 AS one FROM u LEFT SEMI JOIN w ON w.k = u.k"
    text = f"SELECT a FROM t WHERE EXISTS ({semi} WHERE z > DATE '2024-01-01' AND u.k = a)"
    columns = {"t": {"a": "int", "z": "date"}, "u": {"k": "int"}, "w": {"k": "int", "z": "string"}}
    answer = checked(text, list(columns), columns=columns)
    assert (answer["problems"], answer["reads"]["t"]) == ([], ["a", "z"])
    # A text would be read as a date first.
    assert 'WHEN "z" > CAST(' in translate_query(text, {t: t for t in columns}, columns)


def test_a_long_chain_of_queries_is_worked_out_once() -> None:
    wide = [f"c{i}" for i in range(8)]
    steps = [f"s{n} AS (SELECT {', '.join(f'{c} + 1 AS {c}' for c in wide)} FROM s{n - 1})" for n in range(1, 12)]
    text = f"WITH s0 AS (SELECT * FROM t), {', '.join(steps)} SELECT * FROM s11"
    answer = checked(text, ["t"], columns={"t": dict.fromkeys(wide, "int")})
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


def test_columns_that_are_not_there_are_found_with_the_likeliest_meant() -> None:
    answer = checked("SELECT t.amuont AS x, b FROM t", ["t"], columns={"t": ["amount", "b"]})
    assert messages(answer) == ["1:10 there is no column amuont"]
    assert answer["problems"][0]["remedy"] == "did you mean amount?"


def test_a_column_of_two_tables_has_to_say_which() -> None:
    columns = {"a": ["id"], "b": ["id"]}
    answer = checked("SELECT id FROM a JOIN b ON a.id = b.id", ["a", "b"], columns=columns)
    assert messages(answer) == ["1:8 id is in a and in b"]
    assert checked("SELECT id FROM a JOIN b USING (id)", ["a", "b"], columns=columns)["ok"]


def test_lateral_views_and_struct_members_are_columns_too() -> None:
    answer = checked(
        "SELECT o.id, item.sku AS sku FROM orders o LATERAL VIEW explode(o.items) x AS item",
        ["orders"],
        columns={"orders": ["id", "items"]},
    )
    assert answer["problems"] == []
    assert answer["columns"] == ["id", "sku"]


@pytest.mark.parametrize(
    ("query", "columns", "lineage", "decides"),
    [
        (
            "SELECT o.id, item.sku AS sku FROM orders o LATERAL VIEW explode(items) item AS item WHERE item.n > 1",
            ["id", "sku"],
            {"id": ["orders.id"], "sku": ["orders.items"]},
            ["orders.items"],
        ),
        (
            "SELECT bit FROM orders LATERAL VIEW explode(items) e AS x LATERAL VIEW explode(split(x, ',')) f AS bit",
            ["bit"],
            {"bit": ["orders.items"]},
            [],
        ),
        (
            "SELECT * FROM (SELECT id, place FROM orders) AS q(a, b)",
            ["a", "b"],
            {"a": ["orders.id"], "b": ["orders.place"]},
            [],
        ),
        (
            "WITH q(a, b) AS (SELECT id, place FROM orders) SELECT b FROM q WHERE a > 1",
            ["b"],
            {"b": ["orders.place"]},
            ["orders.id"],
        ),
        (
            "SELECT o.place.city AS city FROM orders o WHERE o.place.zip > 1",
            ["city"],
            {"city": ["orders.place"]},
            ["orders.place"],
        ),
        (
            "SELECT v.*, o.id FROM orders o JOIN VALUES (1, 'a') AS v(k, n) ON v.k = o.id",
            ["k", "n", "id"],
            {"k": [], "n": [], "id": ["orders.id"]},
            ["orders.id"],
        ),
        (
            "SELECT o.* FROM orders o JOIN customers c ON o.id = c.id",
            ["id", "items", "place"],
            {"id": ["orders.id"], "items": ["orders.items"], "place": ["orders.place"]},
            ["customers.id", "orders.id"],
        ),
    ],
)
def test_names_and_origins_are_followed_through_lists_and_new_names(
    query: str, columns: list[str], lineage: dict[str, list[str]], decides: list[str]
) -> None:
    known = {"orders": ["id", "items", "place"], "customers": ["id", "name"]}
    answer = checked(query, list(known), columns=known)
    assert answer["problems"] == []
    assert (answer["columns"], answer["lineage"], answer["decides"]) == (columns, lineage, decides)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("SELECT items FROM orders o LATERAL VIEW explode(items) e AS items", "1:8 items is in o and in e"),
        ("SELECT tag FROM orders LATERAL VIEW explode(tag) e AS tag", "1:45 there is no column tag"),
        ("SELECT o.plaec.city AS city FROM orders o", "1:10 there is no column plaec"),
        ("SELECT id FROM (SELECT id FROM orders) AS q(a)", "1:8 there is no column id"),
    ],
)
def test_a_column_is_looked_for_where_it_can_be(query: str, problem: str) -> None:
    assert messages(checked(query, ["orders"], columns={"orders": ["id", "items", "place"]})) == [problem]


def test_the_name_of_a_common_table_expression_is_only_known_where_it_can_be_seen() -> None:
    for text in (
        "SELECT a FROM t JOIN x ON TRUE WHERE EXISTS (WITH x AS (SELECT 1 AS b FROM t) SELECT b FROM x)",
        "WITH y AS (SELECT a FROM x), x AS (SELECT a FROM t) SELECT y.a FROM y JOIN x ON y.a = x.a",
        "WITH x AS (SELECT a FROM x) SELECT a FROM x",
    ):
        answer = checked(text, ["t"])
        assert [p["message"] for p in answer["problems"]] == ["the table x is not one that this may read"]
        assert "x" in answer["tables"]


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


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT o AS x, a FROM t o", "1:8 o is what is read, not a value"),
        ("SELECT T AS x FROM t", "1:8 T is what is read, not a value"),
        ("SELECT a FROM t o WHERE o IS NOT NULL", "1:25 o is what is read"),
        ("SELECT a AS o, count(*) AS n FROM t o GROUP BY o", "1:48 o is what is read"),
        ("SELECT o.o AS x FROM t o", None),
        ("SELECT a AS o FROM t o ORDER BY o", None),
        ("SELECT o FROM t o JOIN known k ON o.a = k.o", None),
        ("SELECT t FROM (SELECT a AS t FROM t) t", None),
        ("SELECT x FROM t LATERAL VIEW explode(t.xs) xs AS x", None),
        ("SELECT x FROM t LATERAL VIEW explode(xs) xs AS x", None),
        ("SELECT transform(t.xs, o -> o + 1) AS x FROM t o JOIN known t ON true", None),
    ],
)
def test_the_name_of_a_table_is_no_value_where_its_columns_are_not_known(text: str, problem: str | None) -> None:
    answer = checked(text, ["t", "known"], columns={"known": ["o", "xs"]})
    assert [m.startswith(problem or "-") for m in messages(answer)] == ([True] if problem else [])
