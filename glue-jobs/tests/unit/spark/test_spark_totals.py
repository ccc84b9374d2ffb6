"""Queries that are totals of a table are reckoned in the scan of its other checks, to the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame

from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.spark.measure import measure_stored
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session
from mesh_jobs.adapters.spark.totals import total_of
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import Table
from support.plans import check, document, table
from support.spark import spark

pytestmark = pytest.mark.usefixtures("quick")

ALONG = [
    "SELECT count(*) FROM ${table}",
    "select count(*) as n from ${table} where origin = destination",
    "SELECT count(1) FROM flights AS f WHERE (miles > 100) OR NOT (late IS NULL AND day < DATE'2024-01-02')",
    "SELECT sum(miles) - max(late) FROM ${table} t WHERE miles IN (100, 200)",
    "SELECT sum(miles) / count(late) FROM ${table};",
    "SELECT CAST(max(day) AS STRING) = '2024-01-03' FROM ${table} WHERE origin LIKE 'A%'",
    "SELECT 100.0 * count_if(late > 5) / count(*) FROM ${table} -- a share",
    "SELECT min(length(trim(BOTH ' ' FROM origin))) FROM ${table} WHERE extract(DAY FROM day) BETWEEN 1 AND 2",
    "SELECT sum(place.lat) FROM ${table} WHERE place.lat IS NOT NULL",
    "SELECT avg(CASE WHEN origin = 'A' THEN 1 ELSE 0 END) FROM ${table} WHERE miles > 100000",
    "SELECT coalesce(sum(miles), 0) FROM ${table} WHERE false",
    "SELECT CASE WHEN count(late) > 1 THEN max(late) ELSE 0 END FROM ${table} WHERE late > 3",
    "SELECT sum(size(filter(array(miles, late), x -> x > 100))) FROM ${table} WHERE late > 0",
    "SELECT bool_and(miles > 0) FROM ${table} WHERE `origin` <=> destination",
]
ALONE = [
    "SELECT count(DISTINCT origin) FROM ${table}",
    "SELECT percentile(miles, 0.5) FROM ${table}",
    "SELECT size(collect_list(miles)) FROM ${table}",
    "SELECT max(n) FROM (SELECT count(*) AS n FROM ${table} GROUP BY origin)",
    "SELECT count(*) FROM ${table} GROUP BY day IS NULL HAVING min(day) IS NULL",
    "SELECT max(miles) OVER () FROM ${table}",
    "SELECT count(*) FROM ${table} HAVING count(*) > 0",
    "SELECT count(*) FROM ${table} ORDER BY 1",
    "SELECT count(*) FROM ${table} LIMIT 1",
    "SELECT count(*) FROM ${table} WHERE miles = (SELECT max(miles) FROM ${table})",
    "SELECT count(*) FROM ${table} a JOIN ${table} b USING (origin)",
    "SELECT count(*) FROM ${table} UNION ALL SELECT 1",
    "SELECT max(miles) FROM ${table} WHERE EXISTS (SELECT 1 FROM ${table})",
    "WITH x AS (SELECT * FROM ${table}) SELECT count(*) FROM x",
    "SELECT count(f.miles) FROM ${table} AS f",
    "SELECT count(flights.miles) FROM flights",
    "SELECT sum(miles) FILTER (WHERE late > 0) FROM ${table}",
    "SELECT count(*), 1 FROM ${table}",
    "SELECT count(struct(*)) FROM ${table}",
    "SELECT 1 FROM ${table} WHERE miles = 100 AND late = 5",
    "SELECT count(*) FROM (SELECT explode(array(1, 2)) FROM ${table})",
]
WRONG = [
    "SELECT count(nothing) FROM ${table}",
    "SELECT count(*) FROM ${table} WHERE count(*) > 1",
    "SELECT sum(miles FROM ${table}",
    "SELECT nothing(miles) FROM ${table}",
    "SELECT sum(miles) / sum(late - late) FROM ${table}",
    "SELECT max(1 / (late - 5)) FROM ${table} WHERE late = 5",
    "SELECT origin + max(miles) FROM ${table}",
]
ROWS = """
    ('A', 'B', 100, 5, DATE'2024-01-01', named_struct('lat', 1.5D)),
    ('A', 'A', 200, CAST(NULL AS INT), DATE'2024-01-02', named_struct('lat', CAST(NULL AS DOUBLE))),
    (' B', NULL, 300, 7, DATE'2024-01-03', NULL),
    (NULL, NULL, CAST(NULL AS INT), 2, NULL, named_struct('lat', -0.5D))
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    opened = Session(spark(), tmp_path.as_uri(), b"k" * 32)
    yield opened
    opened.close()


@pytest.fixture
def rows() -> Rows:
    return Rows(spark().sql(f"SELECT * FROM VALUES {ROWS} AS v(origin, destination, miles, late, day, place)"))


def flights(*queries: str) -> Table:
    checks = [
        check("flights", "sql", [], query={"text": q, "digest": "sha256:" + "0" * 64}, id=f"query {n}")
        for n, q in enumerate(queries)
    ]
    return plan_from_json(document([], [table("flights", "gold", ["rows"], checks=checks, columns=[])])).tables[0]


def alone(session: Session, rows: Rows, query: str) -> float | None:
    """What a query gives that nothing is reckoned beside."""
    at = session.view(rows.frame)
    text = query.replace("${table}", at).replace("flights", at).rstrip(";")
    found = spark().sql(text).collect()
    return None if found[0][0] is None else float(found[0][0])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[DataFrame]:
    """The frames of which Spark computes something."""
    found: list[DataFrame] = []
    collect = DataFrame.collect

    def spy(self: DataFrame) -> Any:
        found.append(self)
        return collect(self)

    monkeypatch.setattr(DataFrame, "collect", spy)
    return found


def test_totals_are_reckoned_in_one_scan(session: Session, rows: Rows, asked: list[DataFrame]) -> None:
    expected = [alone(session, rows, q) for q in ALONG]
    asked.clear()
    made = flights(*ALONG)
    found = measure_stored(session, made, rows, made.checks)
    assert [m.value for m in found] == expected
    assert len(asked) == 1
    assert len(set(expected)) > 6, "they tell something"


def test_other_queries_are_asked_as_they_are_written(session: Session, rows: Rows, asked: list[DataFrame]) -> None:
    made = flights(*ALONE)
    found = measure_stored(session, made, rows, made.checks)
    assert [m.value for m in found] == [alone(session, rows, q) for q in ALONE]
    assert all(m.value is not None for m in found)
    assert len(asked) > len(ALONE)


def test_each_of_them_is_no_total(session: Session, rows: Rows) -> None:
    texts = [q.replace("${table}", "checked") for q in ALONE]
    assert [q for q in texts if total_of(session, q, ("checked", "flights"), rows.frame.columns) is not None] == []


@pytest.mark.parametrize("wrong", WRONG)
def test_what_fails_is_told_of_its_own_check(session: Session, rows: Rows, wrong: str) -> None:
    made = flights(ALONG[0], wrong, ALONG[1])
    with pytest.raises(BadInput, match="table flights: check query 1"):
        measure_stored(session, made, rows, made.checks)
