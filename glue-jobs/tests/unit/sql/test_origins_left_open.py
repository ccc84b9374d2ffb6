"""What columns of a query may come from, where that is not certain: none is made of nothing because nobody knows."""

from __future__ import annotations

from typing import Any

import pytest

from support.sql_checks import checked, messages

KNOWN = {"raw": ["id", "mail", "addr"], "other": ["id", "name"]}


def of(text: str, columns: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = checked(text, ["raw", "other"], columns=columns or {})
    assert answer["problems"] == []
    return answer


def test_a_column_that_says_no_table_may_be_of_any_whose_columns_are_not_known() -> None:
    answer = of("SELECT id, mail AS contact, r.mail AS own FROM raw r JOIN other o ON r.id = o.id")
    assert answer["lineage"] == {"id": [], "contact": [], "own": ["raw.mail"]}
    assert answer["perhaps"] == {"id": ["other.id", "raw.id"], "contact": ["other.mail", "raw.mail"], "own": ["raw.r"]}
    # Of a table that is known and has it, it is; of one that is known and has it not, it is not.
    assert of("SELECT mail FROM raw JOIN other USING (id)", {"raw": KNOWN["raw"]})["perhaps"] == {}
    answer = of("SELECT mail FROM raw JOIN other USING (id)", {"other": KNOWN["other"]})
    assert (answer["lineage"], answer["perhaps"]) == ({"mail": ["raw.mail"]}, {})


def test_a_column_that_tables_are_joined_by_is_of_both() -> None:
    text = "SELECT id FROM raw FULL JOIN other USING (id)"
    assert of(text, KNOWN)["lineage"] == {"id": ["other.id", "raw.id"]}
    assert of(text, {"raw": KNOWN["raw"]})["lineage"] == {"id": ["other.id", "raw.id"]}


def test_of_a_query_around_it_a_column_may_be_too() -> None:
    answer = of("SELECT r.id, EXISTS (SELECT 1 AS x FROM other WHERE name = mail) AS e FROM raw r")
    assert answer["perhaps"]["e"] == ["other.mail", "other.name", "raw.mail", "raw.name"]


def test_tables_and_columns_are_spelled_as_they_are_known() -> None:
    answer = of("SELECT R.ID, Mail AS contact FROM RAW R WHERE ADDR IS NOT NULL", KNOWN)
    assert answer["lineage"] == {"ID": ["raw.id"], "contact": ["raw.mail"]}
    assert (answer["reads"], answer["decides"]) == ({"raw": ["addr", "id", "mail"]}, ["raw.addr"])
    assert of("SELECT MAIL AS contact FROM RAW")["lineage"] == {"contact": ["raw.MAIL"]}


@pytest.mark.parametrize(
    "star",
    ["concat_ws('|', *)", "array(*)", "coalesce(*)", "concat(r.*)", "1 + *", "CASE WHEN id = 'x' THEN * END"],
)
def test_a_star_is_no_value(star: str) -> None:
    assert [
        m.split(" ", 1)[1] for m in messages(checked(f"SELECT {star} AS x FROM raw r", ["raw"], columns=KNOWN))
    ] == ["* is all columns, not a value"]


def test_a_star_counts_rows_and_gives_the_columns_of_tables_but_not_the_members_of_a_column() -> None:
    assert of("SELECT count(*) AS n, count(*) FILTER (WHERE id = 1) AS m FROM raw", KNOWN)["lineage"] == {
        "n": [],
        "m": ["raw.id"],
    }
    for text in ("SELECT id, addr.* FROM raw", "SELECT id, r.addr.* FROM raw r", "SELECT q.addr.* FROM raw q"):
        assert "a star gives the columns of a table" in messages(checked(text, ["raw"]))[0]


def test_a_star_over_a_table_of_unknown_columns_is_told_as_one() -> None:
    answer = of("SELECT *, mail AS contact FROM raw")
    assert (answer["columns"], answer["lineage"]) == (None, {"*": ["raw.*"], "contact": ["raw.mail"]})
    answer = of("SELECT mail AS contact FROM (SELECT * FROM raw) q")
    assert answer["lineage"] == {"contact": ["raw.mail"]}
    answer = of("SELECT r.*, o.* FROM raw r JOIN other o ON r.id = o.id")
    assert (answer["lineage"], answer["perhaps"]) == ({}, {"*": ["other.*", "raw.*"]})
    # Where a star may give a column of the name of another, an engine takes either.
    answer = of("SELECT contact FROM (SELECT *, upper(mail) AS contact FROM raw) q")
    assert (answer["lineage"], answer["perhaps"]) == ({"contact": ["raw.mail"]}, {"contact": ["raw.contact"]})


@pytest.mark.parametrize(
    "second",
    ["SELECT upper(id), upper(mail) FROM raw", "SELECT id AS k, mail AS k FROM raw", "SELECT id, mail FROM raw"],
)
def test_the_columns_of_a_union_are_told_by_their_places(second: str) -> None:
    answer = of(f"SELECT id, name AS contact FROM other UNION ALL {second}", KNOWN)
    assert answer["lineage"] == {"id": ["other.id", "raw.id"], "contact": ["other.name", "raw.mail"]}


def test_the_name_of_a_result_stands_for_what_it_is_made_of() -> None:
    text = "SELECT mail AS z, concat(z, '') AS contact FROM raw"
    assert of(text, KNOWN)["lineage"]["contact"] == ["raw.mail"]
    answer = of(text)
    assert (answer["lineage"]["contact"], answer["perhaps"]) == (["raw.z"], {"contact": ["raw.mail"]})


def test_where_it_cannot_be_told_the_reason_is() -> None:
    answer = of("SELECT * FROM raw\nUNION ALL SELECT * FROM other")
    assert answer["lineage"] is None
    assert answer["untold"] == {
        "message": "it is not known which columns * gives",
        "line": 1,
        "column": 8,
        "remedy": "name the columns, or declare the `columns:` of the source",
    }
    assert of("SELECT b FROM (SELECT * FROM raw) AS q(a, b)")["lineage"] is None
    assert of("SELECT * FROM raw\nUNION ALL SELECT id, name, name FROM other", KNOWN)["untold"] is None


@pytest.mark.parametrize("kind", ["expression", "query"])
def test_a_lambda_s_parameter_hides_a_column_of_its_name_in_the_lambda_alone(kind: str) -> None:
    text = "concat(mail, array_join(transform(array('a'), mail -> upper(MAIL)), ''))"
    alone = "transform(array('a'), mail -> upper(mail))"
    if kind == "expression":
        assert checked(text, None, kind)["reads"] == {"": ["mail"]}
        assert checked(alone, None, kind)["reads"] == {"": []}
    else:
        answer = of(f"SELECT {text} AS x, {alone} AS y FROM raw", KNOWN)
        assert (answer["reads"], answer["lineage"]) == ({"raw": ["mail"]}, {"x": ["raw.mail"], "y": []})
