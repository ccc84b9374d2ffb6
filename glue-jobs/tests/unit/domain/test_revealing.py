"""Queries of checks whose answer may be a value of a protected column."""

from __future__ import annotations

import pytest

from mesh_jobs.domain.quality import Measurement, evaluate
from mesh_jobs.domain.revealing import reveals, untold
from support.bench import check, protected, table

PAYROLL = table(protected=protected("salary", "Home address"))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT max(salary) FROM ${table}",
        "select MAX(SALARY) from ${table}",
        "SELECT avg(t.salary) - 1 FROM ${table} t",
        "SELECT max(length(`Home address`)) FROM ${table}",
        'SELECT max(length("home address")) FROM ${table}',
        "SELECT max(pay) FROM (SELECT * FROM ${table}) AS t(person, pay)",
        "SELECT max(t.pay) FROM (SELECT t.* FROM ${table} t) AS t(person, pay)",
        "SELECT count(*) * max(salary) FROM ${table}",
        "SELECT count(*) + 0, salary FROM ${table}",
        "SELECT count(*) FROM ${table} WHERE false HAVING count(*) > 0 UNION ALL SELECT max(salary) FROM ${table}",
        "WITH t AS (SELECT salary AS s FROM ${table}) SELECT max(s) FROM t",
        "SELECT (SELECT salary FROM ${table} LIMIT 1) FROM ${table} LIMIT 1",
    ],
)
def test_one_that_may_give_a_value_is_not_told(query: str) -> None:
    assert reveals(PAYROLL, check("sql", query=query))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM ${table} WHERE salary < 0",
        "SELECT count(DISTINCT salary) AS pays FROM ${table}",
        "SELECT COUNT(CASE WHEN `Home address` = ')' THEN 1 END) n FROM ${table}",
        "SELECT sum(hours) * 2 FROM ${table}",
        "SELECT max(hours) FROM ${table} WHERE (SELECT count(*) FROM ${table}) > 1",
    ],
)
def test_one_that_counts_or_is_of_other_columns_is_told(query: str) -> None:
    assert not reveals(PAYROLL, check("sql", query=query))


def test_nothing_is_untold_where_nothing_is_protected() -> None:
    assert not reveals(table(), check("sql", query="SELECT max(salary) FROM ${table}"))


def test_what_is_left_is_whether_the_check_holds() -> None:
    rule = check("sql", id="payroll.top", query="SELECT max(salary) FROM ${table}")
    paid = table(protected=protected("salary"), checks=(rule,))
    for value, holds in ((654321.0, False), (0.0, True), (None, False), (float("nan"), False)):
        (found,) = untold(paid, untold(paid, [Measurement("payroll.top", 3, None, value)]))
        assert (found.value, found.holds) == (None, holds)
        result = evaluate("payroll", rule, found.rows, found.failing, found.value, holds=found.holds)
        assert (result.passed, result.measured, result.to_json()["told"]) == (holds, None, False)
        assert "measured of protected values, so not shown, mustBe 0" in result.sentence()
