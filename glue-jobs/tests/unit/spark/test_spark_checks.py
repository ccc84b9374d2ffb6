"""Whatever the values and the rules, Spark finds the rows that DuckDB finds: the same ones, not only as many."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pyspark.sql import functions as F

from mesh_jobs.adapters.duckdb import checks as duckdb_checks
from mesh_jobs.adapters.duckdb import measure as duckdb_measure
from mesh_jobs.adapters.duckdb.session import Relation
from mesh_jobs.adapters.duckdb.session import Session as DuckSession
from mesh_jobs.adapters.duckdb.types import text
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.adapters.spark import checks as spark_checks
from mesh_jobs.adapters.spark import figures
from mesh_jobs.adapters.spark import measure as spark_measure
from mesh_jobs.adapters.spark.rows import Rows
from mesh_jobs.adapters.spark.session import Session as SparkSession
from mesh_jobs.domain.errors import BadInput
from mesh_jobs.domain.plan import QualityRule, Table
from support.odd_values import COLUMNS, TEXTS
from support.plans import check, document, table
from support.spark import spark

pytestmark = pytest.mark.usefixtures("quick")

ROWS = 120


@dataclass
class Both:
    duck: DuckSession
    relation: Relation
    spark: SparkSession
    rows: Rows


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """One table on both engines: every odd value of every column, beside any other."""
    folder = tmp_path_factory.mktemp("checks")
    dice = random.Random(5)
    lists = {c: [values[i % len(values)] for i in range(ROWS)] for c, (_, values) in COLUMNS.items()}
    for values in lists.values():
        dice.shuffle(values)
    duck = DuckSession(folder / "duck", b"k" * 32, threads=1)
    types = ", ".join(f'"{c}" {t}' for c, (t, _) in COLUMNS.items())
    duck.run(f"CREATE TABLE given (id INTEGER, {types})")
    for n in range(ROWS):
        values = ", ".join(lists[c][n] for c in COLUMNS)
        duck.run(f"INSERT INTO given VALUES ({n}, {values})")
    path = folder / "rows.parquet"
    duck.run(f"COPY given TO {text(str(path))} (FORMAT parquet)")
    session = SparkSession(spark(), (folder / "spark").as_uri(), b"k" * 32)
    frame = spark().read.option("datetimeRebaseMode", "CORRECTED").parquet(str(path)).cache()
    yield Both(duck, duck.relation("SELECT * FROM given"), session, Rows(frame))
    session.close()
    frame.unpersist()
    duck.close()


def arguments(dice: random.Random, column: str) -> list[dict[str, Any]]:
    """Arguments of `invalidValues` that mean something for a column."""
    type_, values = COLUMNS[column]
    if type_.endswith("]"):
        return [
            {"minItems": 1},
            {"maxItems": 1},
            {"uniqueItems": True},
            {"minItems": 1, "maxItems": 2, "uniqueItems": False},
        ]
    written = [w for v in values if v != "NULL" and (w := v.strip("'")) != ""]
    some = [dice.sample(written, min(len(written), n)) for n in (1, 2, 5, 20)]
    if column == "word":
        texts = [t for t in TEXTS if t is not None]
        return [
            *({"validValues": dice.sample(texts, n)} for n in (1, 5, 20)),
            {"validValues": [1.5, True, "a"]},
            *({k: n} for k in ("minLength", "maxLength") for n in (0, 1, 2, 3, 7, 299, 300)),
            *({"format": f} for f in ("email", "uuid", "uri", "ipv4", "ipv6", "hostname")),
        ]
    if type_ == "BOOLEAN":
        return [{"validValues": [True]}, {"validValues": ["false", "maybe"]}]
    found: list[dict[str, Any]] = [{"validValues": s} for s in some]
    bounds: Sequence[Any] = written
    if type_ not in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        plain = [float(w) if "." in w or "e" in w else int(w) for w in written if w[-1].isdigit()]
        bounds = [*plain, 0.5, -0.5, 1e30, -1e30, 1e300, 0.1, 0.07, 2**63, 9007199254740992]
        found += [{"validValues": [0, 1.5, 0.1, "0.30", "x", 1e300, *plain[:3]]}, {"validValues": list(range(15))}]
        found += [{"multipleOf": m} for m in (2, 0.1, 0.05, 0.07, 3, 1e-7, 1e30, 2.5, 1e-12)]
    elif type_ != "DATE":
        bounds = [w.replace(" ", "T") + "Z" for w in written] + ["2024-02-29T01:00:00+01:00", "2024-02-29"]
        found += [{"validValues": bounds}]
    for k in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        found += [{k: b} for b in dice.sample(bounds, min(len(bounds), 7))]
    return found


def rules() -> list[QualityRule]:
    dice = random.Random(7)
    drafts: list[tuple[str, list[str], dict[str, Any]]] = []
    for column, (type_, values) in COLUMNS.items():
        drafts.append(("nullValues", [column], {}))
        if not type_.endswith("]"):
            written = [v.strip("'") for v in values if v != "NULL"]
            for n in (1, 3, 15):
                listed = dice.sample(written, min(n, len(written)))
                drafts.append(("missingValues", [column], {"missingValues": [*listed, "", "N/A", -1]}))
            drafts.append(("missingValues", [column], {"missingValues": [None, "N/A"]}))
        drafts += [("invalidValues", [column], a) for a in arguments(dice, column)]
    drafts += [("nullValues", ["word", "small"], {}), ("invalidValues", ["small", "large"], {"minimum": 0})]
    made = [{**check("given", m, c, arguments=a), "id": f"rule.{n}"} for n, (m, c, a) in enumerate(drafts)]
    return list(tabled(made).checks)


def tabled(checks: list[dict[str, Any]], **more: Any) -> Table:
    return plan_from_json(document([], [table("given", "silver", ["rows"], checks=checks, **more)])).tables[0]


def told(rule: QualityRule) -> str:
    return f"{rule.metric} {','.join(rule.columns)} {rule.arguments}"


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.soak)])
def test_the_same_rows_break_the_same_rules(both: Both, every: int) -> None:
    made = rules()[::every]
    sql = ", ".join(f"{duckdb_checks.breaks(r, both.relation.types)} AS r{n}" for n, r in enumerate(made))
    duck = both.duck.all(f"SELECT id, {sql} FROM {both.relation.at} ORDER BY id")
    types = {f.name: f.dataType for f in both.rows.frame.schema}
    flags = [spark_checks.breaks(r, types).alias(f"r{n}") for n, r in enumerate(made)]
    found = sorted(tuple(row) for row in both.rows.frame.select("id", *flags).collect())
    names = list(COLUMNS)
    shown = ", ".join(f'CAST("{c}" AS VARCHAR)' for c in names)
    values = both.duck.all(f"SELECT {shown} FROM {both.relation.at} ORDER BY id")
    differ = [
        f"{told(r)}: {[values[i][names.index(c)] for c in r.columns]!r} {duck[i][n + 1]}, on Spark {found[i][n + 1]}"
        for n, r in enumerate(made)
        for i in range(ROWS)
        if duck[i][n + 1] is not found[i][n + 1]
    ]
    assert differ == []
    assert len(made) > 400 / every
    # A rule that every row keeps or breaks shows little; most do neither.
    telling = [n for n in range(len(made)) if len({row[n + 1] for row in duck}) == 2]
    assert len(telling) > len(made) * 0.7


@pytest.mark.parametrize("type_", ["DOUBLE", "FLOAT"])
def test_nought_is_in_a_list_twice_where_it_is_once_with_a_minus(both: Both, type_: str) -> None:
    (rule,) = tabled([check("given", "invalidValues", ["ratios"], arguments={"uniqueItems": True})]).checks
    lists = {"CAST('0.0' AS {0}), CAST('-0.0' AS {0})": True, "CAST('0.0' AS {0}), CAST('NaN' AS {0}), NULL": False}
    for items, repeats in lists.items():
        items = items.format(type_)
        sql = duckdb_checks.breaks(rule, {"ratios": f"{type_}[]"})
        assert both.duck.all(f"SELECT {sql} FROM (SELECT [{items}] AS ratios)") == [(repeats,)]
        frame = spark().sql(f"SELECT array({items}) AS ratios")
        found = frame.select(spark_checks.breaks(rule, {"ratios": frame.schema["ratios"].dataType})).collect()
        assert [tuple(row) for row in found] == [(repeats,)]


def test_counts_and_keys_are_the_same(both: Both) -> None:
    keys = [["word"], ["flag"], ["huge"], ["ratio"], ["words"], ["word", "small"], ["ratio", "single", "local"], ["id"]]
    drafts = [{**check("given", "duplicateValues", k), "id": f"key.{n}"} for n, k in enumerate(keys)]
    drafts.append(check("given", "rowCount", []))
    drafts += [check("given", "freshness", [c], unit="seconds") for c in ("day", "at", "local")]
    made = [*rules()[::9], *tabled(drafts).checks]
    whole = tabled(drafts)
    duck = duckdb_measure.measure_stored(both.duck, whole, both.relation, made)
    found = spark_measure.measure_stored(both.spark, whole, both.rows, made)
    assert [(m.rule, m.rows, m.failing, m.value) for m in found] == [(m.rule, m.rows, m.failing, m.value) for m in duck]
    assert next(m.failing for m in found if m.rule == f"key.{keys.index(['id'])}") == 0
    newest = {m.rule: m.value for m in found if m.rule.endswith("freshness")}
    last = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
    assert newest["given.day.freshness"] == last
    assert newest["given.at.freshness"] == newest["given.local.freshness"] == pytest.approx(last + 86400, abs=1e-4)
    assert next(m.failing for m in found if m.rule == f"key.{keys.index(['flag'])}") == ROWS * 2 // 3 - 2


@pytest.mark.ci
def test_keys_are_compared_themselves_where_hashes_are_the_same(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = (("word",), ("word", "small"), ("id",), ("large", "id"))
    honest = figures.repeated_rows(both.spark, both.rows.frame, keys)
    monkeypatch.setattr(F, "xxhash64", lambda *columns: F.length(columns[0].cast("string")).cast("long"))
    assert figures.repeated_rows(both.spark, both.rows.frame, keys) == honest
    assert (honest[0] > 0, honest[2:]) == (True, [0, 0])


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_a_query_reads_the_table_by_either_name_as_it_is_written(both: Both, engine: str) -> None:
    def measured(query: str, **more: Any) -> float | None:
        text = {"text": query, "digest": "sha256:" + "0" * 64}
        made = tabled([check("given", "sql", [], query=text)], **more)
        if engine == "duckdb":
            return duckdb_measure.measure_stored(both.duck, made, both.relation, made.checks)[0].value
        return spark_measure.measure_stored(both.spark, made, both.rows, made.checks)[0].value

    assert measured("with x as (select id from ${table}) select count(*) from x join given using (id) -- all") == ROWS
    assert measured("select max(id) from ${table} where id < 0") is None
    assert measured("select avg(cast(id as double)) from ${table} order by 1;") == (ROWS - 1) / 2
    with pytest.raises(BadInput, match=r"table given: check given.*.sql does not give a number"):
        measured("select 'many' from ${table}")
    with pytest.raises(BadInput, match=r"table given: check given.*.sql"):
        measured("select count(nothing) from ${table}")
    with pytest.raises(BadInput, match=r"table given: check given.*.sql") as hidden:
        measured("select sum(cast(word as int)) from ${table}", protected=[{"name": "word", "masking": "hash"}])
    assert "'" not in str(hidden.value), "no value is shown"
