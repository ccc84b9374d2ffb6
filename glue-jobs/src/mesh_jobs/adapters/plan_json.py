"""plan.json as the domain's plan. Reads what TypeScript resolved; decides nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast, get_args

from mesh_jobs.adapters.plan_rules import field_from_json, rule_from_json
from mesh_jobs.domain.errors import PlanTooNew
from mesh_jobs.domain.merging import only_mergeable
from mesh_jobs.domain.plan import (
    DatabaseTable,
    FileFormat,
    FileSource,
    HttpService,
    Partition,
    Plan,
    Product,
    ProductSource,
    Protected,
    QualityRule,
    Reference,
    Remote,
    Sla,
    Source,
    Table,
    Watermark,
)
from mesh_jobs.domain.table import Column, Masking, TableName, type_from_json

#: The newest plan these jobs understand.
PLAN_VERSION = 3

Json = Mapping[str, Any]


def plan_from_json(document: Json) -> Plan:
    """Raises PlanTooNew when the plan was made by a newer version than these jobs."""
    version = document.get("planVersion")
    if not isinstance(version, int) or version > PLAN_VERSION:
        raise PlanTooNew(
            f"this plan has version {version}, these jobs understand version {PLAN_VERSION} and older",
            "update the jobs (the wheel shipped with the package that made the plan), then run again",
        )
    product, signoff = document["product"], document["signoff"]
    tables = [_table(t, document["databases"]["internal"]) for t in document["tables"]]
    sla = _sla(document["sla"])
    tables = [replace(t, checks=(*t.checks, *_freshness(t, sla))) for t in tables]
    return Plan(
        product=Product(
            id=product["id"],
            name=product["name"],
            domain=product["domain"],
            entity=product["entity"],
            version=product["version"],
            major=product["major"],
            status=product["status"],
            owner=product["owner"],
            environment=document["environment"],
        ),
        published_database=document["databases"]["published"],
        internal_database=document["databases"]["internal"],
        contract_digest=document["digests"]["contract"],
        plan_digest=plan_digest(document),
        modes=tuple(document["modes"]),
        sources=tuple(_source(s) for s in document["sources"]),
        tables=only_mergeable(tables),
        sla=sla,
        quarantine_days=document["quarantineDays"],
        signoff_problems=tuple(signoff["problems"]),
        signoff_required=tuple(signoff["required"]),
        signoff_ends=tuple((e["part"], datetime.fromisoformat(e["at"])) for e in signoff.get("ends", ())),
        catalogue=dict(document["catalogue"]),
    )


def _sla(value: Json) -> Sla:
    freshness = value["freshnessColumn"]
    return Sla(
        freshness_seconds=value["freshnessSeconds"],
        freshness_column=None if freshness is None else (freshness["table"], freshness["column"]),
        freshness_action=value.get("freshnessAction", "alert"),
        availability_percent=value["availabilityPercent"],
        retention_seconds=value["retentionSeconds"],
    )


def _freshness(table: Table, sla: Sla) -> tuple[QualityRule, ...]:
    """The check of the promised freshness, which plans of version 1 do not have."""
    if sla.freshness_column is None or sla.freshness_seconds is None or sla.freshness_column[0] != table.name:
        return ()
    if any(c.metric == "freshness" for c in table.checks):
        return ()
    column, strict = sla.freshness_column[1], sla.freshness_action == "abort_workflow"
    return (
        QualityRule(
            id=f"{table.name}.{column}.freshness",
            title=f"{column} is not too old",
            origin="contract: slaProperties",
            metric="freshness",
            scope="aggregate",
            columns=(column,),
            arguments={},
            query=None,
            operator="mustBeLessOrEqualTo",
            threshold=(sla.freshness_seconds,),
            unit="seconds",
            severity="critical" if strict else "warning",
            action=sla.freshness_action,
            dimension="timeliness",
        ),
    )


def plan_digest(document: Json) -> str:
    """SHA-256 over the plan's canonical JSON: two plans with the same digest do the same. What made it (`generator`)
    does not count."""
    counted = {k: v for k, v in document.items() if k != "generator"}
    text = json.dumps(counted, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _column(value: Json) -> Column:
    return Column(
        id=value["id"],
        name=value["name"],
        type=type_from_json(value["type"]),
        required=value["required"],
        classification=value["classification"],
        masking=_masking(value["masking"]),
        description=value.get("description"),
    )


def _masking(value: str) -> Masking:
    # A way that nobody here knows would publish the value as it is.
    if value not in get_args(Masking):
        raise KeyError(value)
    return cast(Masking, value)


def _file(value: Json) -> FileFormat:
    return FileFormat(
        format=value["format"],
        delimiter=value.get("delimiter", ","),
        quote=value.get("quote", '"'),
        escape=value.get("escape", '"'),
        header=value.get("header", True),
        encoding=value.get("encoding", "utf-8"),
        null_values=tuple(value.get("nullValues", ())),
    )


def _source(value: Json) -> Source:
    if value["kind"] == "product":
        return ProductSource(
            name=value["name"],
            product=value["product"],
            major=value["major"],
            object=value["object"],
            table=TableName(value["database"], value["table"]),
            primary_key=tuple(value["primaryKey"]),
            max_age_seconds=value["maxAgeSeconds"],
            fields=tuple(field_from_json(f) for f in value.get("fields", ())),
        )
    watermark, fields = value["watermark"], value["fields"]
    return FileSource(
        name=value["name"],
        path=value.get("path", ""),
        file=_file(value["file"]),
        fields=None if fields is None else tuple(field_from_json(f) for f in fields),
        primary_key=tuple(value["primaryKey"]),
        watermark=None if watermark is None else Watermark(watermark["column"], watermark["overlapSeconds"]),
        on_bad_record=value["onBadRecord"],
        sample=value["sample"],
        remote=_remote(value["connector"], value["options"]) if "connector" in value else None,
        system=value.get("system"),
    )


def _remote(connector: str, options: Json) -> Remote:
    match connector:
        case "jdbc":
            return DatabaseTable(options["connection"], options["table"])
        case "http":
            return HttpService(
                url=options["url"],
                format=options["format"],
                connection=options.get("connection"),
                records=_path(options.get("records")),
                paginate=options.get("paginate", "none"),
                cursor=_path(options.get("cursor")),
                parameter=options.get("parameter"),
                since=options.get("since"),
            )
    raise KeyError(connector)


def _path(written: str | None) -> tuple[str, ...]:
    return tuple(written.split(".")) if written else ()


def _table(value: Json, internal: str) -> Table:
    return Table(
        name=value["name"],
        layer=value["layer"],
        published=value["published"],
        physical=TableName(value["database"], value["table"]),
        quarantine=TableName(internal, value["quarantine"]),
        tombstones=TableName(internal, value["tombstones"]),
        inputs=tuple(value["from"]),
        columns=None if value["columns"] is None else tuple(_column(c) for c in value["columns"]),
        protected=tuple(Protected(p["name"], _masking(p["masking"])) for p in value["protected"]),
        primary_key=tuple(value["primaryKey"]),
        partition_by=tuple(Partition(p["column"], p["transform"]) for p in value["partitionBy"]),
        rules=tuple(rule_from_json(r) for r in value["rules"]),
        checks=tuple(_check(c) for c in value["checks"]),
        persist=value["persist"],
        incremental=value["incremental"],
        refresh_on=tuple(value["refreshOn"]),
    )


def _check(value: Json) -> QualityRule:
    reference = value.get("reference")
    return QualityRule(
        id=value["id"],
        title=value["title"],
        origin=f"{value['origin']['from']}: {value['origin']['path']}",
        metric=value["metric"],
        scope=value["scope"],
        columns=tuple(value["columns"]),
        arguments=dict(value["arguments"]),
        query=None if value["query"] is None else value["query"]["text"],
        operator=value["operator"],
        threshold=tuple(float(t) for t in value["threshold"]),
        unit=value["unit"],
        severity=value["severity"],
        action=value["action"],
        dimension=value["dimension"],
        reference=None if reference is None else Reference(reference["to"], tuple(reference["columns"])),
    )
