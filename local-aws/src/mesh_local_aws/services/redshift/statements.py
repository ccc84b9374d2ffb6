"""The Data API: who asks, statements one after the other, and what has become of them."""

from __future__ import annotations

import copy
import time
import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from mesh_local_aws import hooks, sessions
from mesh_local_aws.hooks import Document, Refused
from mesh_local_aws.services.redshift import serverless
from mesh_local_aws.services.redshift.sql import Failed, Session


def execute(asked: Document) -> Document:
    return _taken(asked, [asked["Sql"]])


def batch_execute(asked: Document) -> Document:
    if asked.get("ExecutionMode") == "AUTO_COMMIT":
        raise Refused("ValidationException", "a batch is one transaction here; AUTO_COMMIT is not emulated")
    return _taken(asked, asked["Sqls"])


def describe(asked: Document) -> Document:
    return _own(asked["Id"])


def result(asked: Document) -> Document:
    found = _own(asked["Id"])
    if not found["HasResultSet"]:
        raise Refused("ResourceNotFoundException", f"the statement {asked['Id']} has no result")
    return {
        "Records": found["rows"],
        "ColumnMetadata": [{"name": name, "label": name} for name in found["columns"]],
        "TotalNumRows": len(found["rows"]),
    }


def _taken(asked: Document, statements: list[str]) -> Document:
    if "ClusterIdentifier" in asked or "WorkgroupName" not in asked:
        raise Refused("ValidationException", "clusters are not emulated: name a workgroup")
    for other in ("Parameters", "SessionId", "SessionKeepAliveSeconds"):
        if other in asked:
            raise Refused("ValidationException", f"{other} is not emulated")
    group = serverless.workgroup(asked["WorkgroupName"])
    space = serverless.namespace(group["namespaceName"])
    if asked.get("Database") != space["dbName"]:
        raise Refused("ValidationException", f'database "{asked.get("Database")}" does not exist')
    session = Session(space, group, *_user(asked, space, group))
    before = copy.deepcopy(serverless.DATABASES[space["namespaceName"]])
    record: Document = {
        "Id": str(uuid.uuid4()),
        "WorkgroupName": group["workgroupName"],
        "Database": space["dbName"],
        "DbUser": session.user,
        "SecretArn": asked.get("SecretArn"),
        "QueryString": statements[0] if len(statements) == 1 else None,
        "CreatedAt": time.time(),
        "owner": hooks.caller().principal,
    }
    found: pa.Table | None = None
    try:
        for statement in statements:
            found = session.run(statement)
        record |= {"Status": "FINISHED"}
    except Failed as failed:
        serverless.DATABASES[space["namespaceName"]] = before
        found = None
        record |= {"Status": "FAILED", "Error": f"ERROR: {failed}"}
    shown = found if len(statements) == 1 else None
    record |= {
        "HasResultSet": shown is not None,
        "ResultRows": -1 if shown is None else shown.num_rows,
        "UpdatedAt": time.time(),
        "columns": [] if shown is None else shown.column_names,
        "rows": [] if shown is None else [[_field(value) for value in row.values()] for row in shown.to_pylist()],
    }
    serverless.STATEMENTS[record["Id"]] = record
    return record


def _user(asked: Document, space: Document, group: Document) -> tuple[str, frozenset[str] | None]:
    """Who it is in the database, and their roles; None of the administrator, who may everything."""
    caller = hooks.caller().principal
    own = sessions.twin(caller)
    if "SecretArn" in asked:
        sessions.require(own, "secretsmanager:GetSecretValue", asked["SecretArn"])
        if asked["SecretArn"] != space["adminPasswordSecretArn"]:
            raise Refused("ValidationException", "the secret is not one of the namespace")
        return space["adminUsername"], None
    sessions.require(own, "redshift-serverless:GetCredentials", group["workgroupArn"])
    if ":assumed-role/" not in caller:
        return f"IAM:{caller.rpartition('/')[2]}", frozenset()
    name = caller.split("/")[1]
    arn = sessions.role_named(caller.split(":")[4], name)
    tags = {tag["Key"]: tag["Value"] for tag in ((sessions.role(arn) or {}).get("Tags") or [])} if arn else {}
    return f"IAMR:{name}", frozenset(filter(None, tags.get("RedshiftDbRoles", "").split(":")))


def _own(id_: str) -> Document:
    """A statement is shown to who asked for it."""
    found = serverless.STATEMENTS.get(id_)
    if found is None or found["owner"].rpartition("/")[0] != hooks.caller().principal.rpartition("/")[0]:
        raise Refused("ResourceNotFoundException", f"there is no statement {id_}")
    return found


def _field(value: Any) -> Document:
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int):
        return {"longValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, datetime):
        return {"stringValue": value.strftime("%Y-%m-%d %H:%M:%S.%f")}
    if isinstance(value, date | Decimal | str):
        return {"stringValue": str(value)}
    raise Refused("InternalServerException", f"a value of {type(value).__name__} is not emulated in a result")


OPERATIONS: dict[str, hooks.Operation] = {
    "ExecuteStatement": execute,
    "BatchExecuteStatement": batch_execute,
    "DescribeStatement": describe,
    "GetStatementResult": result,
}
