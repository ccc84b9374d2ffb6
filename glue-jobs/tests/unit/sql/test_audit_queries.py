"""The saved queries of the audit, asked of records as CloudTrail writes them: each finds its events and no other.

What Athena runs is Trino's SQL; the same text is translated for DuckDB. Shapes of events are those of
https://docs.aws.amazon.com/lake-formation/latest/dg/logging-using-cloudtrail.html and
https://aws.github.io/aws-lakeformation-best-practices/auditing/lake-formation-cloudtrail/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot

QUERIES = Path(__file__).parents[4] / "constructs" / "audit" / "queries"
TODAY = "2030-02-10"
OWNER, CONSUMER = "222222222222", "444444444444"
ANALYST = f"arn:aws:iam::{CONSUMER}:role/mesh-platform/finance/mesh-finance-analyst"
LAKE = f"arn:aws:iam::{OWNER}:role/mesh-platform/sales/mesh-sales-lake"
JOB = f"arn:aws:iam::{OWNER}:role/mesh/sales/orders-v1/mesh-sales-orders-v1-job"
ADMIN = f"arn:aws:iam::{OWNER}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123"
BREAK_GLASS = f"arn:aws:iam::{OWNER}:role/mesh-platform/sales/mesh-sales-break-glass"
DEPLOYER = f"arn:aws:iam::{OWNER}:role/cdk-hnb659fds-cfn-exec-role-{OWNER}-eu-west-1"
ORDERS = f"arn:aws:glue:eu-west-1:{OWNER}:table/sales/orders_v1"

_IDENTITY = (
    "STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR, invokedby VARCHAR,"
    " sessioncontext STRUCT(sessionissuer STRUCT(arn VARCHAR)))"
)
_COLUMNS = {
    "useridentity": _IDENTITY,
    **dict.fromkeys(
        (
            "eventtime",
            "eventsource",
            "eventname",
            "awsregion",
            "sourceipaddress",
            "errorcode",
            "errormessage",
            "requestparameters",
            "additionaleventdata",
            "eventid",
            "sharedeventid",
            "day",
        ),
        "VARCHAR",
    ),
}


def event(
    event_id: str,
    name: str,
    issuer: str | None,
    request: dict[str, Any],
    *,
    source: str = "lakeformation.amazonaws.com",
    at: str = "2030-01-20T06:00:00Z",
    account: str = OWNER,
    more: dict[str, Any] | None = None,
    shared: str | None = None,
    error: str | None = None,
    service: str | None = None,
) -> dict[str, Any]:
    """One record, as Athena's table has it: what the trail nests below parameters is a text of JSON there."""
    identity: dict[str, Any] = {
        "type": "AssumedRole" if issuer else "AWSAccount",
        "principalid": "AROA1:session",
        "accountid": account,
    }
    if issuer:
        identity["sessioncontext"] = {"sessionissuer": {"arn": issuer}}
    return {
        "eventid": event_id,
        "sharedeventid": shared,
        "eventname": name,
        "eventsource": source,
        "eventtime": at,
        "day": at[:10].replace("-", "/"),
        "awsregion": "eu-west-1",
        "sourceipaddress": service or "203.0.113.10",
        "errorcode": error,
        "errormessage": None if error is None else "not authorized",
        "useridentity": identity,
        "requestparameters": json.dumps(request),
        "additionaleventdata": None if more is None else json.dumps(more),
    }


def vended(event_id: str, table: str = ORDERS, **given: Any) -> dict[str, Any]:
    request = {"tableArn": table, "permissions": ["SELECT"], "cellLevelSecurityEnforced": True}
    given.setdefault("more", {"requesterService": "ATHENA", "lakeFormationPrincipal": ANALYST})
    return event(
        event_id,
        "GetDataAccess",
        given.pop("issuer", ANALYST),
        request,
        account=CONSUMER,
        service="athena.amazonaws.com",
        **given,
    )


def read_object(event_id: str, issuer: str, **given: Any) -> dict[str, Any]:
    bucket = given.pop("bucket", f"shop-{OWNER}-eu-west-1-sales-orders-v1-curated")
    request = {"bucketName": bucket, "key": "tables/sales/orders_v1/data/a.parquet"}
    return event(event_id, "GetObject", issuer, request, source="s3.amazonaws.com", **given)


GRANT = {"principal": {"dataLakePrincipalIdentifier": ANALYST}, "permissions": ["SELECT"], "resource": {}}
TRAIL = [
    # One read across accounts: a record in each, of which the owner's does not name the principal.
    vended("read-consumer", shared="s1"),
    vended("read-owner", shared="s1", issuer=None, more={"requesterService": "ATHENA"}),
    vended("read-again", at="2030-01-21T06:00:00Z", shared="s2"),
    vended("read-february", at="2030-02-03T06:00:00Z", shared="s3"),
    vended(
        "read-internal",
        table=f"arn:aws:glue:eu-west-1:{OWNER}:table/sales_internal/orders_v1__raw",
        issuer=JOB,
        more={"lakeFormationPrincipal": JOB, "requesterService": "UNKNOWN"},
    ),
    vended("read-last-year", at="2029-12-20T06:00:00Z"),
    vended("read-denied", error="AccessDeniedException"),
    read_object("object-by-lake", LAKE),
    read_object("object-by-job", JOB),
    read_object("object-by-admin", ADMIN),
    read_object("object-by-break-glass", BREAK_GLASS),
    read_object("object-denied", ANALYST, error="AccessDenied"),
    read_object("object-of-raw", ADMIN, bucket=f"shop-{OWNER}-eu-west-1-sales-orders-v1-raw"),
    event(
        "table-missing",
        "GetTable",
        ANALYST,
        {"databaseName": "sales", "name": "gone"},
        source="glue.amazonaws.com",
        error="EntityNotFoundException",
    ),
    event("grant-by-hand", "GrantPermissions", ADMIN, GRANT),
    event(
        "grant-by-platform",
        "BatchGrantPermissions",
        f"arn:aws:iam::{OWNER}:role/mesh-platform/sales/mesh-sales-permissions",
        GRANT,
    ),
    event("grant-by-deployment", "CreateDataCellsFilter", DEPLOYER, {"tableData": {}}),
    event("grant-refused", "GrantPermissions", ADMIN, GRANT, error="InvalidInputException"),
    event("settings-by-hand", "PutDataLakeSettings", ADMIN, {"dataLakeSettings": {}}, at="2030-02-01T06:00:00Z"),
    event("looked-at", "ListPermissions", ADMIN, {}),
]


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    file = tmp_path_factory.mktemp("trail") / "trail.json"
    file.write_text("\n".join(json.dumps(record) for record in TRAIL))
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in _COLUMNS.items())
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE cloudtrail AS SELECT * FROM "
            f"read_json('{file}', format = 'newline_delimited', columns = {{{columns}}})"
        )
        yield connection


def answer(trail: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    written = (QUERIES / f"{query}.sql").read_text().replace("current_date", f"DATE '{TODAY}'")
    (translated,) = sqlglot.transpile(written, read="trino", write="duckdb")
    cursor = trail.execute(translated)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_reads_are_counted_once_across_accounts_and_name_who_read_what_newest_first(
    trail: duckdb.DuckDBPyConnection,
) -> None:
    found = answer(trail, "reads")
    assert [row["access_id"] for row in found] == ["s3", "s2", "read-internal", "s1"]
    assert found[-1] == {
        "read_at": "2030-01-20T06:00:00Z",
        "principal": ANALYST,
        "reader_account": CONSUMER,
        "owner_account": OWNER,
        "database_name": "sales",
        "table_name": "orders_v1",
        "engine": "ATHENA",
        "cells_filtered": "true",
        "access_id": "s1",
    }


def test_denied_access_is_that_of_lake_formation_and_of_buckets_and_no_other_error(
    trail: duckdb.DuckDBPyConnection,
) -> None:
    found = answer(trail, "denied")
    assert [(row["eventid"], row["action"], row["resource"]) for row in found] == [
        (
            "object-denied",
            "GetObject",
            f"shop-{OWNER}-eu-west-1-sales-orders-v1-curated/tables/sales/orders_v1/data/a.parquet",
        ),
        ("read-denied", "GetDataAccess", ORDERS),
    ]


def test_access_outside_lake_formation_is_neither_its_own_nor_a_jobs_but_that_of_break_glass(
    trail: duckdb.DuckDBPyConnection,
) -> None:
    found = answer(trail, "outside")
    assert [(row["eventid"], row["principal"]) for row in found] == [
        ("object-by-admin", ADMIN),
        ("object-by-break-glass", BREAK_GLASS),
    ]


def test_usage_is_of_the_month_before_and_this_one_and_leaves_out_what_is_internal(
    trail: duckdb.DuckDBPyConnection,
) -> None:
    used = {"database_name": "sales", "table_name": "orders_v1", "consumer": ANALYST, "consumer_account": CONSUMER}
    assert answer(trail, "usage") == [
        {"month": "2030-01", **used, "reads": 2, "days": 2, "last_read_at": "2030-01-21T06:00:00Z"},
        {"month": "2030-02", **used, "reads": 1, "days": 1, "last_read_at": "2030-02-03T06:00:00Z"},
    ]


def test_grants_by_hand_are_those_that_neither_the_platform_nor_a_deployment_made(
    trail: duckdb.DuckDBPyConnection,
) -> None:
    found = answer(trail, "grants-by-hand")
    assert [(row["eventid"], row["changed_by"], row["granted_to"]) for row in found] == [
        ("settings-by-hand", ADMIN, None),
        ("grant-by-hand", ADMIN, ANALYST),
    ]


def test_every_query_is_asked_here() -> None:
    assert {path.stem for path in QUERIES.glob("*.sql")} == {"reads", "denied", "outside", "usage", "grants-by-hand"}
