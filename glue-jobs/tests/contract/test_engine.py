"""Every engine keeps these promises over every table store: the ones in memory, DuckDB and Spark over Iceberg."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mesh_jobs.adapters.inmemory.engine import MemoryEngine
from mesh_jobs.adapters.inmemory.raw_zone import MemoryRawZone
from mesh_jobs.adapters.inmemory.tables import MemoryTableStore
from mesh_jobs.adapters.plan_json import plan_from_json
from mesh_jobs.domain.errors import BadInput, MeshError, PublishConflict, SchemaConflict
from mesh_jobs.domain.plan import Table, Watermark
from mesh_jobs.domain.quarantine import COLUMNS
from mesh_jobs.domain.table import Field, TableName
from mesh_jobs.domain.watermark import not_beyond, read_from
from mesh_jobs.ports.engine import Engine, Prepared, Target
from mesh_jobs.ports.table_store import Swap, TableStore
from support.plans import check, column, document, table

NOW = datetime(2030, 1, 1, 6, tzinfo=UTC)
KEY = b"k" * 32
FUNCTIONS = {
    "amount > 1": lambda row: row["amount"] is not None and row["amount"] > 1,
    "upper(channel)": lambda row: None if row["channel"] is None else row["channel"].upper(),
    "sum(amount)": lambda rows: sum((r["amount"] for r in rows if r["amount"] is not None), 0),
    "count(*)": len,
    "select id from orders where amount > 1": lambda inputs: [
        {"id": r["id"]} for r in inputs["orders"] if r["amount"] is not None and r["amount"] > 1
    ],
    "select count(*) from ${table} where amount is null": lambda rows: sum(r["amount"] is None for r in rows),
}
ORDERS = (Field("id", "string"), Field("amount", "int"), Field("channel", "string"), Field("at", "timestamptz"))


@dataclass
class Bench:
    engine: Engine
    tables: TableStore

    def prepare(self, made: Table, fields: Sequence[Field] | None = ORDERS, **inputs: list[dict[str, Any]]) -> Prepared:
        data = {
            name: self.engine.from_rows(fields if name == "orders" else None, rows) for name, rows in inputs.items()
        }
        return self.engine.prepare(made, data)

    def out(self, prepared: Prepared) -> list[dict[str, Any]]:
        return by_id(self.engine.rows(self.engine.dataset(prepared)))

    def save(self, made: Table, rows: list[dict[str, Any]], write: Any, run_id: str, **more: Any) -> Any:
        prepared = self.prepare(made, orders=rows)
        where = more.pop("at", made.physical)
        return self.engine.save(made, prepared, Target(where, write, run_id, NOW, **more))

    def stored(self, name: TableName) -> list[dict[str, Any]]:
        return by_id(self.engine.rows(self.engine.read_table(name)))


def by_id(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return sorted((dict(r) for r in rows), key=lambda r: str(r.get("id")))


@pytest.fixture(params=["memory", "duckdb", "spark", pytest.param("spark as deployed", marks=pytest.mark.soak)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "memory":
        store = MemoryTableStore()
        yield Bench(MemoryEngine(store, MemoryRawZone(), FUNCTIONS, KEY), store)
        return
    from mesh_jobs.adapters.iceberg.store import SqliteTableStore
    from mesh_jobs.adapters.iceberg.tables import LocalTables

    if request.param.startswith("spark"):
        from mesh_jobs.adapters.spark.engine import SparkEngine
        from support.spark import spark, tiny_queries

        (tmp_path / "work").mkdir()
        with tiny_queries() if request.param == "spark" else nullcontext():
            on_spark = SparkEngine(spark(), LocalTables(tmp_path / ".mesh"), (tmp_path / "work").as_uri(), KEY)
            yield Bench(on_spark, SqliteTableStore(tmp_path / ".mesh"))
            on_spark.close()
        return
    from mesh_jobs.adapters.duckdb.engine import DuckDbEngine

    engine = DuckDbEngine(LocalTables(tmp_path / ".mesh"), tmp_path / "work", KEY, threads=1)
    yield Bench(engine, SqliteTableStore(tmp_path / ".mesh"))
    engine.close()


_SPARK_IN_SOAK = pytest.mark.parametrize(
    "bench", ["memory", "duckdb", pytest.param("spark as deployed", marks=pytest.mark.soak)], indirect=True
)
#: Of rules, casts and checks of rows, for which tests/unit/spark and tests/unit/engines hold Spark against DuckDB.
COMPARED = _SPARK_IN_SOAK
#: Of writes that tests/unit/spark/test_writer asks of Spark as it is deployed, each time.
OF_THE_WRITER = _SPARK_IN_SOAK
#: Of what the table store does with tables, whoever wrote them; tests/integration/crossing has Spark write them.
OF_THE_STORE = _SPARK_IN_SOAK


def a_table(*rules: dict[str, Any], **more: Any) -> Table:
    numbered = [{**r, "id": f"clean.{n}.{r['kind']}"} for n, r in enumerate(rules)]
    made = table("clean", more.pop("layer", "silver"), more.pop("inputs", ["orders"]), rules=numbered, **more)
    return plan_from_json(document([], [made])).tables[0]


def row(id: str | None, amount: Any = None, channel: str | None = None, at: str | None = None) -> dict[str, Any]:
    return {"id": id, "amount": amount, "channel": channel, "at": at}


def losses(prepared: Prepared) -> dict[str, tuple[str, int]]:
    return {x.rule: (x.kind, x.rows) for x in prepared.measured.losses if x.rows}


# -- rules --


@COMPARED
def test_rules_change_rows_in_their_order(bench: Bench) -> None:
    made = a_table(
        {"kind": "trim", "columns": ["channel"]},
        {"kind": "lower", "columns": ["channel"]},
        {"kind": "rename", "columns": [{"from": "channel", "to": "source"}]},
        {"kind": "fillNull", "columns": [{"name": "source", "value": "unknown"}, {"name": "amount", "value": 0}]},
    )
    found = bench.out(bench.prepare(made, orders=[row("a", 1, "  Web "), row("b"), row("c", 3, "É")]))
    assert [(r["id"], r["amount"], r["source"]) for r in found] == [("a", 1, "web"), ("b", 0, "unknown"), ("c", 3, "é")]
    assert "channel" not in found[0]


@COMPARED
def test_upper_and_derive_see_what_came_before(bench: Bench) -> None:
    made = a_table(
        {"kind": "derive", "columns": [{"name": "loud", "expression": "upper(channel)"}]},
        {"kind": "upper", "columns": ["id"]},
    )
    found = bench.out(bench.prepare(made, orders=[row("a", 1, "web"), row("b")]))
    assert [(r["id"], r["loud"], r["channel"]) for r in found] == [("A", "WEB", "web"), ("B", None, None)]


@COMPARED
def test_a_filter_keeps_what_is_true_and_counts_the_rest_null_too(bench: Bench) -> None:
    made = a_table({"kind": "filter", "where": "amount > 1", "reason": "too small"})
    prepared = bench.prepare(made, orders=[row("a", 1), row("b", 2), row("c")])
    assert [r["id"] for r in bench.out(prepared)] == ["b"]
    assert losses(prepared) == {"clean.0.filter": ("removed", 2)}
    assert prepared.measured.rows_in == 3


@COMPARED
@pytest.mark.parametrize(("latest", "kept"), [("at", 1), (None, 3)])
def test_of_one_key_the_latest_or_the_last_that_arrived_stays(bench: Bench, latest: str | None, kept: int) -> None:
    made = a_table({"kind": "deduplicate", "by": ["id"], "latest": latest})
    rows = [row("a", 1, at="2030-01-02T00:00:00Z"), row("b", 2), row("a", 3, at="2030-01-01T00:00:00Z")]
    prepared = bench.prepare(made, orders=rows)
    assert [(r["id"], r["amount"]) for r in bench.out(prepared)] == [("a", kept), ("b", 2)]
    assert losses(prepared) == {"clean.0.deduplicate": ("removed", 1)}


@COMPARED
def test_rows_without_a_whole_key_are_nobodys_doubles(bench: Bench) -> None:
    made = a_table({"kind": "deduplicate", "by": ["id", "channel"], "latest": None})
    rows = [row("a", 1), row("a", 2), row("a", 3, "web"), row("a", 4, "web")]
    prepared = bench.prepare(made, orders=rows)
    assert sorted(r["amount"] for r in bench.out(prepared)) == [1, 2, 4]
    assert losses(prepared) == {"clean.0.deduplicate": ("removed", 1)}


@COMPARED
def test_trim_takes_blanks_tabs_and_line_breaks(bench: Bench) -> None:
    made = a_table({"kind": "trim", "columns": ["channel"]})
    rows = [row("a", 1, " \t\r\nweb\f\v "), row("b", 1, "\u00a0web\u00a0"), row("c", 1, "   ")]
    assert [r["channel"] for r in bench.out(bench.prepare(made, orders=rows))] == ["web", "\u00a0web\u00a0", ""]


@COMPARED
def test_null_is_older_than_any_value(bench: Bench) -> None:
    made = a_table({"kind": "deduplicate", "by": ["id"], "latest": "at"})
    rows = [row("a", 1, at="2030-01-01T00:00:00Z"), row("a", 2)]
    assert [r["amount"] for r in bench.out(bench.prepare(made, orders=rows))] == [1]


@COMPARED
def test_values_that_are_not_mapped_go_where_the_rule_says(bench: Bench) -> None:
    values = [{"from": "fb", "to": "facebook"}]
    ways = ("keep", "null", "remove", "quarantine")
    made = a_table(*({"kind": "mapValues", "column": w, "values": values, "otherwise": w} for w in ways))
    fields = [Field(name, "string") for name in ("id", *ways)]
    mapped = {"id": "mapped", **dict.fromkeys(ways, "fb")}
    rows = [mapped, *({**mapped, "id": w, w: "tv"} for w in ways), {"id": "none", **dict.fromkeys(ways)}]
    prepared = bench.prepare(made, fields, orders=rows)
    done = {"id": "mapped", **dict.fromkeys(ways, "facebook")}
    kept = [{**done, "id": "keep", "keep": "tv"}, {**done, "id": "null", "null": None}]
    assert bench.out(prepared) == by_id([done, *kept, rows[-1]])
    assert losses(prepared) == {"clean.2.mapValues": ("removed", 1), "clean.3.mapValues": ("quarantined", 1)}


@COMPARED
def test_a_value_that_is_not_mapped_aborts_when_the_rule_says_so(bench: Bench) -> None:
    values = [{"from": "fb", "to": None}]
    made = a_table({"kind": "mapValues", "column": "channel", "values": values, "otherwise": "abort"})
    with pytest.raises(MeshError, match="channel"):
        bench.prepare(made, orders=[row("a", 1, "tv")])
    assert [r["channel"] for r in bench.out(bench.prepare(made, orders=[row("a", 1, "fb")]))] == [None]


def casting(on_fail: str, kind: str = "int", **more: Any) -> Table:
    rule = {"kind": "cast", "columns": [{"name": "channel", "type": kind, **more}], "onFail": on_fail}
    return a_table(rule)


@COMPARED
def test_a_cast_that_fails_goes_where_the_rule_says(bench: Bench) -> None:
    rows = [row("a", 1, " 7 "), row("b", 1, "seven"), row("c")]
    moved = bench.prepare(casting("quarantine"), orders=rows)
    assert [(r["id"], r["channel"]) for r in bench.out(moved)] == [("a", 7), ("c", None)]
    assert losses(moved) == {"clean.0.cast": ("quarantined", 1)}
    nulled = bench.prepare(casting("null"), orders=rows)
    assert [(r["id"], r["channel"]) for r in bench.out(nulled)] == [("a", 7), ("b", None), ("c", None)]
    assert losses(nulled) == {}
    with pytest.raises(BadInput, match="channel"):
        bench.prepare(casting("abort"), orders=rows)


@COMPARED
def test_a_record_in_the_quarantine_is_as_it_came(bench: Bench) -> None:
    columns = [{"name": "channel", "type": "int"}, {"name": "amount", "type": "decimal(12, 2)"}]
    made = a_table({"kind": "cast", "columns": columns, "onFail": "quarantine"}, **KEPT)
    saved = bench.save(made, [row("a", 1, "7"), row("b", 13, "seven")], "replace", "run-1")
    assert (saved.rows_out, saved.quarantined) == (1, 1)
    (bad,) = bench.stored(made.quarantine)
    assert json.loads(bad["record"], parse_float=str) == {"id": "b", "amount": 13, "channel": "seven", "at": None}


CASTS: list[tuple[str, str, Any]] = [
    ("1", "int", 1),
    ("-2147483648", "int", -2147483648),
    ("2147483648", "int", None),
    ("1.5", "int", None),
    ("1e3", "int", None),
    ("9223372036854775807", "long", 9223372036854775807),
    ("1.50", "decimal(12, 2)", Decimal("1.50")),
    ("1.500", "decimal(12, 2)", Decimal("1.50")),
    ("1.505", "decimal(12, 2)", None),
    ("12345678901.00", "decimal(12, 2)", None),
    ("1e-2", "double", 0.01),
    ("x", "double", None),
    ("true", "boolean", True),
    ("No", "boolean", False),
    ("2", "boolean", None),
    ("2024-02-29", "date", date(2024, 2, 29)),
    ("2024-02-30", "date", None),
    ("2024-02-29T10:00:00Z", "timestamptz", datetime(2024, 2, 29, 10, tzinfo=UTC)),
    ("2024-02-29T10:00:00+02:00", "timestamptz", datetime(2024, 2, 29, 8, tzinfo=UTC)),
    ("2024-02-29 10:00:00.123456", "timestamp", datetime(2024, 2, 29, 10, 0, 0, 123456)),
    ("", "int", None),
    ("", "string", ""),
]


@COMPARED
def test_text_casts_whole_or_not_at_all(bench: Bench) -> None:
    names = [f"c{n}" for n, _ in enumerate(CASTS)]
    columns = [{"name": c, "type": kind} for c, (_, kind, _) in zip(names, CASTS, strict=True)]
    given = {c: text for c, (text, _, _) in zip(names, CASTS, strict=True)}
    made = a_table({"kind": "cast", "columns": columns, "onFail": "null"})
    (found,) = bench.out(bench.prepare(made, [Field(c, "string") for c in names], orders=[given]))
    assert [(text, kind, found[c]) for c, (text, kind, _) in zip(names, CASTS, strict=True)] == CASTS


@COMPARED
def test_dates_are_read_by_their_pattern(bench: Bench) -> None:
    made = casting("null", "date", format="dd/MM/yyyy")
    rows = [row("a", 1, "29/02/2024"), row("b", 1, "2024-02-29"), row("c", 1, "30/02/2024")]
    assert [r["channel"] for r in bench.out(bench.prepare(made, orders=rows))] == [date(2024, 2, 29), None, None]


def test_a_cast_that_fails_on_a_row_that_is_filtered_out_before_fails_nothing(bench: Bench) -> None:
    made = a_table(
        {"kind": "filter", "where": "amount > 1", "reason": "too small"},
        {"kind": "cast", "columns": [{"name": "channel", "type": "int"}], "onFail": "abort"},
    )
    assert len(bench.out(bench.prepare(made, orders=[row("a", 0, "seven"), row("b", 2, "7")]))) == 1


@COMPARED
@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("inner", [("a", 10), ("a", 11)]),
        ("left", [("a", 10), ("a", 11), ("b", None), (None, None)]),
        ("right", [("a", 10), ("a", 11), ("z", 12), (None, 13)]),
        ("full", [("a", 10), ("a", 11), ("b", None), ("z", 12), (None, None), (None, 13)]),
        ("semi", ["a"]),
        ("anti", ["b", None]),
    ],
)
def test_joins_are_those_of_sql(bench: Bench, how: str, expected: list[Any]) -> None:
    rule = {"kind": "join", "with": "paid", "how": how, "on": [{"left": "id", "right": "order"}], "select": None}
    prepared = bench.prepare(
        a_table(rule, inputs=["orders", "paid"]),
        orders=[row("a"), row("b"), row(None)],
        paid=[
            {"order": "a", "sum": 10},
            {"order": "a", "sum": 11},
            {"order": "z", "sum": 12},
            {"order": None, "sum": 13},
        ],
    )
    found = bench.out(prepared)
    got = [r["id"] for r in found] if how in ("semi", "anti") else [(r["id"], r["sum"]) for r in found]
    assert sorted(got, key=str) == sorted(expected, key=str)
    assert prepared.measured.rows_in == len(expected)


@COMPARED
def test_a_join_takes_the_columns_it_selects_under_the_names_it_gives(bench: Bench) -> None:
    rule = {
        "kind": "join",
        "with": "paid",
        "how": "left",
        "on": [{"left": "id", "right": "id"}],
        "select": [{"from": "sum", "to": "paid"}],
    }
    prepared = bench.prepare(
        a_table(rule, inputs=["orders", "paid"]), orders=[row("a", 1)], paid=[{"id": "a", "sum": 2, "note": "x"}]
    )
    assert bench.out(prepared) == [{"id": "a", "amount": 1, "channel": None, "at": None, "paid": 2}]


@COMPARED
def test_an_aggregate_has_one_row_for_each_group_null_is_one(bench: Bench) -> None:
    measures = [{"name": "n", "expression": "count(*)"}, {"name": "total", "expression": "sum(amount)"}]
    made = a_table({"kind": "aggregate", "by": ["channel"], "measures": measures})
    rows = [row("a", 1, "web"), row("b", 2, "web"), row("c", 3), row("d", 4)]
    prepared = bench.prepare(made, orders=rows)
    found = sorted(bench.out(prepared), key=lambda r: str(r["channel"]))
    assert [(r["channel"], r["n"], int(r["total"])) for r in found] == [(None, 2, 7), ("web", 2, 3)]
    assert prepared.measured.rows_in == 2


@COMPARED
def test_a_union_goes_by_name_and_lost_rows_before_it_stay_accounted_for(bench: Bench) -> None:
    made = a_table(
        {"kind": "filter", "where": "amount > 1", "reason": "too small"},
        {"kind": "union", "with": ["more"]},
        inputs=["orders", "more"],
    )
    prepared = bench.prepare(made, orders=[row("a", 1), row("b", 2)], more=[{"amount": 9, "id": "c"}])
    assert [(r["id"], r["amount"], r["channel"]) for r in bench.out(prepared)] == [("b", 2, None), ("c", 9, None)]
    assert prepared.measured.rows_in == 3
    assert losses(prepared) == {"clean.0.filter": ("removed", 1)}


@COMPARED
def test_sql_reads_the_inputs_by_their_names(bench: Bench) -> None:
    text = "select id from orders where amount > 1"
    made = a_table({"kind": "sql", "text": text, "path": None, "digest": "sha256:" + "0" * 64})
    prepared = bench.prepare(made, orders=[row("a", 1), row("b", 2)])
    assert bench.out(prepared) == [{"id": "b"}]
    assert prepared.measured.rows_in == 1


@COMPARED
def test_hashes_are_hmac_sha256_and_redaction_leaves_stars(bench: Bench) -> None:
    made = a_table({"kind": "hash", "columns": ["id"]}, {"kind": "redact", "columns": ["channel"]})
    found = bench.out(bench.prepare(made, orders=[row("ü", 1, "web"), row(None, 2)]))
    assert {r["id"] for r in found} == {None, hmac.new(KEY, "ü".encode(), hashlib.sha256).hexdigest()}
    assert {r["channel"] for r in found} == {None, "***"}


# -- checks --


COUNTED: list[tuple[str, list[str], dict[str, Any], int]] = [
    ("nullValues", ["channel"], {}, 2),
    ("missingValues", ["channel"], {"missingValues": ["", "n/a"]}, 2),
    ("missingValues", ["channel"], {"missingValues": ["n/a", None]}, 3),
    ("invalidValues", ["channel"], {"validValues": ["web", "tv"]}, 2),
    ("invalidValues", ["channel"], {"pattern": "^[a-z]+$"}, 2),
    ("invalidValues", ["channel"], {"minLength": 3}, 2),
    ("invalidValues", ["channel"], {"maxLength": 2}, 3),
    ("invalidValues", ["amount"], {"minimum": 1, "maximum": 2}, 2),
    ("invalidValues", ["amount"], {"exclusiveMinimum": 1}, 4),
    ("invalidValues", ["amount"], {"exclusiveMaximum": 5}, 1),
    ("invalidValues", ["amount"], {"multipleOf": 2}, 4),
    ("invalidValues", ["amount"], {"validValues": [1, 5]}, 2),
    ("duplicateValues", ["id"], {}, 1),
    ("duplicateValues", ["channel", "amount"], {}, 1),
]


@COMPARED
def test_checks_count_the_rows_that_break_them(bench: Bench) -> None:
    checks = [check("clean", m, c, arguments=a, id=str(n)) for n, (m, c, a, _) in enumerate(COUNTED)]
    rows = [
        row("a", 1, "web"),
        row("b", 2, "tv"),
        row("c", 5, ""),
        row("d", 1, "n/a"),
        row("d", 1, "web"),
        row(None, None, None),
        row(None, 0, None),
    ]
    found = {m.rule: m for m in bench.prepare(a_table(checks=checks), orders=rows).measured.measurements}
    assert {m.rows for m in found.values()} == {len(rows)}
    assert [(*asked[:3], found[str(n)].failing) for n, asked in enumerate(COUNTED)] == COUNTED


def test_bad_rows_move_with_all_rules_they_break_and_are_counted_by_the_first(bench: Bench) -> None:
    made = a_table(
        checks=[
            check("clean", "nullValues", ["channel"], action="quarantine_rows"),
            check("clean", "invalidValues", ["amount"], arguments={"maximum": 1}, action="quarantine_rows"),
            check("clean", "nullValues", ["id"]),
        ],
        protected=[{"name": "id", "masking": "hash"}],
        persist=True,
    )
    prepared = bench.prepare(made, orders=[row("a", 1, "web"), row("b", 9), row("c", 9, "tv")])
    assert {m.rule: m.failing for m in prepared.measured.measurements} == {
        "clean.channel.nullValues": 1,
        "clean.amount.invalidValues": 2,
        "clean.id.nullValues": 0,
    }
    assert losses(prepared) == {
        "clean.channel.nullValues": ("quarantined", 1),
        "clean.amount.invalidValues": ("quarantined", 1),
    }
    saved = bench.engine.save(made, prepared, Target(made.physical, "replace", "r1", NOW))
    assert (saved.rows_out, saved.quarantined, saved.rows_total) == (1, 2, 1)
    bad = sorted(bench.engine.rows(bench.engine.read_table(made.quarantine)), key=lambda r: str(r["_mesh_rule"]))
    assert [r["_mesh_rule"] for r in bad] == [
        "clean.amount.invalidValues",
        "clean.channel.nullValues,clean.amount.invalidValues",
    ]
    record = json.loads(bad[0]["record"])
    assert record["id"] == hmac.new(KEY, b"c", hashlib.sha256).hexdigest()
    assert (record["amount"], record["channel"]) == (9, "tv")
    assert {(r["_mesh_run_id"], r["_mesh_at"]) for r in bad} == {("r1", NOW)}
    assert {tuple(r) for r in bad} == {tuple(f.name for f in COLUMNS)}
    assert bench.engine.fields(bench.engine.read_table(made.quarantine)) in (None, COLUMNS)


def test_whole_tables_are_measured_stored_or_not(bench: Bench) -> None:
    counted = check("clean", "rowCount", [], operator="mustBeGreaterThan")
    query = {"text": "select count(*) from ${table} where amount is null", "digest": "sha256:" + "0" * 64}
    asked = check("clean", "sql", [], query=query)
    made = a_table(checks=[counted, asked], persist=True)
    prepared = bench.prepare(made, orders=[row("a", 1), row("b")])
    bench.engine.save(made, prepared, Target(made.physical, "replace", "r1", NOW))
    for stored in (made.physical, bench.engine.dataset(prepared)):
        found = {m.rule: m.value for m in bench.engine.measure(made, stored, made.checks)}
        assert found == {"clean.*.rowCount": 2.0, "clean.*.sql": 1.0}


def test_keys_are_looked_for_in_another_table_and_the_newest_value_comes_along(bench: Bench) -> None:
    made = a_table(
        checks=[
            check(
                "clean", "foreignKey", ["channel"], reference={"to": "channels", "columns": ["name"]}, scope="aggregate"
            ),
            check(
                "clean",
                "foreignKey",
                ["channel", "amount"],
                reference={"to": "channels", "columns": ["name", "size"]},
                scope="aggregate",
            ),
            check("clean", "freshness", ["at"], unit="seconds"),
            check("clean", "duplicateValues", ["id"]),
        ]
    )
    rows = [
        row("a", 1, "web", "2030-01-01T00:00:00Z"),
        row("b", 2, "web", "2030-01-01T00:00:00.123456Z"),
        row("c", 3, "fax"),
        row("d", 3, "fax"),
        row("e", 3, None),
        row(None, None, "tv"),
    ]
    known = [
        {"name": "web", "size": 1},
        {"name": "web", "size": 1},
        {"name": "tv", "size": 7},
        {"name": None, "size": 3},
    ]
    stored = bench.engine.from_rows(ORDERS, rows)
    others = {"channels": bench.engine.from_rows([Field("name", "string"), Field("size", "long")], known)}
    found = bench.engine.measure(made, stored, made.checks, others)
    assert [(m.rows, m.failing, m.value) for m in found] == [
        (6, 2, None),
        (6, 3, None),
        (6, None, datetime(2030, 1, 1, 0, 0, 0, 123456, UTC).timestamp()),
        (6, 0, None),
    ]
    assert datetime.fromtimestamp(found[2].value or 0, UTC).microsecond == 123456
    nothing = bench.engine.measure(made, bench.engine.from_rows(ORDERS, []), made.checks, others)
    assert [(m.rows, m.failing, m.value) for m in nothing] == [
        (0, 0, None),
        (0, 0, None),
        (0, None, None),
        (0, 0, None),
    ]


# -- promises --

PROMISED = [
    column("id", required=True),
    column("amount", "long"),
    column("email", classification="confidential", masking="hash"),
    column("phone", classification="confidential", masking="redact"),
]


def promised(columns: list[dict[str, Any]] | None = None, **more: Any) -> Table:
    made = table("orders_out", "gold", ["orders"], columns=columns or PROMISED, primaryKey=["id"], **more)
    return plan_from_json(document([], [made])).tables[0]


PEOPLE = (
    Field("extra", "string"),
    Field("id", "string"),
    Field("email", "string"),
    Field("phone", "string"),
    Field("amount", "int"),
)


def person(id: str, amount: int = 1) -> dict[str, Any]:
    return {"id": id, "amount": amount, "email": "a@x.org", "phone": "123", "extra": "x"}


def test_what_is_promised_is_projected_widened_and_masked(bench: Bench) -> None:
    prepared = bench.prepare(promised(), PEOPLE, orders=[person("a")])
    (found,) = bench.out(prepared)
    assert list(found) == ["id", "amount", "email", "phone"]
    assert found["email"] == hmac.new(KEY, b"a@x.org", hashlib.sha256).hexdigest()
    assert found["phone"] == "***"


def test_each_way_of_masking_gives_the_same_on_every_engine(bench: Bench) -> None:
    ways = {
        "hashed": ("string", "hash"),
        "token": ("string", "tokenise"),
        "short": ("string", "truncate"),
        "born": ("date", "truncate"),
        "at": ("timestamptz", "truncate"),
        "stars": ("string", "redact"),
        "gone": ("string", "nullify"),
        "number": ("int", "nullify"),
    }
    secret = {"classification": "confidential"}
    made = promised([column("id"), *(column(n, t, masking=how, **secret) for n, (t, how) in ways.items())])
    fields = (Field("id", "string"), *(Field(n, t) for n, (t, _) in ways.items()))
    given = {"born": date(1815, 12, 10), "at": datetime(2026, 7, 9, 8, 30, tzinfo=UTC), "number": 7}
    texts = {"hashed": "ü", "token": "ü", "stars": "x", "gone": "x"}
    rows = [{"id": word, **texts, **given, "short": word} for word in ("", "a", "ab", "abcde", "äöüßéèê")]
    found = bench.out(bench.prepare(made, fields, orders=[*rows, {"id": "none", **dict.fromkeys(ways)}]))
    mac = hmac.new(KEY, "ü".encode(), hashlib.sha256).hexdigest()
    assert {r["id"]: r["short"] for r in found} == {
        "": "***",
        "a": "***",
        "ab": "a***",
        "abcde": "ab***",
        "äöüßéèê": "äöü***",
        "none": None,
    }
    same = {
        "hashed": mac,
        "token": f"tok_{mac[:32]}",
        "born": date(1815, 1, 1),
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "stars": "***",
        "gone": None,
        "number": None,
    }
    for r in found:
        assert {n: r[n] for n in same} == (dict.fromkeys(same) if r["id"] == "none" else same)


@COMPARED
def test_a_key_is_told_apart_by_a_rule_unless_a_cast_to_the_promise_makes_values_alike(bench: Bench) -> None:
    def distinct(key: str) -> set[frozenset[str]]:
        rule = {"kind": "deduplicate", "id": "d", "by": [key], "latest": None}
        made = promised([column("id"), column("channel", "int")], rules=[rule])
        rows = [row("a", channel="1"), row("a", channel="01"), row("b", channel="2")]
        return set(bench.prepare(made, orders=rows).measured.distinct)

    assert distinct("id") == {frozenset({"id"})}
    assert distinct("channel") == set()


def test_a_value_that_does_not_fit_the_promise_is_an_error_without_a_protected_value(bench: Bench) -> None:
    columns = [column("id"), column("email", "int", classification="confidential", masking="redact")]
    made = promised(columns, protected=[{"name": "email", "masking": "redact"}])
    with pytest.raises(BadInput, match="email") as caught:
        bench.prepare(made, PEOPLE, orders=[person("a")])
    assert "a@x.org" not in str(caught.value)


# -- writing --

KEPT = {"persist": True, "primaryKey": ["id"]}


def test_replace_takes_the_place_of_all_rows_and_buries_keys_that_vanished(bench: Bench) -> None:
    made = a_table(**KEPT)
    bench.save(made, [row("a", 1), row("b", 2)], "replace", "r1")
    saved = bench.save(made, [row("b", 3), row("c", 4)], "replace", "r2")
    assert (saved.rows_out, saved.rows_total, saved.vanished) == (2, 2, 1)
    assert [(r["id"], r["amount"]) for r in bench.stored(made.physical)] == [("b", 3), ("c", 4)]
    buried = bench.engine.rows(bench.engine.read_table(made.tombstones))
    assert [(r["id"], r["_mesh_run_id"]) for r in buried] == [("a", "r2")]


@OF_THE_WRITER
@pytest.mark.parametrize("masking", ["hash", "redact"])
def test_a_protected_key_is_buried_as_a_hash(bench: Bench, masking: str) -> None:
    made = a_table(**KEPT, protected=[{"name": "id", "masking": masking}])
    bench.save(made, [row("a"), row("b")], "replace", "r1")
    assert bench.save(made, [row("b")], "replace", "r2").vanished == 1
    (key,) = [r["id"] for r in bench.engine.rows(bench.engine.read_table(made.tombstones))]
    assert key == hmac.new(KEY, b"a", hashlib.sha256).hexdigest()


@OF_THE_WRITER
@pytest.mark.parametrize("masking", ["none", "hash"])
def test_a_protected_key_is_buried_as_one_hash_where_it_is_published(bench: Bench, masking: str) -> None:
    id_ = column("id", classification="confidential", masking=masking)
    made = promised([id_], protected=[{"name": "id", "masking": "hash"}])
    candidate = bench.tables.open_candidate(made, "sales_internal", "r1", "1.0.0").table
    bench.save(made, [row("a"), row("b")], "replace", "r1", at=candidate)
    assert bench.save(made, [row("b")], "replace", "r2", at=candidate).vanished == 1
    (key,) = [r["id"] for r in bench.engine.rows(bench.engine.read_table(made.tombstones))]
    assert key == hmac.new(KEY, b"a", hashlib.sha256).hexdigest()


def test_a_replace_without_tombstones_buries_nothing(bench: Bench) -> None:
    made = a_table(**KEPT)
    bench.save(made, [row("a", 1)], "replace", "r1")
    assert bench.save(made, [row("b", 2)], "replace", "r2", tombstones=False).vanished == 0
    assert bench.tables.current(made.tombstones) is None


@OF_THE_WRITER
def test_merge_replaces_rows_of_the_same_key_and_adds_the_others(bench: Bench) -> None:
    made = a_table(**KEPT)
    bench.save(made, [row("a", 1), row("b", 2)], "replace", "r1")
    saved = bench.save(made, [row("b", 3), row("c", 4)], "merge", "r2")
    assert (saved.rows_out, saved.rows_total) == (2, 3)
    assert [(r["id"], r["amount"]) for r in bench.stored(made.physical)] == [("a", 1), ("b", 3), ("c", 4)]


def test_merged_rows_without_a_key_are_kept_apart_and_are_not_there_twice_when_read_again(bench: Bench) -> None:
    made = a_table(**KEPT)
    bench.save(made, [row(None, 1), row(None, 2), row("a", 1)], "replace", "r1")
    saved = bench.save(made, [row(None, 2), row(None, 3)], "merge", "r2")
    assert saved.rows_total == 4
    stored = sorted((r["id"] or "", r["amount"]) for r in bench.stored(made.physical))
    assert stored == [("", 1), ("", 2), ("", 3), ("a", 1)]


def test_a_merge_keeps_the_stored_row_of_a_key_when_it_is_newer(bench: Bench) -> None:
    rule = {"kind": "deduplicate", "by": ["id"], "latest": "at"}
    made = a_table(rule, incremental=True, **KEPT)
    early, noon, late = (f"2030-01-01T{h}:00:00Z" for h in ("06", "12", "18"))
    bench.save(made, [row(x, 1, at=noon) for x in "abcd"] + [row("e", 1)], "replace", "r1")
    changes = [row("a", 2, at=early), row("b", 2, at=noon), row("c", 2, at=late), row("d", 2), row("e", 2)]
    saved = bench.save(made, changes, "merge", "r2")
    assert (saved.rows_out, saved.superseded, saved.rows_total) == (3, 2, 5)
    stored = {r["id"]: r["amount"] for r in bench.stored(made.physical)}
    assert stored == {"a": 1, "b": 2, "c": 2, "d": 1, "e": 2}
    again = bench.save(made, changes, "merge", "r2")
    assert (again.rows_out, again.superseded) == (3, 2)


def test_a_merge_of_nothing_leaves_the_table(bench: Bench) -> None:
    made = a_table(**KEPT)
    bench.save(made, [row("a", 1)], "replace", "r1")
    assert bench.save(made, [], "merge", "r2").rows_total == 1
    assert [r["id"] for r in bench.stored(made.physical)] == ["a"]


def test_a_replace_by_nothing_empties_the_table(bench: Bench) -> None:
    made = a_table(**KEPT)
    bench.save(made, [row("a", 1)], "replace", "r1")
    assert bench.save(made, [], "replace", "r2").rows_total == 0
    assert bench.stored(made.physical) == []


@OF_THE_WRITER
@pytest.mark.parametrize("write", ["replace", "merge", "append"])
def test_a_write_happens_once_per_run_id_and_again_gives_the_first_one_s_counts(bench: Bench, write: str) -> None:
    made = a_table({"kind": "filter", "where": "amount > 1", "reason": "x"}, **KEPT)
    bench.save(made, [row("z", 9)], "replace", "r0")
    first = bench.save(made, [row("a", 1), row("b", 2)], write, "r1")
    before = bench.tables.current(made.physical)
    again = bench.save(made, [row("a", 1), row("b", 2)], write, "r1")
    assert again == first
    assert bench.tables.current(made.physical) == before


def test_bad_rows_are_put_aside_once_per_run_id(bench: Bench) -> None:
    made = a_table(checks=[check("clean", "nullValues", ["channel"], action="quarantine_rows")], **KEPT)
    for _ in range(2):
        assert bench.save(made, [row("a", 1)], "replace", "r1").quarantined == 1
    assert bench.save(made, [row("a", 1)], "replace", "r2").quarantined == 1
    assert len(bench.engine.rows(bench.engine.read_table(made.quarantine))) == 2


def test_a_table_that_is_not_kept_only_puts_bad_rows_aside(bench: Bench) -> None:
    made = a_table(checks=[check("clean", "nullValues", ["channel"], action="quarantine_rows")])
    for _ in range(2):
        saved = bench.save(made, [row("a", 1), row("b", 1, "web")], "nothing", "r1")
        assert (saved.rows_out, saved.quarantined, saved.snapshot_id) == (1, 1, None)
    assert bench.tables.current(made.physical) is None
    assert len(bench.engine.rows(bench.engine.read_table(made.quarantine))) == 1


@OF_THE_STORE
def test_a_table_is_read_at_a_pinned_snapshot(bench: Bench) -> None:
    made = a_table(**KEPT)
    first = bench.save(made, [row("a", 1)], "replace", "r1")
    bench.save(made, [row("b", 2)], "replace", "r2")
    pinned = bench.engine.rows(bench.engine.read_table(made.physical, first.snapshot_id))
    assert [r["id"] for r in pinned] == ["a"]


@OF_THE_WRITER
def test_old_rows_of_the_quarantine_are_forgotten(bench: Bench) -> None:
    made = a_table(checks=[check("clean", "nullValues", ["channel"], action="quarantine_rows")], **KEPT)
    bench.save(made, [row("a", 1)], "replace", "r1")
    assert bench.engine.expire(made.quarantine, "_mesh_at", NOW - timedelta(days=1)) == 0
    assert bench.engine.expire(made.quarantine, "_mesh_at", NOW + timedelta(days=1)) == 1
    assert list(bench.engine.rows(bench.engine.read_table(made.quarantine))) == []


# -- reading --


def test_since_and_greatest_speak_iso(bench: Bench) -> None:
    rows = [row("a", 1, at="2030-01-01T00:00:00Z"), row("b", 5, at="2030-01-02T00:00:00Z"), row("c")]
    data = bench.engine.from_rows(ORDERS, rows)
    greatest = bench.engine.greatest(data, "at")
    assert greatest is not None
    assert datetime.fromisoformat(greatest) == datetime(2030, 1, 2, tzinfo=UTC)
    assert bench.engine.greatest(data, "amount") == "5"
    assert bench.engine.greatest(data, "channel") is None
    later = bench.engine.since(data, "at", "2030-01-01T12:00:00+00:00")
    assert sorted(r["id"] for r in bench.engine.rows(later)) == ["b", "c"], "what cannot be compared is read again"
    assert bench.engine.count(later) == 2
    assert bench.engine.count(bench.engine.since(data, "at", None)) == 3


@pytest.mark.parametrize(
    ("kind", "values", "at_most", "expected"),
    [
        ("timestamptz", ["2030-01-01T05:00:00Z", "2030-01-01T06:00:00Z"], "2030-01-01T05:30:00+00:00", "T05:00:00"),
        ("timestamptz", ["2030-01-01T05:00:00Z", "2099-01-01T00:00:00Z"], "2030-01-01T05:00:00+00:00", "T05:00:00"),
        ("timestamp", ["2030-01-01T05:00:00", "2099-01-01T00:00:00"], "2030-01-01T06:00:00.25+00:00", "T05:00:00"),
        ("date", ["2030-01-01", "2030-01-02", None], "2030-01-01", "2030-01-01"),
        ("string", ["2030-01-01 05:00", "2099-01-01 00:00"], "2030-01-01 06:00:00+00:00", "2030-01-01 05:00"),
        ("int", [3, 5, None], "4", "3"),
        ("int", [5, None], "4", None),
    ],
)
def test_greatest_can_be_of_values_up_to_one(
    bench: Bench, kind: Any, values: list[Any], at_most: str, expected: str | None
) -> None:
    data = bench.engine.from_rows([Field("v", kind)], [{"v": v} for v in values])
    found = bench.engine.greatest(data, "v", at_most)
    assert found == expected if expected is None else expected in str(found)


def test_a_number_that_looks_like_a_day_is_a_watermark_like_any_number(bench: Bench) -> None:
    data = bench.engine.from_rows(ORDERS, [row("a", 20240114), row("b", 20470115)])
    greatest = not_beyond(bench.engine.greatest(data, "amount"), NOW)
    assert greatest == "20470115"
    later = bench.engine.since(data, "amount", read_from(Watermark("amount", 3600), greatest))
    assert [r["id"] for r in bench.engine.rows(later)] == ["b"]


def test_rows_are_tallied_and_paged(bench: Bench) -> None:
    data = bench.engine.from_rows(ORDERS, [row("a", 1, "web"), row("b", 1, "web"), row("c", 1)])
    assert dict(bench.engine.tally(data, ["channel"])) == {("web",): 2, (None,): 1}
    assert len(bench.engine.rows(data, 2)) == 2
    assert len(bench.engine.rows(data, 2, 2)) == 1


# -- the table store --


def built(bench: Bench, made: Table, rows: list[dict[str, Any]], run_id: str, version: str = "1.0.0") -> TableName:
    where = bench.tables.open_candidate(made, "sales_internal", run_id, version).table
    prepared = bench.prepare(made, PEOPLE, orders=rows)
    bench.engine.save(made, prepared, Target(where, "replace", run_id, NOW))
    return where


def swap(bench: Bench, made: Table, candidate: TableName) -> Swap:
    now, new = bench.tables.current(made.physical), bench.tables.current(candidate)
    assert new is not None
    return Swap(made.physical, None if now is None else now.metadata_location, new.metadata_location)


@OF_THE_STORE
def test_nothing_is_visible_before_it_is_published_not_even_an_empty_table(bench: Bench) -> None:
    made = promised()
    candidate = built(bench, made, [person("a")], "r1")
    assert bench.tables.current(made.physical) is None
    bench.tables.publish([swap(bench, made, candidate)])
    found = bench.tables.current(made.physical)
    assert found is not None
    assert (found.rows, found.run_id) == (1, "r1")
    bench.tables.drop_candidates("sales_internal", "r1")
    assert bench.tables.current(candidate) is None
    assert [r["id"] for r in bench.stored(made.physical)] == ["a"]


@OF_THE_STORE
def test_a_candidate_begins_with_what_is_published_and_leaves_it_alone(bench: Bench) -> None:
    made = promised()
    bench.tables.publish([swap(bench, made, built(bench, made, [person("a")], "r1"))])
    opened = bench.tables.open_candidate(made, "sales_internal", "r2", "1.0.0")
    assert opened.rows == 1
    assert bench.tables.open_candidate(made, "sales_internal", "r2", "1.0.0") == opened
    built(bench, made, [person("b")], "r2")
    assert [r["id"] for r in bench.stored(made.physical)] == ["a"]
    assert [r["id"] for r in bench.stored(opened.table)] == ["b"]


@OF_THE_STORE
def test_a_rejected_candidate_is_gone_and_the_next_begins_without_it(bench: Bench) -> None:
    made = promised()
    bench.tables.publish([swap(bench, made, built(bench, made, [person("a")], "r1"))])
    rejected = built(bench, made, [person("b")], "r2")
    bench.tables.drop_candidates("sales_internal", "r2")
    assert bench.tables.current(rejected) is None
    again = bench.tables.open_candidate(made, "sales_internal", "r3", "1.0.0")
    assert [r["id"] for r in bench.stored(again.table)] == ["a"]


@OF_THE_STORE
def test_a_swap_that_is_done_is_done_and_one_that_was_overtaken_is_refused(bench: Bench) -> None:
    made = promised()
    first = swap(bench, made, built(bench, made, [person("a")], "r1"))
    bench.tables.publish([first])
    bench.tables.publish([first])
    second = swap(bench, made, built(bench, made, [person("b")], "r2"))
    third = swap(bench, made, built(bench, made, [person("c")], "r3"))
    bench.tables.publish([second])
    with pytest.raises(PublishConflict):
        bench.tables.publish([third])
    assert [r["id"] for r in bench.stored(made.physical)] == ["b"]


@pytest.mark.parametrize(
    ("bench", "write"),
    [
        *((engine, write) for engine in ("memory", "duckdb") for write in ("replace", "merge")),
        ("spark", "merge"),
        *(pytest.param("spark as deployed", write, marks=pytest.mark.soak) for write in ("replace", "merge")),
    ],
    indirect=["bench"],
)
def test_a_row_without_a_required_value_is_told_in_plain_words(bench: Bench, write: Any) -> None:
    made = promised([PROMISED[0], column("amount", "long", required=True), *PROMISED[2:]])
    bench.tables.publish([swap(bench, made, built(bench, made, [person("a")], "r1"))])
    candidate = bench.tables.open_candidate(made, "sales_internal", "r2", "1.0.0").table
    prepared = bench.prepare(made, PEOPLE, orders=[person("b"), {**person("c"), "amount": None}])
    with pytest.raises(BadInput, match="column amount is required, but some rows have no value in it") as told:
        bench.engine.save(made, prepared, Target(candidate, write, "r2", NOW))
    assert str(told.value).startswith("table orders_out: ")
    assert [r["id"] for r in bench.stored(candidate)] == ["a"]


@OF_THE_STORE
def test_of_several_swaps_all_or_none_happen(bench: Bench) -> None:
    made = promised()
    other = replace(made, physical=TableName("sales", "totals_v1"))
    first = swap(bench, made, built(bench, made, [person("a")], "r1"))
    wrong = Swap(other.physical, "somewhere else", first.new)
    with pytest.raises(PublishConflict):
        bench.tables.publish([first, wrong])
    assert bench.tables.current(made.physical) is None


@OF_THE_STORE
def test_an_internal_table_goes_back_to_where_it_was(bench: Bench) -> None:
    made = a_table(**KEPT)
    bench.save(made, [row("a", 1)], "replace", "r1")
    before = bench.tables.current(made.physical)
    bench.save(made, [row("ghost", 1)], "merge", "r2")
    after = bench.tables.current(made.physical)
    assert before is not None
    assert after is not None
    bench.tables.publish([Swap(made.physical, after.metadata_location, before.metadata_location)])
    assert [r["id"] for r in bench.stored(made.physical)] == ["a"]
    saved = bench.save(made, [row("b", 2)], "merge", "r3")
    assert saved.rows_total == 2
    assert [r["id"] for r in bench.stored(made.physical)] == ["a", "b"]


@OF_THE_STORE
def test_a_schema_expands_and_old_rows_have_null_there(bench: Bench) -> None:
    made = promised()
    bench.tables.publish([swap(bench, made, built(bench, made, [person("a")], "r1"))])
    wider = promised([*PROMISED, column("extra")])
    candidate = bench.tables.open_candidate(wider, "sales_internal", "r2", "1.1.0").table
    prepared = bench.prepare(wider, PEOPLE, orders=[person("b")])
    bench.engine.save(wider, prepared, Target(candidate, "merge", "r2", NOW))
    assert [(r["id"], r["extra"]) for r in bench.stored(candidate)] == [("a", None), ("b", "x")]


@OF_THE_STORE
@pytest.mark.parametrize(
    "columns",
    [
        [PROMISED[0], *PROMISED[2:]],
        [PROMISED[0], column("amount", "int"), *PROMISED[2:]],
        [PROMISED[0], {**PROMISED[1], "required": True}, *PROMISED[2:]],
    ],
    ids=["dropped", "narrowed", "required"],
)
def test_a_schema_that_does_not_only_expand_is_refused_by_name(bench: Bench, columns: list[dict[str, Any]]) -> None:
    made = promised()
    bench.tables.publish([swap(bench, made, built(bench, made, [person("a")], "r1"))])
    with pytest.raises(SchemaConflict, match="amount") as caught:
        bench.tables.open_candidate(promised(columns), "sales_internal", "r2", "1.1.0")
    assert caught.value.remedy is not None
    assert "major version" in caught.value.remedy
