"""AWS's own evaluator of DQDL gives the verdicts of our engines to the rulesets that contracts are compiled to."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import types as t

from mesh_jobs.adapters.duckdb.engine import DuckDbEngine
from mesh_jobs.adapters.duckdb.measure import measure_stored as measured_by_duckdb
from mesh_jobs.adapters.duckdb.session import Relation
from mesh_jobs.adapters.iceberg.tables import LocalTables
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.spark.measure import measure_stored as measured_by_spark
from mesh_jobs.adapters.spark.rows import Rows as SparkRows
from mesh_jobs.adapters.spark.session import Session as SparkSession
from mesh_jobs.adapters.spark.types import spark_type
from mesh_jobs.adapters.sql.spark_types import written
from mesh_jobs.domain.quality import Measurement, evaluate
from mesh_jobs.domain.table import Field
from support.bench import KEY
from support.plans import document, source, table
from support.spark import spark

pytestmark = [pytest.mark.usefixtures("quick"), pytest.mark.ci]

FIXTURES = Path(__file__).parents[1] / "fixtures" / "dqdl"
GIVEN = json.loads((FIXTURES / "checks.json").read_text(encoding="utf-8"))
RULES: list[dict[str, str]] = json.loads((FIXTURES / "ruleset.json").read_text(encoding="utf-8"))["rules"]

FIELDS = tuple(Field(name, written(type_) or "string") for name, type_ in GIVEN["types"].items())
_TEXTS = [None, "", "a", "b", "é", "it's", "a\\b", 'say "x"', "12", "x@y.de", "n/a", "😀", "A b", "\n", "$"]
VALUES: dict[str, list[Any]] = {
    "s": _TEXTS,
    "i": [None, 0, 1, -1, 10, 7, 5, 2**31 - 1, -(2**31)],
    "l": [None, 0, 2**53, -(2**63), 2**63 - 1],
    "d": [None, 0.0, -0.0, 0.1, 0.3, 1.5, -2.5, 1e300, math.nan, math.inf, -math.inf],
    "f": [None, 0.0, 0.5, 0.10000000149011612, -1.0],
    "m": [None, *map(Decimal, ("0.00", "0.01", "1.50", "99.99", "100.00", "-0.05", "9999999999.99"))],
    "b": [None, True, False],
    "dt": [None, date(1900, 1, 1), date(1969, 12, 31), date(2024, 2, 29), date(2024, 3, 1), date(9999, 12, 31)],
    "ts": [None, datetime(2024, 2, 29, 12), datetime(2024, 2, 29, 11, 59, 59, 999999), datetime(1970, 1, 1)],
    "tz": [None, datetime(2024, 2, 29, 10, tzinfo=UTC), datetime(2024, 2, 29, 10, 0, 0, 1, tzinfo=UTC)],
    "li": [None, [], [1], [1, 1], [1, None, None], [3, 2, 1]],
    "ls": [None, [], [0.0, -0.0], [math.nan, math.nan], [1.0, None, None], [0.1, 0.2]],
    "odd `name": _TEXTS,
}
Rows = list[dict[str, Any]]


def generated(count: int, seed: int, nulls: bool = True) -> Rows:
    pick = random.Random(seed)
    return [{c: pick.choice(v if nulls else v[1:]) for c, v in VALUES.items()} for _ in range(count)]


DATA = {
    "no rows": [],
    "one row of nulls": [dict.fromkeys(VALUES)],
    "one row": generated(1, 1, nulls=False),
    "the same row twice": generated(1, 2, nulls=False) * 2,
    "five rows": generated(5, 3),
    "six rows without nulls": generated(6, 4, nulls=False),
    "three rows": generated(3, 9),
    "fifty rows": generated(50, 5),
}
#: Each rule is a query of its own to the evaluator, so at every change it is asked about these rows only, and about
#: one rule for each metric and type of column.
SHORT = ("no rows", "one row of nulls", "five rows")
_KINDS = {c["id"]: (c["metric"], *(GIVEN["types"][x] for x in c["columns"])) for c in GIVEN["checks"]}
ONE_OF_EACH = list({_KINDS[r["check"]]: r for r in RULES}.values())


#: A table of a plan with all checks that only need its rows.
TABLE = plan_from_json(
    document(
        [source("raw", None)],
        [
            table(
                "orders",
                "gold",
                ["raw"],
                checks=[c for c in GIVEN["checks"] if c["metric"] not in ("foreignKey", "freshness")],
            )
        ],
    )
).tables[0]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDbEngine]:
    folder = tmp_path_factory.mktemp("dqdl")
    found = DuckDbEngine(LocalTables(folder / ".mesh"), folder / "work", KEY, threads=1)
    yield found
    found.close()


def of_duckdb(engine: DuckDbEngine, rows: Rows) -> dict[str, bool]:
    """By check."""
    relation = engine.from_rows(FIELDS, rows)
    assert isinstance(relation, Relation)
    return verdicts(measured_by_duckdb(engine._session, TABLE, relation, TABLE.checks))


def of_spark(folder: Path, frame: DataFrame) -> dict[str, bool]:
    """By check."""
    session = SparkSession(spark(), folder.as_uri(), KEY)
    found = verdicts(measured_by_spark(session, TABLE, SparkRows(frame), TABLE.checks))
    session.close()
    return found


def verdicts(measurements: Sequence[Measurement]) -> dict[str, bool]:
    found = {m.rule: m for m in measurements}
    each = ((c, found[c.id]) for c in TABLE.checks)
    return {c.id: evaluate("orders", c, m.rows, m.failing, m.value).passed for c, m in each}


@contextmanager
def given_to_spark(rows: Rows) -> Iterator[DataFrame]:
    schema = t.StructType([t.StructField(f.name, spark_type(f.type)) for f in FIELDS])
    frame = spark().createDataFrame([tuple(row[f.name] for f in FIELDS) for row in rows], schema).coalesce(1)
    frame.cache()
    yield frame
    frame.unpersist()


def of_the_evaluator(frame: DataFrame, rules: Sequence[dict[str, str]]) -> dict[str, bool]:
    """By check; the answers come in an order of their own, with the rules' texts."""
    frame.createOrReplaceTempView("primary")
    text = "Rules = [" + ",\n".join(r["rule"] for r in rules) + "]"
    jvm: Any = spark()._jvm
    answer = DataFrame(jvm.com.amazon.deequ.dqdl.EvaluateDataQuality.process(frame._jdf, text), spark())
    outcomes = {row["Rule"].lower(): row["Outcome"] == "Passed" for row in answer.collect()}
    spark().catalog.dropTempView("primary")
    return {r["check"]: outcomes[r["rule"].lower()] for r in rules}


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        *(pytest.param(n, ONE_OF_EACH, id=f"{n}, one rule of each kind") for n in SHORT),
        *(pytest.param(n, RULES, id=f"{n}, all rules", marks=pytest.mark.soak) for n in DATA),
    ],
)
def test_the_evaluator_of_aws_agrees_with_both_engines(
    engine: DuckDbEngine, tmp_path: Path, name: str, rules: list[dict[str, str]]
) -> None:
    assert len(rules) >= 30
    on_duckdb = of_duckdb(engine, DATA[name])
    with given_to_spark(DATA[name]) as frame:
        on_spark = of_spark(tmp_path, frame)
        found = of_the_evaluator(frame, rules)
    assert {c: (on_duckdb[c], on_spark[c]) for c in on_duckdb if on_duckdb[c] != on_spark[c]} == {}
    assert {c: (on_duckdb[c], found[c]) for c in found if on_duckdb[c] != found[c]} == {}


def test_nearly_all_checks_pass_for_some_of_the_data_and_fail_for_some(engine: DuckDbEngine) -> None:
    found = [of_duckdb(engine, rows) for rows in DATA.values()]
    same = [c for c in found[0] if len({v[c] for v in found}) == 1]
    # The rest is about what a type cannot hold, such as an int that is no multiple of 0.5.
    assert len(same) < len(found[0]) / 10
