"""Which columns of its tables a query gives as they are, and under which names: what is worked out from one, counts it
or takes one of its values is another column."""

from __future__ import annotations

import pytest

from support.sql_checks import checked

PEOPLE = {"people": ["id", "dept", "ssn", "salary", "home"], "staff": ["id", "ssn"]}


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("SELECT dept AS department, P.SSN FROM people p", {"department": ["people.dept"], "SSN": ["people.ssn"]}),
        ("SELECT (ssn) AS s, avg(salary) AS m FROM people GROUP BY ssn", {"s": ["people.ssn"], "m": []}),
        ("SELECT count(DISTINCT ssn) AS n, max(ssn) AS ssn FROM people", {"n": [], "ssn": []}),
        (
            "SELECT CAST(ssn AS STRING) AS ssn, home.zip AS zip, p.home.zip AS z FROM people p",
            {"ssn": [], "zip": [], "z": []},
        ),
        ("SELECT q.salary FROM (SELECT avg(salary) AS salary FROM (SELECT * FROM people) x) q", {"salary": []}),
        (
            "WITH q(salary, s) AS (SELECT avg(salary), min(ssn) FROM people) SELECT salary, s AS ssn FROM q",
            {"salary": [], "ssn": []},
        ),
        ("SELECT a, b FROM (SELECT dept, upper(ssn) FROM people) AS q(a, b)", {"a": ["people.dept"], "b": []}),
        (
            "SELECT dept AS d, ssn AS s FROM people UNION ALL SELECT id, upper(ssn) FROM staff",
            {"d": ["people.dept", "staff.id"], "s": ["people.ssn"]},
        ),
        ("SELECT dept FROM people WHERE ssn IN (SELECT ssn FROM staff)", {"dept": ["people.dept"]}),
        ("SELECT (SELECT s.ssn FROM staff s WHERE s.id = p.id) AS ssn FROM people p", {"ssn": ["staff.ssn"]}),
        (
            "SELECT (SELECT max(s.ssn) FROM staff s) AS ssn, ((SELECT id FROM staff)) AS i FROM people",
            {"ssn": [], "i": ["staff.id"]},
        ),
        (
            "SELECT (SELECT ssn FROM staff UNION ALL SELECT upper(ssn) FROM people) AS s FROM people",
            {"s": ["staff.ssn"]},
        ),
        ("SELECT concat((SELECT ssn FROM staff), 'x') AS s FROM people", {"s": []}),
        ("SELECT ssn AS s, upper(s) AS t FROM people", {"s": ["people.ssn"], "t": []}),
    ],
)
def test_what_is_given_as_it_is_is_told_apart(text: str, plain: dict[str, list[str]]) -> None:
    answer = checked(text, list(PEOPLE), columns=PEOPLE)
    assert answer["problems"] == []
    assert answer["plain"] == plain


def test_what_may_be_given_as_it_is_is_told_as_well() -> None:
    answer = checked("SELECT ssn, upper(id) AS i, (SELECT s.ssn FROM staff s) AS t FROM people, staff", list(PEOPLE))
    assert answer["plain"] == {"ssn": ["people.ssn", "staff.ssn"], "i": [], "t": ["staff.s", "staff.ssn"]}
    assert answer["perhaps"]["ssn"] == ["people.ssn", "staff.ssn"]


def test_what_a_star_gives_is_as_it_is() -> None:
    assert checked("SELECT * FROM people", ["people"])["plain"] == {"*": ["people.*"]}
    answer = checked("SELECT *, upper(ssn) AS own FROM people", ["people"])
    assert answer["plain"] == {"*": ["people.*"], "own": []}
    assert checked("SELECT * FROM (SELECT *, upper(ssn) AS own FROM people) q", ["people"], columns=PEOPLE)[
        "plain"
    ] == {
        "id": ["people.id"],
        "dept": ["people.dept"],
        "ssn": ["people.ssn"],
        "salary": ["people.salary"],
        "home": ["people.home"],
        "own": [],
    }
