"""The portable SQL gives Spark's answers on DuckDB. The cases are data, for other engines to be held to as well."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mesh_jobs.adapters.sql.macros import MACROS
from mesh_jobs.adapters.sql.problems import SqlRefused
from mesh_jobs.adapters.sql.translate import translate_expression

FIXTURES = Path(__file__).parents[2] / "fixtures" / "sql"
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['sql']}")
    for file in sorted(FIXTURES.glob("*.json"))
    for case in json.loads(file.read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(";".join(MACROS))
    yield connection
    connection.close()


def plain(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, Decimal | date | datetime):
        return str(value)
    return [plain(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", CASES)
def test_an_expression_means_what_it_means_to_spark(case: dict[str, Any], db: duckdb.DuckDBPyConnection) -> None:
    if "refused" in case:
        with pytest.raises(SqlRefused) as refused:
            translate_expression(case["sql"])
        assert case["refused"].lower() in f"{refused.value} {refused.value.remedy}".lower()
        return
    query = f"SELECT {translate_expression(case['sql'])}"
    if "error" in case:
        with pytest.raises(duckdb.Error) as failed:
            db.execute(query).fetchall()
        assert case["error"].lower() in str(failed.value).lower()
        return
    row = db.execute(query).fetchone()
    assert row is not None
    found = plain(row[0])
    expected = case["value"]
    assert type(found) is type(expected)
    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)
