"""All checks of a table are one scan beside those of its keys, on both engines: the contracts of the aviation mesh.
Queries go along on Spark, but for those that group, and have a look of their own each on DuckDB, which reads no column
that they do not name; so has, in a large table, each column of few texts. Relationships have a look of their own on
both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from mesh_jobs.adapters.duckdb import measure as duckdb_measure
from mesh_jobs.adapters.duckdb.session import SMALL_INPUT
from mesh_jobs.adapters.duckdb.session import Session as DuckSession
from mesh_jobs.adapters.duckdb.types import duckdb_type, name
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.spark import measure as spark_measure
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session as SparkSession
from mesh_jobs.adapters.spark.sources import read_source
from mesh_jobs.adapters.spark.types import spark_type
from mesh_jobs.domain.measuring import plan_measuring
from mesh_jobs.domain.plan import FileFormat, FileSource, QualityRule, Table
from mesh_jobs.domain.quality import Measurement
from mesh_jobs.domain.table import Field
from support.plans import check, document, table
from support.spark import spark

AVIATION = json.loads((Path(__file__).parents[2] / "fixtures" / "checks" / "aviation.json").read_text("utf-8"))
TABLES = [pytest.param(t, id=f"{product}.{t['name']}") for product, ts in AVIATION.items() for t in ts]
#: Two of them, and the others in the soak.
ON_SPARK = [*TABLES[:2], *(pytest.param(*t.values, id=t.id, marks=pytest.mark.soak) for t in TABLES[2:])]


def planned(given: dict[str, Any]) -> tuple[Table, tuple[QualityRule, ...]]:
    made = table(given["name"], "gold", ["rows"], primaryKey=given["primaryKey"], checks=given["checks"], columns=[])
    found = plan_from_json(document([], [made])).tables[0]
    return found, tuple(c for c in found.checks if c.metric != "foreignKey")


def keys(checks: Sequence[QualityRule]) -> int:
    return sum(c.metric == "duplicateValues" for c in checks)


def queries(checks: Sequence[QualityRule]) -> list[str]:
    return [c.query or "" for c in checks if c.metric == "sql"]


def answered(found: Sequence[Measurement], checks: Sequence[QualityRule]) -> None:
    assert [m.rule for m in found] == [c.id for c in checks]
    assert len(checks) > 8


def reads(plan: Any) -> list[str]:
    """What a physical plan reads, and what is read to keep what it reads."""
    leaves = plan.collectLeaves()
    found: list[str] = []
    for leaf in (leaves.apply(i) for i in range(leaves.size())):
        kept = leaf.nodeName() == "InMemoryTableScan"
        # The planner that adapts shows nothing below itself.
        found += reads(leaf.relation().cachedPlan().inputPlan()) if kept else [leaf.nodeName()]
    return found


@pytest.mark.parametrize("given", ON_SPARK)
def test_spark_looks_once_for_all_checks_and_once_for_all_keys(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made, checks = planned(given)
    asked: list[list[str]] = []
    collect = DataFrame.collect

    def spy(self: DataFrame) -> Any:
        asked.append(reads(self._jdf.queryExecution().sparkPlan()))
        return collect(self)

    session = SparkSession(spark(), tmp_path.as_uri(), b"k" * 32)
    cells = [F.lit(None).cast(spark_type(t)).alias(c) for c, t in given["columns"].items()]
    monkeypatch.setattr(DataFrame, "collect", spy)
    found = spark_measure.measure_stored(session, made, Rows(spark().range(0).select(*cells)), checks)
    session.close()
    answered(found, checks)
    assert keys(checks) > 0
    grouping = [["Range"] for q in queries(checks) if "GROUP BY" in q]
    assert asked == [["Range"], ["Range"], *grouping], "queries, and what the physical plan of each reads"


def test_spark_needs_no_python_for_a_source_without_files(tmp_path: Path) -> None:
    fields = (Field("order_id", "string"), Field("a.b", "decimal(10, 2)"))
    session = SparkSession(spark(), tmp_path.as_uri(), b"k" * 32)
    rows = read_source(session, FileSource("shop", "orders/", FileFormat("csv"), fields), [], frozenset()).frame
    session.close()
    assert [f.simpleString() for f in rows.schema][:2] == ["order_id:string", "a.b:decimal(10,2)"]
    assert reads(rows._jdf.queryExecution().sparkPlan()) == ["Range"]


#: Bytes of a table, how many different texts it has in each column, and whether they are counted by value.
SIZES = [
    pytest.param(SMALL_INPUT - 1, 5, False, id="small"),
    pytest.param(SMALL_INPUT, 5, True, id="large, of few texts"),
    pytest.param(SMALL_INPUT, 5000, False, id="large, of many texts"),
]


@pytest.mark.parametrize(("size", "texts", "by_value"), SIZES)
@pytest.mark.parametrize("given", TABLES)
def test_duckdb_looks_once_for_all_checks_and_once_for_each_key_and_for_each_column_of_few_texts_in_a_large_table(
    given: dict[str, Any], size: int, texts: int, by_value: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made, checks = planned(given)
    session = DuckSession(tmp_path, b"k" * 32, threads=1)
    types = {c: duckdb_type(t) for c, t in given["columns"].items()}
    cells = (f"CAST({'i' if t == 'VARCHAR' else 'NULL'} AS {t}) AS {name(c)}" for c, t in types.items())
    session.run(f"CREATE TABLE given AS SELECT {', '.join(cells)} FROM range({texts}) AS r(i)")
    relation = session.relation("SELECT * FROM given", size=size)
    asked: list[str] = []
    first = DuckSession.first

    def spy(self: DuckSession, sql: str) -> Any:
        asked.append(sql)
        return first(self, sql)

    monkeypatch.setattr(DuckSession, "first", spy)
    found = duckdb_measure.measure_stored(session, made, relation, checks)
    session.close()
    answered(found, checks)
    looked = [sql for sql in asked if " LIMIT " not in sql]
    of_texts = {c.columns for c in checks if c.metric == "invalidValues" and types[c.columns[0]] == "VARCHAR"}
    assert len(looked) == 1 + keys(checks) + len(queries(checks)) + (len(of_texts) if by_value else 0)
    # Which columns have few texts is seen in the first rows of a large table.
    assert len(asked) - len(looked) == (size == SMALL_INPUT and len(of_texts) > 0)


@pytest.mark.parametrize("metric", ["nullValues", "invalidValues", "duplicateValues"])
def test_what_two_checks_ask_is_asked_once(metric: str) -> None:
    limits = {"maximum": 5} if metric == "invalidValues" else {}
    strict = check("t", metric, ["a"], arguments=limits, id="strict")
    loose = check(
        "t", metric, ["A"], arguments=limits, id="loose", operator="mustBeLessThan", threshold=[5], unit="percent"
    )
    other = check("t", metric, ["b"], arguments=limits, id="other")
    made = plan_from_json(document([], [table("t", "silver", ["rows"], checks=[strict, loose, other])])).tables[0]
    plan = plan_measuring(made.checks)
    assert [c.id for c in (*plan.conditions, *plan.keys)] == ["strict", "other"]
    found = plan.measurements(10, {"strict": 3, "other": 4})
    assert [(m.rule, m.rows, m.failing) for m in found] == [("strict", 10, 3), ("loose", 10, 3), ("other", 10, 4)]
