"""plan.json as the domain reads it, against the schema that TypeScript generates."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mesh_jobs.adapters.plan_json import PLAN_VERSION, plan_digest, plan_from_json
from mesh_jobs.domain import rules
from mesh_jobs.domain.errors import PlanTooNew
from mesh_jobs.domain.plan import DatabaseTable, FileSource, ProductSource
from mesh_jobs.domain.table import ListType, MapType, StructType, TableName, type_from_json, type_to_json
from support.plans import CSV, check, column, document, field, orders_document, source, table

SCHEMA = json.loads((Path(__file__).parents[4] / "schemas" / "plan.schema.json").read_text("utf-8"))
DEFINITIONS = SCHEMA.get("$defs", {})
DIGEST = "sha256:" + "1" * 64
RULES: list[dict[str, Any]] = [
    {"kind": "rename", "columns": [{"from": "a", "to": "b"}]},
    {"kind": "cast", "columns": [field("a", "date", format="dd/MM/yyyy")], "onFail": "quarantine"},
    {"kind": "trim", "columns": ["a"]},
    {"kind": "lower", "columns": ["a"]},
    {"kind": "upper", "columns": ["a"]},
    {"kind": "deduplicate", "by": ["a"], "latest": "b"},
    {"kind": "filter", "where": "a > 0", "reason": "because"},
    {"kind": "derive", "columns": [{"name": "c", "expression": "a + 1"}]},
    {"kind": "fillNull", "columns": [{"name": "a", "value": 0}]},
    {"kind": "mapValues", "column": "a", "values": [{"from": "x", "to": None}], "otherwise": "remove"},
    {
        "kind": "join",
        "with": "other",
        "how": "left",
        "on": [{"left": "a", "right": "b"}],
        "select": [{"from": "c", "to": "d"}],
    },
    {"kind": "aggregate", "by": ["a"], "measures": [{"name": "n", "expression": "count(*)"}]},
    {"kind": "union", "with": ["other"]},
    {"kind": "upsert", "by": ["a"]},
    {"kind": "hash", "columns": ["a"]},
    {"kind": "redact", "columns": ["a"]},
    {"kind": "sql", "text": "select 1", "path": "sql/x.sql", "digest": DIGEST},
]


def everything() -> dict[str, Any]:
    """One plan that uses every kind of source, rule, check and type."""
    nested = {"kind": "struct", "fields": [{"name": "x", "type": {"kind": "list", "element": "int"}}]}
    sources = [
        source(
            "shop",
            [field("a", {"kind": "map", "key": "string", "value": nested})],
            system="shop",
            authority="system of record",
            watermark={"column": "a", "overlapSeconds": 60},
            onBadRecord="quarantine",
            sample="samples/a.csv",
        ),
        source("lines", None, file={"format": "jsonl", "nullValues": ["NA"]}),
        source("columns", None, file={"format": "parquet"}),
        {
            **source(
                "database",
                None,
                connector="jdbc",
                options={"engine": "postgresql", "connection": "shop", "table": "public.orders"},
                kind="remote",
            ),
        },
        {
            "kind": "product",
            "name": "customers",
            "product": "dp_crm_customers",
            "major": 2,
            "object": "customers",
            "database": "crm",
            "table": "customers_v2",
            "primaryKey": ["id"],
            "maxAgeSeconds": 86400,
        },
    ]
    del sources[3]["path"]
    bronze = table(
        "raw",
        "bronze",
        ["shop"],
        rules=[{**r, "id": f"raw.{n}.{r['kind']}"} for n, r in enumerate(RULES)],
        checks=[
            check(
                "raw", "invalidValues", ["a"], arguments={"validValues": ["x", 1, True], "pattern": "^a", "maximum": 3}
            ),
            check("raw", "sql", [], query={"text": "select count(*) from ${table}", "digest": DIGEST}),
            check(
                "raw", "rowCount", [], operator="mustBeBetween", threshold=[1, 2.5], unit="rows", dimension="coverage"
            ),
        ],
        protected=[{"name": "a", "masking": "redact"}],
        partitionBy=[{"column": "a", "transform": "day"}],
    )
    gold = table("orders", "gold", ["raw"], columns=[column("a", "decimal(12, 2)", description="an amount")])
    sla = {
        "freshnessSeconds": 60,
        "freshnessColumn": {"table": "orders", "column": "a"},
        "availabilityPercent": 99.5,
        "retentionSeconds": 86400,
    }
    return document(sources, [bronze, gold], sla=sla)


@pytest.mark.parametrize("plan", [orders_document(), everything()], ids=["orders", "everything"])
def test_the_plans_of_these_tests_follow_the_schema(plan: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(plan)


def variants(definition: str, key: str) -> set[str]:
    """The values of the key that tells the variants of a union apart."""
    options = DEFINITIONS[definition]
    return {o["properties"][key]["const"] for o in options.get("anyOf", options.get("oneOf", []))}


def test_every_kind_of_rule_of_the_schema_is_read() -> None:
    assert variants("Rule", "kind") == {r["kind"] for r in RULES}
    read = plan_from_json(everything()).tables[0].rules
    assert {type(r).__name__.lower() for r in read} == {k.lower() for k in variants("Rule", "kind")}


def test_every_field_of_every_rule_reaches_the_domain() -> None:
    for option in DEFINITIONS["Rule"].get("anyOf", DEFINITIONS["Rule"].get("oneOf")):
        kind = option["properties"]["kind"]["const"]
        known = {f.replace("_", "") for f in getattr(rules, kind[0].upper() + kind[1:]).__dataclass_fields__}
        # The digest of SQL is for whoever compares plans; the text is what runs.
        wanted = {p.lower() for p in option["properties"]} - {"kind", "digest"}
        assert wanted == {k.lower() for k in known}, kind


def test_every_kind_of_source_and_file_format_is_read() -> None:
    assert variants("Source", "kind") == {"files", "remote", "product"}
    assert variants("FileFormat", "format") == {"csv", "json", "jsonl", "parquet", "auto"}
    sources = plan_from_json(everything()).sources
    assert [type(s) for s in sources] == [FileSource, FileSource, FileSource, FileSource, ProductSource]
    shop, lines, _, database, customers = sources
    assert isinstance(shop, FileSource)
    assert isinstance(lines, FileSource)
    assert isinstance(database, FileSource)
    assert isinstance(customers, ProductSource)
    assert shop.file.null_values == tuple(CSV["nullValues"])
    assert (shop.on_bad_record, shop.sample, shop.system) == ("quarantine", "samples/a.csv", "shop")
    assert shop.watermark is not None
    assert (shop.watermark.column, shop.watermark.overlap_seconds) == ("a", 60)
    assert (lines.file.format, lines.file.null_values) == ("jsonl", ("NA",))
    assert (database.remote, database.path) == (DatabaseTable("shop", "public.orders"), "")
    assert (customers.table, customers.max_age_seconds) == (TableName("crm", "customers_v2"), 86400)


def test_nested_types_are_read() -> None:
    nested = {"kind": "map", "key": "string", "value": {"kind": "list", "element": "int"}}
    struct = {"kind": "struct", "fields": [{"name": "x", "type": nested}]}
    assert type_to_json(type_from_json(struct)) == struct
    assert type_from_json(struct) == StructType((("x", MapType("string", ListType("int"))),))


def test_checks_tables_and_promises_are_read() -> None:
    plan = plan_from_json(everything())
    invalid, sql, rows = plan.tables[0].checks
    assert invalid.arguments == {"validValues": ["x", 1, True], "pattern": "^a", "maximum": 3}
    assert (sql.query, rows.threshold, rows.dimension) == ("select count(*) from ${table}", (1.0, 2.5), "coverage")
    assert plan.tables[0].quarantine == TableName("sales_internal", "orders_v1__raw__quarantine")
    assert [t.name for t in plan.published] == ["orders"]
    assert plan.sla.freshness_column == ("orders", "a")
    assert plan.product.slug == "orders-v1"


@pytest.mark.parametrize("version", [PLAN_VERSION + 1, None, "1"])
def test_a_newer_plan_is_refused_in_plain_words(version: Any) -> None:
    newer = {"planVersion": version, "whatever": "it holds"}
    with pytest.raises(
        PlanTooNew, match=f"this plan has version {version}, these jobs understand version {PLAN_VERSION}"
    ) as caught:
        plan_from_json(newer)
    assert caught.value.remedy is not None
    assert "update the jobs" in caught.value.remedy


@pytest.mark.parametrize("where", ["columns", "protected"])
def test_a_way_of_masking_that_these_jobs_do_not_know_publishes_nothing(where: str) -> None:
    plan = orders_document()
    masked = next(c for t in plan["tables"] for c in t[where] or () if c["masking"] == "hash")
    masked["masking"] = "scramble"
    with pytest.raises(KeyError, match="scramble"):
        plan_from_json(plan)


def test_the_digest_is_that_of_the_content_not_of_its_order_or_its_maker() -> None:
    plan = orders_document()
    shuffled = dict(reversed(list(copy.deepcopy(plan).items())))
    assert plan_digest(shuffled) == plan_digest(plan)
    assert plan_digest({**plan, "generator": "another"}) == plan_digest(plan)
    assert plan_digest({**plan, "quarantineDays": 31}) != plan_digest(plan)
